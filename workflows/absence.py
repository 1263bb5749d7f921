"""Absence: people say when they are away and hand their roles to deputies, until a day; administrators say it for them.

Nobody hands on what he bears for another, nor lends a role to himself, and a deputy belongs to the same organisation. What a
deputy does counts as both persons' (`voucher/duties.py`), so an absence never makes one person out of two.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.absences import Absence, Delegation, away, deputies_of
from voucher.database import get, lock_by_id
from voucher.duties import OF_ROLES
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.history import record
from voucher.people import Membership, Organisation, Person, Role
from voucher.work import Actor, Work
from workflows.registration import SIGNING, person_named, signs
from workflows.sight import from_office

#: The longest absence; a longer one is entered anew, so that somebody looks at it again.
LONGEST = timedelta(days=366)


def absences_shown(actor: Actor) -> SelectOfScalar[Absence]:
    """The absences that somebody may see, the last to end first: the office all of them, others those of their own organisations."""
    shown = select(Absence).order_by(col(Absence.ends_at).desc(), col(Absence.id).desc())
    if from_office(actor):
        return shown
    near = select(Membership.person_id).where(col(Membership.organisation_id).in_(actor.organisations()))
    return shown.where(or_(Absence.person_id == actor.person_id, col(Absence.person_id).in_(near)))


def enter_absence(work: Work, from_on: date, until_on: date, note: str = "", email: str = "") -> Absence:
    """Somebody will be away from a day until a day, both counted; without an address, whoever says it.

    Raises NotValid, NotAllowed when it is said of somebody else by no administrator, NotNow when he is away then already.
    """
    person = _whom(work, email)
    refuse_if_any([
        *([problem(_("The last day is before the first."), "until_on")] if until_on < from_on else []),
        *([problem(_("This day is over."), "until_on")] if from_on <= until_on < work.today else []),
        *([problem(_("At most {days} days; enter a longer absence anew when it is over."), "until_on", days=LONGEST.days)]
          if until_on - from_on >= LONGEST else []),
        *([problem(_("At most {longest} characters; these are {length}."), "note", longest=300, length=len(note))]
          if len(note) > 300 else [])])
    begins, ends = _midnight(work, from_on), _midnight(work, until_on + timedelta(days=1))
    lock_by_id(work.session, Person, person.id)  # one after another, so that each sees what the other entered
    _refuse_overlap(work, person, begins, ends)
    made = Absence(person_id=person.id, from_on=from_on, until_on=until_on, begins_at=max(begins, work.now), ends_at=ends,
                   note=note.strip(), entered_by=work.actor.person_id, entered_at=work.now)
    work.session.add(made)
    work.session.flush()
    _note(work, "absence.entered", person, until=until_on.isoformat(), **{"from": from_on.isoformat()})
    return made


def _refuse_overlap(work: Work, person: Person, begins: datetime, ends: datetime) -> None:
    """Nobody is away twice at a time, and nobody is away while he stands in for another."""
    if work.session.exec(select(Absence).where(Absence.person_id == person.id, Absence.begins_at < ends, Absence.ends_at > begins)).first():
        raise NotNow(_("An absence of {name} is entered for some of these days already."), name=person.name)
    if work.session.exec(select(Delegation).where(Delegation.deputy_id == person.id, Delegation.begins_at < ends,
                                                  Delegation.ends_at > begins)).first():
        raise NotNow(_("{name} stands in for somebody on some of these days. Let another deputy be named first."), name=person.name)


def hand_over_role(work: Work, absence: str, role: str, deputy: str) -> Delegation:
    """For the time of an absence, a deputy bears a role of whoever is away: one of the same organisation.

    Raises NotValid, NotFound, NotAllowed, NotNow.
    """
    held = _absence(work, absence)
    if held.is_over(work.now):
        raise NotNow(_("This absence is over."))
    stand_in = person_named(work, deputy)
    _refuse_second_hand(work, held, role, stand_in)
    owner = _organisation_of(work, held.person_id, role)
    refuse_if_any(_unfit(work, held, stand_in, owner))
    begins = max(held.begins_at, work.now)
    lock_by_id(work.session, Person, stand_in.id)  # he may be entering an absence of his own
    if away(work.session, [stand_in.id], begins) or _is_away(work, stand_in.id, begins, held.ends_at):
        raise NotNow(_("{name} is away on some of these days."), name=stand_in.name)
    if work.session.exec(select(Delegation).where(Delegation.absence_id == held.id, Delegation.role == role,
                                                  Delegation.organisation_id == owner)).first():
        raise NotNow(_("This role has a deputy for this absence already."))
    lent = Delegation(absence_id=held.id, person_id=held.person_id, deputy_id=stand_in.id, organisation_id=owner, role=role,
                      duties=f",{','.join(OF_ROLES[Role(role)])},", begins_at=begins, ends_at=held.ends_at,
                      entered_by=work.actor.person_id, entered_at=work.now)
    work.session.add(lent)
    work.session.flush()
    _note(work, "role.lent", get(work.session, Person, held.person_id), role=role, deputies=[str(stand_in.id)],
          since=max(held.from_on, work.today).isoformat(), until=held.until_on.isoformat())
    return lent


def _refuse_second_hand(work: Work, held: Absence, role: str, deputy: Person) -> None:
    """As with granting a role: nobody gets it by what he entered of another, nor chooses with whom he signs. Raises NotAllowed."""
    if deputy.id in (work.actor.person_id, held.entered_by):
        raise NotAllowed(_("Who enters the absence of another is not its deputy. Name somebody else."))
    if role in SIGNING and work.actor.person_id != held.person_id and signs(work.actor):
        raise NotAllowed(_("Who approves or releases himself does not lend the role {role} of another. Ask another administrator."),
                         role=role)


def _organisation_of(work: Work, person: UUID, role: str) -> UUID:
    """For whom he holds the role himself: nobody lends what he does not own."""
    if role not in OF_ROLES:
        raise NotAllowed(_("The role {role} is not handed to a deputy. An administrator grants it."), role=role)
    owner = work.session.exec(select(Membership.organisation_id).where(Membership.person_id == person, Membership.role == role)
                              .order_by(col(Membership.id))).first()
    if owner is None:
        raise NotValid(problems=[problem(_("Whoever is away does not hold the role {role} himself."), "role", role=role)])
    return owner


def _unfit(work: Work, held: Absence, deputy: Person, owner: UUID) -> list[Problem]:
    if deputy.id == held.person_id or not deputy.active:
        return [problem(_("A deputy is somebody else who may sign in."), "deputy")]
    near = work.session.exec(select(Membership).where(Membership.person_id == deputy.id, Membership.organisation_id == owner)).first()
    return [] if near else [problem(_("A deputy acts for the same organisation already."), "deputy")]


def _is_away(work: Work, person: UUID, begins: datetime, ends: datetime) -> bool:
    return work.session.exec(select(Absence).where(Absence.person_id == person, Absence.begins_at < ends,
                                                   Absence.ends_at > begins)).first() is not None


def end_absence(work: Work, absence: str) -> Absence:
    """Whoever was away is back: the deputies bear his roles no longer. Asked again, nothing changes."""
    held = _absence(work, absence)
    if held.is_over(work.now):
        return held
    lents = [each for each, _person in deputies_of(work.session, [held.id]).get(held.id, ())]
    for lent in lents:
        lent.ends_at = max(work.now, lent.begins_at)
        work.session.add(lent)
    held.ends_at = max(work.now, held.begins_at)
    work.session.add(held)
    _note(work, "absence.ended", get(work.session, Person, held.person_id), deputies=sorted({str(each.deputy_id) for each in lents}))
    return held


def _whom(work: Work, email: str) -> Person:
    """Whose absence it is. Raises NotAllowed."""
    if email:
        person = person_named(work, email)
    elif work.actor.person_id is not None:
        person = get(work.session, Person, work.actor.person_id)
    else:
        raise NotValid(problems=[problem(_("Say who is away."), "email")])
    _only_own(work, person.id)
    return person


def _only_own(work: Work, person: UUID) -> None:
    if not (work.actor.is_system or work.actor.person_id == person or work.actor.holds(Role.ADMINISTRATOR)):
        raise NotAllowed(_("One enters one's own absences; an administrator those of others."))


def _absence(work: Work, key: str) -> Absence:
    """The absence, locked, that whoever is at work may change. Raises NotFound, NotAllowed."""
    try:
        wanted = UUID(key)
    except ValueError as error:
        raise NotFound from error
    held = work.session.exec(absences_shown(work.actor).where(Absence.id == wanted).with_for_update(key_share=True)
                             .execution_options(populate_existing=True)).first()
    if held is None:
        raise NotFound
    _only_own(work, held.person_id)
    return held


def _midnight(work: Work, day: date) -> datetime:
    return datetime.combine(day, time(), work.zone)


def _note(work: Work, event: str, person: Person, **data: Any) -> None:
    """History speaks of the organisation for which he acts; the person by his key, never by name."""
    owner = work.session.exec(select(Organisation.reference).join(Membership, col(Membership.organisation_id) == Organisation.id)
                              .where(Membership.person_id == person.id).order_by(col(Membership.id))).first()
    record(work, event, owner or "", person=str(person.id), **data)
