"""Who did what, when, why. Rows are only ever added; the database refuses the rest."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Text
from sqlmodel import Field, Session, SQLModel, col, func, select

from voucher.database import Row
from voucher.errors import NotValid, _, problem
from voucher.work import Work


class Event(Row, table=True):
    """The record that a step was taken.

    `name` is `claim.submitted`; `subject` the reference of what it happened to; `case_reference` the voucher to which
    it belongs, so that one question fetches a whole case. `data` holds amounts as strings, never personal data.
    """

    __tablename__ = "events"

    at: datetime
    name: str = Field(max_length=64, index=True)
    subject: str = Field(max_length=24, index=True)
    case_reference: str = Field(default="", max_length=24, index=True)
    from_state: str = Field(default="", max_length=24)
    to_state: str = Field(default="", max_length=24)
    person_id: UUID | None = Field(default=None, foreign_key="people.id")
    actor: str = Field(max_length=120)
    reason: str = Field(default="", sa_type=Text)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Untold(SQLModel, table=True):
    """An event that nobody was told of yet. It stands in the same transaction as the event, and goes when its letters are written."""

    __tablename__ = "untold"

    event_id: UUID = Field(primary_key=True, foreign_key="events.id")


def record(
    work: Work, name: str, subject: str, *, case: str = "", from_state: str = "", to_state: str = "", reason: str = "",
    **data: Any,
) -> Event:
    """Write down that something happened, by whoever is at work, now; whom it concerns is told by letters, after the commit."""
    event = Event(at=work.now, name=name, subject=subject, case_reference=case, from_state=from_state,
                  to_state=to_state, person_id=work.actor.person_id, actor=work.actor.name, reason=reason, data=data)
    work.session.add_all([event, Untold(event_id=event.id)])
    return event


def given(reason: str) -> str:
    """The reason as it is kept and told; raises NotValid when there is none."""
    if not reason.strip():
        raise NotValid(problems=[problem(_("Give a reason; it is told to the other side and kept."), "reason")])
    return reason.strip()


def events_of(session: Session, *subjects: str) -> list[Event]:
    """What happened to these, oldest first."""
    return list(session.exec(select(Event).where(Event.subject.in_(subjects)).order_by(Event.id)))  # type: ignore[attr-defined,arg-type]


def how_often(session: Session, name: str, subjects: Collection[str]) -> dict[str, int]:
    """How often something happened to each of these, in one question."""
    counted = session.exec(select(Event.subject, func.count()).where(
        Event.name == name, col(Event.subject).in_(subjects)).group_by(Event.subject)).all() if subjects else ()
    return dict.fromkeys(subjects, 0) | dict(counted)


def case_events(session: Session, case: str) -> list[Event]:
    """What happened in a whole case, oldest first; `case` is the voucher's reference."""
    return list(session.exec(select(Event).where(Event.case_reference == case).order_by(Event.id)))  # type: ignore[arg-type]
