"""Questions: what the office asks a claimant for, all of it at once and at most twice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, Session, col, select

from voucher.claims import Claim
from voucher.database import Row

#: How often a claimant may be asked. More would be a way not to decide (domain: one consolidated list, two rounds).
MOST_ROUNDS = 2


class Question(Row, table=True):
    """One round: everything that is missing from a claim, an item a line, and what the claimant answered."""

    __tablename__ = "questions"
    __table_args__ = (UniqueConstraint("claim_id", "round"), CheckConstraint(f"round between 1 and {MOST_ROUNDS}", name="rounds_are_few"))

    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    round: int
    items: list[str] = Field(default_factory=list, sa_type=JSON)
    asked_at: datetime
    answer: str = Field(default="", sa_type=Text)
    answered_at: datetime | None = None


def questions_on(session: Session, claim: Claim) -> list[Question]:
    """What was asked about a claim, round by round."""
    return list(session.exec(select(Question).where(Question.claim_id == claim.id).order_by(col(Question.round))))
