"""Letters: who was told what, about which event, when, in which language. The mail that carries one is a job of its own.

A letter is kept as it was told: its words do not change when the case goes on. Everybody finds his letters in the portal;
by mail he gets those that he wants.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String, UniqueConstraint, exists
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, and_, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.database import Row, one_of
from voucher.jobs import Job, JobState
from voucher.people import OFFICE_ROLES, Role
from voucher.work import Actor


class Way(StrEnum):
    """How a letter goes out: by a mail of its own, in the digest of the day, or not at all: it lies in the portal."""

    MAIL = "mail"
    DIGEST = "digest"
    PORTAL = "portal"


class LetterState(StrEnum):
    """How far a letter is. KEPT: it lies in the portal only, as its receiver wished. FAILED: its mail waits for a person."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    KEPT = "kept"


class Letter(Row, table=True):
    """What one person was told of one event, and as what: a role, held for an organisation.

    `words` are the sentences in his language: said, do, until, reason, why; of a decision against him basis and appeal, and of any
    decision for his organisation `paper`, the path of the letter as a document. `due_on` is the day by which something is to be done.
    `mail` is the key of the job that carries it, empty until there is one; `sent_at` when that was done.
    """

    __tablename__ = "letters"
    __table_args__ = (one_of("role", Role), one_of("way", Way), UniqueConstraint("event_id", "person_id"))

    event_id: UUID = Field(foreign_key="events.id")
    person_id: UUID = Field(foreign_key="people.id", index=True)
    organisation_id: UUID = Field(foreign_key="organisations.id", index=True)
    role: str = Field(sa_type=String(16))
    language: str = Field(max_length=12)
    event: str = Field(max_length=64)
    subject: str = Field(max_length=24, index=True)
    case_reference: str = Field(default="", max_length=24, index=True)
    words: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    due_on: date | None = None
    at: datetime
    way: str = Field(sa_type=String(16))
    mail: str = Field(default="", max_length=120, index=True)
    sent_at: datetime | None = None


def letters(actor: Actor) -> SelectOfScalar[Letter]:
    """The letters that somebody may see, newest first: the office all, a firm what it was told itself."""
    shown = select(Letter).order_by(col(Letter.id).desc())
    if actor.is_system or any(actor.holds(role) for role in OFFICE_ROLES):
        return shown
    return shown.where(col(Letter.organisation_id).in_(actor.organisations()))


def letters_to(actor: Actor) -> SelectOfScalar[Letter]:
    """The letters to somebody himself, newest first, and what his firms were told: each event once, his own letter first."""
    first = aliased(Letter)
    told_before = exists().where(
        col(first.event_id) == Letter.event_id, col(first.organisation_id) == Letter.organisation_id, col(first.id) != Letter.id,
        or_(col(first.person_id) == actor.person_id, col(first.id) < Letter.id))
    of_firm = and_(col(Letter.organisation_id).in_(actor.organisations(Role.SME, Role.PROVIDER)), ~told_before)
    return select(Letter).where(or_(col(Letter.person_id) == actor.person_id, of_firm)).order_by(col(Letter.id).desc())


def states_of(session: Session, rows: Sequence[Letter]) -> dict[UUID, tuple[LetterState, int]]:
    """How far each of these is, and how often its mail was tried; one question for all."""
    keys = {row.mail for row in rows if row.mail and row.sent_at is None}
    found = {job.key: job for job in session.exec(select(Job).where(col(Job.key).in_(keys)))} if keys else {}
    return {row.id: _state(row, found.get(row.mail)) for row in rows}


def _state(row: Letter, job: Job | None) -> tuple[LetterState, int]:
    if row.sent_at is not None:
        return LetterState.SENT, 1
    if row.way == Way.PORTAL:
        return LetterState.KEPT, 0
    failed = job is not None and job.state == JobState.FAILED
    return LetterState.FAILED if failed else LetterState.WAITING, job.attempts if job else 0
