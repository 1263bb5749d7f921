"""Working days: holidays, make-up working days, deadlines with pauses.

Which days are free, and on which Saturdays and Sundays people work instead (China's 调休), comes from the library
`holidays`; an office can add days of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from holidays import HolidayBase, country_holidays, list_supported_countries

from voucher.errors import NotValid, _

WEEKEND = _("weekend")


@dataclass(frozen=True)
class Calendar:
    """The working days of a country, with the office's own exceptions.

    `country` is ISO 3166-1 ("CN", "IE"). `closed` are further days off, `open` are further working days; `open` wins.
    """

    country: str
    closed: frozenset[date] = field(default_factory=frozenset)
    open: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.country not in countries():
            raise NotValid(_("We know no working days of {country}. Write the two letters of the country, such as CN."),
                           country=repr(self.country))

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on that day."""
        if day in self.open:
            return True
        return day not in self.closed and _country(self.country).is_working_day(day)

    def why_closed(self, day: date) -> str:
        """Why nobody works on that day: the holiday's name, "weekend", "closed by the office"; empty on a working day."""
        if self.is_working_day(day):
            return ""
        if day in self.closed:
            return _("closed by the office")
        return _country(self.country).get(day) or WEEKEND

    def in_chinese(self, day: date) -> str:
        """The Chinese name of the holiday on a day, where the library has one for the country; empty elsewhere."""
        named = _in_chinese(self.country)
        return named.get(day, "") if named is not None and day not in self.closed else ""

    def working_days_after(self, day: date, number: int) -> date:
        """The `number`-th working day after `day`; `day` itself does not count."""
        assert number >= 0, number
        while number:
            day += timedelta(days=1)
            number -= self.is_working_day(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after one day up to and with another; less than zero when the other is before."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_working_day(first + timedelta(days=number)) for number in range(1, (last - first).days + 1))


@dataclass(frozen=True)
class Pause:
    """A clock stood still from one day up to, and without, another: an answer was awaited."""

    start: date
    end: date
    reason: str


@dataclass(frozen=True)
class DayNote:
    """What happened to the count on a day: `what` is a marked sentence with its `values`.

    Of a holiday the values hold its name as `reason` and, where it is known, its Chinese one as `reason_zh`.
    """

    day: date
    what: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.day.isoformat()}  {self.what.format(**self.values)}"

    def values_in(self, language: str) -> Mapping[str, Any]:
        """The values for readers of a language."""
        in_chinese = self.values.get("reason_zh") if language.startswith("zh") else None
        return {name: value for name, value in self.values.items() if name != "reason_zh"} | ({"reason": in_chinese} if in_chinese else {})


@dataclass(frozen=True)
class LastDay:
    """The last day of a length of time, and why it is that day."""

    due: date
    notes: tuple[DayNote, ...]

    def explain(self) -> str:
        """One line a note, for "why is this my deadline"."""
        return "\n".join(map(str, self.notes))


def last_working_day(calendar: Calendar, start: date, working_days: int, pauses: Sequence[Pause] = ()) -> LastDay:
    """The last day of so many working days after `start`, with the clock standing still during pauses.

    Every day that did not count is among the notes with its reason; plain weekends are left out to keep it short.
    """
    notes, day, left = [DayNote(start, _("The clock starts; {number} working days."), {"number": working_days})], start, working_days
    while left:
        day += timedelta(days=1)
        pause = _standstill(day, pauses)
        reason = pause or calendar.why_closed(day)
        left -= not reason
        if reason and reason != WEEKEND:
            notes.append(_left_out(day, reason, "" if pause else calendar.in_chinese(day)))
        elif not reason and day.weekday() >= 5:
            notes.append(DayNote(day, _("Counts: a make-up working day.")))
    return LastDay(day, (*notes, DayNote(day, _("The last day."))))


def last_plain_day(start: date, end: date, pauses: Sequence[Pause] = (), calendar: Calendar | None = None) -> LastDay:
    """The last day of a time from `start` to `end` that counts every day but those of the pauses.

    With a calendar, it does not end on a day on which nobody works but on the next one on which people do, as the law has it for times
    in days, months and years (Civil Code of China, article 203; Regulation (EEC) 1182/71, article 3 (4)).
    """
    notes, day, left = [DayNote(start, _("The clock starts; every day counts."))], start, (end - start).days
    while left:
        day += timedelta(days=1)
        reason = _standstill(day, pauses)
        left -= not reason
        if reason:
            notes.append(_left_out(day, reason))
    while calendar and (reason := calendar.why_closed(day)):
        notes.append(DayNote(day, _("No time ends on a day on which nobody works: {reason}."), _because(reason, calendar.in_chinese(day))))
        day += timedelta(days=1)
    return LastDay(day, (*notes, DayNote(day, _("The last day."))))


def _because(reason: str, in_chinese: str) -> dict[str, str]:
    return {"reason": reason} | ({"reason_zh": in_chinese} if in_chinese else {})


def _left_out(day: date, reason: str, in_chinese: str = "") -> DayNote:
    return DayNote(day, _("Does not count: {reason}."), _because(reason, in_chinese))


def _standstill(day: date, pauses: Iterable[Pause]) -> str:
    return next((pause.reason for pause in pauses if pause.start <= day < pause.end), "")


@lru_cache(maxsize=32)
def _country(code: str) -> HolidayBase:
    return country_holidays(code, language="en_US")  # without a language the names follow the machine's


@lru_cache(maxsize=32)
def _in_chinese(code: str) -> HolidayBase | None:
    return country_holidays(code, language="zh_CN") if "zh_CN" in _country(code).supported_languages else None


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The countries whose holidays are known."""
    return frozenset(list_supported_countries())
