"""For the office: what is awaited, how long things have waited in each queue, and how good predicted payment days were."""

from zoneinfo import ZoneInfo

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.ageing import BUCKETS, aged
from voucher.calendars import Calendar
from voucher.deadlines import Deadline
from voucher.people import OFFICE_ROLES, Organisation, Role, office
from voucher.predictions import FEWEST, PACE_OF, accuracy
from voucher.retention import past_retention
from workflows.access import door, looking, roles
from workflows.portal.listing import listing
from workflows.portal.pages import show
from workflows.predicting import LOOK_BACK

portal = Blueprint("clocks", __name__, url_prefix="/office")


@portal.get("/deadlines")
@roles(*OFFICE_ROLES)
def deadlines() -> ResponseReturnValue:
    """What is awaited, the most overdue first; of whom may be chosen, and what is over may be shown instead."""
    role, over = request.args.get("waits_for", ""), request.args.get("standing") == "no"
    rows = (select(Deadline, Organisation).join(Organisation, col(Organisation.id) == Deadline.waits_for_id, isouter=True)
            .order_by(col(Deadline.due_on).desc() if over else col(Deadline.due_on), col(Deadline.id))
            .where(col(Deadline.ended_at).is_not(None) if over else col(Deadline.ended_at).is_(None)))
    with looking() as session:
        return show("deadlines.html", chosen_role=role, over=over, now=door().clock(),
                    listing=listing(session, rows.where(Deadline.waits_for == role) if role else rows))


@portal.get("/ageing")
@roles(*OFFICE_ROLES)
def ageing() -> ResponseReturnValue:
    """How long things have waited, queue by queue."""
    zone = ZoneInfo(door().zone)
    with looking() as session:
        return show("ageing.html", buckets=BUCKETS,
                    rows=aged(session, _calendar(session), door().clock().astimezone(zone).date(), zone))


@portal.get("/predictions")
@roles(*OFFICE_ROLES)
def predictions() -> ResponseReturnValue:
    """How good the predictions of the last year were."""
    today = door().today()
    with looking() as session:
        return show("predictions.html", rows=accuracy(session, _calendar(session), today - LOOK_BACK), pace_of=PACE_OF, fewest=FEWEST)


@portal.get("/retention")
@roles(Role.AUDITOR, Role.ADMINISTRATOR)
def retention() -> ResponseReturnValue:
    """The cases whose papers need not be kept any longer, the longest over first."""
    with looking() as session:
        return show("retention.html", rows=past_retention(session, door().today()))


def _calendar(session: Session) -> Calendar:
    return Calendar(office(session).country)
