"""For the office: what the checks found, and the decisions about it."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.checks.table import CHECKS
from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.errors import _
from voucher.findings import Finding, FindingState, decisions_on
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState
from voucher.people import OFFICE_ROLES, Organisation, Person
from voucher.references import read_reference
from voucher.vouchers import Voucher
from workflows import checking
from workflows.access import acting, asking, looking, roles
from workflows.portal import cases
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("checks", __name__)


@portal.get("/findings/<reference>")
@roles(*OFFICE_ROLES)
def finding(reference: str) -> ResponseReturnValue:
    """A finding: what was found, what shows it, and who decided what about it."""
    with asking() as work:
        session = work.session
        held = fetch(session, Finding, read_reference(reference, "K"))
        claim = get(session, Claim, held.claim_id)
        order = get(session, Order, claim.order_id)
        voucher = get(session, Voucher, order.voucher_id)
        decided = decisions_on(session, [held]).get(held.id, [])
        people = {each.id: each for each in session.exec(select(Person).where(col(Person.id).in_([one.person_id for one in decided])))}
        return show("finding.html", finding=held, check=CHECKS.get(held.check_name), claim=claim, order=order, voucher=voucher,
                    claimant=get(session, Organisation, claim.claimant_id), paid=_paid(session, claim), decisions=decided, people=people,
                    open=cases.but_for_interests(work, cases.steps_open(session, checking.FINDING, held, {}, voucher), voucher))


def _paid(session: Session, claim: Claim) -> Payout | None:
    """The payout that the bank has confirmed, on which a recovery may be opened."""
    return session.exec(select(Payout).where(Payout.claim_id == claim.id, Payout.state == PayoutState.SETTLED)).first()


@portal.get("/office/findings")
@roles(*OFFICE_ROLES)
def findings() -> ResponseReturnValue:
    """All findings, or those in one state, the newest first."""
    state = request.args.get("state", "")
    rows = (select(Finding, Claim.reference, Organisation).join(Claim, col(Claim.id) == Finding.claim_id)
            .join(Organisation, col(Organisation.id) == Claim.claimant_id).order_by(col(Finding.id).desc()))
    with looking() as session:
        return show("findings.html", state=state, states=list(FindingState), checks=CHECKS,
                    listing=listing(session, rows.where(Finding.state == state) if state else rows))


@portal.post("/claims/<reference>/check")
@roles(*checking.CHECKERS)
@or_show(cases.claim)
def check_claim(reference: str) -> ResponseReturnValue:
    """Have the checks run again."""
    with acting() as work:
        checking.check_claim(work, read_reference(reference, "C"))
    return done(_("The checks have run again."), url_for("cases.claim", reference=reference))
