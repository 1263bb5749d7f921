"""For administrators: a person with all he may do, what he would leave behind, and the ways out of the house and in again."""

from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, func, select

from voucher.errors import NotFound, _
from voucher.history import Event
from voucher.looks import Seen, note_look
from voucher.people import ApiKey, Person, Role
from workflows import leaving, passwords
from workflows.access import acting, door, looking, roles, who
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("people", __name__, url_prefix="/office/people")


@portal.get("/<uuid:person_id>")
@roles(Role.ADMINISTRATOR)
def person(person_id: UUID) -> ResponseReturnValue:
    """Somebody: his roles, his open cases, for whom he stands in, and what happened to his access."""
    with acting() as work:
        found = _person(work.session, person_id)
        held = leaving.held_roles(work.session, found)
        note_look(work, Seen.REGISTER, "people", held[0].organisation.id if held else None)
    with looking() as session:
        keys = session.exec(select(func.count()).where(ApiKey.person_id == found.id, ApiKey.active)).one()
        borne = leaving.borne_for(session, found.id, door().clock())
        return show("person.html", about=found, held=held, listing=listing(session, leaving.open_cases(found.id)), keys=keys,
                    is_me=found.id == who().person_id, borne=borne, events=_events(session, found))


def _person(session: Session, key: UUID) -> Person:
    found = session.get(Person, key)
    if found is None:
        raise NotFound
    return found


def _events(session: Session, about: Person) -> list[Event]:
    """What happened to his access, oldest first: every role, and of what concerns him in several organisations what was told to him."""
    wanted = select(Event).where(col(Event.name).in_(["role.granted", "role.withdrawn", "person.closed", "person.reopened",
                                                          "person.password_changed", "person.password_renewed"]),
                                 Event.data["person"].as_string() == str(about.id)).order_by(col(Event.id))
    # of a granted role `first` says that he has a first password, of all else that it is the first event of several
    return [each for each in session.exec(wanted) if each.name == "role.granted" or each.data.get("first", "yes")]


@portal.post("/<uuid:person_id>/withdraw-role")
@roles(Role.ADMINISTRATOR)
@or_show(person)
def withdraw_role(person_id: UUID) -> ResponseReturnValue:
    """Take a role from somebody."""
    form = Typed(request.form)
    role, organisation = form.choice("role", list(Role)), form.text("organisation", longest=24)
    reason = form.text("reason")
    form.done()
    with acting() as work:
        left = leaving.withdraw_role(work, _person(work.session, person_id).email, Role(role), organisation, reason)
    return done(_("{name} does not hold this role any more."), _page(person_id), name=left.name)


@portal.post("/<uuid:person_id>/password")
@roles(Role.ADMINISTRATOR)
@or_show(person)
def renew_password(person_id: UUID) -> ResponseReturnValue:
    """A new first password for who forgot his."""
    with acting() as work:
        held = passwords.renew_password(work, _person(work.session, person_id).email, request.form.get("password", ""))
    return done(_("{name} has a new first password, to be changed when it is used."), _page(person_id), name=held.name)


@portal.post("/<uuid:person_id>/close")
@roles(Role.ADMINISTRATOR)
@or_show(person)
def close_person(person_id: UUID) -> ResponseReturnValue:
    """Let somebody sign in no longer."""
    with acting() as work:
        left = leaving.close_person(work, _person(work.session, person_id).email, _reason())
    return done(_("{name} cannot sign in any more; sessions and keys have ended."), _page(person_id), name=left.name)


@portal.post("/<uuid:person_id>/reopen")
@roles(Role.ADMINISTRATOR)
@or_show(person)
def reopen_person(person_id: UUID) -> ResponseReturnValue:
    """Let somebody sign in again."""
    with acting() as work:
        back = leaving.reopen_person(work, _person(work.session, person_id).email, _reason())
    return done(_("{name} can sign in again."), _page(person_id), name=back.name)


def _reason() -> str:
    form = Typed(request.form)
    reason = form.text("reason")
    form.done()
    return reason


def _page(person_id: UUID) -> str:
    return url_for("people.person", person_id=person_id)
