"""Claims: asked, verified line by line, approved."""

from collections.abc import Sequence
from typing import Any

from voucher.claims import (
    Claim,
    ClaimLine,
    ClaimState,
    CutReason,
    InvoiceLine,
    LineDecision,
    OwnPayment,
    evidence_of,
    lines_of,
)
from voucher.database import get
from voucher.files import StoredFile
from voucher.instruments import uses_of_lines
from voucher.orders import Order
from voucher.payouts import payouts_of
from voucher.people import Organisation
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import claiming, correction, instrument_claims, sight, verification
from workflows.access import door, signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import (
    EventAnswer,
    PartyAnswer,
    SheetAnswer,
    StepsAnswer,
    about,
    facts,
    party,
    steps,
    timeline,
)
from workflows.api.fields import (
    Answer,
    Body,
    Choice,
    Day,
    Instant,
    MoneyField,
    Number,
    Part,
    Reference,
    Said,
    Several,
    Text,
    Those,
    Whole,
    YesNo,
    currency,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.claim_check import MOST_LINES
from workflows.claims import CLAIM, parties_of

claims = Noun("api-claims", __name__, description="Requests to be paid for an order, line by line, with evidence.")


class InvoiceLineBody(Body):
    """A line of an invoice."""

    invoice_number = Text(40, required=True, metadata={"example": "26372000000012345678"})
    issued_on = Day(required=True)
    description = Text(300, required=True, metadata={"example": "Salt spray test, 12 samples"})
    net = MoneyField(required=True)
    vat = MoneyField(required=True, metadata={"example": "1800.00"})


class OwnPaymentBody(Body):
    """The proof that the SME paid its own share."""

    reference = Text(64, required=True, metadata={
        "description": "The bank's own; empty where nothing was due in cash, and the amount is 0.", "example": "2026030412345"})
    paid_on = Day(required=True)
    amount = MoneyField(required=True, metadata={"example": "31800.00"})


class EvidenceBody(Body):
    """A file that was uploaded before, and what it shows."""

    kind = Text(32, required=True, metadata={"example": "invoice"})
    file = Reference("F", required=True, metadata={"example": "F-2026-00001-1"})


class ClaimBody(Body):
    """A request to be paid for an order."""

    order = Reference("O", required=True)
    currency = currency()
    lines = Several(Part(InvoiceLineBody), MOST_LINES, required=True, metadata={
        "description": "None for a later instalment of what was invoiced with the first."})
    own_payment = Part(OwnPaymentBody, required=True)
    evidence = Several(Part(EvidenceBody), 100, required=True)
    final = YesNo(metadata={"description": "No: the rest of the order stays reserved for further claims."})


class LogBody(Body):
    """A log of instrument uses that was uploaded before, and what a claim of it needs besides."""

    order = Reference("O", required=True)
    currency = currency()
    log = Reference("F", required=True, metadata={"example": "F-2026-00001-1"})
    own_payment = Part(OwnPaymentBody, required=True)
    evidence = Several(Part(EvidenceBody), 100, required=True)
    final = YesNo(metadata={"description": "No: the rest of the order stays reserved for further claims."})


class LogCorrectionBody(Body):
    """The log that a returned claim rests on now, and what it needs besides."""

    currency = currency()
    log = Reference("F", required=True, metadata={"example": "F-2026-00001-1"})
    own_payment = Part(OwnPaymentBody, required=True)
    evidence = Several(Part(EvidenceBody), 100, required=True)


class LogQuery(Body):
    """Which log: a file of one's own."""

    log = Reference("F", required=True, metadata={"example": "F-2026-00001-1"})


class CorrectionBody(Body):
    """What a returned claim says now: all of it."""

    currency = currency()
    lines = Several(Part(InvoiceLineBody), MOST_LINES, required=True)
    own_payment = Part(OwnPaymentBody, required=True)
    evidence = Several(Part(EvidenceBody), 100, required=True)


class DecisionBody(Body):
    """How much of a line is accepted, and, when less than all, why."""

    number = Whole(1, MOST_LINES, required=True, metadata={"example": 1})
    accepted = MoneyField(required=True)
    reason = Choice(CutReason)


class Verification(Body):
    """A decision on every line."""

    currency = currency()
    decisions = Several(Part(DecisionBody), MOST_LINES, required=True)


class ClaimQuery(Paged):
    """Which claims."""

    after = after("C")
    state = Choice(ClaimState)
    order = Reference("O")


class ClaimLineAnswer(Answer):
    """A line of a claim: `basis` is what counts of it by the terms, `accepted` what was accepted."""

    number = Number()
    invoice_number = Said()
    issued_on = Day()
    description = Said()
    net = MoneyField()
    vat = MoneyField()
    basis = MoneyField()
    accepted = MoneyField(allow_none=True)
    reason = Said()


class UsesAnswer(Answer):
    """The uses of an instrument that stand behind a line."""

    line = Number()
    instrument = Said()
    uses = Number()
    first = Day()
    last = Day()
    net = MoneyField()
    vat = MoneyField()


class LogLineAnswer(Answer):
    """A line that a log makes: an invoice."""

    invoice_number = Said()
    issued_on = Day()
    description = Said()
    net = MoneyField()
    vat = MoneyField()
    uses = Number()


class LogAnswer(Answer):
    """What a log would claim, and what the voucher would pay of it by the terms."""

    uses = Number()
    net = MoneyField()
    vat = MoneyField()
    requested = MoneyField()
    lines = Those(Part(LogLineAnswer))


class EvidenceAnswer(Answer):
    """A file that the claim rests on, and what it shows."""

    kind = Said()
    file = Said()
    name = Said()
    sha256 = Said()


class ClaimPaymentAnswer(Answer):
    """The proof of the SME's own payment."""

    reference = Said()
    paid_on = Day()
    amount = MoneyField()


class ClaimSheetsAnswer(Answer):
    """The calculation sheets behind what was asked for and what was approved."""

    requested = Part(SheetAnswer)
    approved = Part(SheetAnswer)


class ClaimAnswer(StepsAnswer):
    """A claim. Its lines, evidence, sheets, payouts and events come when one claim is asked for."""

    reference = Said(metadata={"example": "C-2026-00001-8"})
    order = Said(metadata={"example": "O-2026-00001-1"})
    claimant = Part(PartyAnswer)
    requested = MoneyField()
    approved = MoneyField(allow_none=True)
    currency = Said(metadata={"example": "CNY"})
    submitted_at = Instant()
    approved_on = Day(allow_none=True)
    version = Number()
    final = YesNo()
    milestone = Said(metadata={"description": "The instalment that it is for, by its code in the terms."})
    own_payment = Part(ClaimPaymentAnswer)
    lines = Those(Part(ClaimLineAnswer))
    uses = Those(Part(UsesAnswer))
    evidence = Those(Part(EvidenceAnswer))
    sheet = Part(ClaimSheetsAnswer)
    payouts = Those(Said())
    events = Those(Part(EventAnswer))


def told(work: Work, rows: Sequence[Claim]) -> list[dict[str, Any]]:
    """Claims, as whoever is at work is told of them."""
    orders = known(work.session, Order, (row.order_id for row in rows))
    vouchers = known(work.session, Voucher, (each.voucher_id for each in orders.values()))
    claimants = known(work.session, Organisation, (row.claimant_id for row in rows))
    return [_told(work, row, orders[row.order_id], vouchers[orders[row.order_id].voucher_id], claimants[row.claimant_id])
            for row in rows]


def _told(work: Work, row: Claim, order: Order, voucher: Voucher, claimant: Organisation) -> dict[str, Any]:
    return facts(row, "reference", "state", "requested", "approved", "currency", "submitted_at", "approved_on", "version", "final",
                 "milestone") | {
        "order": order.reference, "claimant": party(claimant),
        "own_payment": {"reference": row.own_payment_reference, "paid_on": row.own_payment_on,
                        "amount": order.money(row.own_payment_minor)},
        "steps": steps(work, CLAIM, row.state, parties_of(voucher, order, row))}


def told_one(work: Work, row: Claim) -> dict[str, Any]:
    """A claim with everything that it rests on, and what happened."""
    evidence = evidence_of(work.session, row.id)
    papers = known(work.session, StoredFile, (each.file_id for each in evidence))
    payouts = [each.reference for each in payouts_of(work.session, row.id)]
    events = timeline(work, get(work.session, Voucher, get(work.session, Order, row.order_id).voucher_id))
    return told(work, [row])[0] | {
        "lines": [_line(line) for line in lines_of(work.session, row.id)],
        "uses": [dict(vars(each)) for each in uses_of_lines(work.session, row.id)],
        "evidence": [{"kind": each.kind, "file": papers[each.file_id].reference, "name": papers[each.file_id].name,
                      "sha256": papers[each.file_id].sha256} for each in evidence],
        "sheet": row.sheet, "payouts": payouts, "events": about(events, row.reference, *payouts)}


def _line(line: ClaimLine) -> dict[str, Any]:
    amounts = {name: getattr(line, f"{name}_minor") for name in ("net", "vat", "basis", "accepted")}
    return facts(line, "number", "invoice_number", "issued_on", "description", "reason") | {
        name: None if minor is None else line.money(minor) for name, minor in amounts.items()}


@claims.reads("/claims", page_of(ClaimAnswer), ClaimQuery)
@signed_in
def list_claims(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List claims: the office all of them, a firm those on its orders."""
    shown = narrowed(sight.claims(work.actor), Claim, query, "state", order=Order)
    rows, following = page(work.session, shown, Claim, query)
    return {"items": told(work, rows), "next": following}


@claims.writes("/claims", ClaimAnswer, ClaimBody, status=201)
@takers(CLAIM, "submit_claim")
def submit_claim(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Ask to be paid for a completed order."""
    return told_one(work, claiming.submit_claim(
        work, body["order"], [InvoiceLine(**line) for line in body["lines"]], OwnPayment(**body["own_payment"]),
        [(each["kind"], each["file"]) for each in body["evidence"]], final=body.get("final", True)))


@claims.reads("/orders/<order>/claim-log", LogAnswer, LogQuery)
@takers(CLAIM, "submit_claim")
def preview_log(work: Work, query: dict[str, Any], order: str) -> dict[str, Any]:
    """Look at what a log of instrument uses would claim. Nothing is written."""
    seen = instrument_claims.preview_log(work, door().files, order, query["log"])
    return {"uses": len(seen.log.uses), "net": seen.net, "vat": seen.vat, "requested": seen.sheet.result,
            "lines": [vars(line) | {"uses": uses} for line, uses in zip(seen.lines, seen.uses, strict=True)]}


@claims.writes("/claims/from-log", ClaimAnswer, LogBody)
@takers(CLAIM, "submit_claim")
def submit_log(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Claim the uses of a log: one claim, a line an invoice. The same log again answers the same claim."""
    return told_one(work, instrument_claims.submit_log(
        work, door().files, body["order"], body["log"], OwnPayment(**body["own_payment"]),
        [(each["kind"], each["file"]) for each in body["evidence"]], final=body.get("final", True)))


@claims.writes("/claims/<claim>/resubmit-log", ClaimAnswer, LogCorrectionBody)
@takers(CLAIM, "resubmit_claim")
def resubmit_log(work: Work, body: dict[str, Any], claim: str) -> dict[str, Any]:
    """Send a returned claim again with another log: a new version under the same number."""
    return told_one(work, instrument_claims.resubmit_log(
        work, door().files, claim, body["log"], OwnPayment(**body["own_payment"]),
        [(each["kind"], each["file"]) for each in body["evidence"]]))


@claims.writes("/claims/<claim>/resubmit", ClaimAnswer, CorrectionBody)
@takers(CLAIM, "resubmit_claim")
def resubmit_claim(work: Work, body: dict[str, Any], claim: str) -> dict[str, Any]:
    """Send a corrected claim: a new version under the same number, which keeps its place. One made from a log comes by resubmit-log."""
    return told_one(work, correction.resubmit_claim(
        work, claim, [InvoiceLine(**line) for line in body["lines"]], OwnPayment(**body["own_payment"]),
        [(each["kind"], each["file"]) for each in body["evidence"]]))


@claims.reads("/claims/<claim>", ClaimAnswer)
@signed_in
def show_claim(work: Work, _query: dict[str, Any], claim: str) -> dict[str, Any]:
    """Show a claim with its lines and evidence."""
    row = sight.see(work.session, work.actor, claim)
    assert isinstance(row, Claim)
    return told_one(work, row)


@claims.writes("/claims/<claim>/verify", ClaimAnswer, Verification)
@takers(CLAIM, "verify_claim")
def verify_claim(work: Work, body: dict[str, Any], claim: str) -> dict[str, Any]:
    """Accept, reduce or refuse each line; a cut needs a reason."""
    return told_one(work, verification.verify_claim(work, claim, [_decision(each) for each in body["decisions"]]))


def _decision(body: dict[str, Any]) -> LineDecision:
    return LineDecision(body["number"], body["accepted"], CutReason(body["reason"]) if "reason" in body else None)


hang_acts(claims, "C", ClaimAnswer, told_one)
