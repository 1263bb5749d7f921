"""Claiming: whoever the terms pay asks to be paid for a completed order, and may take that back until the payment is in a batch."""

from collections.abc import Sequence
from datetime import date
from itertools import takewhile
from uuid import UUID

from sqlmodel import col, select

from voucher import accounting
from voucher.appeals import AppealState, appeals_of
from voucher.checks.invoices import shape
from voucher.checks.table import Stage
from voucher.claims import (
    Claim,
    ClaimEvidence,
    ClaimLine,
    ClaimState,
    InvoiceLine,
    OwnPayment,
    free_keys,
    live_claims_on,
    lock_claim,
)
from voucher.database import fetch, flush_unique, get
from voucher.deadlines import drop_clocks
from voucher.errors import NotFound, NotNow, _
from voucher.files import FileKind, FileStore, StoredFile, refuse_what_lies, store_file
from voucher.history import events_of
from voucher.holds import HoldKind, drop_holds, holds_on
from voucher.kinder import last_days
from voucher.ledger import Draft
from voucher.listings import is_listed
from voucher.money import total
from voucher.numbering import next_reference
from voucher.orders import Order, count_on, lock_order
from voucher.payouts import PayoutState
from voucher.people import Organisation, Role
from voucher.posting import post, post_many
from voucher.programmes.calculation import Sheet
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Happening, Instalment, Terms
from voucher.references import year_of
from voucher.stages import claimable_states, is_last, next_stage, opens_on
from voucher.use_in_time import refuse_late
from voucher.vouchers import Voucher, refuse_frozen, refuse_given_back
from voucher.work import Work
from workflows.checking import check_claims
from workflows.claim_check import check_claim, invoice_key
from workflows.claims import CLAIM, await_verification, free_invoices, parties_of, refuse_given, take_side, take_step
from workflows.payouts import move_at_hand
from workflows.reckoning import price_left, room


def upload_file(work: Work, store: FileStore, organisation: str, name: str, content: bytes) -> StoredFile:
    """Keep a piece of evidence for an organisation of one's own. Its bytes are never run and never changed."""
    owner = fetch(work.session, Organisation, organisation)
    if not any(work.actor.holds(role, owner.id) for role in Role):
        raise NotFound
    refuse_what_lies(name, content)
    return store_file(work, store, FileKind.EVIDENCE, name, content, owner_id=owner.id)


def submit_claim(
    work: Work, order: str, lines: Sequence[InvoiceLine], own_payment: OwnPayment, evidence: Sequence[tuple[str, str]], *,
    final: bool = True,
) -> Claim:
    """Ask to be paid for a completed order. `evidence` are pairs of a kind and the reference of a file of one's own.

    Whoever the terms pay claims. A claim that is not `final` leaves the rest of the order reserved for further ones. Where the terms
    pay in instalments, it is for the next of these, and final when that is the last; one that was invoiced whole before has no
    further lines. Raises NotValid with every problem by field, NotNow when the order or the date is not right.
    """
    voucher, held = lock_order(work.session, order)
    terms = terms_version(work.session, held.terms_id).terms
    claimant = voucher.sme_id if terms.payee == "sme" else held.provider_id
    role = Role.SME if terms.payee == "sme" else Role.PROVIDER
    CLAIM.allow(work, "submit_claim", {role: claimant})
    take_side(work, voucher, role)
    live = live_claims_on(work.session, held.id)
    stage = next_stage(terms, held, live)
    check_time(work, voucher, held, terms, live, stage)
    _count_on(work, held, terms, lines, own_payment)
    sheet = check_claim(work, voucher, held, terms, claimant, lines, own_payment, evidence, stage=stage)
    final = is_last(terms, stage) if stage else final or (
        total((line.net + line.vat for line in lines), held.currency) == price_left(work.session, held))
    claim = _write_claim(work, voucher, held, claimant, own_payment, sheet, final=final, milestone=stage.code if stage else "")
    digests = write_parts(work, held, claim, terms, lines, evidence)
    case = accounting.case_of(work.session, voucher)
    post(work, accounting.claim_submitted(case, held, claim, work.today, digests))
    check_claims(work, [claim.id], Stage.SUBMISSION)
    await_verification(work, voucher, claim, terms)
    return claim


def _count_on(work: Work, order: Order, terms: Terms, lines: Sequence[InvoiceLine], own: OwnPayment) -> None:
    """Limits count the order by the day of its claim, payment or last invoice, where the terms say so."""
    count_on(order, terms, Happening.CLAIM, work.today)
    count_on(order, terms, Happening.PAYMENT, own.on(work.today))
    count_on(order, terms, Happening.INVOICE, max((line.issued_on for line in lines), default=work.today))
    work.session.add(order)


