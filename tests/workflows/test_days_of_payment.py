"""Programmes that pay on certain days, and within a time: what is payable waits for its day, and the deadline stands where one looks."""

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import House, a_submitted_claim, an_approved_claim, an_exported_batch, bank_answer
from tests.workflows.recovering import payout_of
from tests.workflows.scopes import publish
from tests.workflows.test_unmatching import line_of, unmatch
from voucher.ageing import aged
from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.database import fetch
from voucher.deadlines import Deadline, DeadlineState, deadlines_of, due
from voucher.errors import NotNow, NotValid
from voucher.payouts import Batch, Payout, payouts_in
from voucher.predictions import latest_prediction
from voucher.programmes.library import example
from workflows import reimbursement
from workflows.overdue import mark_missed_deadlines
from workflows.predicting import predict_payments
from workflows.publication import hold_claim, release_claim
from workflows.reconciliation import import_statement, match_line
from workflows.reimbursement import gather_batch


def pays(house: House, payout: str) -> None:
    """The Weihai rules with another way to pay; whatever is made afterwards goes by them."""
    publish(house, example("weihai") + f"payout: {payout}\n".encode())


def paid_from(house: House) -> date | None:
    with house.work() as work:
        return work.session.exec(select(Payout)).one().not_before


def clock_of(house: House, claim: str) -> Deadline:
    with house.work() as work:
        return [each for each in deadlines_of(work.session, claim) if each.rule == "claim.payment"][-1]


def test_what_is_payable_waits_for_the_day_on_which_its_programme_pays(house: House) -> None:
    pays(house, "{rhythm: monthly}")
    an_approved_claim(house)
    assert (house.today, paid_from(house)) == (date(2026, 3, 2), date(2026, 4, 1))
    with pytest.raises(NotNow, match="waits for its day"), house.work("finance1") as work:
        gather_batch(work, None, date(2026, 3, 31))
    with house.work() as work:
        named = work.session.exec(select(Payout.reference)).all()
    with pytest.raises(NotValid, match="is paid from 2026-04-01 on"), house.work("finance1") as work:
        gather_batch(work, named, date(2026, 3, 31))
    with house.work("finance1") as work:  # made ready before, for the bank to pay on the day
        assert gather_batch(work, None, date(2026, 4, 1)).reference


def test_what_waits_for_its_day_keeps_no_place_in_a_full_batch(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reimbursement, "MOST_IN_A_BATCH", 1)
    pays(house, "{rhythm: monthly}")
    an_approved_claim(house)
    an_approved_claim(house)
    with house.work() as work:
        first, second = work.session.exec(select(Payout).order_by(Payout.reference)).all()
        second.not_before = None
        work.session.add(second)
    with house.work("finance1") as work:
        batch = gather_batch(work, None, house.today)
        assert [each.reference for each in payouts_in(work.session, batch.id)] == [second.reference]
    assert first.reference < second.reference


def test_the_database_sends_no_payout_before_its_day(house: House) -> None:
    pays(house, "{rhythm: quarterly}")
    an_approved_claim(house)
    with house.work("finance1") as work:
        gather_batch(work, None, date(2026, 4, 1))
    with pytest.raises(DBAPIError, match="does not pay this before its day"), house.work() as work:
        work.session.connection().execute(update(Batch).values(execution_on=date(2026, 3, 31)))
        work.session.connection().execute(update(Payout).values(state="released"))


def test_what_was_held_past_its_day_waits_for_the_next(house: House) -> None:
    pays(house, "{rhythm: monthly}")
    claim = an_approved_claim(house)
    with house.work("finance1") as work:
        hold_claim(work, claim, "The delivery is looked at again", date(2026, 5, 4))
    house.clock.turn(days=40)
    with house.work("approver3") as work:
        release_claim(work, claim, "It is as it should be")
    assert paid_from(house) == date(2026, 5, 1)


def test_finance_is_not_behind_with_what_waits_for_its_day(house: House) -> None:
    pays(house, "{rhythm: monthly}")
    an_approved_claim(house)
    house.clock.turn(days=36)
    with house.work() as work:
        [payable] = [each for each in aged(work.session, Calendar("CN"), house.today, work.zone) if each.queue.noun == "payout"]
    assert (house.today, payable.counts, payable.oldest_days) == (date(2026, 4, 7), (1, 0, 0, 0), 3)


def test_the_likely_day_is_one_on_which_the_programme_pays(house: House) -> None:
    pays(house, "{rhythm: dates, dates: [06-30, 12-15]}")
    claim = a_submitted_claim(house)
    with house.work() as work:
        predict_payments(work, house.store)
        said = latest_prediction(work.session, fetch(work.session, Claim, claim).id)
    assert said is not None
    # Payable, as such things go, in the last days of March; the bank takes two working days after the day of payment.
    assert (said.paid_from, said.likely_on) == (date(2026, 6, 30), date(2026, 7, 2))


def test_the_time_for_payment_is_a_deadline_of_finance_until_the_bank_has_paid(house: House) -> None:
    pays(house, "{within: 30 days, clause: 第十四条}")
    claim = an_approved_claim(house)
    clock = clock_of(house, claim)
    assert (clock.due_on, clock.waits_for, clock.clause_zh) == (date(2026, 4, 1), "finance", "第十四条")
    with house.work() as work:
        assert [each.rule for each in due(work.session, date(2026, 4, 1)) if each.subject == claim] == ["claim.payment"]
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    assert (clock_of(house, claim).state, clock_of(house, claim).ended_at is None) == (DeadlineState.MET, False)
    payout = payout_of(house, claim).reference
    line = line_of(house, payout)
    unmatch(house, line)  # it was another payment: this one was not made in truth
    assert (clock_of(house, claim).state, clock_of(house, claim).due_on, clock_of(house, claim).ended_at) == (
        DeadlineState.RUNNING, date(2026, 4, 1), None)
    house.clock.turn(days=40)
    with house.work("finance1") as work:
        match_line(work, line, payout)
    assert (clock_of(house, claim).state, clock_of(house, claim).ended_at is None) == (DeadlineState.MISSED, False)


def test_the_time_for_payment_stands_still_while_the_payment_is_held_and_is_missed_after_it(house: House) -> None:
    pays(house, "{within: 30 days}")
    claim = an_approved_claim(house)
    house.clock.turn(days=10)
    with house.work("finance1") as work:
        hold_claim(work, claim, "The delivery is looked at again", date(2026, 5, 4))
    house.clock.turn(days=5)
    with house.work("approver3") as work:
        release_claim(work, claim, "It is as it should be")
    assert clock_of(house, claim).due_on == date(2026, 4, 7)  # the 6th is a holiday
    house.clock.turn(days=25)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    assert clock_of(house, claim).state == DeadlineState.MISSED
