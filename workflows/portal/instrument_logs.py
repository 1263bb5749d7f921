"""For whoever the terms pay: thousands of instrument uses from a log, looked at before they are claimed."""

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from voucher.claims import Claim, live_claims_on
from voucher.database import get
from voucher.errors import NotFound, _
from voucher.instrument_log import COLUMNS
from voucher.orders import Order
from voucher.people import Role
from voucher.programmes.programmes import terms_version
from voucher.references import read_reference
from voucher.stages import next_stage, stage_named
from voucher.vouchers import Voucher
from workflows import instrument_claims
from workflows.access import acting, door, looking, roles, who
from workflows.portal import cases
from workflows.portal.claiming import (
    claimant_of,
    evidence_before,
    evidence_kept,
    evidence_kinds,
    evidence_typed,
    keep_files,
    left_to_claim,
    own_payment_typed,
    wrong_items,
)
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show, show
from workflows.portal.words import FIELDS
from workflows.reckoning import due_in_cash
from workflows.sight import see

portal = Blueprint("instrument_logs", __name__)


def _seen(session: Session, reference: str) -> tuple[Order, Claim | None]:
    """The order of a reference, or the claim that is corrected with its order."""
    claim = see(session, who(), read_reference(reference, "C")) if reference[:1].upper() == "C" else None
    assert claim is None or isinstance(claim, Claim)
    order = get(session, Order, claim.order_id) if claim else see(session, who(), read_reference(reference, "O"))
    assert isinstance(order, Order)
    return order, claim


@portal.get("/instrument-log/<reference>")
@roles(Role.SME, Role.PROVIDER)
def log_form(reference: str, log: str = "") -> ResponseReturnValue:
    """Where a log is chosen; once one was read, what it would claim and what is needed besides."""
    log = log or request.form.get("log", "")
    with looking() as session:
        order, claim = _seen(session, reference)
        terms = terms_version(session, order.terms_id).terms
        stage = stage_named(terms, claim.milestone) if claim else next_stage(terms, order, live_claims_on(session, order.id))
        voucher = get(session, Voucher, order.voucher_id)
        values = {"order": order, "claim": claim, "voucher": voucher, "terms": terms,
                  "names": cases.organisations(session, order.provider_id), "columns": COLUMNS,
                  "left": left_to_claim(session, order, stage, claim.id if claim else None),
                  "kinds": evidence_kinds(session, terms, voucher, order, stage, anew=True),
                  "kept": evidence_kept(session) or (evidence_before(session, claim) if claim else {}),
                  "wrong_items": wrong_items(session, claim) if claim else [], "in_cash": bool(due_in_cash(terms, order))}
    preview = None
    if log and not g.get("refusal_of_log"):
        with acting() as work:
            preview = instrument_claims.preview_log(work, door().files, order.reference, log, claim=claim.reference if claim else "")
    return show("claim_log.html", preview=preview, log=log, **values)


def _empty_form(reference: str) -> ResponseReturnValue:
    g.refusal_of_log, g.page = True, log_form
    return log_form(reference)


@portal.post("/instrument-log/<reference>")
@roles(Role.SME, Role.PROVIDER)
@or_show(_empty_form)
def read_log(reference: str) -> ResponseReturnValue:
    """Keep the log that was chosen, and show what it would claim; every problem by line and column otherwise."""
    with looking() as session:
        order, _claim = _seen(session, reference)
        owner = claimant_of(session, order)
    g.places = {column: ("", label) for column, label in FIELDS.items() if column in COLUMNS}  # cells of a file are no fields here
    chosen = request.files.get("log_file")
    if chosen is None or not chosen.filename:
        raise NotFound(_("Choose the file of the log."))
    with acting() as work:
        log = instrument_claims.keep_log(work, door().files, owner.reference, chosen.filename, chosen.read()).reference
    return log_form(reference, log)


@portal.post("/instrument-log/<reference>/claim")
@roles(Role.SME, Role.PROVIDER)
@or_show(log_form)
def claim_log(reference: str) -> ResponseReturnValue:
    """Keep the papers that came along, then claim everything in the log."""
    with looking() as session:
        order, claim = _seen(session, reference)
        owner = claimant_of(session, order)
    g.fresh_files = {}
    keep_files(owner.reference, g.fresh_files)
    form = Typed(request.form)
    own = own_payment_typed(form, order.currency)
    log = form.text("log", longest=24)
    form.done()
    papers = list(evidence_typed(request.form, g.fresh_files))
    with acting() as work:
        made = (instrument_claims.resubmit_log(work, door().files, claim.reference, log, own, papers) if claim else
                instrument_claims.submit_log(work, door().files, order.reference, log, own, papers, final="partial" not in request.form))
    return done(_("The claim {reference} is submitted. A verifier looks at every line."),
                url_for("cases.claim", reference=made.reference), reference=made.reference)
