"""Approvals of claims by level: from an amount that the terms name, two approvers sign, each what the other signed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, select

from voucher.claims import Claim, ClaimLine
from voucher.money import Money
from voucher.programmes.terms import Terms
from voucher.work import Work


class ClaimSignature(SQLModel, table=True):
    """An approver signed a claim as it was verified. The key holds that two signatures are two persons' own."""

    __tablename__ = "claim_signatures"

    claim_id: UUID = Field(primary_key=True, foreign_key="claims.id")
    digest: str = Field(primary_key=True, max_length=64)
    person_id: UUID = Field(primary_key=True, foreign_key="people.id")
    at: datetime


def approvers_needed(terms: Terms, amount: Money) -> int:
    """How many approvers have to sign for an amount, by the terms of the order."""
    return 2 if terms.second_approval_from is not None and amount >= terms.second_approval_from else 1


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
