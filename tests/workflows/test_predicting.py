"""Each day the system says by when claims are paid; what it said is kept and measured when the bank has confirmed."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from tests.builders import SMES, House, a_released_batch, a_submitted_claim, an_approved_claim, bank_answer
from voucher.ageing import BUCKETS, aged, bucket_of
from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.errors import NotNow
from voucher.orders import Order
from voucher.predictions import Prediction, Stage, accuracy
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.banning import ban_organisation
from workflows.holding import freeze_voucher
from workflows.predicting import last_said, predict_payments
from workflows.publication import hold_claim, release_claim
from workflows.reconciliation import import_statement
from workflows.revocation import open_revocation


def say(house: House) -> int:
    with house.work() as work:
        return predict_payments(work, house.store)


def test_a_claim_is_told_a_day_once_a_day_until_it_is_paid_and_the_error_is_known(house: House) -> None:
    batch = a_released_batch(house)
    house.do_jobs()
    assert (say(house), say(house)) == (1, 0)
    house.clock.turn(days=7)
    assert say(house) == 1
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    house.clock.turn(days=1)
    assert say(house) == 0
    with house.work() as work:
        rows = work.session.exec(select(Prediction).order_by(Prediction.made_on)).all()  # type: ignore[arg-type]
        assert [(row.stage, row.likely_days, row.sample) for row in rows] == [("bank", 2, 0), ("bank", 1, 0)]
        (good,) = accuracy(work.session, Calendar("CN"), house.today.replace(month=1))
    # Said on Monday for Wednesday, paid the Monday after: three working days late, and behind the late day (Friday).
    assert (good.stage, good.count, good.bias, good.median, good.ninety, good.kept) == (Stage.BANK, 1, 3, 3, 3, 0)


def likely(house: House) -> date | None:
    """By which day the one claim is told today to be paid; None when nothing is said."""
    say(house)
    with read(house.database) as session:
        return session.exec(select(col(Prediction.likely_on)).where(Prediction.made_on == house.today)).first()


def of_claim(work: Work, claim: str) -> str:
    """The voucher behind a claim."""
    return get(work.session, Voucher, get(work.session, Order, fetch(work.session, Claim, claim).order_id).voucher_id).reference


#: What stops a payment until a day, as an approver does it.
STOPS: dict[str, Callable[[House, Work, str, date], object]] = {
    "held": lambda _house, work, claim, until: hold_claim(work, claim, "The delivery is looked at again", until),
    "frozen": lambda _house, work, claim, until: freeze_voucher(work, of_claim(work, claim), "Looked into", until),
    "banned": lambda house, work, _claim, until: ban_organisation(work, house.references[SMES[0].number], until, "It sold the voucher",
                                                                  "Article 21"),
}


@pytest.mark.parametrize("how", STOPS)
def test_a_claim_is_not_told_a_day_before_what_stands_in_its_way_has_ended(house: House, how: str) -> None:
    claim, until = an_approved_claim(house), house.today + timedelta(days=28)
    with house.work("approver3") as work:
        STOPS[how](house, work, claim, until)
    assert (likely(house) or until) > until


@pytest.mark.parametrize("how", STOPS)
def test_the_day_is_told_anew_on_the_day_on_which_something_comes_between(house: House, how: str) -> None:
    claim, until = an_approved_claim(house), house.today + timedelta(days=28)
    assert (likely(house) or until) < until
    house.do_jobs()
    house.clock.turn(minutes=5)
    with house.work("approver3") as work:
        STOPS[how](house, work, claim, until)
    house.do_jobs()
    assert last_day(house, claim) > until


def test_the_day_is_told_anew_when_it_goes_on_before_the_day(house: House) -> None:
    claim = an_approved_claim(house)
    before = likely(house)
    for held in (True, False):
        house.do_jobs()
        house.clock.turn(minutes=5)
        with house.work("approver3") as work:
            if held:
                hold_claim(work, claim, "It is looked at again", house.today + timedelta(days=28))
            else:
                release_claim(work, claim, "It is in order")
    house.do_jobs()
    assert last_day(house, claim) == before
    with read(house.database) as session:
        assert [each.number for each in session.exec(select(Prediction).order_by(col(Prediction.number)))] == [1, 2, 3]


def last_day(house: House, claim: str) -> date:
    with read(house.database) as session:
        return last_said(session, fetch(session, Claim, claim), house.today).likely_on


def test_no_day_is_told_while_a_claim_waits_for_a_decision_of_which_nobody_knows_the_day(house: House) -> None:
    claim = an_approved_claim(house)
    assert likely(house)
    house.clock.turn(days=1)
    with house.work("auditor1") as work:
        open_revocation(work, of_claim(work, claim), "The report was copied", "Article 12")
    assert likely(house) is None
    with house.work() as work, pytest.raises(NotNow, match="No day can be told before"):
        last_said(work.session, fetch(work.session, Claim, claim), work.today)


def test_what_was_said_is_never_changed(house: House) -> None:
    a_submitted_claim(house)
    assert say(house) == 1
    for attack in ("update predictions set likely_on = late_on", "delete from predictions"):
        with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
            work.session.connection().execute(text(attack))


def test_things_are_counted_by_how_long_they_have_waited_where_they_stand(house: House) -> None:
    claim = a_submitted_claim(house)
    house.clock.turn(days=9)
    with house.work() as work:
        found = {each.queue.noun: each for each in aged(work.session, Calendar("CN"), house.today, work.zone)}
        assert work.session.exec(select(Claim.reference)).one() == claim
    assert (found["claim"].counts, found["claim"].oldest, found["claim"].oldest_days) == ((0, 1, 0, 0), claim, 7)
    assert [bucket_of(days) for days in (0, *BUCKETS, 6, 11, 21)] == [0, 0, 1, 2, 1, 2, 3]
