"""What happened in a case, in order, each with the ledger entry that it made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.history import Event, case_events
from voucher.ledger import Entry
from voucher.ledger.entries import dimensions, entries, postings
from voucher.ledger.journal import load
from voucher.people import Person
from voucher.work import SYSTEM


@dataclass(frozen=True)
class Moment:
    """Something that happened: an event, an entry, mostly both."""

    at: datetime
    name: str
    subject: str
    actor: str
    reason: str
    entry: Entry | None


def entries_with(session: Session, dimension: str, value: str) -> list[Entry]:
    """The entries of which a posting carries a dimension, such as voucher=V-2026-00001-3, oldest first."""
    carrying = (select(postings.c.entry_id).join(dimensions, dimensions.c.set_id == postings.c.dimensions_id)
                .where(dimensions.c.name == dimension, dimensions.c.value == value))
    return load(session, entries.c.id.in_(carrying))


def case_timeline(session: Session, case: str) -> list[Moment]:
    """The moments of a case (the reference of its voucher), oldest first."""
    by_cause = {entry.cause: entry for entry in entries_with(session, "voucher", case)}
    moments = [_of_event(event, by_cause.pop(f"{event.name} {event.subject}", None)) for event in case_events(session, case)]
    names = _actor_names(session, list(by_cause.values()))
    moments += [_of_entry(entry, names) for entry in by_cause.values()]
    return sorted(moments, key=lambda moment: moment.at)


def _of_event(event: Event, entry: Entry | None) -> Moment:
    return Moment(event.at, event.name, event.subject, event.actor, event.reason, entry)


def _of_entry(entry: Entry, names: dict[str, str]) -> Moment:
    """An entry whose event belongs to something else, such as the release of the batch that a payout went in."""
    return Moment(entry.recorded_at, entry.event, entry.cause.rpartition(" ")[2], names.get(entry.actor, entry.actor), "", entry)


def _actor_names(session: Session, loose: Sequence[Entry]) -> dict[str, str]:
    """The books keep a person's id; the system acts under its own name."""
    wanted = {UUID(entry.actor) for entry in loose if entry.actor != SYSTEM.name}
    people = session.exec(select(Person).where(col(Person.id).in_(wanted))) if wanted else ()
    return {str(person.id): person.name for person in people}
