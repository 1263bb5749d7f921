"""Looks: who opened which file or which entry of the register, and when. Rows are only ever added; the database refuses the rest.

What people look at in a case of their own firm is their own business and not written down; everybody else's look is.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String
from sqlmodel import Field, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.database import Row, one_of
from voucher.people import Role
from voucher.work import Actor, Work


class Seen(StrEnum):
    """What was opened: the bytes of a file, or what the register says of an organisation, its accounts and its people."""

    FILE = "file"
    REGISTER = "register"


class Look(Row, table=True):
    """Somebody opened something. `subject` is its reference, `owner_id` the organisation whose it is, which may read this too."""

    __tablename__ = "looks"
    __table_args__ = (one_of("seen", Seen), Index("ix_looks_owner", "owner_id", "id"))

    at: datetime
    person_id: UUID = Field(foreign_key="people.id", index=True)
    seen: str = Field(sa_type=String(16))
    subject: str = Field(max_length=24, index=True)
    owner_id: UUID | None = Field(default=None, foreign_key="organisations.id")


def note_look(work: Work, seen: Seen, subject: str, owner_id: UUID | None) -> None:
    """Write down that whoever is at work opens something, before he gets it."""
    person = work.actor.person_id
    if person is None or (owner_id is not None and owner_id in work.actor.organisations(Role.SME, Role.PROVIDER)):
        return
    work.session.add(Look(at=work.now, person_id=person, seen=seen, subject=subject, owner_id=owner_id))


def looks_shown(actor: Actor) -> SelectOfScalar[Look]:
    """The looks that somebody may read of, newest first: auditors of all, a firm of those at what is its own, everybody of his own."""
    shown = select(Look).order_by(col(Look.id).desc())
    if actor.is_system or actor.holds(Role.AUDITOR):
        return shown
    return shown.where(or_(Look.person_id == actor.person_id,
                           col(Look.owner_id).in_(actor.organisations(Role.SME, Role.PROVIDER))))
