"""Leaving: a role is taken from somebody, or all access closed; whoever was shut out may come in again.

An administrator does it to another person, with a reason, and one administrator always stays. It holds from the next request on:
sessions end, keys of programs are closed for good, and nobody stands in for another any more without a role of his own.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, or_, select, update
from sqlmodel.sql.expression import Select

from voucher.absences import Delegation
from voucher.database import fetch, lock_by_id
from voucher.duties import DutyTaken
from voucher.errors import NotAllowed, NotNow, _
from voucher.history import Event, given, record
from voucher.people import ApiKey, Membership, Organisation, Person, Role, office
from voucher.vouchers import HELD_STATES, UNDECIDED, Voucher
from voucher.work import Work
from workflows.registration import person_named


def withdraw_role(work: Work, email: str, role: Role, organisation: str, reason: str) -> Person:
    """Somebody acts for an organisation in a role no longer. Raises NotValid, NotFound, NotAllowed, NotNow."""
    said, owner = given(reason), fetch(work.session, Organisation, organisation)
    person = another_person(work, email)
    held = work.session.exec(select(Membership).where(
        Membership.person_id == person.id, Membership.organisation_id == owner.id, Membership.role == role)).first()
    if held is None:
        raise NotNow(_("{name} does not hold this role for {organisation}."), name=person.name, organisation=owner.name)
    if role == Role.ADMINISTRATOR:
        _refuse_the_last(work, person)
    work.session.delete(held)
    work.session.flush()
    _end_standing_in(work, person, owner.id, role)
    record(work, "role.withdrawn", owner.reference, reason=said, role=role.value, person=str(person.id))
    return person


def close_person(work: Work, email: str, reason: str) -> Person:
    """Somebody may not sign in any more: his sessions and keys end at once. Raises NotValid, NotAllowed, NotNow.

    His roles stay entered, as nobody's who could use them, and come back with him.
    """
    said, person = given(reason), another_person(work, email)
    if not person.active:
        raise NotNow(_("The access of {name} is closed already."), name=person.name)
    _refuse_the_last(work, person)
    person.active, person.session_key = False, secrets.token_hex(16)
    work.session.add(person)
    end_keys(work, person)
    _end_standing_in(work, person)
    note_access(work, "person.closed", person, said)
    return person


def reopen_person(work: Work, email: str, reason: str) -> Person:
    """Somebody whose access was closed may sign in again, in the roles that he still has. Raises NotValid, NotAllowed, NotNow."""
    said, person = given(reason), another_person(work, email)
    if person.active:
        raise NotNow(_("The access of {name} is open."), name=person.name)
    person.active = True
    work.session.add(person)
    note_access(work, "person.reopened", person, said)
    return person


def end_keys(work: Work, person: Person) -> None:
    """No program acts for somebody any more by a key that he made."""
    work.session.connection().execute(update(ApiKey).where(col(ApiKey.person_id) == person.id).values(active=False))


def another_person(work: Work, email: str) -> Person:
    """The person with this address, locked, behind the office: of two who shut each other out one is second. Raises NotAllowed."""
    lock_by_id(work.session, Organisation, office(work.session).id)
    if not work.actor.is_system and work.actor.person_id not in _administrators(work.session):
        raise NotAllowed
    person = lock_by_id(work.session, Person, person_named(work, email).id)
    if person.id == work.actor.person_id:
        raise NotAllowed(_("Nobody changes his own access. Ask another administrator."))
    return person


def _administrators(session: Session) -> set[UUID]:
    """Who administers these books and may sign in."""
    return set(session.exec(select(Person.id).join(Membership, col(Membership.person_id) == Person.id)
                            .where(Membership.role == Role.ADMINISTRATOR, Person.active)))


def _refuse_the_last(work: Work, person: Person) -> None:
    if _administrators(work.session) == {person.id}:
        raise NotAllowed(_("{name} is the last administrator. Make another one first."), name=person.name)


def _end_standing_in(work: Work, person: Person, owner: UUID | None = None, role: str = "") -> None:
    """What he bears for others ends, and what others bear for him: all of it, or what hangs on one role for an organisation."""
    hanging = or_(Delegation.deputy_id == person.id, Delegation.person_id == person.id)
    if owner is not None:
        lent = (col(Delegation.person_id) == person.id) & (col(Delegation.role) == role)
        near = select(Membership.id).where(Membership.person_id == person.id, Membership.organisation_id == owner)
        borne = (col(Delegation.deputy_id) == person.id) & ~near.exists()
        hanging = (col(Delegation.organisation_id) == owner) & or_(lent, borne)
    for each in work.session.exec(select(Delegation).where(hanging, Delegation.ends_at > work.now)):
        each.ends_at = max(work.now, each.begins_at)
        work.session.add(each)


def note_access(work: Work, event: str, person: Person, reason: str = "") -> None:
    """One event an organisation for which he acts, so that each reads it in its own history; the first of them tells him."""
    held = work.session.exec(select(Organisation.reference, Membership.role).join(
        Membership, col(Membership.organisation_id) == Organisation.id).where(Membership.person_id == person.id)
        .order_by(col(Membership.id))).all()
    roles = dict(reversed(held)) or _last_role(work.session, person) or {office(work.session).reference: ""}
    for number, (reference, role) in enumerate(roles.items()):
        record(work, event, reference, reason=reason, role=role, person=str(person.id), first="" if number else "yes")


def _last_role(session: Session, person: Person) -> dict[str, str]:
    """For whom somebody acted last who acts for nobody now, and as what: he is told as that."""
    taken = session.exec(select(Event).where(Event.name == "role.withdrawn").order_by(col(Event.id).desc())).all()
    return next(({each.subject: each.data["role"]} for each in taken if each.data["person"] == str(person.id)), {})


# -- What somebody leaves behind -----------------------------------------------------------------------------------------

@dataclass(frozen=True)
class HeldRole:
    """A role that somebody holds for an organisation, and how many `others` who may sign in hold it too."""

    role: str
    organisation: Organisation
    others: int


def held_roles(session: Session, person: Person) -> list[HeldRole]:
    """The roles of somebody, with how many would be left without him."""
    return list(_held(session, person))


def _held(session: Session, person: Person) -> Iterator[HeldRole]:
    held = session.exec(select(Membership.role, Organisation).join(Organisation, col(Organisation.id) == Membership.organisation_id)
                        .where(Membership.person_id == person.id).order_by(col(Membership.id)))
    for role, owner in held.all():
        others = session.exec(select(func.count()).select_from(Membership).join(Person, col(Person.id) == Membership.person_id).where(
            Membership.role == role, Membership.organisation_id == owner.id, Person.active, Person.id != person.id)).one()
        yield HeldRole(role, owner, others)


def open_cases(person: UUID) -> Select[Voucher, str]:
    """The cases in which somebody has a duty and that are not over, each with that duty, the newest first."""
    return (select(Voucher, DutyTaken.duty).join(DutyTaken, col(DutyTaken.voucher_id) == Voucher.id)
            .where(DutyTaken.person_id == person, col(Voucher.state).in_([*UNDECIDED, *HELD_STATES])).order_by(col(Voucher.id).desc()))


def borne_for(session: Session, person: UUID, now: datetime) -> Sequence[tuple[Delegation, Person]]:
    """The roles that somebody bears for others now or soon, and for whom."""
    return session.exec(select(Delegation, Person).join(Person, col(Person.id) == Delegation.person_id)
                        .where(Delegation.deputy_id == person, Delegation.ends_at > now).order_by(col(Delegation.id))).all()
