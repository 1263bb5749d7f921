"""For the programme office: programmes and their terms, applications, verification and approval of claims."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, func, select

from voucher.claims import Claim, ClaimState, CutReason, LineDecision, lines_of
from voucher.database import fetch
from voucher.errors import NotValid, _, problem
from voucher.orders import Order
from voucher.people import OFFICE_ROLES, Organisation, Role
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme, TermsVersion
from voucher.vouchers import Voucher, VoucherState
from workflows import publishing, verification
from workflows.access import acting, looking, roles
from workflows.portal import cases
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("programme", __name__, url_prefix="/office")


@portal.get("/programmes")
@roles(*OFFICE_ROLES)
def programmes() -> ResponseReturnValue:
    """All programmes, with how many fund lines and versions of terms each has."""
    versions = select(func.count()).where(col(TermsVersion.programme_id) == Programme.id).scalar_subquery()
    lines = select(func.count()).where(col(FundLine.programme_id) == Programme.id).scalar_subquery()
    with looking() as session:
        return show("programmes.html", listing=listing(session, select(Programme, versions, lines).order_by(col(Programme.id))))


@portal.get("/programmes/publish")
@roles(Role.APPROVER, Role.ADMINISTRATOR)
def publish_form() -> ResponseReturnValue:
    """Publish terms: choose the file."""
    return show("publish.html")


@portal.post("/programmes/publish")
@roles(Role.APPROVER, Role.ADMINISTRATOR)
@or_show(publish_form)
def publish_programme() -> ResponseReturnValue:
    """Publish a terms file: a new programme, or the next version of one."""
    sent = request.files.get("terms")
    if sent is None or not sent.filename:
        raise NotValid(problems=[problem(_("Choose the terms file."), "terms")])
    with acting() as work:
        programme = publishing.publish_programme(work, sent.read())
    return done(_("The terms are published."), url_for("finance.programme_funds", reference=programme.reference))


@portal.get("/vouchers")
@roles(*OFFICE_ROLES)
def vouchers() -> ResponseReturnValue:
    """All vouchers, or those in one state, the newest first."""
    state = request.args.get("state", "")
    rows = (select(Voucher, Organisation, Programme).join(Organisation, col(Organisation.id) == Voucher.sme_id)
            .join(Programme, col(Programme.id) == Voucher.programme_id).order_by(col(Voucher.id).desc()))
    with looking() as session:
        return show("vouchers.html", state=state, states=list(VoucherState),
                    listing=listing(session, rows.where(Voucher.state == state) if state else rows))


@portal.get("/claims")
@roles(*OFFICE_ROLES)
def claims() -> ResponseReturnValue:
    """All claims, or those in one state, the newest first."""
    state = request.args.get("state", "")
    rows = (select(Claim, Order, Organisation).join(Order, col(Order.id) == Claim.order_id)
            .join(Organisation, col(Organisation.id) == Claim.claimant_id).order_by(col(Claim.id).desc()))
    with looking() as session:
        return show("office_claims.html", state=state, states=list(ClaimState),
                    listing=listing(session, rows.where(Claim.state == state) if state else rows))


@portal.post("/claims/<reference>/verify")
@roles(Role.VERIFIER)
@or_show(cases.claim)
def verify_claim(reference: str) -> ResponseReturnValue:
    """Send what was decided on each line."""
    form = Typed(request.form)
    with acting() as work:
        held = fetch(work.session, Claim, reference)
        decisions = [_decision(form, line.number, line.currency) for line in lines_of(work.session, held.id)
                     if line.accepted_minor is None]
        form.done()
        verification.verify_claim(work, reference, decisions)
    return done(_("The claim is verified. A second officer approves it."), _claim(reference))


def _decision(form: Typed, number: int, currency: str) -> LineDecision:
    where = f"decisions.{number}"
    reason = form.text(f"{where}.reason", required=False)
    if reason and reason not in list(CutReason):
        form.choice(f"{where}.reason", list(CutReason))
        reason = ""
    return LineDecision(number, form.money(f"{where}.accepted", currency), CutReason(reason) if reason else None)


def _claim(reference: str) -> str:
    return url_for("cases.claim", reference=reference)
