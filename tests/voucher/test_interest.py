"""Interest: so many days at a rate; a year is a year, leap or not; never less than nothing."""

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from voucher.interest import interest_lines
from voucher.money import Money, total

RATE = Fraction(365, 10_000)


def yuan(minor: int) -> Money:
    """So many fen."""
    return Money(minor, "CNY")


def test_a_hundredth_of_a_percent_a_day_of_73_days_is_what_the_manual_says() -> None:
    (line,) = interest_lines(yuan(20_000_00), RATE, date(2026, 3, 2), date(2026, 5, 14))
    assert (line.days, line.of, line.interest) == (73, 365, yuan(146_00))


def test_a_whole_year_bears_the_whole_rate_leap_or_not() -> None:
    for year in (2023, 2024, 2025):
        (line,) = interest_lines(yuan(10_000_00), RATE, date(year - 1, 12, 31), date(year, 12, 31))
        assert line.interest == yuan(365_00)


def test_each_calendar_year_is_a_line_with_its_own_days() -> None:
    lines = interest_lines(yuan(10_000_00), RATE, date(2023, 12, 30), date(2025, 1, 2))
    assert [(line.year, line.days, line.of) for line in lines] == [(2023, 1, 365), (2024, 366, 366), (2025, 2, 365)]


def test_the_day_of_payment_and_an_earlier_one_bear_nothing() -> None:
    assert interest_lines(yuan(10_000_00), RATE, date(2026, 3, 2), date(2026, 3, 2)) == []
    assert interest_lines(yuan(10_000_00), RATE, date(2026, 3, 2), date(2026, 3, 1)) == []


def test_halves_of_a_fen_are_rounded_up() -> None:
    (line,) = interest_lines(yuan(50_00), RATE, date(2026, 3, 2), date(2026, 3, 3))  # half a fen
    assert line.interest == yuan(1)


@given(st.integers(0, 10**12), st.fractions(0, 1), st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-400, 4000))
def test_interest_is_never_negative_and_its_days_sum_to_the_time_between(minor: int, rate: Fraction, paid: date, days: int) -> None:
    until = date.fromordinal(paid.toordinal() + days)
    lines = interest_lines(yuan(minor), rate, paid, until)
    assert all(line.interest.minor >= 0 for line in lines)
    assert sum(line.days for line in lines) == (max(days, 0) if rate else 0)
    exact = sum((rate * minor * line.days / line.of for line in lines), Fraction(0))
    assert abs(total((line.interest for line in lines), "CNY").minor - exact) * 2 <= len(lines)
