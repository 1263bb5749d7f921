"""Periods on the portal: closed by finance, opened again by another person, and on record for ever."""

from datetime import timedelta

from tests.builders import House, a_programme
from tests.workflows.portal.visitors import Visitors
from voucher import ledger
from voucher.work import read

PAGE = "/office/books/periods"


def test_a_period_is_closed_and_opened_again_by_another_person_and_both_stay_visible(portal: Visitors, house: House) -> None:
    a_programme(house)
    day = house.today - timedelta(days=1)
    assert portal.post("finance1", f"{PAGE}/close", close_through=str(day), close_reason="Monthly accounts").status_code == 303
    with read(house.database) as session:
        assert ledger.periods.acts(session)[-1].closed_through == day
    own = portal.post("finance1", f"{PAGE}/reopen", reopen_through="", reopen_reason="Forgot one")
    assert (own.status_code, "another person has to open them again" in own.text) == (403, True)
    assert portal.post("approver1", f"{PAGE}/reopen", reopen_through="", reopen_reason="").status_code == 422
    assert portal.post("approver1", f"{PAGE}/reopen", reopen_through="", reopen_reason="An invoice came late").status_code == 303
    for reader in ("auditor1", "finance1", "approver1"):
        page = portal.get(reader, PAGE).text
        told = ("Days closed</strong>", "Monthly accounts", "Opened again</strong>", "An invoice came late")
        assert [said for said in told if said not in page] == []


def test_the_newest_head_is_shown_whole_to_be_kept_elsewhere(portal: Visitors, house: House) -> None:
    a_programme(house)
    assert "Nothing has been sealed yet" in portal.get("auditor1", PAGE).text
    portal.post("finance1", f"{PAGE}/close", close_through=str(house.today - timedelta(days=1)), close_reason="")
    with read(house.database) as session:
        head = ledger.seals.latest(session)
    page = portal.get("auditor1", PAGE).text
    assert head.root.hex() in page and f"{head.size} entries" in page


def test_the_balances_kept_at_a_closing_can_be_read(portal: Visitors, house: House) -> None:
    a_programme(house)
    portal.post("finance1", f"{PAGE}/close", close_through=str(house.today - timedelta(days=1)), close_reason="")
    assert "Closing balances" in portal.get("auditor1", f"{PAGE}/1").text
    assert portal.get("auditor1", f"{PAGE}/2").status_code == 404


def test_days_that_take_adjusting_entries_by_mistake_take_all_again(portal: Visitors, house: House) -> None:
    a_programme(house)
    day = str(house.today - timedelta(days=1))
    assert "Take all entries again" not in portal.get("approver1", PAGE).text
    assert portal.post("finance1", f"{PAGE}/adjust", adjust_through=day, adjust_reason="A slip").status_code == 303
    assert "take adjusting entries only yourself, so another person has to open them again" in portal.get("finance1", PAGE).text
    own = portal.post("finance1", f"{PAGE}/reopen", reopen_through="", reopen_reason="A slip")
    assert (own.status_code, "You had these days take adjusting entries only yourself" in own.text) == (403, True)
    assert "Take all entries again" in portal.get("approver1", PAGE).text
    assert portal.post("approver1", f"{PAGE}/reopen", reopen_through="", reopen_reason="Nothing is adjusted yet").status_code == 303
    page = portal.get("auditor1", PAGE).text
    assert "A slip" in page and "Nothing is adjusted yet" in page and "every day" in page
    assert "Opened again</strong>: every day took all entries from then on" in page


def test_closed_days_that_are_opened_while_later_ones_are_adjusted_say_so(portal: Visitors, house: House) -> None:
    a_programme(house)
    portal.post("finance1", f"{PAGE}/close", close_through=str(house.today - timedelta(days=9)), close_reason="")
    portal.post("finance1", f"{PAGE}/adjust", adjust_through=str(house.today - timedelta(days=1)), adjust_reason="")
    page = portal.get("approver1", PAGE).text
    assert "that take adjusting entries only stay so" in page and "every closed day opens, for adjusting entries only" in page
    assert "Open them for adjusting entries" in page and "Open them again" not in page
    visitor, form = portal.client("approver1"), {"reopen_through": "", "reopen_reason": "One came late"}
    assert "take adjusting entries again, and no others" in visitor.post(f"{PAGE}/reopen", data=form, follow_redirects=True).text
    page = portal.get("auditor1", PAGE).text
    assert "Opened for adjusting entries</strong>: no day was closed from then on, adjusting entries only up to" in page
    assert "The days are open again." in visitor.post(f"{PAGE}/reopen", data=form, follow_redirects=True).text
    assert "Opened again</strong>: every day took all entries from then on" in portal.get("auditor1", PAGE).text
