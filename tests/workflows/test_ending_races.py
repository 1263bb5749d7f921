"""What ends while somebody still does something with it, on PostgreSQL: the one waits for the other, and only one of them is right.

Each pair is met both ways round. A clock that is turned between them is midnight, which comes while the first is at work.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import func, select

from tests.builders import (
    PROVIDER,
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    a_programme,
    a_reviewed_application,
    an_issued_voucher,
)
from tests.scenes import scene
from tests.workflows.beside import Verb, beside
from tests.workflows.purchases import a_registered_order, order_of, voucher_of, yuan
from tests.workflows.recovering import take_to_the_bank
from tests.workflows.scopes import publish, voucher_for
from tests.workflows.test_money_races import sound
from tests.workflows.test_partial_claims import claim_part_in
from tests.workflows.test_races import race, winners
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_revocation import a_set_off_payout, rest_of
from tests.workflows.test_waiting import free, states
from voucher.backtests import Backtest
from voucher.database import Database, fetch
from voucher.deadlines import Deadline
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.history import events_of
from voucher.measure_appeals import MeasureAppeal
from voucher.orders import OrderState
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import SYSTEM, Work, read
from workflows.backtesting import try_draft
from workflows.holding import cancel_voucher
from workflows.issue import apply_for_voucher, issue_voucher
from workflows.measure_appeal import appeal_cancellation, dismiss_cancellation_appeal, uphold_cancellation_appeal
from workflows.overdue import mark_missed_deadlines, take_step_of_deadline
from workflows.programme_end import announce_closing, close_programme, pause_programme, warn_of_closing
from workflows.purchase import accept_order, deliver_order
from workflows.registration import register_account
from workflows.reimbursement import reissue_payout
from workflows.returned import give_up_payout
from workflows.unclaimed import lapse_unclaimed

WHY = "The council looks at the rules"


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL, in which the system goes by no name."""
    house = a_house(postgres, store)
    house.people[""] = SYSTEM
    return house


def step_that_follows(house: House, then: str) -> Verb:
    """The job of the one deadline that was missed and is followed by a step, a minute after midnight."""
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
        [missed] = work.session.exec(select(Deadline).where(Deadline.then == then, Deadline.state == "missed")).all()
    return lambda work: take_step_of_deadline(work, house.store, str(missed.id))


# -- the rest of a payout ------------------------------------------------------------------------------------------------

@scene
def a_returned_rest(house: House) -> str:
    """A payout of which a part was set off, and the rest came back from the bank."""
    payout = a_set_off_payout(house, an_issued_voucher(house), "1000.00")
    take_to_the_bank(house, [payout])
    return_by_the_bank(house, payout)
    return payout


@pytest.mark.parametrize("first", ["give up", "pay again"])
def test_the_rest_of_what_was_set_off_is_given_up_or_paid_again_and_never_both(house: House, first: str) -> None:
    payout = a_returned_rest(house)
    with house.work() as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000099999999", bank_code="102465000015")
    ways: dict[str, tuple[str, Verb]] = {
        "give up": ("approver3", lambda work: give_up_payout(work, payout, "It wants it no more")),
        "pay again": ("finance1", lambda work: reissue_payout(work, payout))}
    [second] = ways.keys() - {first}

    refused = beside(house, ways[first], ways[second])

    assert isinstance(refused, NotNow) and sound(house)
    assert rest_of(house, payout) == (("offset", "0.00", "1000.00", "1000.00") if first == "give up" else
                                      ("replaced", "3000.00", "1000.00", "4000.00"))


# -- programmes ----------------------------------------------------------------------------------------------------------

def test_who_issues_or_applies_while_the_programme_is_paused_waits_and_is_refused(house: House) -> None:
    programme, reviewed = a_programme(house), a_reviewed_application(house)

    refused = beside(house, ("approver3", lambda work: pause_programme(work, programme, WHY)),
                     ("approver1", lambda work: issue_voucher(work, reviewed)))

    assert isinstance(refused, NotNow) and states(house, reviewed) == ["reviewed"]
    assert free(house, programme).committed == yuan("0.00")


def test_who_pauses_waits_for_who_issues_and_what_was_issued_stands(house: House) -> None:
    programme, reviewed = a_programme(house), a_reviewed_application(house)

    refused = beside(house, ("approver1", lambda work: issue_voucher(work, reviewed)),
                     ("approver3", lambda work: pause_programme(work, programme, WHY)))

    assert refused is None and states(house, reviewed) == ["issued"] and sound(house)
    assert free(house, programme).committed == yuan("100000.00")


def test_a_closing_that_is_put_off_at_midnight_does_not_happen(house: House) -> None:
    programme, firm = a_programme(house), house.references[SMES[0].number]
    with house.work("approver3") as work:
        announce_closing(work, programme, house.today + timedelta(days=2), WHY)
    house.clock.turn(days=3)

    assert beside(house, ("approver3", lambda work: announce_closing(work, programme, house.today + timedelta(days=9), WHY)),
                  ("", step_that_follows(house, "close_on_its_day"))) is None
    assert beside(house, (SME, lambda work: apply_for_voucher(work, programme, firm, yuan("1000.00"), "In time")),
                  ("approver3", lambda work: announce_closing(work, programme, house.today + timedelta(days=1), WHY))) is None

    with read(house.database) as session:
        assert fetch(session, Programme, programme).state == "open"
        assert session.exec(select(Voucher.state)).all() == ["submitted"]


