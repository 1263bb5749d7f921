"""What stands behind entries of the books: who wrote them, in which step, on what evidence, and by which clauses of which terms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, or_, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.files import StoredFile
from voucher.history import Event
from voucher.ledger import Entry
from voucher.ledger.entries import A_LITTLE
from voucher.orders import Order
from voucher.people import Person
from voucher.programmes.programmes import Programme, TermsVersion
from voucher.programmes.sheet import Sheet
from voucher.work import SYSTEM

# What an entry can be about that has a calculation sheet: the dimension, from which on down the first one counts.
_WITH_SHEET: tuple[tuple[str, type[Claim] | type[ProviderAward] | type[Order]], ...] = (
    ("claim", Claim), ("award", ProviderAward), ("order", Order))

# What an entry can be about that has a life of its own, short enough to be read whole.
_WITH_STEPS = ("voucher", "order", "claim", "award", "payout", "returned", "deposit", "recovery", "fund_line")


@dataclass(frozen=True)
class Origin:
    """What stands behind one entry.

    `steps` are the events of the same piece of work, the one that the entry is named after alone where there is one. `about` is
    what its postings say they are about; `sheet` the calculation of the claim, award or order among that, clauses and all.
    """

    actor: str
    steps: tuple[Event, ...]
    files: tuple[StoredFile, ...]
    version: TermsVersion | None
    programme: Programme | None
    about: Mapping[str, str]
    sheet: Sheet | None


def origins_of(session: Session, found: Sequence[Entry]) -> dict[UUID, Origin]:
    """What stands behind each of these entries, by the id of the entry, in a handful of questions however many they are."""
    names, files, terms = names_of(session, found), _files(session, found), _terms(session, found)
    steps, sheets = (_steps(session, found), _sheets(session, found)) if found else ([], {})
    answer = {}
    for entry in found:
        about = about_of(entry)
        version, programme = terms.get(entry.terms, (None, None))
        sheet = next((sheets[about[name]] for name, _table in _WITH_SHEET if about.get(name) in sheets), None)
        answer[entry.id] = Origin(names.get(entry.actor, entry.actor), _of(entry, steps), tuple(
            files[each] for each in entry.evidence if each in files), version, programme, about,
            Sheet.from_json(_worked_out(sheet, entry.event)) if sheet else None)
    return answer


def about_of(entry: Entry) -> dict[str, str]:
    """What the postings of an entry say they are about; of what differs from posting to posting, nothing."""
    said: dict[str, set[str]] = {}
    for line in entry.lines:
        for name, value in line.dimensions:
            said.setdefault(name, set()).add(value)
    return {name: next(iter(values)) for name, values in said.items() if len(values) == 1}


def names_of(session: Session, found: Iterable[Entry]) -> dict[str, str]:
    """Who wrote entries. The books keep a person's id; the system acts under its own name."""
    wanted = {UUID(entry.actor) for entry in found if entry.actor != SYSTEM.name}
    people = session.exec(select(Person).where(col(Person.id).in_(wanted))).all() if wanted else ()
    return {str(person.id): person.name for person in people}


def _files(session: Session, found: Iterable[Entry]) -> dict[str, StoredFile]:
    wanted = {digest for entry in found for digest in entry.evidence}
    if not wanted:
        return {}
    rows = session.exec(select(StoredFile).where(col(StoredFile.sha256).in_(wanted)).order_by(col(StoredFile.id).desc())).all()
    return {file.sha256: file for file in rows}  # the first that was kept, where the same bytes came more than once


def _terms(session: Session, found: Iterable[Entry]) -> dict[str, tuple[TermsVersion, Programme]]:
    wanted = {entry.terms for entry in found if entry.terms}
    rows = session.exec(select(TermsVersion, Programme).join(Programme, col(Programme.id) == TermsVersion.programme_id)
                        .where(col(TermsVersion.digest).in_(wanted))).all() if wanted else ()
    return {version.digest: (version, programme) for version, programme in rows}


def _steps(session: Session, found: Iterable[Entry]) -> list[Event]:
    """Events about what these entries are about, and those of the same moments."""
    subjects = {value for entry in found for name, value in about_of(entry).items() if name in _WITH_STEPS}
    subjects |= {word for entry in found for word in entry.cause.split()}
    moments = [col(Event.at).between(at - A_LITTLE, at) for at in {entry.recorded_at for entry in found}]
    return list(session.exec(select(Event).where(or_(col(Event.subject).in_(subjects), *moments)).order_by(col(Event.id))).all())


def _of(entry: Entry, steps: Sequence[Event]) -> tuple[Event, ...]:
    """The event after which the entry is named; else all that the same hand did at the same moment."""
    named = [each for each in steps if f"{entry.cause} ".startswith(f"{each.name} {each.subject} ")]
    return tuple(named[-1:] or [each for each in steps if entry.may_be_of(each.at) and _by(each) == entry.actor])


def _by(event: Event) -> str:
    return SYSTEM.name if event.person_id is None else str(event.person_id)


def _sheets(session: Session, found: Iterable[Entry]) -> dict[str, Mapping[str, Any]]:
    """The calculation sheets of what these entries are about, as they are kept, by reference."""
    sheets: dict[str, Mapping[str, Any]] = {}
    for name, table in _WITH_SHEET:
        wanted = {about_of(entry).get(name) for entry in found} - {None}
        if wanted:
            rows = session.execute(select(table.reference, table.sheet).where(col(table.reference).in_(wanted))).all()
            sheets |= {reference: sheet for reference, sheet in rows if sheet}
    return sheets


def _worked_out(sheet: Mapping[str, Any], event: str) -> Mapping[str, Any]:
    """Of a claim, what was decided, or what was asked for as long as that is what the entry is about; else the sheet itself."""
    if "requested" not in sheet:
        return sheet
    asked: Mapping[str, Any] = sheet["requested"]
    return asked if event in ("claim.submitted", "claim.resubmitted") else sheet.get("approved") or asked
