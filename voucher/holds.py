"""Holds: what stands in the way of a payment that is approved: while any does, its payout waits; after the last it is payable."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Index, String, Text, and_, exists, text
from sqlmodel import Field, Session, col, select

from voucher.claims import LIVE, Claim, ClaimState
from voucher.database import Row, one_of
from voucher.orders import Order
from voucher.work import Work


class HoldKind(StrEnum):
    """What stands in the way: a public notice, an objection, or a decision of the office."""

    NOTICE = "notice"
    OBJECTION = "objection"
    OFFICE = "office"


class Hold(Row, table=True):
    """One thing that stands in the way of paying a claim. `about` is the notice or objection; `until` its last day, if known."""

    __tablename__ = "holds"
    __table_args__ = (
        one_of("kind", HoldKind),
        Index("uq_holds_one_standing", "claim_id", "kind", "about", unique=True, sqlite_where=text("ended_at is null"),
              postgresql_where=text("ended_at is null")),
    )

    claim_id: UUID = Field(foreign_key="claims.id", index=True)
    kind: str = Field(sa_type=String(16))
    about: str = Field(default="", max_length=24)
    reason: str = Field(default="", sa_type=Text)
    until: date | None = None
    since: datetime
    ended_at: datetime | None = None


def holds_on(session: Session, claim_id: UUID) -> list[Hold]:
    """What stands in the way of paying a claim now."""
    return list(session.exec(select(Hold).where(Hold.claim_id == claim_id, col(Hold.ended_at).is_(None)).order_by(col(Hold.id))))


def all_stand_approved() -> ColumnElement[bool]:
    """Of orders in a question: a claim on them is approved, none that takes its part of them is not, and nothing holds a payment."""
    waiting = [state for state in LIVE if state != ClaimState.APPROVED]

    def claimed(*states: ClaimState) -> ColumnElement[bool]:
        return exists().where(col(Claim.order_id) == Order.id, col(Claim.state).in_(states))

    held = exists().where(col(Claim.order_id) == Order.id, col(Hold.claim_id) == Claim.id, col(Hold.ended_at).is_(None))
    return and_(claimed(ClaimState.APPROVED), ~claimed(*waiting), ~held)


def drop_holds(work: Work, claim: Claim) -> None:
    """The claim is approved no more, or no more of it is paid, so that nothing stands in the way of anything."""
    for hold in holds_on(work.session, claim.id):
        hold.ended_at = work.now
        work.session.add(hold)
    work.session.flush()
