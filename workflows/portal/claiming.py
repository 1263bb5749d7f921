"""For whoever the terms pay: the claim, with its invoice lines, the proof of the own payment, and evidence.

Files are kept the moment they arrive, so that nobody has to choose them again when something else has to be mended.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from voucher.claims import Claim, InvoiceLine, OwnPayment, evidence_of, lines_of, live_claims_on
from voucher.database import get
from voucher.errors import _
from voucher.files import StoredFile
from voucher.history import events_of
from voucher.instruments import rests_on_log
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation, Role
from voucher.programmes.calculation import Sheet
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Instalment, Terms
from voucher.references import read_reference
from voucher.stages import next_stage, stage_named
from voucher.vouchers import Voucher
from workflows import claiming, correction
from workflows.access import acting, door, looking, roles, who
from workflows.claim_check import is_invoiced, papers_for
from workflows.portal import cases
from workflows.portal.forms import Typed
from workflows.portal.pages import done, or_show, show
from workflows.reckoning import due_in_cash, room
from workflows.sight import see

portal = Blueprint("claiming", __name__)

MOST_ROWS = 60
FIELDS = ("invoice_number", "issued_on", "description", "net", "vat")


@portal.get("/orders/<reference>/claim")
@roles(Role.SME, Role.PROVIDER)
def claim_form(reference: str, rows: int = 1) -> ResponseReturnValue:
    """The form of a claim, with as many rows for invoice lines as were typed, or one more."""
    with looking() as session:
        held = see(session, who(), read_reference(reference, "O"))
        assert isinstance(held, Order)
        terms = terms_version(session, held.terms_id).terms
        stage = next_stage(terms, held, live_claims_on(session, held.id))
        invoiced = is_invoiced(session, held, stage)
        voucher = get(session, Voucher, held.voucher_id)
        return show("claim_form.html", order=held, voucher=voucher, terms=terms, stage=stage, left=left_to_claim(session, held, stage),
                    in_cash=bool(due_in_cash(terms, held)),
                    names=cases.organisations(session, held.provider_id), rows=0 if invoiced else max(rows, _rows_typed()),
                    kinds=evidence_kinds(session, terms, voucher, held, stage, anew=not invoiced), kept=evidence_kept(session))


def left_to_claim(session: Session, order: Order, stage: Instalment | None, but: UUID | None = None) -> Money:
    """How much of the voucher can still be claimed of an order now, in an instalment or all at once; `but` leaves a claim out."""
    left = room(session, order, but)
    return left if stage is None else min(left, Sheet.from_json(order.sheet).instalments[stage.code])


def evidence_kinds(
    session: Session, terms: Terms, voucher: Voucher, order: Order, stage: Instalment | None, *, anew: bool,
) -> list[tuple[str, Any]]:
    """The kinds of evidence that the terms ask for, with their names."""
    names = {each.kind: each.name for each in terms.evidence}
    return [(kind, names.get(kind, kind)) for kind in papers_for(session, terms, voucher, order, stage, anew=anew)]


def evidence_kept(session: Session) -> dict[str, list[StoredFile]]:
    """The files that were kept while the form was filled in, by kind."""
    pairs = list(evidence_typed(request.form, g.get("fresh_files", {})))
    files = {file.reference: file for file in session.exec(select(StoredFile).where(
        col(StoredFile.reference).in_([reference for _kind, reference in pairs]),
        col(StoredFile.owner_id).in_(cases.own_organisations())))}
    kept: dict[str, list[StoredFile]] = {}
    for kind, reference in pairs:
        if reference in files:
            kept.setdefault(kind, []).append(files[reference])
    return kept


def _rows_typed() -> int:
    numbers = [int(part) for name in request.form if name.startswith("lines.")
               for part in [name.split(".")[1]] if part.isascii() and part.isdigit() and len(part) < 4]
    return min(max(numbers, default=-1) + 1, MOST_ROWS)


@portal.post("/orders/<reference>/claim")
@roles(Role.SME, Role.PROVIDER)
@or_show(claim_form)
def submit_claim(reference: str) -> ResponseReturnValue:
    """Keep the files that came along, then send the claim, or answer the form with one more row."""
    with looking() as session:
        held = see(session, who(), read_reference(reference, "O"))
        assert isinstance(held, Order)
        owner = claimant_of(session, held)
    lines, own = _typed(owner.reference, held.currency)
    if "more" in request.form:
        return claim_form(reference, _rows_typed() + 1)
    with acting() as work:
        claim = claiming.submit_claim(work, held.reference, lines, own,
                                          list(evidence_typed(request.form, g.fresh_files)),
                                          final="partial" not in request.form)
    return done(_("The claim {reference} is submitted. A verifier looks at every line."),
                url_for("cases.claim", reference=claim.reference), reference=claim.reference)


@portal.get("/claims/<reference>/correct")
@roles(Role.SME, Role.PROVIDER)
def correct_form(reference: str, rows: int = 1) -> ResponseReturnValue:
    """The form of a returned claim, with what it said and what is wrong with it; of one that rests on a log, that of another log."""
    with looking() as session:
        claim = see(session, who(), read_reference(reference, "C"))
        assert isinstance(claim, Claim)
        logged = rests_on_log(session, claim.id)
        if logged and "refusal" not in g:
            return redirect(url_for("instrument_logs.log_form", reference=claim.reference))
        held = get(session, Order, claim.order_id)
        terms = terms_version(session, held.terms_id).terms
        before = lines_of(session, claim.id)
        voucher, stage = get(session, Voucher, held.voucher_id), stage_named(terms, claim.milestone)
        return show("claim_form.html", order=held, voucher=voucher, terms=terms, claim=claim,
                    in_cash=bool(due_in_cash(terms, held)), left=left_to_claim(session, held, stage, claim.id),
                    names=cases.organisations(session, held.provider_id), before=before,
                    rows=max(rows, _rows_typed(), len(before)) if before else 0,
                    wrong_items=wrong_items(session, claim), kept=evidence_kept(session) or evidence_before(session, claim), logged=logged,
                    kinds=evidence_kinds(session, terms, voucher, held, stage, anew=bool(before)))


def wrong_items(session: Session, claim: Claim) -> list[str]:
    """What is to be corrected, as the last return of a claim says."""
    returned = [event for event in events_of(session, claim.reference) if event.name == "claim.returned"]
    return returned[-1].data["items"] if returned else []


def evidence_before(session: Session, claim: Claim) -> dict[str, list[StoredFile]]:
    """The files that lie with a claim, by kind."""
    files: dict[str, list[StoredFile]] = {}
    for each in evidence_of(session, claim.id):
        files.setdefault(each.kind, []).append(get(session, StoredFile, each.file_id))
    return files


@portal.post("/claims/<reference>/correct")
@roles(Role.SME, Role.PROVIDER)
@or_show(correct_form)
def resubmit_claim(reference: str) -> ResponseReturnValue:
    """Keep the files that came along, then send the corrected claim, or answer the form with one more row."""
    with looking() as session:
        claim = see(session, who(), read_reference(reference, "C"))
        assert isinstance(claim, Claim)
        owner = get(session, Organisation, claim.claimant_id)
    lines, own = _typed(owner.reference, claim.currency)
    if "more" in request.form:
        return correct_form(reference, _rows_typed() + 1)
    with acting() as work:
        correction.resubmit_claim(work, claim.reference, lines, own, list(evidence_typed(request.form, g.fresh_files)))
    return done(_("The corrected claim {reference} is submitted; it keeps its place."),
                url_for("cases.claim", reference=claim.reference), reference=claim.reference)


def claimant_of(session: Session, order: Order) -> Organisation:
    """Whoever the terms pay."""
    terms = terms_version(session, order.terms_id).terms
    sme = get(session, Voucher, order.voucher_id).sme_id
    return get(session, Organisation, sme if terms.payee == "sme" else order.provider_id)


def _typed(owner: str, currency: str) -> tuple[list[InvoiceLine], OwnPayment]:
    """The lines and the payment that were typed; the files that came along are kept first, whatever else is wrong."""
    g.fresh_files = {}
    keep_files(owner, g.fresh_files)
    form = Typed(request.form)
    lines = [line for number in range(_rows_typed()) for line in _read_line(form, number, currency)]
    own = own_payment_typed(form, currency)
    if "more" not in request.form:
        form.done()
    return lines, own


def own_payment_typed(form: Typed, currency: str) -> OwnPayment:
    """The SME's own payment; without reference and day where nothing was due in cash."""
    amount = form.money("own_payment.amount", currency)
    return OwnPayment(form.text("own_payment.reference", required=bool(amount), longest=64),
                      form.day("own_payment.paid_on", required=bool(amount)), amount)


