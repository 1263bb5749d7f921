"""Appeals against what was done to an issued voucher: that it was frozen, cancelled or revoked. Another person than did it decides."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlmodel import Field, Session, col, select

from voucher.database import Row, one_of
from voucher.deadlines import drop_clock
from voucher.history import record
from voucher.vouchers import Voucher
from voucher.work import Work

#: The clocks of an appeal: until when it may be made, and by when it is decided.
APPEAL, APPEAL_DECISION = "appeal", "appeal_decision"

_OPEN = text("ended_at is null")


class Measure(StrEnum):
    """What is appealed against."""

    FREEZE = "freeze"
    CANCELLATION = "cancellation"
    REVOCATION = "revocation"


class MeasureAppeal(Row, table=True):
    """An appeal of the holder against the event by which its voucher was frozen, cancelled or revoked; one at most against each.

    `taken_by` did it; who decides is neither he nor who appealed, and the database holds that too. It ends without a decision when
    the freeze ends by itself. Upheld against an end, it gives a voucher of its own (`renewed_id`) for what was taken away.
    """

    __tablename__ = "measure_appeals"
    __table_args__ = (
        one_of("measure", Measure),
        CheckConstraint("upheld is null or (ended_at is not null and ended_by is not null and answer <> '' "
                        "and ended_by <> taken_by and ended_by <> filed_by)", name="decided_by_another"),
        CheckConstraint("renewed_id is null or (upheld and measure <> 'freeze')", name="renewed_where_it_was_upheld"),
        Index("uq_measure_appeals_one_open_a_voucher", "voucher_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    voucher_id: UUID = Field(foreign_key="vouchers.id", index=True)
    event_id: UUID = Field(foreign_key="events.id", unique=True)
    measure: str = Field(sa_type=String(16))
    taken_by: UUID = Field(foreign_key="people.id")
    grounds: str = Field(sa_type=Text)
    filed_at: datetime
    filed_by: UUID = Field(foreign_key="people.id")
    upheld: bool | None = None
    answer: str = Field(default="", sa_type=Text)
    ended_at: datetime | None = None
    ended_by: UUID | None = Field(default=None, foreign_key="people.id")
    renewed_id: UUID | None = Field(default=None, foreign_key="vouchers.id", unique=True)


def measure_appeals_of(session: Session, voucher_id: UUID) -> list[MeasureAppeal]:
    """Every appeal against what was done to a voucher, oldest first."""
    return list(session.exec(select(MeasureAppeal).where(MeasureAppeal.voucher_id == voucher_id).order_by(col(MeasureAppeal.id))))


def open_measure_appeal(session: Session, voucher_id: UUID) -> MeasureAppeal | None:
    """The one that is not decided yet, if there is one."""
    return next((each for each in measure_appeals_of(session, voucher_id) if each.ended_at is None), None)


def leave_measure_appeal(work: Work, voucher: Voucher) -> None:
    """What was appealed against is over, or something graver came: nobody decides on the appeal any more, nor makes one."""
    for rule in (APPEAL, APPEAL_DECISION):
        drop_clock(work, voucher.reference, rule)
    held = open_measure_appeal(work.session, voucher.id)
    if held is not None:
        held.ended_at = work.now
        work.session.add(held)
        work.session.flush()
        record(work, "voucher.measure_appeal_moot", voucher.reference, case=voucher.reference)
