"""Closing a period: who may, and what is told of it."""

from datetime import timedelta

import pytest

from tests.builders import House, a_programme
from tests.voucher.ledger.builders import a_draft
from tests.workflows.test_absence import hand_over
from tests.workflows.test_one_hand import back
from voucher import ledger
from voucher.errors import NotAllowed
from voucher.history import events_of
from voucher.work import read
from workflows.closing import adjust_period, close_period, reopen_period


@pytest.mark.parametrize("who", ["auditor1", "verifier1", "approver1"])
def test_only_finance_closes_a_period(house: House, who: str) -> None:
    with pytest.raises(NotAllowed), house.work(who) as work:
        close_period(work, work.today - timedelta(days=1))


def test_a_closed_period_takes_nothing_until_another_person_opens_it_again(house: House) -> None:
    a_programme(house)
    with house.work("finance1") as work:
        day = work.today - timedelta(days=1)
        adjust_period(work, day)
        assert close_period(work, day, "monthly").size == 2
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, a_draft("x 1", effective_on=day))
        with pytest.raises(NotAllowed):
            reopen_period(work, None, "forgot one")
    with house.work("approver1") as work:
        reopen_period(work, None, "forgot one")
        ledger.post(work, a_draft("x 1", effective_on=day))
    with read(house.database) as session:
        told = events_of(session, *(f"period act {number}" for number in (1, 2, 3)))
        assert [(event.name, event.reason) for event in told] == [
            ("period.adjusting", ""), ("period.closed", "monthly"), ("period.reopened", "forgot one")]


def test_adjusting_by_mistake_is_taken_back_by_another_person_and_told(house: House) -> None:
    house.clock.turn(days=40)
    day = house.today - timedelta(days=1)
    with house.work("finance1") as work:
        adjust_period(work, day, "a slip")
        with pytest.raises(NotAllowed, match="You had these days take adjusting entries only yourself"):
            reopen_period(work, None, "a slip")
    absence = hand_over(house, "finance1", "finance", "approver3")
    with pytest.raises(NotAllowed, match="third person"), house.work("approver3") as work:
        reopen_period(work, None, "his slip")
    back(house, "finance1", absence)
    with house.work("approver1") as work:
        reopen_period(work, None, "a slip")
        ledger.post(work, a_draft("x 1", effective_on=day))
    with read(house.database) as session:
        (event,) = events_of(session, "period act 2")
        assert (event.name, event.reason, event.data["adjusting_through"]) == ("period.reopened", "a slip", "")
