"""Each day the system says by when claims are paid; what it said is kept and measured when the bank has confirmed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import House, a_released_batch, a_submitted_claim, bank_answer
from voucher.ageing import BUCKETS, aged, bucket_of
from voucher.calendars import Calendar
from voucher.claims import Claim
from voucher.predictions import Prediction, Stage, accuracy
from workflows.predicting import predict_payments
from workflows.reconciliation import import_statement


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
