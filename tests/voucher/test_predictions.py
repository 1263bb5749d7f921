"""By which day a claim is probably paid: from history, from the queue, and from the usual times where nobody was paid yet."""

from datetime import date
from uuid import UUID

import pytest

from voucher.calendars import Calendar
from voucher.predictions import Prediction, Stage, Standing, predict, quantile

CHINA = Calendar("CN")
TODAY = date(2026, 3, 18)  # a Wednesday
TOOK = {Stage.VERIFICATION: [8, 10, 10, 12, 14, 20], Stage.APPROVAL: [4, 5, 6, 6, 8], Stage.BANK: [1, 1, 1, 1, 3]}


def said(stage: Stage = Stage.VERIFICATION, since: date = TODAY, ahead: int = 0, pace: int = 0) -> Prediction:
    return predict(CHINA, TODAY, Standing(UUID(int=1), stage, since, ahead, pace), TOOK)


@pytest.mark.parametrize(("part", "least"), [(50, 3), (90, 5), (20, 1), (21, 2), (100, 5), (1, 1)])
def test_a_quantile_is_the_least_value_that_enough_do_not_exceed(part: int, least: int) -> None:
    assert quantile([5, 1, 4, 2, 3], part) == least


def test_half_of_those_that_were_paid_took_no_longer_than_the_likely_time() -> None:
    found = said()
    assert (found.likely_days, found.late_days, found.sample) == (10, 20, 6)
    assert (found.likely_on, found.late_on) == (date(2026, 4, 1), date(2026, 4, 16))  # Tomb-sweeping day lies between


def test_who_has_waited_is_compared_with_those_that_waited_as_long() -> None:
    """After one working day all the six count, of each a day less; after nine only five."""
    assert (said(since=date(2026, 3, 17)).likely_days, said(since=date(2026, 3, 5)).likely_days) == (9, 3)


def test_too_few_paid_claims_leave_the_usual_times() -> None:
    found = said(Stage.PAYMENT)
    assert (found.likely_days, found.late_days, found.sample) == (12, 24, 0)


def test_a_queue_longer_than_the_desk_gets_through_counts() -> None:
    """40 before it at 20 in 20 working days are 40 days of verification, and 6 to the money after that."""
    found = said(ahead=40, pace=20)
    assert (found.likely_days, found.late_days, found.queue_days, found.ahead) == (46, 46, 46, 40)
    assert said(ahead=2, pace=20).queue_days == 0


def test_working_days_between_leave_out_holidays_and_count_make_up_days() -> None:
    assert CHINA.working_days_between(date(2026, 4, 30), date(2026, 5, 9)) == 4  # May 6 to 8, and Saturday the 9th
    assert CHINA.working_days_between(date(2026, 5, 9), date(2026, 4, 30)) == -4
