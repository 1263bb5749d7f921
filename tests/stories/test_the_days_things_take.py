"""The clocks of a case, told as it happens: days one can see, a step that follows once, how long things lie, the day of payment."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.builders import (
    SME,
    House,
    a_house,
    a_programme,
    an_application,
    an_approved_claim,
)
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.purchases import a_delivered_order, order_of, voucher_of
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.test_application import ask
from tests.workflows.test_programme_end import close
from tests.workflows.test_waiting import states
from voucher.ageing import aged
from voucher.calendars import Calendar
from voucher.database import Database
from voucher.deadlines import deadlines_of
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.history import events_of
from voucher.jobs import put
from voucher.payouts import Payout
from voucher.predictions import Prediction, accuracy
from voucher.work import read
from workflows.application import answer_request
from workflows.issue import issue_voucher
from workflows.overdue import mark_missed_deadlines
from workflows.predicting import predict_payments

CN = Calendar("CN")


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, SME)
    return house


def clocks(house: House, subject: str) -> list[str]:
    """Every deadline of a subject: rule, from when to when, how long, where it is, for whom it waits, and when it stood still."""
    with read(house.database) as session:
        return [f"{each.rule} {each.started_on} {each.length or 'day'} {each.due_on} {each.state} {each.waits_for}"
                + "".join(f" paused {first}..{again or ''}" for first, again, _why in each.pauses)
                for each in deadlines_of(session, subject)]


def night(house: House, times: int = 2) -> None:
    """The night's jobs, and once more."""
    for _time in range(times):
        with house.work() as work:
            mark_missed_deadlines(work, house.store)
        house.do_jobs()


def aged_queues(house: House) -> list[str]:
    """What waits in which queue, by how long, and what has waited longest."""
    with house.work() as work:
        return [f"{each.queue.noun} {each.queue.state} {'/'.join(str(count) for count in each.counts)} {each.oldest} {each.oldest_days}"
                for each in aged(work.session, CN, house.today, work.zone)]


def payouts_on(house: House) -> list[date | None]:
    """The days on which the bank paid."""
    with read(house.database) as session:
        return [each.settled_on for each in session.exec(select(Payout).order_by(col(Payout.id)))]


def say(house: House) -> int:
    """What the system says each day about payments."""
    with house.work() as work:
        return predict_payments(work, house.store)


def test_a_case_waits_stands_still_goes_on_by_itself_once_is_paid_later_than_said_and_outlives_its_programme(
    house: House, tmp_path: Path,
) -> None:
    # An application waits for its review; the reviewer asks, and his own days stand still until the SME has answered.
    first = an_application(house)
    house.clock.turn(days=2)
    ask(house, first)
    assert clocks(house, first) == [
        "review 2026-03-02 10 working days 2026-03-16 paused reviewer paused 2026-03-04..",
        "information 2026-03-04 10 working days 2026-03-18 running sme"]
    house.clock.turn(days=3)
    with house.work(SME) as work:
        answer_request(work, first, "Here it is.")
    assert clocks(house, first) == [
        "review 2026-03-02 10 working days 2026-03-19 running reviewer paused 2026-03-04..2026-03-07",
        "information 2026-03-04 10 working days 2026-03-18 met sme"]

    # Meanwhile a delivery waits for the SME, which says nothing. It is reminded after half of the time, and after all of it the delivery
    # counts as accepted: once, though each night's jobs run twice and somebody asks for the step anew.
    order = a_delivered_order(house)
    assert clocks(house, order)[2:] == [
        "acceptance 2026-03-07 10 working days 2026-03-20 running sme",
        "acceptance_reminder 2026-03-07 5 working days 2026-03-13 running sme"]
    for days in (7, 7):
        house.clock.turn(days=days)
        night(house)
    with house.work() as work:
        (missed,) = [str(each.id) for each in deadlines_of(work.session, order) if each.rule == "acceptance"]
        put(work, "take_step_of_deadline", f"{missed} again", {"deadline": missed})
    night(house)
    with read(house.database) as session:
        assert [each.name for each in events_of(session, order)][4:] == [
            "deadline.missed", "order.acceptance_reminded", "deadline.missed", "order.deemed_accepted"]

    # The office sees what is awaited and of whom: the review is overdue, and has lain for ten working days.
    assert aged_queues(house) == [f"voucher submitted 0/1/0/0 {first} 10"]
    portal = Visitors(an_app(house, tmp_path), house)
    assert all(first in portal.get("reviewer1", page).text for page in ("/office/deadlines?waits_for=reviewer", "/office/ageing"))

    # Each day the system says when the claim is paid, once a day. It was two working days later; that is counted when the bank has paid.
    payout = payout_of(house, an_approved_claim(house, order)).reference
    assert [say(house), say(house)] == [1, 0]
    house.clock.turn(days=20)
    assert say(house) == 1
    take_to_the_bank(house, [payout])
    assert say(house) == 0
    with read(house.database) as session:
        said = session.exec(select(Prediction).order_by(col(Prediction.made_on))).all()
        assert [f"{each.made_on} {each.stage} {each.likely_on} {each.late_on}" for each in said] == [
            "2026-03-21 payment 2026-04-08 2026-04-24", "2026-04-10 payment 2026-04-14 2026-04-24"]
        assert payouts_on(house) == [date(2026, 4, 10)]
        (measured,) = accuracy(session, CN, date(2026, 1, 1))
    assert (measured.count, measured.bias, measured.kept) == (1, 2, 100)

    # The programme is closed while an order is open. What was not issued ends; the order goes its way to the money, days and all.
    open_order = a_delivered_order(house, voucher_of(house, order).reference, net="10000.00", vat="600.00")
    close(house, a_programme(house))
    assert states(house, first) == ["lapsed"]
    assert clocks(house, first)[0] == "review 2026-03-02 10 working days 2026-03-19 missed reviewer paused 2026-03-04..2026-03-07"
    with pytest.raises(NotNow, match="closed"), house.work("approver1") as work:
        issue_voucher(work, first)
    house.clock.turn(days=8)
    night(house)
    house.clock.turn(days=7)
    night(house)
    assert order_of(house, open_order).state == "completed"
    take_to_the_bank(house, [payout_of(house, an_approved_claim(house, open_order)).reference])
    assert payouts_on(house) == [date(2026, 4, 10), house.today]
    assert posted(house, "order.deemed_accepted", "voucher.lapsed", "programme.closed") == ""
    assert letters(house, "voucher.questioned", "voucher.answered", "order.acceptance_reminded", "deadline.missed",
                   "order.deemed_accepted", "programme.closed", "voucher.programme_closed") == LETTERS
    assert_everything_agrees(house)


LETTERS = """\
sme13 (en) voucher.questioned V-2026-00001-4
reviewer1 (zh) voucher.answered V-2026-00001-4
reviewer2 (zh) voucher.answered V-2026-00001-4
sme13 (en) order.acceptance_reminded O-2026-00001-1
reviewer1 (zh) deadline.missed V-2026-00001-4
reviewer2 (zh) deadline.missed V-2026-00001-4
sme13 (en) order.deemed_accepted O-2026-00001-1
provider01 (zh) order.deemed_accepted O-2026-00001-1
sme13 (en) programme.closed P-2026-00001-9
finance1 (zh) programme.closed P-2026-00001-9
sme13 (en) voucher.programme_closed V-2026-00001-4
sme13 (en) order.acceptance_reminded O-2026-00002-2
sme13 (en) order.deemed_accepted O-2026-00002-2
provider01 (zh) order.deemed_accepted O-2026-00002-2
"""
