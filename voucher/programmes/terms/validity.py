"""How long a voucher lives."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from voucher.calendars import Calendar
from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import YearDay, key
from voucher.programmes.terms.names import Clause, cited


class Happening(StrEnum):
    """A point in the life of a case from or to which time is counted."""

    APPLICATION = "application"
    ISSUE = "issue"
    ACTIVATION = "activation"
    ORDER = "order"
    CONTRACT = "contract"
    DELIVERY = "delivery"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CLAIM = "claim"
    USE_BY = "use_by"


# What happens to an order.
OF_AN_ORDER = (Happening.ORDER, Happening.CONTRACT, Happening.DELIVERY, Happening.INVOICE, Happening.PAYMENT, Happening.CLAIM)


@dataclass(frozen=True)
class Extension:
    """How a voucher's time can be made longer."""

    times: int = key("How often.", unit="times", example="1")
    length: Duration = key("By how much each time.", example="2 months")
    clause: Clause | None = cited("第十条")


@dataclass(frozen=True)
class Validity:
    """How long a voucher lives: a last day to use it and a last day to claim, which are two days."""

    starts_at: Happening = key("From when the time counts.", default=Happening.ISSUE, example="issue",
                               words=(Happening.ISSUE, Happening.ACTIVATION))
    activate_within: Duration | None = key("How long after issue the holder may activate it, when its time counts from then; nothing is "
                                           "ordered before.", default=None, example="2 months")
    use_within: Duration | None = key("How long it can be used.", default=None, example="12 months")
    use_until: date | None = key("A fixed last day of use; of several, the earliest counts.", default=None,
                                 example="2026-12-31")
    use_until_day: YearDay | None = key("A last day of use in each year: the first such day after the start.", default=None,
                                        example="12-31")
    used_by: Happening = key("What must have happened by the last day of use. What was ordered in time and has not come so far is "
                             "not paid.", default=Happening.ORDER, example="delivery", words=OF_AN_ORDER)
    claim_within: Duration | None = key("How long after the use-by day one may claim.", default=None,
                                        example="6 months")
    claim_from: Happening = key("From when the time to claim counts.", default=Happening.USE_BY, example="issue",
                                words=(Happening.USE_BY, Happening.ISSUE))
    claim_until_day: YearDay | None = key("A last day to claim in each year: the first such day after the last day of use.",
                                          default=None, example="03-31")
    claim_until: date | None = key("A fixed last day to claim, together with `use_until`; of several, the earliest counts.", default=None,
                                   example="2026-12-31")
    extension: Extension | None = key("How its time can be made longer.", default=None,
                                      example="{times: 1, length: 2 months}")
    retroactive: Duration | None = key("How old a cost may be when one applies; without it, nothing bought before counts.",
                                       default=None, example="12 months")
    clause: Clause | None = cited("第十一条")

    @property
    def needs_activation(self) -> bool:
        """Whether its time begins only when the holder activates it."""
        return self.starts_at == Happening.ACTIVATION

    def use_by(self, start: date, calendar: Calendar) -> date:
        """The last day of use when the time counts from a day."""
        lasts = self.use_within.after(start, calendar) if self.use_within else None
        each_year = next_day(self.use_until_day, start) if self.use_until_day else None
        return min(day for day in (lasts, each_year, self.use_until) if day is not None)

    def claim_by(self, issued_on: date, use_by: date, calendar: Calendar) -> date:
        """The last day to claim when it can be used until a day; that day when the file says nothing else."""
        start = issued_on if self.claim_from == Happening.ISSUE else use_by
        lasts = self.claim_within.after(start, calendar) if self.claim_within else None
        each_year = next_day(self.claim_until_day, use_by) if self.claim_until_day else None
        return min((day for day in (lasts, each_year, self.claim_until) if day is not None), default=use_by)


def next_day(day_of_year: str, after: date) -> date:
    """The first such day on or after a day.

    >>> next_day("03-31", date(2026, 5, 1))
    datetime.date(2027, 3, 31)
    """
    month, day = map(int, day_of_year.split("-"))
    this_year = date(after.year, month, day)
    return this_year if this_year >= after else date(after.year + 1, month, day)
