"""What happened in a case, in order, each with the ledger entry that it made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.files import StoredFile
from voucher.history import Event, case_events
from voucher.ledger import Entry
from voucher.ledger.entries import dimensions, entries, postings
from voucher.ledger.journal import load
from voucher.letters import Letter, LetterState, letters, states_of
from voucher.origins import names_of
from voucher.people import Organisation, Person
from workflows.access import who
from workflows.sight import files as files_seen


@dataclass(frozen=True)
class ToldTo:
    """Somebody who was told of an event, for which organisation, and how far his letter is."""

    name: str
    organisation: Organisation
    state: LetterState
    sent_at: datetime | None


@dataclass(frozen=True)
class Moment:
    """Something that happened: an event, an entry, mostly both; and who was told of it, and the papers that came with it or of it, as far
    as one may know.
    """

    at: datetime
    name: str
    subject: str
    actor: str
    reason: str
    entry: Entry | None
    told: Sequence[ToldTo] = ()
    files: Sequence[StoredFile] = ()


def entries_with(session: Session, dimension: str, *values: str, limit: int | None = None) -> list[Entry]:
    """The entries of which a posting carries a dimension, such as voucher=V-2026-00001-3, oldest first: all of them, or the first."""
    carrying = (select(postings.c.entry_id).join(dimensions, dimensions.c.set_id == postings.c.dimensions_id)
                .where(dimensions.c.name == dimension, dimensions.c.value.in_(values)))
    return load(session, entries.c.id.in_(carrying), limit=limit)


def case_timeline(session: Session, case: str) -> list[Moment]:
    """The moments of a case (the reference of its voucher), oldest first."""
    events, told, posted = case_events(session, case), _told(session, case), entries_with(session, "voucher", case)
    names = names_of(session, posted)
    made, alone = _made_by(events, posted, names)
    papers = _papers(session, events)
    moments = [_of_event(event, made.get(event.id), told.get(event.id, ()), papers.get(event.id, ())) for event in events]
    moments += [_of_entry(entry, names) for entry in alone]
    return sorted(moments, key=lambda moment: moment.at)


def _made_by(events: Sequence[Event], posted: Sequence[Entry], names: Mapping[str, str]) -> tuple[dict[UUID, Entry], list[Entry]]:
    """The entry that each event made, by the event, and the entries that none of them made.

    Mostly the entry's cause is the event's name and its thing. Else both are of one moment, one person and one thing, and mostly of one
    name, too; when a revocation cancels what is left of a voucher, they have not.
    """
    named = {f"{each.name} {each.subject}": each.id for each in reversed(events)}  # done again, the cause says how often
    made = {named[entry.cause]: entry for entry in posted if entry.cause in named}
    left = [entry for entry in posted if entry.cause not in named]
    for of_one_name in (True, False):
        for entry in tuple(left):
            about = (names.get(entry.actor, entry.actor), _subject(entry))
            event = next((each for each in reversed(events) if each.id not in made and (each.actor, each.subject) == about
                          and entry.may_be_of(each.at) and (each.name == entry.event or not of_one_name)), None)
            if event:
                made[event.id] = entry
                left.remove(entry)
    return made, left


def _subject(entry: Entry) -> str:
    """What an entry is about: a cause names its event, then that."""
    return entry.cause.partition(" ")[2].partition(" ")[0]


def _told(session: Session, case: str) -> dict[UUID, list[ToldTo]]:
    """Who was told of each event of a case: the office sees all, a firm its own people."""
    rows = session.execute(letters(who()).where(Letter.case_reference == case).order_by(None).order_by(col(Letter.id))
                           .join(Person, col(Person.id) == Letter.person_id)
                           .join(Organisation, col(Organisation.id) == Letter.organisation_id)
                           .with_only_columns(Letter, col(Person.name), Organisation)).all()
    states = states_of(session, [letter for letter, _name, _firm in rows])
    told: dict[UUID, list[ToldTo]] = {}
    for letter, name, organisation in rows:
        told.setdefault(letter.event_id, []).append(ToldTo(name, organisation, states[letter.id][0], letter.sent_at))
    return told


def _papers(session: Session, events: Sequence[Event]) -> dict[UUID, list[StoredFile]]:
    """The files that came with each event, such as an appeal, or were made by it, as far as one may open them."""
    named = {event.id: [*event.data.get("files", ()), *filter(None, [event.data.get("file")])] for event in events}
    wanted = {each for files in named.values() for each in files}
    shown = session.exec(files_seen(who()).where(col(StoredFile.reference).in_(wanted))) if wanted else ()
    found = {file.reference: file for file in shown}
    return {event: [found[each] for each in files if each in found] for event, files in named.items()}


def _of_event(event: Event, entry: Entry | None, told: Sequence[ToldTo], files: Sequence[StoredFile]) -> Moment:
    return Moment(event.at, event.name, event.subject, event.actor, event.reason, entry, told, files)


def _of_entry(entry: Entry, names: dict[str, str]) -> Moment:
    """An entry whose event belongs to something else, such as the release of the batch that a payout went in."""
    return Moment(entry.recorded_at, entry.event, _subject(entry), names.get(entry.actor, entry.actor), "", entry)
