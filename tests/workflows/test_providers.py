"""The list of providers: by its own proposal and a public notice on it; off it from a day on, and what was delivered before stays right."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    House,
    a_completed_order,
    a_placed_order,
    a_submitted_claim,
    an_issued_voucher,
)
from tests.workflows.portal.visitors import Visitors, an_app
from voucher.bans import Banned
from voucher.database import fetch
from voucher.deadlines import standing
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.history import events_of
from voucher.listings import Listing, ListingState, is_listed, spans_of
from voucher.people import Organisation, OrganisationKind, Person, Role, actor_for
from voucher.work import read
from workflows.banning import ban_organisation
from workflows.delivery import deliver_again, dispute_delivery, reject_delivery
from workflows.demo.data import DOMAIN, credit_code
from workflows.listing_objections import file_listing_objection
from workflows.overdue import mark_missed_deadlines
from workflows.providers import (
    delist_provider,
    list_provider,
    propose_listing,
    refuse_listing,
    reinstate_provider,
    start_listing_notice,
    suspend_provider,
)
from workflows.publication import admit_objection, dismiss_objection
from workflows.purchase import accept_delivery, accept_order, deliver_order, register_contract
from workflows.registration import grant_role, register_organisation
from workflows.worker import work_off


@pytest.fixture
def listed(house: House) -> str:
    """The provider of the house, which is on the list since the first day."""
    return house.references[PROVIDERS[0].number]


def state_of(house: House, provider: str) -> str:
    """Where it stands."""
    with read(house.database) as session:
        return fetch(session, Listing, provider).state


def was_listed(house: House, provider: str, days_ago: int = 0) -> bool:
    """Whether it was listed so many days ago."""
    with read(house.database) as session:
        return is_listed(session, fetch(session, Organisation, provider).id, house.today - timedelta(days=days_ago))


def a_newcomer(house: House) -> str:
    """A provider that is entered but not listed, for which the provider's person acts too."""
    with house.work("administrator1") as work:
        made = register_organisation(work, OrganisationKind.PROVIDER, "Newcomer Lab", credit_code("371002", 778), listed=False).reference
        grant_role(work, f"{PROVIDER}@{DOMAIN}", Role.PROVIDER, made)
    with house.work() as work:
        house.people[PROVIDER] = actor_for(work.session, work.session.get_one(Person, house.people[PROVIDER].person_id))
    return made


def test_a_provider_assesses_itself_is_in_notice_and_is_listed_by_the_clock(house: House) -> None:
    newcomer = a_newcomer(house)
    with house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "Two laboratories, since 2019; prices on our site.")
    with house.work("approver1") as work:
        start_listing_notice(work, newcomer, 7)
    house.clock.turn(days=7)
    with house.work() as work:
        assert list_provider(work, newcomer).state == ListingState.IN_NOTICE  # the last day still counts
    assert not was_listed(house, newcomer)
    house.clock.turn(days=1)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    house.do_jobs()
    assert (state_of(house, newcomer), was_listed(house, newcomer), was_listed(house, newcomer, 1)) == (ListingState.LISTED, True, False)
    with read(house.database) as session:
        assert standing(session, newcomer) == []


def test_who_is_banned_is_not_put_on_the_list_and_comes_on_it_when_the_ban_is_over(
    house: House, listed: str, tmp_path: Path,
) -> None:
    newcomer = a_newcomer(house)
    with house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "Two laboratories, since 2019; prices on our site.")
    with house.work("approver1") as work:
        start_listing_notice(work, newcomer, 7)
    with house.work("approver1") as work:
        ban_organisation(work, newcomer, house.today + timedelta(days=9), "It sold a voucher.", "Article 21")
    for day in (8, 1, 1):
        house.clock.turn(days=day)
        with house.work() as work:
            mark_missed_deadlines(work, house.store)
        work_off(house.database, house.store, house.clock)
        assert was_listed(house, newcomer) == (house.today == date(2026, 3, 12))
    with house.work("approver1") as work:
        suspend_provider(work, newcomer, "Looked into")
        ban_organisation(work, newcomer, house.today + timedelta(days=2), "Once more.", "Article 21")
    with pytest.raises(Banned), house.work("approver1") as work:
        reinstate_provider(work, newcomer, "Nothing was found")
    office = Visitors(an_app(house, tmp_path), house)
    assert "Banned until" in office.get(SME, "/providers").text

    voucher = an_issued_voucher(house)
    assert listed in office.get(SME, f"/vouchers/{voucher}/order").text
    with house.work("approver1") as work:
        ban_organisation(work, listed, house.today + timedelta(days=2), "It lent its name.", "Article 21")
    assert listed not in office.get(SME, f"/vouchers/{voucher}/order").text


def test_who_is_banned_as_the_last_objection_falls_comes_on_the_list_when_the_ban_is_over(house: House) -> None:
    newcomer = a_newcomer(house)
    with house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "Two laboratories, since 2019; prices on our site.")
    with house.work("approver1") as work:
        start_listing_notice(work, newcomer, 7)
    with house.work() as work:
        objection = file_listing_objection(work, newcomer, "A neighbour", "0631-5201234", "There is no laboratory").reference
    for _day in range(8):
        a_day(house)
    with house.work("approver1") as work:
        ban_organisation(work, newcomer, house.today + timedelta(days=2), "It sold a voucher.", "Article 21")
    with house.work("approver2") as work:
        admit_objection(work, objection)
        dismiss_objection(work, objection, "There are two")
    listed_on = []
    for _day in range(5):
        a_day(house)
        listed_on += [house.today] * was_listed(house, newcomer)
    assert (state_of(house, newcomer), listed_on[0]) == (ListingState.LISTED, date(2026, 3, 13))