def test_two_workers_who_warn_of_a_closing_warn_once(house: House) -> None:
    programme = a_programme(house)
    with house.work("approver3") as work:
        announce_closing(work, programme, house.today + timedelta(days=8), WHY)
    house.clock.turn(days=1)

    def warn(work: Work) -> None:
        warn_of_closing(work, house.store)

    assert beside(house, ("", warn), ("", warn)) is None

    with read(house.database) as session:
        assert [each.name for each in events_of(session, programme)].count("programme.closing_warned") == 1


def test_of_two_drafts_that_are_tried_at_once_the_second_waits_for_its_turn(house: House) -> None:
    programme = a_programme(house)

    def try_it(work: Work) -> None:
        try_draft(work, programme, example("weihai"))

    refused = beside(house, ("approver1", try_it), ("finance1", try_it))

    assert isinstance(refused, NotNow)
    with read(house.database) as session:
        assert session.exec(select(func.count()).select_from(Backtest)).one() == 1


# -- orders --------------------------------------------------------------------------------------------------------------

def test_an_order_that_is_taken_at_midnight_does_not_lapse(house: House) -> None:
    order = a_placed_order(house)
    house.clock.turn(days=60)

    assert beside(house, (PROVIDER, lambda work: accept_order(work, order)), ("", step_that_follows(house, "lapse_order"))) is None

    assert order_of(house, order).state == OrderState.ACCEPTED and sound(house)


def a_late_delivery(house: House) -> tuple[str, Verb, str]:
    """An order that has to be delivered today, how that is done, and what state it is in then."""
    terms = example("weihai").decode().replace("use_within: 12 months", "use_within: 12 months\n  used_by: delivery")
    order = a_registered_order(house, voucher_for(house, publish(house, terms.encode())))
    use_by = voucher_of(house, order).use_by
    assert use_by
    house.clock.turn(days=(use_by - house.today).days)
    return order, lambda work: deliver_order(work, order, "Report of 12 pages"), "delivered"


def a_late_claim(house: House) -> tuple[str, Verb, str]:
    """An order that can be claimed today for the last time, how that is done, and what state it is in then."""
    order = a_completed_order(house)
    claim_by = voucher_of(house, order).claim_by
    assert claim_by
    house.clock.turn(days=(claim_by - house.today).days)
    return order, lambda work: claim_part_in(work, house, order, "106000.00", final=True), "completed"


@pytest.mark.parametrize("build", [a_late_delivery, a_late_claim])
@pytest.mark.parametrize("who_is_first", ["the firm", "the clock"])
def test_an_order_is_used_on_its_last_day_or_ends_and_never_both(
    house: House, build: Callable[[House], tuple[str, Verb, str]], who_is_first: str,
) -> None:
    order, use, used = build(house)
    by = PROVIDER if used == "delivered" else SME

    def end(work: Work) -> None:
        lapse_unclaimed(work, house.store, order)

    if who_is_first == "the firm":
        def use_until_midnight(work: Work) -> None:
            use(work)
            house.clock.turn(days=1)

        assert beside(house, (by, use_until_midnight), ("", end)) is None
        assert order_of(house, order).state == used and order_of(house, order).held_minor > 0
    else:
        def end_after_midnight(work: Work) -> None:
            end(work)
            house.clock.turn(days=-1)  # who uses it began before

        house.clock.turn(days=1)
        assert isinstance(beside(house, ("", end_after_midnight), (by, use)), NotNow)
        assert (order_of(house, order).state, order_of(house, order).held_minor) == (OrderState.LAPSED, 0)
    assert sound(house)


# -- appeals -------------------------------------------------------------------------------------------------------------

def an_appealed_cancellation(house: House) -> str:
    """A voucher that an approver cancelled, against which its holder appealed."""
    voucher = an_issued_voucher(house)
    with house.work("approver1") as work:
        cancel_voucher(work, voucher, "Issued by mistake", "Article 9")
    with house.work(SME) as work:
        appeal_cancellation(work, voucher, "It was no mistake")
    return voucher


def test_an_appeal_is_upheld_once_and_what_was_taken_away_issued_once(house: House) -> None:
    voucher = an_appealed_cancellation(house)

    outcomes = race(house, ["approver2", "approver3"], lambda work, number: (
        dismiss_cancellation_appeal if number == 5 else uphold_cancellation_appeal)(work, voucher, "It was none"), 6)

    assert winners(outcomes) == 1
    with read(house.database) as session:
        [case] = session.exec(select(MeasureAppeal)).all()
        renewed = [each.reference for each in session.exec(select(Voucher).where(Voucher.state == "reviewed"))]
        assert len(renewed) == bool(case.upheld) == (outcomes[5] is not None)
    if renewed:
        assert winners(race(house, ["approver1"], lambda work, _number: issue_voucher(work, renewed[0]), 4)) == 1
    assert free(house, a_programme(house)).committed == yuan(f"{100_000 * len(renewed)}.00") and sound(house)


@pytest.mark.parametrize("first", ["uphold", "close"])
def test_an_appeal_that_is_upheld_while_the_programme_closes_gives_nothing_to_issue(house: House, first: str) -> None:
    voucher, programme = an_appealed_cancellation(house), a_programme(house)
    steps: dict[str, tuple[str, Verb]] = {
        "uphold": ("approver3", lambda work: uphold_cancellation_appeal(work, voucher, "It was none")),
        "close": ("approver2", lambda work: close_programme(work, programme, WHY))}
    [second] = steps.keys() - {first}

    assert beside(house, steps[first], steps[second]) is None

    with read(house.database) as session:
        assert session.exec(select(Voucher.state).order_by(Voucher.reference)).all() == (
            ["cancelled", "lapsed"] if first == "uphold" else ["cancelled"])
    assert sound(house)
