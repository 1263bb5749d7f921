"""Bans: until a day, an organisation may not apply, be ordered from, or be paid, nor another firm of the same people where a ban says so.

The people behind an organisation are those who controlled it, owned shares of it or were its officers on the first day of the ban.
What they control, own or lead on a later day is not a way round it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, Text, and_, text
from sqlmodel import Field, Session, col, or_, select

from voucher.database import Row
from voucher.errors import NotNow
from voucher.people import Organisation
from voucher.ties import firms_behind


class Banned(NotNow):
    """{name} is banned until {until}: it cannot apply, take orders or be paid before."""


class BannedWith(NotNow):
    """{name} has the same people behind it as {other}, which is banned until {until}: it cannot apply, take orders or be paid before."""


class Ban(Row, table=True):
    """An organisation is banned from a day through another, and why. A ban that was lifted ends on the day before.

    `with_people`: it holds for the other firms of the people behind it too. `basis` is the rule on which it rests: empty only of one that
    was laid before that was written down.
    """

    __tablename__ = "bans"
    __table_args__ = (CheckConstraint("until >= from_on", name="until_is_not_before"),
                      CheckConstraint("lifted_by is null or lifted_by <> banned_by", name="lifted_by_another"))

    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    recovery_id: UUID | None = Field(default=None, foreign_key="recoveries.id", index=True)
    from_on: date
    until: date
    with_people: bool = False
    reason: str = Field(sa_type=Text)
    basis: str = Field(default="", sa_type=Text)
    banned_by: UUID | None = Field(default=None, foreign_key="people.id")
    banned_at: datetime
    lifted_on: date | None = None
    lifted_by: UUID | None = Field(default=None, foreign_key="people.id")

    def is_in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= day <= self.until and (self.lifted_on is None or self.lifted_on > day)


def in_force(day: date) -> ColumnElement[bool]:
    """Of bans in a question: they hold on a day."""
    return and_(col(Ban.from_on) <= day, col(Ban.until) >= day, or_(col(Ban.lifted_on).is_(None), col(Ban.lifted_on) > day))


def bans_in_force(session: Session, day: date) -> dict[UUID, Ban]:
    """Every organisation that may do nothing on a day, with the ban for which: its own before another's, and the one that lasts longest."""
    found = list(session.exec(select(Ban).where(in_force(day)).order_by(col(Ban.until), col(Ban.id))))
    reached = {firm: ban for ban in found if ban.with_people for firm in reached_by(session, ban, day)}
    return reached | {ban.organisation_id: ban for ban in found}


def reached_by(session: Session, ban: Ban, day: date) -> set[UUID]:
    """The other organisations that a ban with the people behind its own reaches on a day."""
    return firms_behind(session, session.get_one(Organisation, ban.organisation_id), ban.from_on, day)


def bans_on(session: Session, organisations: Iterable[UUID], day: date) -> dict[UUID, Ban]:
    """The bans in force on a day of those of these organisations that are banned, by themselves or with the people behind them."""
    banned = bans_in_force(session, day)
    return {each: banned[each] for each in organisations if each in banned}


def refuse_banned(session: Session, day: date, *firms: Organisation) -> None:
    """Raises Banned or BannedWith when one of these is banned on that day. Who bans anybody waits until the work ends, or was before."""
    let_nobody_ban(session)
    banned = bans_in_force(session, day)
    for firm in firms:
        ban = banned.get(firm.id)
        if ban is not None and ban.organisation_id == firm.id:
            raise Banned(name=firm.name, until=ban.until)
        if ban is not None:
            raise BannedWith(name=firm.name, other=session.get_one(Organisation, ban.organisation_id).name, until=ban.until)


def let_nobody_ban(session: Session) -> None:
    """Nobody writes a ban until the work ends (on PostgreSQL; SQLite has one writer). The others who ask this go on beside.

    A lock of the table, because a ban reaches firms that nobody has in hand. Who bans holds nothing else when he writes.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("lock table bans in share mode"))


def bans_of(session: Session, organisation_id: UUID) -> list[Ban]:
    """Every ban of an organisation, the newest first."""
    return list(session.exec(select(Ban).where(Ban.organisation_id == organisation_id).order_by(col(Ban.id).desc())))