def a_day(house: House) -> None:
    """A day goes by, with its jobs."""
    house.clock.turn(days=1)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    work_off(house.database, house.store, house.clock)


def test_what_was_said_against_it_keeps_it_off_the_list_and_it_may_ask_again(house: House) -> None:
    newcomer = a_newcomer(house)
    with pytest.raises(NotValid), house.work(PROVIDER) as work:
        propose_listing(work, newcomer, " ")
    with house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "One laboratory")
    with pytest.raises(NotNow), house.work(PROVIDER) as work:
        propose_listing(work, newcomer, "Two laboratories")
    with house.work("approver1") as work:
        start_listing_notice(work, newcomer)
    with house.work("approver2") as work:
        refuse_listing(work, newcomer, "Its laboratory is rented by the hour, writes a neighbour.")
    house.clock.turn(days=30)
    with house.work() as work:
        assert list_provider(work, newcomer).state == ListingState.REFUSED
    with house.work(PROVIDER) as work:
        assert propose_listing(work, newcomer, "Two laboratories").state == ListingState.PROPOSED


def test_a_suspended_provider_takes_no_orders_until_it_is_taken_back(house: House, listed: str) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    house.clock.turn(days=1)
    with house.work("approver1") as work:
        suspend_provider(work, listed, "Its certificate ran out.")
    with pytest.raises(NotValid, match="not a listed provider"):
        a_placed_order(house, voucher)
    with pytest.raises(NotNow, match="not on the list"), house.work(PROVIDER) as work:
        accept_order(work, order)
    house.clock.turn(days=10)
    with house.work("approver2") as work:
        reinstate_provider(work, listed, "The new one is here.")
    with house.work(PROVIDER) as work:
        accept_order(work, order)
    assert [was_listed(house, listed, days) for days in (0, 1, 10, 11)] == [True, False, False, True]
    with read(house.database) as session:
        key = fetch(session, Organisation, listed).id
        assert [span.ended_for for span in spans_of(session, [key])[key]] == ["", "Its certificate ran out."]
        assert [event.name for event in events_of(session, listed)][-2:] == ["listing.suspended", "listing.reinstated"]


def test_what_was_delivered_while_it_was_listed_is_claimed_after_it_left_and_nothing_delivered_later(house: House, listed: str) -> None:
    voucher = an_issued_voucher(house)
    before = a_completed_order(house, voucher)
    later = a_placed_order(house, voucher)
    with house.work(PROVIDER) as work:
        accept_order(work, later)
        register_contract(work, later, "2026371099999999")
    house.clock.turn(days=1)
    with house.work("approver1") as work:
        delist_provider(work, listed, "It is dissolved.")
    with house.work(PROVIDER) as work:
        deliver_order(work, later, "Report")
    with house.work(SME) as work:
        accept_delivery(work, later)
    assert a_submitted_claim(house, before)
    with pytest.raises(NotNow, match="was not listed on"):
        a_submitted_claim(house, later)


@pytest.mark.parametrize("rejected", [False, True], ids=["mended", "done anew"])
def test_what_was_delivered_off_the_list_is_not_claimed_because_it_is_delivered_again(house: House, listed: str, rejected: bool) -> None:
    order = a_placed_order(house)
    with house.work(PROVIDER) as work:
        accept_order(work, order)
        register_contract(work, order, "2026371099999999")
    house.clock.turn(days=1)
    with house.work("approver1") as work:
        suspend_provider(work, listed, "Its certificate ran out.")
    with house.work(PROVIDER) as work:
        deliver_order(work, order, "Report")
    with house.work(SME) as work:
        dispute_delivery(work, order, "Two pages are missing")
    house.clock.turn(days=1)
    with house.work("approver1") as work:
        reinstate_provider(work, listed, "It was renewed.")
    if rejected:  # a verifier found that nothing of it counts
        with house.work("verifier1") as work:
            reject_delivery(work, order, "It is another report")
    with house.work(PROVIDER) as work:
        (deliver_order if rejected else deliver_again)(work, order, "Report of 14 pages")
    with house.work(SME) as work:
        accept_delivery(work, order)
    if rejected:
        assert a_submitted_claim(house, order)
        return
    with pytest.raises(NotNow, match="was not listed on 2026-03-03"):
        a_submitted_claim(house, order)


def test_only_an_approver_takes_a_provider_off_the_list_and_says_why(house: House, listed: str) -> None:
    with pytest.raises(NotAllowed), house.work("finance1") as work:
        suspend_provider(work, listed, "I want to.")
    with pytest.raises(NotValid), house.work("approver1") as work:
        suspend_provider(work, listed, " ")


def test_everybody_reads_the_register_with_its_history(house: House, listed: str, tmp_path: Path) -> None:
    visitors = Visitors(an_app(house, tmp_path), house)
    with house.work("approver1") as work:
        suspend_provider(work, listed, "Its certificate ran out.")
    assert "Its certificate ran out." in visitors.get("", "/providers").text
    assert "Its certificate ran out." in visitors.get("", f"/providers/{listed}").text
    newcomer = a_newcomer(house)
    assert visitors.get("", f"/providers/{newcomer}").status_code == 404
    assert visitors.post(PROVIDER, f"/providers/{newcomer}/propose", assessment="Two laboratories").status_code == 303
    assert visitors.get("", f"/providers/{newcomer}").status_code == 404  # not before its notice
    assert visitors.post("approver1", f"/organisations/{newcomer}/start-notice", days="7").status_code == 303
    assert "Two laboratories" in visitors.get("", f"/providers/{newcomer}").text
