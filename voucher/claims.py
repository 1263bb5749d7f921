"""Claims: requests to be paid for an order, line by line, with evidence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field, Session, col, or_, select

from voucher.checks.invoices import MOST_OF_A_SHAPE
from voucher.database import Row, among, currency_code, fetch, get, lock, minor_units, one_of
from voucher.errors import _
from voucher.money import Money, total
from voucher.orders import Order, lock_order
from voucher.vouchers import Voucher


class ClaimState(StrEnum):
    """Where a claim is. What was paid of it stands with its payouts.

    QUESTIONED: something is missing, the claimant is asked for it. RETURNED: it is to be corrected and sent again. LAPSED: it
    never was.
    """

    SUBMITTED = "submitted"
    QUESTIONED = "questioned"
    RETURNED = "returned"
    VERIFIED = "verified"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


#: The states in which a claim takes its part of the order.
LIVE = (ClaimState.SUBMITTED, ClaimState.QUESTIONED, ClaimState.RETURNED, ClaimState.VERIFIED, ClaimState.APPROVED)

#: The states in which the office has decided on a claim.
DECIDED = (ClaimState.APPROVED, ClaimState.REFUSED)


class CutReason(StrEnum):
    """Why a line was reduced or refused."""

    NOT_ELIGIBLE = "not_eligible"
    MANDATORY_TEST = "mandatory_test"
    OUTSIDE_PERIOD = "outside_period"
    NO_EVIDENCE = "no_evidence"
    NOT_IN_ORDER = "not_in_order"
    PRICE_TOO_HIGH = "price_too_high"
    FUNDED_ELSEWHERE = "funded_elsewhere"
    NOT_PAID = "not_paid"


CUT_REASONS = {
    CutReason.NOT_ELIGIBLE: _("The service is not one that this programme supports."),
    CutReason.MANDATORY_TEST: _("A test that the law requires anyway is not supported."),
    CutReason.OUTSIDE_PERIOD: _("The work or the invoice lies outside the voucher's period."),
    CutReason.NO_EVIDENCE: _("The evidence does not show that this was delivered."),
    CutReason.NOT_IN_ORDER: _("The order does not contain this."),
    CutReason.PRICE_TOO_HIGH: _("The price is above the list price or the agreed price."),
    CutReason.FUNDED_ELSEWHERE: _("Another public programme already pays for this."),
    CutReason.NOT_PAID: _("There is no proof that the own share was paid."),
}


@dataclass(frozen=True)
class InvoiceLine:
    """A line as the claimant states it. The amounts are one currency's; gross is net plus tax."""

    invoice_number: str
    issued_on: date
    description: str
    net: Money
    vat: Money


@dataclass(frozen=True)
class OwnPayment:
    """The proof that the SME paid its own share: the bank's reference, the day, and how much."""

    reference: str
    paid_on: date
    amount: Money

    def on(self, today: date) -> date:
        """The day of the payment; today where nothing was due in cash, and so nothing was paid."""
        return self.paid_on if self.amount else today


@dataclass(frozen=True)
class LineDecision:
    """What a verifier says of a line: how much of what counts is accepted, and, when less than all, why."""

    number: int
    accepted: Money
    reason: CutReason | None = None


