"""For the office: what is awaited, how long things have waited in each queue, and how good predicted payment days were."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col

from voucher.ageing import BUCKETS, aged, ahead
from voucher.calendars import Calendar
from voucher.errors import NotFound
from voucher.own_days import days_of_keys, keys_of_days
from voucher.payouts import Payout
from voucher.people import OFFICE_ROLES, Role, office
from voucher.predictions import FEWEST, PACE_OF, Prediction, Stage, accuracy, error_of, measured
from voucher.retention import past_retention
from workflows.access import door, looking, roles
from workflows.bank_entries import entries_of_payments
from workflows.portal.cases import organisations
from workflows.portal.listing import listing
from workflows.portal.pages import show
from workflows.predicting import LOOK_BACK

portal = Blueprint("clocks", __name__, url_prefix="/office")


@portal.get("/deadlines")
@roles(*OFFICE_ROLES)
def deadlines() -> ResponseReturnValue:
    """What is awaited, the most overdue first; of whom may be chosen, and what is over may be shown instead."""
    role, over = request.args.get("waits_for", ""), request.args.get("standing") == "no"
    now, zone = door().clock(), str(door().zone)
    with looking() as session:
        page = listing(session, keys_of_days(session, now, door().today(), over=over, role=role))
        rows = days_of_keys(session, page.rows, now, zone)
        firms = organisations(session, *(each.waits_for_id for each in rows if each.waits_for_id))
        return show("deadlines.html", chosen_role=role, over=over, now=now,
                    listing=replace(page, rows=[(each, firms.get(each.waits_for_id) if each.waits_for_id else None) for each in rows]))


@portal.get("/ageing")
@roles(*OFFICE_ROLES)
def ageing() -> ResponseReturnValue:
    """How long things have waited, queue by queue, and in how long what is awaited runs out."""
    today, zone = door().today(), ZoneInfo(door().zone)
    with looking() as session:
        return show("ageing.html", buckets=BUCKETS, rows=aged(session, _calendar(session), today, zone),
                    ahead=ahead(session, _calendar(session), door().clock(), today))


@portal.get("/predictions")
@roles(*OFFICE_ROLES)
def predictions() -> ResponseReturnValue:
    """How good the predictions of the last year were."""
    today = door().today()
    with looking() as session:
        return show("predictions.html", rows=accuracy(session, _calendar(session), today - LOOK_BACK), pace_of=PACE_OF, fewest=FEWEST)


@portal.get("/predictions/<stage>")
@roles(*OFFICE_ROLES)
def measured_predictions(stage: str) -> ResponseReturnValue:
    """What was said at a stage of claims that are paid now, the last paid first: how far off it was, and the entry that says so."""
    if stage not in list(Stage):
        raise NotFound
    of_stage = measured(door().today() - LOOK_BACK).where(Prediction.stage == stage)
    with looking() as session:
        page = listing(session, of_stage.order_by(col(Payout.settled_on).desc(), col(Payout.id), col(Prediction.made_on).desc()))
        calendar, payouts = _calendar(session), {payout.id: payout for _said, _claim, payout in page.rows}
        rows = [(said, claim, payout, error_of(calendar, said, payout)) for said, claim, payout in page.rows]
        return show("measured_predictions.html", stage=stage, listing=replace(page, rows=rows),
                    entries=entries_of_payments(session, list(payouts.values())))


@portal.get("/retention")
@roles(Role.AUDITOR, Role.ADMINISTRATOR)
def retention() -> ResponseReturnValue:
    """The cases whose papers need not be kept any longer, the longest over first."""
    with looking() as session:
        return show("retention.html", rows=past_retention(session, door().today()))


def _calendar(session: Session) -> Calendar:
    return Calendar(office(session).country)
