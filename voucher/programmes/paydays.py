"""On which days a programme pays: from which day on what has become payable goes to the bank."""

from datetime import date, timedelta

from voucher.programmes.durations import months_later
from voucher.programmes.terms import Payout, Rhythm, Terms
from voucher.programmes.windows import fiscal_year

_MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}


def payday(terms: Terms, payable_on: date) -> date:
    """The first day on which what became payable on a day is paid.

    What becomes payable in a month, quarter or (fiscal) year is paid from the first day of the next; with `dates`, on
    the next of them, the day itself included.
    """
    match terms.payout.rhythm:
        case Rhythm.ROLLING:
            return payable_on
        case Rhythm.DATES:
            return _next_of(terms.payout, payable_on)
        case rhythm:
            return _next_period(terms.programme.fiscal_year_starts, _MONTHS[rhythm], payable_on)


def late_payday(terms: Terms) -> tuple[date, date] | None:
    """A day of a year on which something may become payable that the rhythm pays later than `within` allows, and when it would pay it.

    None where the two agree, or where there is nothing to compare.
    """
    within = terms.payout.within
    if within is None or terms.payout.rhythm == Rhythm.ROLLING:
        return None
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    return next(((day, payday(terms, day)) for day in days if within.after(day, terms.calendar) < payday(terms, day)), None)


def _next_of(payout: Payout, on: date) -> date:
    days = sorted(tuple(map(int, each.split("-"))) for each in payout.dates)
    return next(day for year in (on.year, on.year + 1) for month, number in days if (day := date(year, month, number)) >= on)


def _next_period(starts: str, months: int, on: date) -> date:
    """The first day of the next period of so many months; periods are counted from the first day of the fiscal year."""
    first, _last = fiscal_year(starts, on)
    return next(day for number in range(1, 14) if (day := months_later(first, number * months)) > on)
