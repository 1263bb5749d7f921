"""For the office: who is banned until when and why, and which other firms the same people stand behind."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, or_, select

from voucher.bans import Ban, bans_of, reached_by
from voucher.database import get
from voucher.errors import _
from voucher.history import Event
from voucher.people import OFFICE_ROLES, Organisation
from voucher.work import Work
from workflows import banning
from workflows.access import acting, asking, looking, roles, who
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show
from workflows.portal.speech import why_not

portal = Blueprint("bans", __name__, url_prefix="/office/bans")


@portal.get("")
@roles(*OFFICE_ROLES)
def bans() -> ResponseReturnValue:
    """Every ban, the newest first, with the other firms that each reaches today."""
    rows = select(Ban, Organisation).join(Organisation, col(Organisation.id) == Ban.organisation_id).order_by(col(Ban.id).desc())
    with asking() as work:
        found = listing(work.session, rows)
        standing = [ban for ban, _firm in found.rows if ban.is_in_force(work.today)]
        reached = {ban.id: [get(work.session, Organisation, each) for each in sorted(reached_by(work.session, ban, work.today))]
                   for ban in standing if ban.with_people}
        events = work.session.exec(select(Event).where(
            col(Event.name).in_(("organisation.banned", "organisation.ban_lifted")),
            col(Event.subject).in_([firm.reference for _ban, firm in found.rows])).order_by(col(Event.id))).all()
        acts = any(who().holds(role) for role in banning.BANNERS)
        return show("bans.html", listing=found, lifted=_why_lifted(found.rows, events),
                    letters={(each.subject, each.at): each.id for each in events if each.name == "organisation.banned"},
                    today=work.today, reached=reached, standing={ban.id for ban in standing},
                    acts=acts, why_not=_unliftable(work, found.rows) if acts else {})


def _why_lifted(rows: Sequence[tuple[Ban, Organisation]], events: Sequence[Event]) -> dict[UUID, str]:
    """Why each of these bans was lifted, if it was: by the first event that lifts a ban of its organisation after it was laid."""
    told = [each for each in events if each.name == "organisation.ban_lifted"]
    return {ban.id: next((each.reason for each in told if each.subject == firm.reference and each.at >= ban.banned_at), "")
            for ban, firm in rows if ban.lifted_on}


def _unliftable(work: Work, rows: Sequence[tuple[Ban, Organisation]]) -> dict[UUID, str]:
    """Why whoever is at the door may not lift these bans, by organisation; those that he may lift are left out."""
    firms = {firm.id: firm for ban, firm in rows if ban.is_in_force(work.today)}
    said = {}
    for firm in firms.values():
        standing = [ban for ban in bans_of(work.session, firm.id) if ban.until >= work.today and ban.lifted_on is None]
        if why := why_not(partial(banning.refuse_to_lift, work, firm, standing)):
            said[firm.id] = why
    return said


@portal.post("")
@roles(*banning.BANNERS)
@or_show(bans)
def ban_organisation() -> ResponseReturnValue:
    """Ban an SME or provider from today through a day."""
    form = Typed(request.form)
    named, until, reason = form.text("organisation", longest=32), form.day("until"), form.text("reason", longest=1000)
    with looking() as session:
        firm = session.exec(select(Organisation.reference).where(
            or_(Organisation.reference == named, Organisation.number == named))).first()
    if named and firm is None:
        form.wrong("organisation", _("No organisation has this reference or number."))
    basis = form.text("basis", longest=300)
    form.done()
    assert firm is not None
    with acting() as work:
        banning.ban_organisation(work, firm, until, reason, basis, with_people="with_people" in request.form)
    return done(_("Banned."), url_for("bans.bans"))


@portal.post("/<reference>/lift")
@roles(*banning.BANNERS)
@or_show(bans)
def lift_ban(reference: str) -> ResponseReturnValue:
    """Lift every ban of an organisation."""
    with acting() as work:
        banning.lift_ban(work, reference, request.form.get(f"reason_{reference}", ""))
    return done(_("The ban is lifted."), url_for("bans.bans"))