class Claim(Row, table=True):
    """A request to be paid for an order. Who claims is the SME or the provider, as the terms say.

    `requested_minor` is what the voucher should pay by the claimant's lines; `approved_minor` what it does pay. `sheet`
    holds the calculation sheets behind both: {"requested": .., "approved": ..}. An order may have several claims, each for
    a part of it, until one of them is `final`: once that one is decided, what nobody claimed is free again. `milestone` names
    the part, where the order has parts with names. A claim that was corrected keeps its reference, its place in the queue and
    `submitted_at`; its `version` counts up, and what it said before is kept (`ClaimVersion`).
    Where `approvers_needed` is more than one, so many signed under `approval_digest`; the database approves it no sooner.
    """

    __tablename__ = "claims"
    __table_args__ = (
        one_of("state", ClaimState),
        CheckConstraint("requested_minor > 0", name="requested_is_positive"),
        CheckConstraint("approved_minor between 0 and requested_minor", name="approved_is_within_requested"),
        Index("uq_claims_one_final_claim_an_order", "order_id", unique=True,
              sqlite_where=text("final and state in ('submitted', 'questioned', 'returned', 'verified', 'approved')"),
              postgresql_where=text("final and state in ('submitted', 'questioned', 'returned', 'verified', 'approved')")),
    )

    reference: str = Field(unique=True, max_length=24)
    order_id: UUID = Field(foreign_key="orders.id", index=True)
    claimant_id: UUID = Field(foreign_key="organisations.id", index=True)
    state: str = Field(sa_type=String(16), index=True)
    requested_minor: int = minor_units()
    approved_minor: int | None = minor_units(default=None, nullable=True)
    currency: str = currency_code()
    own_payment_reference: str = Field(max_length=64)
    own_payment_on: date
    own_payment_minor: int = minor_units()
    sheet: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    submitted_at: datetime
    approved_on: date | None = None
    final: bool = True
    milestone: str = Field(default="", max_length=64)
    version: int = 1
    approvers_needed: int = 1
    approval_digest: str = Field(default="", max_length=64)

    def money(self, minor: int) -> Money:
        """Minor units of its currency."""
        return Money(minor, self.currency)

    @property
    def requested(self) -> Money:
        """What the voucher should pay by the claimant's lines."""
        return Money(self.requested_minor, self.currency)

    @property
    def approved(self) -> Money | None:
        """What the voucher pays, once decided."""
        return None if self.approved_minor is None else Money(self.approved_minor, self.currency)

    @property
    def holds(self) -> Money:
        """What it takes of its order while it is live: what it asks for; once approved, that."""
        return self.approved if self.state == ClaimState.APPROVED and self.approved else self.requested


class ClaimLine(Row, table=True):
    """One invoice line of a claim. `basis_minor` is what counts of it by the terms; `accepted_minor` what was accepted, once
    somebody has looked at it.

    `invoice_key` is seller and number of a live line, unique in the whole system: one invoice is claimed once. Under
    `invoice_shape` stand all whose numbers are the same when written otherwise, or have the same signs.
    """

    __tablename__ = "claim_lines"
    __table_args__ = (
        UniqueConstraint("claim_id", "number"),
        CheckConstraint("net_minor > 0 and vat_minor >= 0", name="amount_is_positive"),
        CheckConstraint("accepted_minor between 0 and basis_minor", name="accepted_is_within_basis"),
        CheckConstraint("accepted_minor is null or accepted_minor = basis_minor or reason <> ''", name="cut_has_a_reason"),
        CheckConstraint("invoice_shape <> ''", name="invoice_has_a_shape"),
    )

    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    number: int
    invoice_number: str = Field(max_length=40)
    invoice_key: str | None = Field(default=None, unique=True, max_length=80)
    invoice_shape: str = Field(index=True, max_length=MOST_OF_A_SHAPE)
    issued_on: date
    description: str = Field(max_length=300)
    net_minor: int = minor_units()
    vat_minor: int = minor_units()
    basis_minor: int = minor_units()
    accepted_minor: int | None = minor_units(default=None, nullable=True)
    reason: str = Field(default="", max_length=32)
    currency: str = currency_code()

    def money(self, minor: int) -> Money:
        """Minor units of its currency."""
        return Money(minor, self.currency)

    def counted(self, accepted_minor: int) -> tuple[Money, Money]:
        """The net amount and the tax of so much of its basis: the tax goes along in proportion."""
        tax = self.vat_minor * accepted_minor // self.basis_minor
        has_tax = self.basis_minor != self.net_minor
        return self.money(accepted_minor - tax if has_tax else accepted_minor), self.money(tax)


class ClaimEvidence(Row, table=True):
    """A file that a claim rests on, and what it shows: invoice, payment_proof, acceptance, report, contract.

    Where the terms want the original too, it is `original_wanted`, and a verifier notes when he saw it.
    """

    __tablename__ = "claim_evidence"
    __table_args__ = (UniqueConstraint("claim_id", "file_id", "kind"),)

    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    file_id: UUID = Field(foreign_key="files.id")
    kind: str = Field(max_length=32)
    original_wanted: bool = False
    original_seen_at: datetime | None = None


class ClaimVersion(Row, table=True):
    """What a claim said before it was corrected: lines, evidence, own payment and calculation sheet, as JSON."""

    __tablename__ = "claim_versions"
    __table_args__ = (UniqueConstraint("claim_id", "number"),)

    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    number: int
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    replaced_at: datetime


