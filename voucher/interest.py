"""Interest on money that has to come back: so many days at a yearly rate, in whole minor units.

A day bears the yearly rate divided by the days of its year, so that a whole year bears the whole rate, leap or not. Each
calendar year is a line of its own, rounded half up, and the lines sum to the interest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from voucher.money import Money


@dataclass(frozen=True)
class InterestLine:
    """So many of a year's days (`of`) at a rate on a principal."""

    year: int
    days: int
    of: int
    rate: Fraction
    principal: Money
    interest: Money


def interest_lines(principal: Money, rate: Fraction, paid_on: date, until: date) -> list[InterestLine]:
    """The interest from the day of payment (which bears none) through `until`, a line for each calendar year.

    Nothing is borne when `until` is not after the payment. `rate` is a fraction of one, and not negative.
    """
    assert principal.minor >= 0 and rate >= 0, (principal, rate)
    return [InterestLine(year, days, of, rate, principal, principal.part(rate * days / of))
            for year, days, of in _days_by_year(paid_on, until)] if rate else []


def _days_by_year(after: date, through: date) -> Iterator[tuple[int, int, int]]:
    """The days after one day up to and with another, by calendar year: year, days, days of that year."""
    for year in range(after.year, through.year + 1):
        first, last = max(after, date(year - 1, 12, 31)), min(through, date(year, 12, 31))
        if last > first:
            yield year, (last - first).days, (date(year, 12, 31) - date(year - 1, 12, 31)).days
