"""What the page of an award foretells: a year that is not over, a provider that is not on the list any more."""

from tests.builders import PROVIDER
from tests.workflows.portal.visitors import Visitors
from tests.workflows.recovering import a_settled_payout
from tests.workflows.test_awards import an_asked_award, provider
from workflows.providers import reinstate_provider, suspend_provider

UNFINISHED, UNLISTED = "The year 2026 is not over", "This provider is not on the list today"


def test_who_asks_and_who_decides_read_that_the_year_is_not_over(portal: Visitors) -> None:
    house = portal.house
    a_settled_payout(house)
    preview = f"/providers/{provider(house)}/performance"
    assert UNFINISHED in portal.get(PROVIDER, preview).text
    award = an_asked_award(house)
    assert UNFINISHED in portal.get("reviewer1", f"/awards/{award}").text
    house.clock.turn(days=365)
    for who, page in (("reviewer1", f"/awards/{award}"), (PROVIDER, f"{preview}?year=2026")):
        assert UNFINISHED not in portal.get(who, page).text


def test_who_decides_reads_that_the_provider_left_the_list(portal: Visitors) -> None:
    house = portal.house
    a_settled_payout(house)
    page = f"/awards/{an_asked_award(house)}"
    assert UNLISTED not in portal.get("reviewer1", page).text
    with house.work("approver1") as work:
        suspend_provider(work, provider(house), "It is looked into")
    assert UNLISTED in portal.get("reviewer1", page).text
    with house.work("approver2") as work:
        reinstate_provider(work, provider(house), "It is in order")
    assert UNLISTED not in portal.get("reviewer1", page).text