def keep_files(owner: str, kept: MutableMapping[str, list[str]]) -> None:
    """Keep each file that was chosen; `kept` gets the references by kind, even of those before one that is refused."""
    for name, file in request.files.items(multi=True):
        if name.startswith("evidence.") and file.filename:
            with acting() as work:
                held = claiming.upload_file(work, door().files, owner, file.filename, file.read())
                kept.setdefault(name.removeprefix("evidence."), []).append(held.reference)


def evidence_typed(form: Mapping[str, str], fresh: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a kind and a file: those kept before, then those that came just now."""
    for name in form:
        if name.startswith("kept."):
            yield from ((name.removeprefix("kept."), reference) for reference in request.form.getlist(name))
    for kind, references in fresh.items():
        yield from ((kind, reference) for reference in references)


def _read_line(form: Typed, number: int, currency: str) -> Iterator[InvoiceLine]:
    """The invoice line of a row; rows in which nothing was typed do not count, unless it is the first."""
    where = f"lines.{number}"
    if number and not any(request.form.get(f"{where}.{field}", "").strip() for field in FIELDS):
        return
    yield InvoiceLine(
        invoice_number=form.text(f"{where}.invoice_number", longest=40), issued_on=form.day(f"{where}.issued_on"),
        description=form.text(f"{where}.description", longest=300), net=form.money(f"{where}.net", currency),
        vat=form.money(f"{where}.vat", currency))
