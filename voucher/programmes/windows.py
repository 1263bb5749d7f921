"""Over which days a limit counts."""

from collections.abc import Iterable
from datetime import date, timedelta

from voucher.programmes.durations import Duration
from voucher.programmes.terms import Period, Terms

Window = tuple[date, date]


def window_of(terms: Terms, period: Period, on: date, length: Duration | None = None) -> Window:
    """The first and last day whose uses count together with a case of that day.

    A year or round counts whole, later days too: what is reserved for December counts in June. A round lasts until the next one
    opens: what is bought after applications have closed belongs to it. A rolling period looks back and includes the day itself:
    three years on 15 May 2026 begin on 16 May 2023.
    """
    match period:
        case Period.CALENDAR_YEAR:
            return date(on.year, 1, 1), date(on.year, 12, 31)
        case Period.FISCAL_YEAR:
            return fiscal_year(terms.programme.fiscal_year_starts, on)
        case Period.ROUND:
            return _round(terms, on)
        case Period.ROLLING:
            assert length is not None, "reading sees to it that a rolling period has a length"
            return length.before(on) + timedelta(days=1), on
    return date.min, date.max


def windows_about(
    terms: Terms, period: Period, length: Duration | None, on: date, days: Iterable[date], *, undated: bool = False,
) -> set[Window]:
    """The windows that hold a day (or, where it is `undated`, any later one), as far as what was used on `days` tells them apart.

    Of a rolling period these are also the later ones that look back on it: in none of them is there more than the limit.
    """
    later: Iterable[date] = ()
    if undated or period == Period.ROLLING:
        later = {day for day in days if on < day}
    windows = {window_of(terms, period, day, length) for day in (on, *later)}
    return windows if undated else {(first, last) for first, last in windows if first <= on}


def _round(terms: Terms, on: date) -> Window:
    """From the opening of the last round to the day before the next one opens."""
    opened = [each.opens for each in terms.programme.rounds]
    return (max((day for day in opened if day <= on), default=date.min),
            min((day - timedelta(days=1) for day in opened if day > on), default=date.max))


def fiscal_year(starts: str, on: date) -> Window:
    """The fiscal year in which a day lies.

    >>> fiscal_year("04-01", date(2026, 2, 3))
    (datetime.date(2025, 4, 1), datetime.date(2026, 3, 31))
    """
    month, day = map(int, starts.split("-"))
    first = date(on.year, month, day)
    if on < first:
        first = date(on.year - 1, month, day)
    return first, date(first.year + 1, month, day) - timedelta(days=1)


def budget_year(terms: Terms, on: date) -> int:
    """The year whose fund lines a day belongs to: a fiscal year goes by the calendar year in which it begins."""
    return fiscal_year(terms.programme.fiscal_year_starts, on)[0].year


def budget_days(terms: Terms, year: int) -> Window:
    """The first and the last day of a budget year."""
    month, day = map(int, terms.programme.fiscal_year_starts.split("-"))
    return fiscal_year(terms.programme.fiscal_year_starts, date(year, month, day))