def lines_of(session: Session, claim_id: UUID) -> list[ClaimLine]:
    """The lines of a claim in their order."""
    return list(session.exec(select(ClaimLine).where(ClaimLine.claim_id == claim_id).order_by(col(ClaimLine.number))))


def versions_of(session: Session, claim: Claim) -> list[ClaimVersion]:
    """What a claim said before, the first version first."""
    return list(session.exec(select(ClaimVersion).where(ClaimVersion.claim_id == claim.id).order_by(col(ClaimVersion.number))))


def evidence_of(session: Session, claim_id: UUID) -> list[ClaimEvidence]:
    """The evidence of a claim."""
    return list(session.exec(select(ClaimEvidence).where(ClaimEvidence.claim_id == claim_id)
                             .order_by(col(ClaimEvidence.id))))


def originals_unseen(session: Session, claim_id: UUID) -> list[str]:
    """The kinds of papers of a claim of which nobody saw the original yet, where the terms want that."""
    return sorted({each.kind for each in evidence_of(session, claim_id) if each.original_wanted and each.original_seen_at is None})


def invoices_already_claimed(session: Session, keys: Sequence[str], order_id: UUID, but: UUID | None = None) -> list[str]:
    """Which of these invoices a claim of an order may not name: they stand on a live claim, or another order keeps them after one that
    ended; `but` leaves a claim out.
    """
    taken = select(ClaimLine.invoice_key).join(Claim, col(Claim.id) == ClaimLine.claim_id).where(
        col(ClaimLine.invoice_key).in_(keys), ClaimLine.claim_id != but, or_(col(Claim.state).in_(LIVE), Claim.order_id != order_id))
    return [key for key in session.exec(taken) if key is not None]


def ended_claims_on(session: Session, order_id: UUID) -> list[UUID]:
    """The claims on an order that take no part of it any more."""
    return list(session.exec(select(Claim.id).where(Claim.order_id == order_id, col(Claim.state).not_in(LIVE)).order_by(col(Claim.id))))


def free_keys(session: Session, order_id: UUID, keys: Collection[str] | None = None) -> None:
    """What an order kept of the invoices of claims that ended is free again: all, or these."""
    kept = select(ClaimLine).where(among(ClaimLine.claim_id, ended_claims_on(session, order_id)), col(ClaimLine.invoice_key).is_not(None))
    for line in session.exec(kept.order_by(col(ClaimLine.id))).all():
        if keys is None or line.invoice_key in keys:
            line.invoice_key = None
            session.add(line)
    session.flush()


def lock_claim(session: Session, reference: str) -> tuple[Voucher, Order, Claim]:
    """A claim with its voucher and order, locked in story order. Raises NotFound."""
    seen = fetch(session, Claim, reference)
    voucher, order = lock_order(session, get(session, Order, seen.order_id).reference)
    return voucher, order, lock(session, Claim, reference)


def live_claims_on(session: Session, order_id: UUID, but: UUID | None = None) -> list[Claim]:
    """The claims on an order that take their part of it, the first one first; `but` leaves one out."""
    live = select(Claim).where(Claim.order_id == order_id, col(Claim.state).in_(LIVE), Claim.id != but)
    return list(session.exec(live.order_by(col(Claim.id))))


def approved_on(session: Session, order: Order) -> Money:
    """What was approved of an order by now: guaranteed, where the order's part is only what it may come to at most."""
    return total((each.approved for each in live_claims_on(session, order.id) if each.approved is not None), order.currency)


@dataclass(frozen=True)
class Claimed:
    """What some claims on an order come to: what counts of their lines, its tax, and what they take of the order."""

    net: Money
    vat: Money
    holds: Money


def sum_of(session: Session, claims: Sequence[Claim], currency: str) -> Claimed:
    """What claims come to: of an approved one what was accepted, of the others what they ask for."""
    state = {claim.id: claim.state for claim in claims}
    parts = [line.counted((line.accepted_minor or 0) if state[line.claim_id] == ClaimState.APPROVED else line.basis_minor)
             for line in session.exec(select(ClaimLine).where(col(ClaimLine.claim_id).in_(state)))]
    return Claimed(total((net for net, _vat in parts), currency), total((vat for _net, vat in parts), currency),
                   total((claim.holds for claim in claims), currency))
