"""Ageing: how many working days things have waited where they stand, queue by queue, in buckets, and for whom; and what runs out when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sql
from sqlmodel import Session, col, func, null, select

from voucher.amendments import Amendment, AmendmentState
from voucher.appeals import Appeal, AppealState
from voucher.awards import AwardState, ProviderAward
from voucher.bound_requests import BoundRequest, BoundRequestState
from voucher.calendars import Calendar
from voucher.checks.facts import Level
from voucher.claims import Claim, ClaimState
from voucher.deadlines import Deadline, DeadlineState
from voucher.findings import Finding, FindingState
from voucher.history import Event
from voucher.listings import Listing, ListingState
from voucher.measure_appeals import MeasureAppeal
from voucher.objections import Objection, ObjectionState
from voucher.orders import Order, OrderState
from voucher.own_days import WAITS_FOR, days_of_keys, keys_of_own_days
from voucher.payouts import Batch, BatchState, Payout, PayoutState, held_back
from voucher.people import Role
from voucher.recoveries import Recovery, RecoveryState, refund_is_due
from voucher.statements import BankLine, BankStatement, LineState
from voucher.vouchers import Voucher, VoucherState

#: The last working day of each bucket but the last, which has no end.
BUCKETS = (5, 10, 20)


@dataclass(frozen=True)
class Queue:
    """Things of a kind in one state, which wait for whoever holds one of the roles; not before the day in `from_day`, if it has one.

    `also` narrows them down. `since` asks for those of which no event tells since when they wait: reference and instant.
    """

    noun: str
    table: Any
    state: str
    waits_for: tuple[Role, ...]
    from_day: Any = None
    also: Any = None
    since: Any = None

    @property
    def rows(self) -> Any:
        """The question for what waits: reference, since when, and not before which day."""
        if self.since is not None:
            return self.since.add_columns(null())
        day = null() if self.from_day is None else self.from_day
        narrowed = () if self.also is None else (self.also,)
        return (select(self.table.reference, func.max(Event.at), func.max(day)).join(Event, col(Event.subject) == self.table.reference)
                .where(self.table.state == self.state, Event.to_state == self.state, *narrowed).group_by(self.table.reference))


#: Of an issued voucher more time was asked for: the clock of the answer.
_LONGER = "extension"

_FIRMS = (Role.SME, Role.PROVIDER)

QUEUES: Sequence[Queue] = (
    Queue("voucher", Voucher, VoucherState.SUBMITTED, (Role.REVIEWER,)),
    Queue("voucher", Voucher, VoucherState.QUESTIONED, (Role.SME,)),
    Queue("voucher", Voucher, VoucherState.REVIEWED, (Role.APPROVER,)),
    Queue("voucher", Voucher, VoucherState.APPEALED, (Role.APPROVER,)),
    Queue("measure_appeal", MeasureAppeal, "filed", (Role.APPROVER,), since=select(Voucher.reference, MeasureAppeal.filed_at).join(
        MeasureAppeal, col(MeasureAppeal.voucher_id) == Voucher.id).where(col(MeasureAppeal.ended_at).is_(None))),
    Queue("extension", Deadline, "asked", (Role.APPROVER,), since=select(Deadline.subject, Deadline.started_at).where(
        Deadline.rule == _LONGER, col(Deadline.ended_at).is_(None))),
    Queue("voucher", Voucher, VoucherState.OFFERED, (Role.SME,)),
    Queue("voucher", Voucher, VoucherState.HEARING, (Role.SME,)),
    Queue("voucher", Voucher, VoucherState.HEARD, (Role.APPROVER,)),
    Queue("listing", Listing, ListingState.PROPOSED, (Role.APPROVER,)),
    Queue("order", Order, OrderState.PLACED, (Role.PROVIDER,)),
    Queue("order", Order, OrderState.DELIVERED, (Role.SME,)),
    Queue("order", Order, OrderState.DISPUTED, (Role.VERIFIER,)),
    Queue("amendment", Amendment, AmendmentState.PROPOSED, _FIRMS),
    Queue("amendment", Amendment, AmendmentState.REFERRED, (Role.VERIFIER,)),
    Queue("claim", Claim, ClaimState.SUBMITTED, (Role.VERIFIER,)),
    Queue("claim", Claim, ClaimState.QUESTIONED, _FIRMS),
    Queue("claim", Claim, ClaimState.RETURNED, _FIRMS),
    Queue("claim", Claim, ClaimState.VERIFIED, (Role.APPROVER,)),
    Queue("finding", Finding, FindingState.OPEN, (Role.APPROVER, Role.VERIFIER), also=col(Finding.level) != Level.INFO),
    Queue("appeal", Appeal, AppealState.FILED, (Role.APPROVER,)),
    Queue("objection", Objection, ObjectionState.FILED, (Role.APPROVER,)),
    Queue("objection", Objection, ObjectionState.ADMITTED, (Role.APPROVER,)),
    Queue("payout", Payout, PayoutState.PAYABLE, (Role.FINANCE,), col(Payout.not_before)),
    Queue("payout", Payout, PayoutState.RETURNED, (Role.FINANCE,)),
    Queue("batch", Batch, BatchState.GATHERED, (Role.TREASURY,)),
    Queue("batch", Batch, BatchState.SIGNED, (Role.TREASURY,)),
    Queue("held_batch", Batch, "held_back", (Role.TREASURY,), since=select(Batch.reference, func.max(Event.at)).join(
        Event, col(Event.subject) == Batch.reference).where(held_back(), Event.name == "batch.held_back").group_by(col(Batch.reference))),
    Queue("payout", Payout, PayoutState.SENT, (Role.TREASURY,)),
    Queue("line", BankLine, LineState.OPEN, (Role.FINANCE,), since=select(BankStatement.reference, BankStatement.imported_at).join(
        BankLine, col(BankLine.statement_id) == BankStatement.id).where(BankLine.state == LineState.OPEN)),
    Queue("bounds", BoundRequest, BoundRequestState.ASKED, (Role.FINANCE, Role.TREASURY)),
    Queue("recovery", Recovery, RecoveryState.SUSPECTED, (Role.AUDITOR,)),
    Queue("recovery", Recovery, RecoveryState.OPENED, _FIRMS),
    Queue("recovery", Recovery, RecoveryState.HEARD, (Role.APPROVER,)),
    Queue("recovery", Recovery, RecoveryState.DECIDED, (Role.FINANCE,)),
    Queue("recovery", Recovery, RecoveryState.APPEALED, (Role.APPROVER,)),
    Queue("recovery", Recovery, RecoveryState.WRITE_OFF_ASKED, (Role.APPROVER,)),
    Queue("recovery", Recovery, RecoveryState.ANNULLED, (Role.FINANCE,), also=refund_is_due()),
    Queue("award", ProviderAward, AwardState.ASKED, (Role.REVIEWER,)),
    Queue("award", ProviderAward, AwardState.PROPOSED, (Role.APPROVER,)),
)


@dataclass(frozen=True)
class Aged:
    """A queue with what waits in it: how many in each bucket, how many in all, and what has waited longest, for how many working days."""

    queue: Queue
    counts: tuple[int, ...]
    oldest: str
    oldest_days: int

    @property
    def total(self) -> int:
        """How many wait."""
        return sum(self.counts)


@dataclass(frozen=True)
class Ahead:
    """What runs out by one rule, for one role: how many are late, how many are due in each bucket of working days, and the first day."""

    rule: str
    waits_for: str
    late: int
    counts: tuple[int, ...]
    first: date

    @property
    def total(self) -> int:
        """How many there are."""
        return self.late + sum(self.counts)


def ahead(session: Session, calendar: Calendar, now: datetime, today: date) -> list[Ahead]:
    """Every rule by which something is awaited and does not stand still, also of the days that stand on vouchers, bans and accounts.

    What runs out first comes first.
    """
    days: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    kept = (col(Deadline.rule), col(Deadline.waits_for), col(Deadline.due_on))
    for rule, waits_for, due, count in session.execute(sql.select(*kept, func.count()).where(
            col(Deadline.ended_at).is_(None), col(Deadline.state) != DeadlineState.PAUSED).group_by(*kept)):
        days[rule, waits_for][due] = count
    own = keys_of_own_days(session, now, today, states=(DeadlineState.RUNNING,)).subquery()
    by_day = sql.select(own.c.rule, own.c.due_on, func.count()).where(own.c.due_on >= today).group_by(own.c.rule, own.c.due_on)
    for rule, due, count in session.execute(by_day):
        days[rule, WAITS_FOR[rule]][due] += count
    past = session.execute(sql.select(own.c.rule, own.c.id, own.c.due_on).where(own.c.due_on < today)).all()
    for each in days_of_keys(session, past, now, "UTC"):  # later terms may give longer than the day that stands on a voucher
        days[each.rule, each.waits_for][each.due_on] += 1
    found = [_ahead(*key, calendar, today, counts) for key, counts in days.items()]
    return sorted(found, key=lambda each: (each.first, each.rule, each.waits_for))


def _ahead(rule: str, waits_for: str, calendar: Calendar, today: date, days: Mapping[date, int]) -> Ahead:
    counts = [0] * (len(BUCKETS) + 1)
    for day, count in days.items():
        if day >= today:
            counts[bucket_of(calendar.working_days_between(today, day))] += count
    return Ahead(rule, waits_for, sum(count for day, count in days.items() if day < today), tuple(counts), min(days))


def bucket_of(days: int) -> int:
    """Which bucket so many working days belong to."""
    return next((number for number, last in enumerate(BUCKETS) if days <= last), len(BUCKETS))


def aged(session: Session, calendar: Calendar, today: date, zone: ZoneInfo) -> list[Aged]:
    """Every queue in which something waits; one question a queue. A thing waits since it last came to where it stands."""
    found = []
    for queue in QUEUES:
        waits = sorted((max(at.astimezone(zone).date(), not_before or date.min), reference)
                       for reference, at, not_before in session.exec(queue.rows))
        if waits:
            found.append(_aged(queue, calendar, today, waits))
    return found


def _aged(queue: Queue, calendar: Calendar, today: date, waits: Sequence[tuple[date, str]]) -> Aged:
    counts, days_since = [0] * (len(BUCKETS) + 1), {day: calendar.working_days_between(day, today) for day in {day for day, _ref in waits}}
    for day, _reference in waits:
        counts[bucket_of(days_since[day])] += 1
    return Aged(queue, tuple(counts), waits[0][1], days_since[waits[0][0]])
