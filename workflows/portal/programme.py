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
from workflows import issue, verification, waiting
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
        programme = issue.publish_programme(work, sent.read())
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


@portal.post("/vouchers/<reference>/review")
@roles(Role.REVIEWER)
@or_show(cases.voucher)
def review_voucher(reference: str) -> ResponseReturnValue:
    """Recommend an application."""
    with acting() as work:
        issue.review_voucher(work, reference, request.form.get("note", ""))
    return done(_("The application is reviewed. Another officer issues the voucher."), _voucher(reference))


@portal.post("/vouchers/<reference>/reject")
@roles(Role.REVIEWER)
@or_show(cases.voucher)
def reject_voucher(reference: str) -> ResponseReturnValue:
    """Turn an application down."""
    with acting() as work:
        issue.reject_voucher(work, reference, request.form.get("reason", ""))
    return done(_("The application is rejected; the SME reads your reason."), _voucher(reference))


@portal.post("/vouchers/<reference>/refuse")
@roles(Role.APPROVER)
@or_show(cases.voucher)
def refuse_voucher(reference: str) -> ResponseReturnValue:
    """Turn a reviewed application down."""
    with acting() as work:
        issue.refuse_voucher(work, reference, request.form.get("reason", ""))
    return done(_("The application is rejected; the SME reads your reason."), _voucher(reference))


@portal.post("/vouchers/<reference>/wait")
@roles(Role.APPROVER)
@or_show(cases.voucher)
def put_on_waiting_list(reference: str) -> ResponseReturnValue:
    """Approve it, to be issued when there is money."""
    form = Typed(request.form)
    rank = form.number("rank", 1, 1_000_000) if form.text("rank", required=False) else None
    form.done()
    with acting() as work:
        waiting.put_on_waiting_list(work, reference, rank)
    return done(_("The application is on the waiting list; it is issued when there is money and its turn comes."), _voucher(reference))


@portal.post("/vouchers/<reference>/issue")
@roles(Role.APPROVER)
@or_show(cases.voucher)
def issue_voucher(reference: str) -> ResponseReturnValue:
    """Issue the voucher: the budget is committed."""
    with acting() as work:
        issue.issue_voucher(work, reference)
    return done(_("The voucher is issued, and its money is committed."), _voucher(reference))


def _voucher(reference: str) -> str:
    return url_for("cases.voucher", reference=reference)


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
        decisions = [_decision(form, line.number, line.currency) for line in lines_of(work.session, held.id)]
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


@portal.post("/claims/<reference>/approve")
@roles(Role.APPROVER)
@or_show(cases.claim)
def approve_claim(reference: str) -> ResponseReturnValue:
    """Approve what was verified: from now on it is owed."""
    with acting() as work:
        claim = verification.approve_claim(work, reference)
    said = _("The claim is approved, and its payout is payable.") if claim.state == ClaimState.APPROVED else _(
        "No line was accepted, so the claim is refused.")
    return done(said, _claim(reference))


@portal.post("/claims/<reference>/send-back")
@roles(Role.APPROVER)
@or_show(cases.claim)
def send_back_claim(reference: str) -> ResponseReturnValue:
    """Ask for the lines to be verified again."""
    with acting() as work:
        verification.send_back_claim(work, reference, request.form.get("reason", ""))
    return done(_("The claim goes back to verification."), _claim(reference))


def _claim(reference: str) -> str:
    return url_for("cases.claim", reference=reference)
