"""Lengths of time as a regulation writes them: "3 months", "10 working days"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from voucher.calendars import Calendar
from voucher.errors import NotValid, _


class Unit(StrEnum):
    """In what a length is counted."""

    DAY = "day"
    WORKING_DAY = "working day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_CHINESE = {Unit.DAY: "日", Unit.WORKING_DAY: "个工作日", Unit.WEEK: "周", Unit.MONTH: "个月", Unit.YEAR: "年"}
# A hundred years, so that no day that is reckoned with falls out of the calendar.
_MOST = {Unit.DAY: 36_500, Unit.WORKING_DAY: 2_500, Unit.WEEK: 5_200, Unit.MONTH: 1_200, Unit.YEAR: 100}
_DURATION = re.compile(r"([1-9][0-9]{0,4}) (working day|day|week|month|year)(s?)", re.ASCII)


class NotADuration(NotValid):
    """This is not a length of time. Write a whole number and a unit, such as "3 months" or "10 working days"."""


@dataclass(frozen=True)
class Duration:
    """A whole number of days, working days, weeks, months or years."""

    number: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Self:
        """The length that a file wrote. Raises NotADuration.

        >>> str(Duration.parse("10 working days"))
        '10 working days'
        """
        match = _DURATION.fullmatch(text)
        if match is None:
            raise NotADuration(_('{text} is not a length of time. Write a number and days, working days, weeks, months or years, '
                                 'such as "3 months".'),
                               text=repr(text))
        length = cls(int(match[1]), Unit(match[2]))
        if length.number > _MOST[length.unit]:
            raise NotADuration(_("{text} is longer than a hundred years."), text=repr(text))
        return length

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    @property
    def chinese(self) -> str:
        """The same in Chinese: 10个工作日."""
        return f"{self.number}{_CHINESE[self.unit]}"

    def after(self, day: date, calendar: Calendar | None = None) -> date:
        """The last day of this length that began on `day`: 3 months after 30 November end on the last of February.

        Working days need the calendar; `day` itself does not count.
        """
        match self.unit:
            case Unit.DAY:
                return day + timedelta(days=self.number)
            case Unit.WEEK:
                return day + timedelta(weeks=self.number)
            case Unit.WORKING_DAY:
                assert calendar is not None, "working days are counted in a calendar"
                return calendar.working_days_after(day, self.number)
        return months_later(day, self.number * (12 if self.unit == Unit.YEAR else 1))

    def before(self, day: date) -> date:
        """The day on which this length, ending on `day`, began. Working days count as plain days here."""
        match self.unit:
            case Unit.DAY | Unit.WORKING_DAY:
                return day - timedelta(days=self.number)
            case Unit.WEEK:
                return day - timedelta(weeks=self.number)
        return months_later(day, -self.number * (12 if self.unit == Unit.YEAR else 1))


def months_later(day: date, months: int) -> date:
    """The same day so many months later (or earlier), or the last day of that month when it is shorter.

    >>> months_later(date(2024, 11, 30), 3)
    datetime.date(2025, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
