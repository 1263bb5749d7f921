"""The navigation: rooms, what of them is for whom, and where one is."""

import re

import pytest

from tests.builders import PROVIDER, SME, House, an_issued_voucher
from tests.workflows.portal.visitors import Visitors
from workflows.portal.navigation import ROOMS


def navigation(portal: Visitors, visitor: str, path: str = "/") -> str:
    """The navigation on a page, as HTML."""
    page = portal.get(visitor, path).text
    return page[page.index('<nav class="rooms"'):page.index("</nav>")]


def test_every_word_leads_to_a_page_and_what_is_behind_it_exists(portal: Visitors) -> None:
    known = set(portal.app.view_functions)
    for room in ROOMS:
        for item in room.items:
            assert {item.endpoint, *item.behind} <= known, item


@pytest.mark.parametrize("visitor", ["finance1", "auditor1", "verifier1", "administrator1", SME, PROVIDER])
def test_whoever_sees_a_word_may_go_there(portal: Visitors, visitor: str) -> None:
    for path in re.findall(r'href="([^"]+)"', navigation(portal, visitor)):
        assert portal.get(visitor, path).status_code == 200, path


def test_one_sees_in_which_room_one_is_also_on_the_page_of_a_case(portal: Visitors, house: House) -> None:
    voucher = an_issued_voucher(house)
    for visitor, word in ((SME, "My vouchers"), ("auditor1", "Vouchers")):
        seen = navigation(portal, visitor, f"/vouchers/{voucher}")
        assert re.findall(r'class="here">\s*<a[^>]*>([^<]+)', seen) == ["Cases"]
        assert re.findall(r'aria-current="page">([^<]+)', seen) == [word]


def test_a_stranger_sees_no_rooms(portal: Visitors) -> None:
    assert '<nav class="rooms"' not in portal.get("", "/").text


def test_my_vouchers_show_what_is_left_of_each(portal: Visitors, house: House) -> None:
    an_issued_voucher(house, amount="100000.00")
    page = portal.get(SME, "/my/vouchers").text
    assert 'aria-label="How the voucher is used"' in page
    assert page.count("100,000.00") >= 3  # the amount, what is left of it, and the bar
