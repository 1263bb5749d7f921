"""Who is away until when, and who bears which role meanwhile: for everybody who works here, each for himself."""

from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.absences import Absence, deputies_of
from voucher.duties import OF_ROLES
from voucher.errors import _
from voucher.people import Membership, Person, Role
from workflows import absence
from workflows.access import acting, door, looking, signed_in, who
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("absences", __name__, url_prefix="/absences")


@portal.get("")
@signed_in
def absences() -> ResponseReturnValue:
    """Who is away or will be, then those that are over; what one may enter stands beside them."""
    with looking() as session:
        shown = listing(session, absence.absences_shown(who()).add_columns(Person).join(Person, col(Person.id) == Absence.person_id))
        return show("absences.html", listing=shown, deputies=deputies_of(session, [each.id for each, _person in shown.rows]),
                    now=door().clock(), held=_held(session), me=who().person_id, for_others=who().holds(Role.ADMINISTRATOR))


def _held(session: Session) -> list[str]:
    """The roles that whoever is at the door can hand to a deputy: his own, or any where he speaks for others."""
    if who().holds(Role.ADMINISTRATOR):
        return [role.value for role in Role if role in OF_ROLES]
    own = set(session.exec(select(Membership.role).where(Membership.person_id == who().person_id)))
    return [role.value for role in Role if role in own and role in OF_ROLES]


@portal.post("")
@signed_in
@or_show(absences)
def enter_absence() -> ResponseReturnValue:
    """Say that somebody will be away; a role may be handed to a deputy at once."""
    form = Typed(request.form)
    from_on, until_on = form.day("from_on"), form.day("until_on")
    note, email = form.text("note", required=False, longest=300), form.text("email", required=False, longest=254)
    deputy = form.text("deputy", required=False, longest=254)
    role = form.choice("role", list(OF_ROLES)) if deputy else ""
    form.done()
    with acting() as work:
        made = absence.enter_absence(work, from_on, until_on, note, email)
        if deputy:
            absence.hand_over_role(work, str(made.id), role, deputy)
    return done(_("The absence is entered."), url_for("absences.absences"))


@portal.post("/<uuid:absence_id>/deputies")
@signed_in
@or_show(absences)
def hand_over_role(absence_id: UUID) -> ResponseReturnValue:
    """Hand one more role to a deputy."""
    form = Typed(request.form)
    role, deputy = form.choice("role", list(OF_ROLES)), form.text("deputy", longest=254)
    form.done()
    with acting() as work:
        absence.hand_over_role(work, str(absence_id), role, deputy)
    return done(_("The role is handed to a deputy."), url_for("absences.absences"))


@portal.post("/<uuid:absence_id>/end")
@signed_in
@or_show(absences)
def end_absence(absence_id: UUID) -> ResponseReturnValue:
    """Whoever was away is back."""
    with acting() as work:
        absence.end_absence(work, str(absence_id))
    return done(_("The absence is over."), url_for("absences.absences"))
