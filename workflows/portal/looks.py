"""Who opened what: for auditors all of it, for a firm what is its own, for everybody his own looks."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlmodel import col

from voucher.looks import Look, looks_shown
from voucher.people import Organisation, Person
from workflows.access import looking, signed_in, who
from workflows.portal.listing import listing
from workflows.portal.pages import show

portal = Blueprint("looks", __name__, url_prefix="/looks")


@portal.get("")
@signed_in
def looks() -> ResponseReturnValue:
    """Who opened what, the last first; of one file or organisation where it is named."""
    subject = request.args.get("subject", "").strip()
    rows = (looks_shown(who()).add_columns(Person, Organisation).join(Person, col(Person.id) == Look.person_id)
            .outerjoin(Organisation, col(Organisation.id) == Look.owner_id))
    with looking() as session:
        return show("looks.html", subject=subject, listing=listing(session, rows.where(col(Look.subject) == subject) if subject else rows))
