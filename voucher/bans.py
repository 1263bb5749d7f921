"""Bans: until a day, an organisation may not apply, be ordered from, or be paid."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Text, and_
from sqlmodel import Field, Session, col, or_, select

from voucher.database import Row
from voucher.errors import NotNow


class Banned(NotNow):
    """{name} is banned until {until}: it cannot apply, take orders or be paid before."""


class Ban(Row, table=True):
    """An organisation is banned from a day through another, and why. A ban that was lifted ends on the day before."""

    __tablename__ = "bans"
    __table_args__ = (CheckConstraint("until >= from_on", name="until_is_not_before"),
                      CheckConstraint("lifted_by is null or lifted_by <> banned_by", name="lifted_by_another"))

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    recovery_id: UUID | None = Field(default=None, foreign_key="recoveries.id", index=True)
    from_on: date
    until: date
    reason: str = Field(sa_type=Text)
    banned_by: UUID | None = Field(default=None, foreign_key="people.id")
    banned_at: datetime
    lifted_on: date | None = None
    lifted_by: UUID | None = Field(default=None, foreign_key="people.id")


def in_force(day: date) -> ColumnElement[bool]:
    """Of bans in a question: they hold on a day."""
    return and_(col(Ban.from_on) <= day, col(Ban.until) >= day, or_(col(Ban.lifted_on).is_(None), col(Ban.lifted_on) > day))


def bans_on(session: Session, organisations: Iterable[UUID], day: date) -> dict[UUID, Ban]:
    """The bans in force on a day of those of these organisations that are banned; the one that lasts longest of each."""
    found = session.exec(select(Ban).where(col(Ban.organisation_id).in_(set(organisations)), in_force(day)).order_by(col(Ban.until)))
    return {ban.organisation_id: ban for ban in found}


def refuse_banned(session: Session, organisation_id: UUID, name: str, day: date) -> None:
    """Raises Banned when an organisation is banned on that day."""
    ban = bans_on(session, [organisation_id], day).get(organisation_id)
    if ban is not None:
        raise Banned(name=name, until=ban.until)


def bans_of(session: Session, organisation_id: UUID) -> list[Ban]:
    """Every ban of an organisation, the newest first."""
    return list(session.exec(select(Ban).where(Ban.organisation_id == organisation_id).order_by(col(Ban.id).desc())))
