"""Recoveries: money that was paid wrongly and is asked for again, from the party that is liable for it.

What is decided stands by fund line (funder and year), principal and interest apart. What came in, was set off or written
off are moves, in their order; how a move divides over the fund lines follows from the moves before it, so it is worked
out and never kept. Recovered, written off and outstanding sum to what was decided at every instant.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, String, Text, UniqueConstraint, and_, exists, text
from sqlmodel import Field, Session, SQLModel, col, func, or_, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import Row, currency_code, get, minor_units, one_of
from voucher.errors import NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.history import record
from voucher.money import Money, split_within, total
from voucher.numbering import next_reference
from voucher.orders import Order
from voucher.payouts import PAID, Payout, claim_of
from voucher.people import Organisation
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.programmes.terms import Clawback, Terms
from voucher.references import year_of
from voucher.vouchers import Voucher
from voucher.work import Work


class RecoveryState(StrEnum):
    """Where a recovery is. DROPPED: there was nothing to it. ANNULLED: an appeal was upheld. CLOSED: nothing is outstanding."""

    SUSPECTED = "suspected"
    OPENED = "opened"
    HEARD = "heard"
    DECIDED = "decided"
    SERVED = "served"
    APPEALED = "appealed"
    FINAL = "final"
    INSTALMENTS = "instalments"
    WRITE_OFF_ASKED = "write_off_asked"
    DROPPED = "dropped"
    ANNULLED = "annulled"
    CLOSED = "closed"


OVER = (RecoveryState.DROPPED, RecoveryState.ANNULLED, RecoveryState.CLOSED)
# Decided for good: nothing is awaited but money that comes back as agreed.
AS_AGREED = (RecoveryState.FINAL, RecoveryState.INSTALMENTS)
# Decided and not over: there is a receivable in the books.
OWED = (RecoveryState.DECIDED, RecoveryState.SERVED, RecoveryState.APPEALED, RecoveryState.FINAL, RecoveryState.INSTALMENTS,
        RecoveryState.WRITE_OFF_ASKED)

_LIVE = text("state not in ('dropped', 'annulled', 'closed')")
# Nobody annulled what the system did, or what one person annulled and refunded before it had to be two.
_BY_ANOTHER = "refund_document = '' or annulled_by is null or (refunded_by is not null and refunded_by <> annulled_by)"
_UNDECIDED = "state in ('suspected', 'opened', 'heard', 'dropped')"


class Recovery(Row, table=True):
    """The case of one paid payout, or a part of it, that has to come back.

    It is of a claim on `voucher_id`, or of the award `award_id`.
    `liable_id` is who has to pay it back: the SME or the provider, whoever was the payee. `principal_minor` is what is
    asked for, and once decided what was decided; `sheet` holds the days and rates behind the interest. `paid_on` is the
    day of the payment: it says of which year the money is, and interest runs from it. `hearing` and `appeal` are the
    party's own words. `refund_document` is by what went back that which had come in before the decision was
    annulled, and never by the hand that annulled it.
    """

    __tablename__ = "recoveries"
    __table_args__ = (
        one_of("state", RecoveryState),
        CheckConstraint("(voucher_id is null) <> (award_id is null)", name="of_a_claim_or_an_award"),
        CheckConstraint("principal_minor > 0", name="principal_is_positive"),
        CheckConstraint("interest_minor >= 0", name="interest_is_not_negative"),
        CheckConstraint("decided_by is null or (opened_by is not null and heard_by is not null and decided_by <> opened_by "
                        "and decided_by <> heard_by)", name="decided_by_another"),
        CheckConstraint(f"decided_on is not null or {_UNDECIDED}", name="decided_on_a_day"),
        CheckConstraint(_BY_ANOTHER, name="refunded_by_another"),
        CheckConstraint("pay_by >= served_on", name="days_to_pay"),
        Index("uq_recoveries_one_live_recovery_a_payout", "payout_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    reference: str = Field(unique=True, max_length=24)
    voucher_id: UUID | None = Field(default=None, foreign_key="vouchers.id", index=True)
    award_id: UUID | None = Field(default=None, foreign_key="awards.id", index=True)
    payout_id: UUID = Field(foreign_key="payouts.id", index=True)
    liable_id: UUID = Field(foreign_key="organisations.id", index=True)
    state: str = Field(sa_type=String(16), index=True)
    principal_minor: int = minor_units()
    interest_minor: int = minor_units(default=0)
    currency: str = currency_code()
    paid_on: date
    facts: str = Field(sa_type=Text)
    basis: str = Field(default="", sa_type=Text)
    opened_at: datetime
    opened_by: UUID | None = Field(default=None, foreign_key="people.id")
    hearing: str = Field(default="", sa_type=Text)
    heard_on: date | None = None
    heard_by: UUID | None = Field(default=None, foreign_key="people.id")
    decided_on: date | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="people.id")
    sheet: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    served_on: date | None = None
    pay_by: date | None = None
    appeal_by: date | None = None
    appeal: str = Field(default="", sa_type=Text)
    write_off_reason: str = Field(default="", sa_type=Text)
    write_off_document: str = Field(default="", max_length=100)
    write_off_asked_by: UUID | None = Field(default=None, foreign_key="people.id")
    annulled_by: UUID | None = Field(default=None, foreign_key="people.id")
    refund_document: str = Field(default="", max_length=100)
    refunded_by: UUID | None = Field(default=None, foreign_key="people.id")

    def money(self, minor: int) -> Money:
        """Minor units of its currency."""
        return Money(minor, self.currency)

    @property
    def principal(self) -> Money:
        """What was paid wrongly."""
        return Money(self.principal_minor, self.currency)

    @property
    def interest(self) -> Money:
        """What it bore until the decision."""
        return Money(self.interest_minor, self.currency)

    @property
    def amount(self) -> Money:
        """What has to be paid back in all."""
        return self.principal + self.interest


class RecoveryShare(SQLModel, table=True):
    """What a fund line gets back of a recovery, as decided."""

    __tablename__ = "recovery_shares"
    __table_args__ = (CheckConstraint("principal_minor >= 0 and interest_minor >= 0", name="amounts_are_not_negative"),)

    recovery_id: UUID = Field(primary_key=True, foreign_key="recoveries.id")
    fund_line_id: UUID = Field(primary_key=True, foreign_key="fund_lines.id")
    principal_minor: int = minor_units()
    interest_minor: int = minor_units()


class MoveKind(StrEnum):
    """How a recovery got smaller."""

    COLLECTED = "collected"
    OFFSET = "offset"
    WRITTEN_OFF = "written_off"


class RecoveryMove(Row, table=True):
    """Something made what is outstanding smaller. `document` is the bank's reference, the payout, or the authority.

    `prior`: it came as money of an earlier year, and is the treasury's; `remittance` is the document by which it went there.
    """

    __tablename__ = "recovery_moves"
    __table_args__ = (
        one_of("kind", MoveKind),
        UniqueConstraint("recovery_id", "number"),
        CheckConstraint("principal_minor >= 0 and interest_minor >= 0 and principal_minor + interest_minor > 0",
                        name="amount_is_positive"),
    )

    recovery_id: UUID = Field(foreign_key="recoveries.id", index=True)
    number: int
    kind: str = Field(sa_type=String(16))
    effective_on: date
    principal_minor: int = minor_units()
    interest_minor: int = minor_units()
    currency: str = currency_code()
    document: str = Field(default="", max_length=100)
    prior: bool = False
    remittance: str = Field(default="", max_length=100)

    @property
    def amount(self) -> Money:
        """Principal and interest."""
        return Money(self.principal_minor + self.interest_minor, self.currency)


class RecoveryInstalment(SQLModel, table=True):
    """So much is to be paid by a day. The instalments of a plan sum to what was outstanding when it was agreed."""

    __tablename__ = "recovery_instalments"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_is_positive"),)

    recovery_id: UUID = Field(primary_key=True, foreign_key="recoveries.id")
    number: int = Field(primary_key=True)
    due_on: date
    amount_minor: int = minor_units()


# --- the beginning of a case -------------------------------------------------------------------------------------------


def make_recovery(
    work: Work, payout: Payout, state: RecoveryState, *, facts: str, basis: str = "", liable: Organisation | None = None,
    principal: Money | None = None,
) -> Recovery:
    """The case of a payout that the bank has confirmed or that was set off, suspected or opened; without a sum, of all that is left of it.

    `liable` is the SME or the provider of its order, or the provider of its award; without one, who was paid. For verbs of any step:
    whoever may take it has been asked already. Raises NotNow when a case of it is open or the payment is too old, NotValid.
    """
    source = _source_of(work.session, payout)
    _check_paid(work, payout, source.terms)
    left = left_of(work.session, payout)
    if not left:
        raise NotNow(_("All of {payout} was recovered or given up already."), payout=payout.reference)
    asked = left if principal is None else principal
    refuse_if_any(_problems(asked, left, facts, basis, state, liable, source.parties))
    assert payout.settled_on is not None
    row = Recovery(
        reference=next_reference(work.session, "R", year_of(work.today)), voucher_id=source.voucher_id, award_id=payout.award_id,
        payout_id=payout.id, liable_id=liable.id if liable else payout.payee_id, state=state, principal_minor=asked.minor,
        currency=asked.currency, paid_on=payout.settled_on, facts=facts.strip(), basis=basis.strip(), opened_at=work.now,
        opened_by=work.actor.person_id)
    work.session.add(row)
    work.session.flush()
    # A suspicion is not told on the case's own page, which its parties read.
    case = row.reference if state == RecoveryState.SUSPECTED else source.case
    record(work, f"recovery.{state}", row.reference, case=case, to_state=state, reason=row.facts,
           payout=payout.reference, principal=str(asked))
    return row


@dataclass(frozen=True)
class _Source:
    """What a payout paid: the case to which that belongs, the terms that judge it, and who may be liable for it."""

    case: str
    terms: Terms
    parties: tuple[UUID, ...]
    voucher_id: UUID | None = None


def _source_of(session: Session, payout: Payout) -> _Source:
    if payout.award_id is not None:
        award = get(session, ProviderAward, payout.award_id)
        return _Source(award.reference, terms_version(session, award.terms_id).terms, (award.provider_id,))
    order = get(session, Order, get(session, Claim, claim_of(payout)).order_id)
    voucher = get(session, Voucher, order.voucher_id)
    return _Source(voucher.reference, terms_version(session, voucher.terms_id).terms, (voucher.sme_id, order.provider_id), voucher.id)


def terms_behind(session: Session, recovery: Recovery) -> TermsVersion:
    """The terms that judge a recovery: the voucher's, or the award's."""
    if recovery.award_id is not None:
        return terms_version(session, get(session, ProviderAward, recovery.award_id).terms_id)
    return terms_version(session, session.get_one(Voucher, recovery.voucher_id).terms_id)


def _check_paid(work: Work, payout: Payout, terms: Terms) -> None:
    if payout.state not in PAID:
        raise NotNow(_("The bank has not confirmed {payout}, so there is nothing to recover."), payout=payout.reference)
    if live_recovery_of(work.session, payout.id) is not None:
        raise NotNow(_("A recovery of {payout} is under way already."), payout=payout.reference)
    _refuse_unrefunded(work.session, payout)
    look_back = clawback_of(terms).look_back
    if look_back is not None and payout.settled_on is not None and payout.settled_on < look_back.before(work.today):
        raise NotNow(_("{payout} was paid on {day}; the terms look back {length} only."), payout=payout.reference,
                     day=payout.settled_on, length=look_back)


def _refuse_unrefunded(session: Session, payout: Payout) -> None:
    """What came in on a decision that was annulled goes back first: until then the payee does not have all that was paid."""
    annulled = select(Recovery).where(Recovery.payout_id == payout.id, Recovery.state == RecoveryState.ANNULLED)
    due = next((each for each in session.exec(annulled.order_by(col(Recovery.id))) if refund_of(session, each)), None)
    if due is not None:
        raise NotNow(_("{recovery} was annulled, and what had come in on it has not gone back yet. Have it paid back first."),
                     recovery=due.reference)


def _problems(
    asked: Money, left: Money, facts: str, basis: str, state: RecoveryState, liable: Organisation | None,
    parties: tuple[UUID, ...],
) -> list[Problem]:
    found = []
    if not facts.strip():
        found.append(problem(_("Say what was found: the party is told."), "facts"))
    if not basis.strip() and state != RecoveryState.SUSPECTED:
        found.append(problem(_("Name the rule on which the recovery rests."), "basis"))
    if asked.currency != left.currency or not 0 < asked.minor <= left.minor:
        found.append(problem(_("At most {left} {currency} of this payment can be recovered."), "principal", left=str(left),
                             currency=left.currency))
    if liable is not None and liable.id not in parties:
        found.append(problem(_("Liable is the SME or the provider of this order; of an award, its provider."), "liable"))
    return found


def left_of(session: Session, payout: Payout) -> Money:
    """What was paid, by the bank or past it, and no recovery has taken back or given up.

    Nothing is left when more was given up than what stays paid, after the bank brought the rest back.
    """
    taken = session.exec(select(func.coalesce(func.sum(Recovery.principal_minor), 0)).where(
        Recovery.payout_id == payout.id, Recovery.state == RecoveryState.CLOSED)).one()
    return max(payout.whole - Money(int(taken), payout.currency), Money.zero(payout.currency))


def set_off_on(session: Session, payout: Payout) -> date:
    """The day on which the last part of what pays a claim was set off, also before the payout took the place of another."""
    siblings = select(Payout.reference).where(Payout.claim_id == claim_of(payout))
    return session.exec(select(func.max(RecoveryMove.effective_on)).where(
        RecoveryMove.kind == MoveKind.OFFSET, col(RecoveryMove.document).in_(siblings))).one()


def live_recovery_of(session: Session, payout_id: UUID) -> Recovery | None:
    """The recovery of a payout that is not over, if there is one."""
    return session.exec(select(Recovery).where(Recovery.payout_id == payout_id, col(Recovery.state).not_in(OVER))).first()


def clawback_of(terms: Terms) -> Clawback:
    """How terms take money back; where they say nothing: no interest, no ban, however old."""
    return terms.clawback or Clawback()


# --- how much, of whom, and what is left -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sum:
    """Principal and interest, each as the fund lines bear it, in their order."""

    principal: tuple[Money, ...]
    interest: tuple[Money, ...]

    @property
    def amount(self) -> Money:
        """All of it."""
        return total((*self.principal, *self.interest), self.principal[0].currency)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(_each_less(self.principal, other.principal), _each_less(self.interest, other.interest))

    def take(self, amount: Money) -> "Sum":
        """The part that `amount` pays: principal first, then interest, each over the fund lines as they still get."""
        principal = min(amount, total(self.principal, amount.currency))
        return Sum(_spread(principal, self.principal), _spread(amount - principal, self.interest))


def _each_less(left: Sequence[Money], right: Sequence[Money]) -> tuple[Money, ...]:
    return tuple(one - other for one, other in zip(left, right, strict=True))


def _spread(amount: Money, limits: Sequence[Money]) -> tuple[Money, ...]:
    return tuple(split_within(amount, [limit.minor for limit in limits], limits))


def decided_sum(session: Session, recovery: Recovery, fund_lines: Iterable[UUID]) -> Sum:
    """What was decided, over these fund lines."""
    shares = {share.fund_line_id: share for share in session.exec(
        select(RecoveryShare).where(RecoveryShare.recovery_id == recovery.id))}
    lines = list(fund_lines)
    assert set(shares) <= set(lines), f"{recovery.reference} is borne by other fund lines"
    kept = [shares.get(line) for line in lines]
    return Sum(tuple(Money(each.principal_minor if each else 0, recovery.currency) for each in kept),
               tuple(Money(each.interest_minor if each else 0, recovery.currency) for each in kept))


def outstanding_sum(session: Session, recovery: Recovery, fund_lines: Iterable[UUID]) -> Sum:
    """What is still to come, over these fund lines: what was decided, less the moves in their order."""
    left = decided_sum(session, recovery, fund_lines)
    for _move, part in moves_over(session, recovery, left):
        left -= part
    return left


def moves_over(session: Session, recovery: Recovery, decided: Sum) -> list[tuple[RecoveryMove, Sum]]:
    """The moves of a recovery in order, each as it divides over the fund lines."""
    parts, left = [], decided
    for move in moves_of(session, recovery.id):
        part = left.take(move.amount)
        assert total(part.principal, recovery.currency).minor == move.principal_minor, (recovery.reference, move.number)
        parts.append((move, part))
        left -= part
    return parts


def moves_of(session: Session, recovery_id: UUID) -> list[RecoveryMove]:
    """What made a recovery smaller, in order."""
    return list(session.exec(select(RecoveryMove).where(RecoveryMove.recovery_id == recovery_id)
                             .order_by(col(RecoveryMove.number))))


def instalments_of(session: Session, recovery_id: UUID) -> list[RecoveryInstalment]:
    """The plan of a recovery, in order."""
    return list(session.exec(select(RecoveryInstalment).where(RecoveryInstalment.recovery_id == recovery_id)
                             .order_by(col(RecoveryInstalment.number))))


def outstanding_of(session: Session, recovery: Recovery) -> Money:
    """What is still to come of a recovery that was decided."""
    moved = total((move.amount for move in moves_of(session, recovery.id)), recovery.currency)
    return recovery.amount - moved


def came_in(session: Session, recovery: Recovery) -> list[RecoveryMove]:
    """What came in on a recovery, from the bank or by set-off, in order."""
    return [move for move in moves_of(session, recovery.id) if move.kind != MoveKind.WRITTEN_OFF]


def refund_of(session: Session, recovery: Recovery) -> Money:
    """What came in on a decision that was annulled, and has not gone back."""
    due = recovery.state == RecoveryState.ANNULLED and not recovery.refund_document
    return total((move.amount for move in came_in(session, recovery)), recovery.currency) if due else Money.zero(recovery.currency)


def refund_is_due() -> ColumnElement[bool]:
    """Of recoveries in a question: something came in on a decision that was annulled, and has not gone back."""
    came = exists().where(col(RecoveryMove.recovery_id) == Recovery.id, col(RecoveryMove.kind) != MoveKind.WRITTEN_OFF)
    return and_(col(Recovery.state) == RecoveryState.ANNULLED, col(Recovery.refund_document) == "", came)


def partly_back(session: Session, payouts: Iterable[UUID]) -> set[UUID]:
    """The payouts of which something came in on a recovery and has not gone back: the party has given it back itself."""
    return set(session.exec(
        select(Recovery.payout_id).join(RecoveryMove, col(RecoveryMove.recovery_id) == Recovery.id).where(
            col(Recovery.payout_id).in_(list(payouts)),
            or_(Recovery.state != RecoveryState.ANNULLED, Recovery.refund_document == ""),
            RecoveryMove.kind != MoveKind.WRITTEN_OFF).distinct()))


@dataclass(frozen=True)
class Ages:
    """What is outstanding in a currency: not due, late by up to 30, 90, 365 days, and later."""

    buckets: tuple[Money, ...]

    @property
    def sum(self) -> Money:
        """All of it."""
        return total(self.buckets, self.buckets[0].currency)


_LATE_BY = (0, 30, 90, 365)


def ages_of(session: Session, today: date) -> list[Ages]:
    """What is outstanding on all recoveries by its age, a row a currency. One that was not served is not due."""
    moved = (select(RecoveryMove.recovery_id, func.sum(RecoveryMove.principal_minor + RecoveryMove.interest_minor).label("sum"))
             .group_by(col(RecoveryMove.recovery_id)).subquery())
    rows = session.execute(select(Recovery, moved.c.sum).outerjoin(moved, moved.c.recovery_id == Recovery.id)
                           .where(col(Recovery.state).in_(OWED)))
    sums: dict[str, list[int]] = {}
    for each, less in rows:
        late = (today - each.pay_by).days if each.pay_by else 0
        bucket = sum(late > limit for limit in _LATE_BY)
        sums.setdefault(each.currency, [0] * (len(_LATE_BY) + 1))[bucket] += each.amount.minor - int(less or 0)
    return [Ages(tuple(Money(each, currency) for each in buckets)) for currency, buckets in sorted(sums.items())]


def plan_problems(plan: Sequence[tuple[date, Money]], outstanding: Money, today: date) -> list[Problem]:
    """What is wrong with a plan of instalments: its days rise from tomorrow, its amounts sum to what is outstanding."""
    found = [problem(_("An instalment is more than zero."), f"instalments.{number}")
             for number, (_day, amount) in enumerate(plan, 1) if amount.minor <= 0]
    days = [today, *(day for day, _amount in plan)]
    found += [problem(_("Each instalment is due after the one before."), f"instalments.{number}")
              for number, (before, after) in enumerate(pairwise(days), 1) if after <= before]
    planned = sum(amount.minor for _day, amount in plan)
    if planned != outstanding.minor:
        found.append(problem(_("The instalments come to {planned}; {outstanding} is outstanding."), "instalments",
                             planned=str(Money(planned, outstanding.currency)), outstanding=str(outstanding)))
    return found


def equal_instalments(outstanding: Money, days: Sequence[date]) -> list[tuple[date, Money]]:
    """A plan of instalments that differ by no more than a minor unit and sum exactly. Raises NotValid for more days than units."""
    if not days or len(days) > outstanding.minor:
        raise NotValid(problems=[problem(_("An instalment is more than zero."), "instalments")])
    return list(zip(days, outstanding.split([1] * len(days)), strict=True))
