"""Lots: which claims were drawn for a closer look, from which list, with which seed. Rows are only ever added."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from voucher.database import Row


class Lot(Row, table=True):
    """A draw: `seed` is what was published, `rate` the part that is drawn, `list_digest` the SHA-256 of the list of claims."""

    __tablename__ = "lots"
    __table_args__ = (UniqueConstraint("programme_id", "number"),)

    programme_id: UUID = Field(foreign_key="programmes.id", index=True)
    number: int
    seed: str = Field(max_length=200)
    rate: str = Field(max_length=32)
    list_digest: str = Field(max_length=64)
    at: datetime
    person_id: UUID | None = Field(default=None, foreign_key="people.id")

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.at.date().isoformat()} / {self.number}"


class LotClaim(SQLModel, table=True):
    """A claim that was on the list of a lot, and whether it was drawn. Each claim is on one list."""

    __tablename__ = "lot_claims"

    claim_id: UUID = Field(primary_key=True, foreign_key="claims.id")
    lot_id: UUID = Field(foreign_key="lots.id", index=True)
    drawn: bool = False


def lots_that_drew(session: Session, claims: Collection[UUID]) -> dict[UUID, str]:
    """The names of the lots that drew these claims, by claim."""
    rows = session.exec(select(LotClaim.claim_id, Lot).join(Lot, col(Lot.id) == LotClaim.lot_id)
                        .where(col(LotClaim.claim_id).in_(claims), LotClaim.drawn))
    return {claim: lot.name for claim, lot in rows}