def check_time(
    work: Work, voucher: Voucher, order: Order, terms: Terms, live: Sequence[Claim], stage: Instalment | None
) -> None:
    """Whether an order can be claimed now (a stage of it, where it is paid in several). Raises NotNow with the reason."""
    refuse_frozen(voucher)
    refuse_given_back(voucher)
    if order.state not in claimable_states(terms, stage):
        raise NotNow(_("This order is {state}; it can be claimed once the SME has accepted the delivery."), state=order.state)
    _use_by, claim_by = last_days(work.session, voucher, work.today)
    if work.today > claim_by:
        raise NotNow(_("Claims on this voucher were to be made by {day}."), day=claim_by.isoformat())
    if not live:  # an order of which something was claimed in time is claimed in time, as for the clock that ends orders
        refuse_late(work.session, voucher, Happening.CLAIM, work.today)
    opens = opens_on(terms, stage, live)
    if opens is not None and work.today < opens:
        raise NotNow(_("The next instalment can be claimed from {day} on."), day=opens.isoformat())
    if any(claim.final for claim in live):
        raise NotNow(_("This order is already claimed."))
    if not order.held_minor:
        raise NotNow(_("The claim on this order was refused, and its part is free for other orders. Place another order."))
    if room(work.session, order).minor <= 0:
        raise NotNow(_("The claims on this order take all that it holds; nothing is left to claim."))
    for day in _days_of_service(work, order):
        if not is_listed(work.session, order.provider_id, day):
            raise NotNow(_("The provider was not listed on {day}, the day of its delivery, so the voucher does not pay for it."), day=day)


def _days_of_service(work: Work, order: Order) -> set[date]:
    """The days on which what is claimed was delivered: what was only mended, and delivered again, was done before as well. What a
    verifier rejected was not.
    """
    last = order.delivered_on or order.accepted_on or order.started_on
    since = takewhile(lambda event: event.name != "order.delivery_rejected", reversed(events_of(work.session, order.reference)))
    delivered = {event.at.astimezone(work.zone).date() for event in since if event.name == "order.delivered"}
    return delivered if last is None else delivered | {last}


def _write_claim(
    work: Work, voucher: Voucher, order: Order, claimant: UUID, own: OwnPayment, sheet: Sheet, *, final: bool, milestone: str
) -> Claim:
    claim = Claim(
        reference=next_reference(work.session, "C", year_of(work.today)), order_id=order.id, claimant_id=claimant,
        state="", requested_minor=sheet.result.minor, currency=order.currency, own_payment_reference=own.reference.strip(),
        own_payment_on=own.on(work.today), own_payment_minor=own.amount.minor, sheet={"requested": sheet.as_json()},
        submitted_at=work.now, final=final, milestone=milestone)
    CLAIM.begin(work, claim, "submit_claim", parties_of(voucher, order, claim), case=voucher.reference,
                voucher_id=voucher.id, requested=str(sheet.result))
    return claim


def write_parts(
    work: Work, order: Order, claim: Claim, terms: Terms, lines: Sequence[InvoiceLine], evidence: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Write the lines of a claim and the papers that it rests on; answers the checksums of these."""
    seller = get(work.session, Organisation, order.provider_id)
    keys = [invoice_key(seller, line.invoice_number) for line in lines]
    free_keys(work.session, order.id, keys)  # which the order may have kept
    for number, (line, key) in enumerate(zip(lines, keys, strict=True), start=1):
        basis = line.net if terms.basis == "net" else line.net + line.vat
        work.session.add(ClaimLine(
            claim_id=claim.id, number=number, invoice_number=line.invoice_number.strip(), invoice_key=key, issued_on=line.issued_on,
            invoice_shape=shape(f"{seller.country}:{seller.number}", line.invoice_number), description=line.description.strip(),
            net_minor=line.net.minor, vat_minor=line.vat.minor, basis_minor=basis.minor, currency=claim.currency))
    flush_unique(work.session, "invoice_key", _("An invoice of this claim was claimed elsewhere at the same time."), "lines")
    files = {file.reference: file for file in work.session.exec(
        select(StoredFile).where(col(StoredFile.reference).in_([file for _kind, file in evidence])))}
    originals = terms.originals(kind for kind, _file in evidence)
    for kind, file in dict.fromkeys(evidence):
        work.session.add(ClaimEvidence(claim_id=claim.id, file_id=files[file].id, kind=kind, original_wanted=kind in originals))
    work.session.flush()
    return tuple(sorted({files[file].sha256 for _kind, file in evidence}))


def withdraw_claim(work: Work, claim: str) -> Claim:
    """The claimant takes a claim back before its payment is in a batch; its invoices may be claimed again.

    What it took of the order is reserved again, so that the same claim can be made anew and nothing has changed.
    """
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "withdraw_claim", parties_of(voucher, order, held))
    take_side(work, voucher, *parties_of(voucher, order, held))
    refuse_given(work, held)
    if any(appeal.state != AppealState.DISMISSED for appeal in appeals_of(work.session, held.id)):
        raise NotNow(_("You appealed against the decision on this claim, so it stands."))
    end_claim(work, voucher, order, held, "withdraw_claim")
    return held


def end_claim(work: Work, voucher: Voucher, order: Order, claim: Claim, step: str) -> None:
    """Take a step after which the claim asks for nothing: what it took of the order is only reserved again."""
    post_many(work, claim_ended(work, voucher, order, claim, step))


def claim_ended(work: Work, voucher: Voucher, order: Order, claim: Claim, step: str) -> tuple[Draft, ...]:
    """As `end_claim`, but the entries are answered, to be posted with others in one go."""
    was_approved = claim.state == ClaimState.APPROVED
    take_step(work, voucher, order, claim, step)
    free_invoices(work, claim)
    drop_clocks(work, claim.reference)
    case = accounting.case_of(work.session, voucher, claim.id)
    if was_approved:
        disputed = any(hold.kind == HoldKind.OBJECTION for hold in holds_on(work.session, claim.id))
        drop_holds(work, claim)
        move_at_hand(work, voucher.reference, claim, PayoutState.CANCELLED)
        return accounting.approval_undone(case, order, claim, work.today, because=step, claimed=False, disputed=disputed)
    return (accounting.claim_withdrawn(case, order, claim, work.today),)
