"""Revocations: a voucher is taken away for what its holder did. It is heard before, and another person decides."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, Session, col, select

from voucher.database import Row

_OPEN = text("ended_at is null")


class Revocation(Row, table=True):
    """What is held against the holder of a voucher (`facts`), the rule (`basis`), and its side (`hearing`).

    It ends when the voucher is revoked, or when there was nothing to it. Who revokes neither opened it nor heard the holder;
    the database holds that too. Where it stands says the state of its voucher.
    """

    __tablename__ = "revocations"
    __table_args__ = (
        CheckConstraint("not revoked or (heard_on is not null and heard_by is not null and ended_by is not null "
                        "and ended_by <> opened_by and ended_by <> heard_by)", name="decided_by_another_after_a_hearing"),
        Index("uq_revocations_one_open_a_voucher", "voucher_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    voucher_id: UUID = Field(foreign_key="vouchers.id", index=True)
    facts: str = Field(sa_type=Text)
    basis: str = Field(max_length=200)
    opened_at: datetime
    opened_by: UUID = Field(foreign_key="people.id")
    hearing: str = Field(default="", sa_type=Text)
    heard_on: date | None = None
    heard_by: UUID | None = Field(default=None, foreign_key="people.id")
    revoked: bool = False
    ended_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="people.id")


def open_revocation_of(session: Session, voucher_id: UUID) -> Revocation | None:
    """The revocation of a voucher that is not decided yet, if there is one."""
    return session.exec(select(Revocation).where(Revocation.voucher_id == voucher_id, col(Revocation.ended_at).is_(None))).first()


def revocations_of(session: Session, voucher_id: UUID) -> list[Revocation]:
    """Every revocation that was opened of a voucher, oldest first."""
    return list(session.exec(select(Revocation).where(Revocation.voucher_id == voucher_id).order_by(col(Revocation.id))))
