"""For administrators: organisations, their bank accounts, and the people who act for them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.absences import Absence, away
from voucher.database import fetch
from voucher.errors import _
from voucher.history import Event, events_of
from voucher.languages import NAMES
from voucher.looks import Seen, note_look
from voucher.money import CURRENCIES
from voucher.people import BankAccount, Membership, Organisation, OrganisationKind, Person, Role
from workflows import changing, registration
from workflows.access import SHORTEST_PASSWORD, acting, door, hash_password, looking, roles
from workflows.changing import CHANGEABLE
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("administrator", __name__, url_prefix="/office/organisations")


@portal.get("")
@roles(Role.ADMINISTRATOR)
def organisations() -> ResponseReturnValue:
    """All organisations, or those of one kind, by name."""
    kind = request.args.get("state", "")
    rows = select(Organisation, Organisation.reference).order_by(col(Organisation.kind), col(Organisation.name))
    with looking() as session:
        return show("organisations.html", state=kind, states=list(OrganisationKind),
                    listing=listing(session, rows.where(Organisation.kind == kind) if kind else rows))


@portal.get("/register")
@roles(Role.ADMINISTRATOR)
def organisation_form() -> ResponseReturnValue:
    """Enter a firm or a provider."""
    return show("organisation_form.html", kinds=[OrganisationKind.SME, OrganisationKind.PROVIDER])


@portal.post("/register")
@roles(Role.ADMINISTRATOR)
@or_show(organisation_form)
def register_organisation() -> ResponseReturnValue:
    """Enter a firm or a provider, which is listed from then on."""
    form = Typed(request.form)
    kind = form.choice("kind", [OrganisationKind.SME, OrganisationKind.PROVIDER])
    name, number = form.text("name", longest=200), form.text("number", longest=32)
    country = form.text("country", longest=2).upper()
    more: dict[str, Any] = {field: form.text(field, required=False, longest=longest) for field, longest in (
        ("name_en", 200), ("category", 64), ("town", 100), ("address", 300))}
    form.done()
    with acting() as work:
        made = registration.register_organisation(work, OrganisationKind(kind), name, number, country=country,
                                                  listed="unlisted" not in request.form, **more)
    return done(_("{name} is entered."), _page(made.reference), name=made.name)


@portal.get("/<reference>")
@roles(Role.ADMINISTRATOR)
def organisation(reference: str) -> ResponseReturnValue:
    """An organisation: its accounts, old ones too, and who acts for it."""
    with acting() as work:
        held = fetch(work.session, Organisation, reference)
        note_look(work, Seen.REGISTER, held.reference, held.id)
    with looking() as session:
        accounts = session.exec(select(BankAccount).where(BankAccount.organisation_id == held.id)
                                .order_by(col(BankAccount.active).desc(), col(BankAccount.id).desc()))
        events = events_of(session, held.reference)
        return show("organisation.html", organisation=held, accounts=list(accounts), people=_people_of(session, held),
                    away=_away(session, held), currencies=CURRENCIES, languages_spoken=NAMES, held_roles=_roles_for(held),
                    changeable=CHANGEABLE, events=events, names=_names_in(session, events))


@portal.post("/<reference>/change")
@roles(Role.ADMINISTRATOR)
@or_show(organisation)
def change_organisation(reference: str) -> ResponseReturnValue:
    """Enter something else of an organisation; the form brings all that may change, and what it showed of it."""
    form = Typed(request.form)
    entered = {field: form.text(field, required=field == "name", longest=longest) for field, (_word, longest) in CHANGEABLE.items()}
    seen = {field: request.form.get(f"seen_{field}", "") for field in CHANGEABLE}
    reason = form.text("reason")
    form.done()
    new = {field: value for field, value in entered.items() if value != seen[field]}
    with acting() as work:
        changing.change_organisation(work, reference, reason, {field: seen[field] for field in new}, **new)
    return done(_("The change is entered; the people of a firm are told."), _page(reference))


def _names_in(session: Session, events: Sequence[Event]) -> dict[str, str]:
    """The names of the people of whom events tell, which know them by their keys."""
    told = {UUID(event.data["person"]) for event in events if event.data.get("person")}
    return {str(each.id): each.name for each in session.exec(select(Person).where(col(Person.id).in_(told)))}


def _people_of(session: Session, held: Organisation) -> list[tuple[Person, str]]:
    rows = session.exec(select(Person, Membership.role).join(Membership, col(Membership.person_id) == Person.id)
                        .where(Membership.organisation_id == held.id).order_by(col(Person.name)))
    return [(person, role) for person, role in rows]


def _away(session: Session, held: Organisation) -> dict[UUID, Absence]:
    """Who of its people is away now."""
    return away(session, session.exec(select(Membership.person_id).where(Membership.organisation_id == held.id)).all(), door().clock())


def _roles_for(held: Organisation) -> list[str]:
    """The roles that fit an organisation, in the order in which people know them."""
    return [role.value for role in Role if role in registration.ROLES_OF_KIND[OrganisationKind(held.kind)]]


@portal.post("/<reference>/accounts")
@roles(Role.ADMINISTRATOR)
@or_show(organisation)
def register_account(reference: str) -> ResponseReturnValue:
    """Enter the account for a currency; it takes the place of the one before."""
    form = Typed(request.form)
    currency, number = form.choice("currency", CURRENCIES), form.text("account_number", longest=34)
    more = {field: form.text(field, required=False, longest=longest) for field, longest in (
        ("holder", 200), ("bank_name", 200), ("bank_code", 35))}
    form.done()
    with acting() as work:
        registration.register_account(work, reference, currency, number, **more)
    return done(_("The account is entered; payouts that arise from now on go to it."), _page(reference))


@portal.post("/<reference>/people")
@roles(Role.ADMINISTRATOR)
@or_show(organisation)
def register_person(reference: str) -> ResponseReturnValue:
    """Enter somebody who signs in, and let him act for the organisation."""
    form = Typed(request.form)
    email, name = form.text("email", longest=254), form.text("person_name", longest=120)
    password, role = request.form.get("password", ""), form.choice("role", list(Role))  # as typed: so it is typed to sign in
    language = form.choice("language", NAMES)
    if len(password) < SHORTEST_PASSWORD:
        form.wrong("password", _("A password has at least {shortest} signs."), shortest=SHORTEST_PASSWORD)
    form.done()
    with acting() as work:
        registration.register_person(work, email, name, hash_password(password), language)
        registration.grant_role(work, email, Role(role), reference)
    return done(_("{name} can sign in now."), _page(reference), name=name)


@portal.post("/<reference>/roles")
@roles(Role.ADMINISTRATOR)
@or_show(organisation)
def grant_role(reference: str) -> ResponseReturnValue:
    """Let somebody who is entered already act for the organisation."""
    form = Typed(request.form)
    email, role = form.text("granted_email", longest=254), form.choice("granted_role", list(Role))
    form.done()
    with acting() as work:
        registration.grant_role(work, email, Role(role), reference)
    return done(_("The role is granted."), _page(reference))


def _page(reference: str) -> str:
    return url_for("administrator.organisation", reference=reference)
