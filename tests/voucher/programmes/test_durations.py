"""Lengths of time as regulations write them."""

from datetime import date

import pytest

from voucher.calendars import Calendar
from voucher.programmes.durations import Duration, NotADuration


@pytest.mark.parametrize(("length", "start", "end"), [
    ("3 months", date(2025, 11, 30), date(2026, 2, 28)), ("1 month", date(2024, 1, 31), date(2024, 2, 29)),
    ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
    ("12 months", date(2026, 12, 31), date(2027, 12, 31)), ("30 days", date(2026, 1, 31), date(2026, 3, 2)),
    ("2 weeks", date(2026, 1, 1), date(2026, 1, 15)),
    ("5 working days", date(2026, 2, 12), date(2026, 2, 26)),
])
def test_a_length_ends_on_the_day_people_expect(length: str, start: date, end: date) -> None:
    assert Duration.parse(length).after(start, Calendar("CN")) == end


def test_a_length_looks_back_as_far_as_it_looks_ahead() -> None:
    assert Duration.parse("3 years").before(date(2026, 5, 15)) == date(2023, 5, 15)
    assert Duration.parse("1 month").before(date(2026, 3, 31)) == date(2026, 2, 28)


def test_a_length_is_written_as_it_was_read() -> None:
    for text in ("1 day", "10 working days", "1 month", "36 months", "100 years"):
        assert str(Duration.parse(text)) == text
    assert Duration.parse("10 working days").chinese == "10个工作日"


@pytest.mark.parametrize("text", ["", "3", "3 moons", "0 days", "-1 day", "3  months", "101 years", "２ years", "3 Months", " 3 months"])
def test_what_is_not_a_length_is_refused(text: str) -> None:
    with pytest.raises(NotADuration):
        Duration.parse(text)
