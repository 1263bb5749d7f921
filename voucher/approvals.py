"""Approvals of claims by level: from amounts that the terms name, several approvers sign, each what the others signed.

Claims of one purchase count together: nobody stays below a level by claiming in parts.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from voucher.checks.splitting import DAYS, soon
from voucher.claims import LIVE, Claim, ClaimLine
from voucher.database import get, minor_units
from voucher.money import Money, total
from voucher.orders import Order
from voucher.programmes.terms import Terms
from voucher.vouchers import Voucher
from voucher.work import Work


class ClaimSignature(SQLModel, table=True):
    """An approver signed a claim as it was verified. The key holds that two signatures are two persons' own."""

    __tablename__ = "claim_signatures"

    claim_id: UUID = Field(primary_key=True, foreign_key="claims.id")
    digest: str = Field(primary_key=True, max_length=64)
    person_id: UUID = Field(primary_key=True, foreign_key="people.id")
    at: datetime


class LevelInForce(SQLModel, table=True):
    """From `from_minor` on, so many approvers sign a claim under this version of terms: by it the database counts the signatures."""

    __tablename__ = "approval_levels"
    __table_args__ = (CheckConstraint("from_minor >= 0 and approvers > 1", name="asks_for_more"),)

    terms_id: UUID = Field(primary_key=True, foreign_key="terms_versions.id")
    from_minor: int = minor_units(primary_key=True)
    approvers: int


def keep_levels(session: Session, terms_id: UUID, terms: Terms) -> None:
    """Write down the levels of a version of terms that is being published."""
    session.add_all(LevelInForce(terms_id=terms_id, from_minor=amount, approvers=approvers)
                    for amount, approvers in sorted({each.from_amount.minor: each.approvers for each in terms.levels_of_approval}.items()))


def approvers_needed(terms: Terms, amount: Money) -> int:
    """How many approvers have to sign for an amount, by the terms of the order."""
    return max((each.approvers for each in terms.levels_of_approval if amount >= each.from_amount), default=1)


def counted_with(session: Session, claim: Claim) -> list[Claim]:
    """The other live claims of the same SME, provider and service around the day of this one: they count with it towards a level."""
    order = get(session, Order, claim.order_id)
    around = timedelta(days=DAYS + 1)
    near = session.exec(
        select(Claim).join(Order, col(Order.id) == Claim.order_id).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Claim.id != claim.id, col(Claim.state).in_(LIVE), Claim.currency == claim.currency,
               Voucher.sme_id == get(session, Voucher, order.voucher_id).sme_id, Order.provider_id == order.provider_id,
               Order.service_type == order.service_type, Claim.submitted_at > claim.submitted_at - around,
               Claim.submitted_at < claim.submitted_at + around).order_by(col(Claim.id)))
    return [each for each in near if soon(each.submitted_at.date(), claim.submitted_at.date())]


def together(amount: Money, others: Sequence[Claim]) -> Money:
    """What counts towards a level: an amount, and what the other claims take."""
    return amount + total((each.holds for each in others), amount.currency)


def digest_of(claim: Claim, lines: Sequence[ClaimLine], amount: Money) -> str:
    """What an approver signs: SHA-256 over the claim, the sum, and each line with what was accepted of it and why."""
    said = [f"{claim.reference}\t{amount.minor}\t{amount.currency}",
            *(f"{line.number}\t{line.invoice_number}\t{line.accepted_minor}\t{line.reason}" for line in lines)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def sign(work: Work, claim: Claim, digest: str) -> None:
    """The signature of whoever is at work, once."""
    assert work.actor.person_id is not None
    work.session.add(ClaimSignature(claim_id=claim.id, digest=digest, person_id=work.actor.person_id, at=work.now))
    work.session.flush()


def signatures_of(session: Session, claim_id: UUID, digest: str) -> list[ClaimSignature]:
    """Who signed a claim as it is now, in order; signatures under an earlier verification do not count."""
    return list(session.exec(select(ClaimSignature).where(ClaimSignature.claim_id == claim_id, ClaimSignature.digest == digest)
                             .order_by(col(ClaimSignature.at))))
