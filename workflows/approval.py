"""Approval: a second officer decides on what was verified. Here the office comes to owe, or the claim is refused.

The entry books liability and expense, and a payout becomes payable; what the order holds no more is free again, or lapses.
"""

from uuid import UUID

from sqlmodel import col, select

from voucher import accounting, ledger
from voucher.absences import act_as_one
from voucher.appeals import appeal_behind, cut_of
from voucher.approvals import approvers_needed, counted_with, digest_of, sign, signatures_of, together
from voucher.checks.table import Stage
from voucher.claims import Claim, ClaimState, evidence_of, lines_of, live_claims_on, lock_claim
from voucher.deadlines import start_clock
from voucher.duties import Duty
from voucher.errors import NotAllowed, NotNow, _
from voucher.files import StoredFile
from voucher.holds import HoldKind
from voucher.money import Money, split_within
from voucher.notices import NoticeState, notices_of
from voucher.orders import Order
from voucher.people import Role, account_of
from voucher.posting import post
from voucher.programmes.calculation import Sheet
from voucher.programmes.funding import keep_shares
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Disallowed, Reopening
from voucher.remainder import no_longer_borne
from voucher.stages import codes_before, stage_named
from voucher.vouchers import Voucher, refuse_frozen
from voucher.work import Work
from workflows.checking import check_claims, refuse_undecided
from workflows.claims import CLAIM, await_appeal, free_invoices, parties_of, take_step
from workflows.payouts import PAYMENT, day_of_payment, hold_payment, make_payout
from workflows.reckoning import accepted_sheet, room
from workflows.sampling import refuse_unlisted


def approve_claim(work: Work, claim: str) -> Claim:
    """A second officer approves what was verified: liability and expense are booked, and a payout is payable.

    When the verifier accepted nothing, the claim is refused instead, and the order's part is free again.
    """
    voucher, order, held = lock_claim(work.session, claim)
    parties = parties_of(voucher, order, held)
    CLAIM.allow(work, "approve_claim", parties)
    refuse_frozen(voucher)
    if held.state != ClaimState.VERIFIED:  # the books would say so too, but this says it in words
        CLAIM.advance(work, held, "approve_claim", parties)
    _refuse_out_of_turn(work, order, held)
    sheet = accepted_sheet(work, voucher, order, held)
    if sheet is None or sheet.result.minor <= 0:
        return _refuse(work, voucher, order, held)
    refuse_unlisted(work, voucher, held)
    refuse_undecided(work, held)
    _sign_approval(work, order, held, sheet.result)
    cut, unasked = held.requested - sheet.result, _unasked(work, order, held)
    held.approved_minor, held.approved_on = sheet.result.minor, work.today
    held.sheet = held.sheet | {"approved": sheet.as_json()}
    order.held_minor -= (cut + unasked).minor
    work.session.add_all([held, order])
    appealable = cut_of(work.session, held, sheet.result)
    take_step(work, voucher, order, held, "approve_claim", data={
        "approved": str(sheet.result), "requested": str(sheet.result + appealable)})
    _make_payout(work, voucher, order, held)
    case, spared = _divide(work, voucher, order, held, sheet)
    released = _release(work, case, order, spared, cut, unasked)
    undone = sum(entry.event == "approval.undone" for entry in ledger.about(work.session, "claim", held.reference))
    post(work, accounting.claim_approved(case, order, held, work.today, _digests(work, held), released, undone=undone))
    if _stands_on_notice_first(work, voucher, order, held):
        hold_payment(work, voucher.reference, held, HoldKind.NOTICE)
    else:
        _wait_for_the_list(work, voucher, held)
    if appealable:
        await_appeal(work, voucher, order, held)
    check_claims(work, [held.id], Stage.RELEASE)
    return held


def _stands_on_notice_first(work: Work, voucher: Voucher, order: Order, claim: Claim) -> bool:
    """Whether what was just approved is not payable before it stood on a public notice (once more)."""
    terms = terms_version(work.session, order.terms_id).terms
    notice = terms.notice
    if notice is None or not terms.stands_on_notice(voucher.firm_class, order.service_type, claim.approved or claim.requested):
        return False
    appeal = appeal_behind(work.session, claim.id)
    if not notice.reopened_by or not notices_of(work.session, appeal.claim_id if appeal else claim.id):
        return notice.before_payment
    # A claim that is approved anew comes to no more than before, for what was cut is free; more is what an appeal gave.
    return appeal is not None or Reopening.APPROVED_AGAIN in notice.reopened_by


def _wait_for_the_list(work: Work, voucher: Voucher, claim: Claim) -> None:
    """What is approved anew while a list on which it stands is still public is not payable before that ends."""
    for notice in notices_of(work.session, claim.id):
        if notice.state == NoticeState.OPEN:
            hold_payment(work, voucher.reference, claim, HoldKind.NOTICE, notice.reference, until=notice.ends_on)


def sign_claim(work: Work, claim: str) -> Claim:
    """An approver signs a claim of an amount for which the terms want several; the last of them then approves it."""
    voucher, order, held = lock_claim(work.session, claim)
    CLAIM.allow(work, "sign_claim", parties_of(voucher, order, held))
    take_step(work, voucher, order, held, "sign_claim")
    _refuse_out_of_turn(work, order, held)
    sheet = accepted_sheet(work, voucher, order, held)
    needed = _needed(work, order, held, sheet.result)[0] if sheet else 1
    if sheet is None or needed == 1:
        raise NotNow(_("This claim needs one approver only. Approve it."))
    refuse_undecided(work, held)
    digest = digest_of(held, lines_of(work.session, held.id), sheet.result)
    if len(_other_signers(work, held, digest)) >= needed - 1:
        raise NotNow(_("This claim is signed already; another person approves it."))
    sign(work, held, digest)
    return held


def next_signature(work: Work, voucher: Voucher, order: Order, claim: Claim) -> str:
    """The step that the next approver takes on what was verified: to sign it for another, or to approve it as the last one.

    Raises NotAllowed when whoever is at work has signed already, or is one with somebody who has.
    """
    sheet = accepted_sheet(work, voucher, order, claim)
    needed = _needed(work, order, claim, sheet.result)[0] if sheet else 1
    if sheet is None or needed == 1:
        return "approve_claim"
    signed = _other_signers(work, claim, digest_of(claim, lines_of(work.session, claim.id), sheet.result))
    return "sign_claim" if len(signed) < needed - 1 else "approve_claim"


def _other_signers(work: Work, claim: Claim, digest: str) -> list[UUID]:
    """Who signed what is decided now. Raises NotAllowed when whoever is at work is one of them, or one with one of them."""
    signed = [(each.person_id, each.at) for each in signatures_of(work.session, claim.id, digest)]
    if work.actor.person_id in [person for person, _at in signed]:
        raise NotAllowed(_("You signed this claim already; another person has to approve it."))
    if signed and work.actor.person_id is not None and act_as_one(work.session, work.actor.person_id, Duty.APPROVE, work.now, signed):
        raise NotAllowed(_("Who stands in for another signs as one person with him, so a third person has to sign."))
    return [person for person, _at in signed]


def _refuse_out_of_turn(work: Work, order: Order, claim: Claim) -> None:
    """Instalments are approved in their order: what a later one comes to follows from what the earlier ones took."""
    terms = terms_version(work.session, order.terms_id).terms
    before = codes_before(terms, stage_named(terms, claim.milestone))
    for each in live_claims_on(work.session, order.id, claim.id):
        if each.milestone in before and each.state != ClaimState.APPROVED:
            raise NotNow(_("{claim} is for an earlier instalment of this order and is not approved yet. Decide on that one first."),
                         claim=each.reference)


def _sign_approval(work: Work, order: Order, claim: Claim, amount: Money) -> None:
    """Where the terms want several approvers, the last signature under what the others signed."""
    needed, others = _needed(work, order, claim, amount)
    if needed == 1:
        return
    digest = digest_of(claim, lines_of(work.session, claim.id), amount)
    signed = len(_other_signers(work, claim, digest))
    if signed < needed - 1 and others:
        raise NotNow(_("This claim counts together with {claims}, of the same firm, provider and service: {amount} {currency} in all. So "
                       "much is signed by {needed} approvers, of whom the last one approves it; {signed} signed so far."),
                     claims=", ".join(each.reference for each in others), amount=str(together(amount, others)), currency=claim.currency,
                     needed=needed, signed=signed)
    if signed < needed - 1:
        raise NotNow(_("A claim of {amount} {currency} is signed by {needed} approvers, of whom the last one approves it; {signed} signed "
                       "so far."), amount=str(amount), currency=claim.currency, needed=needed, signed=signed)
    claim.approvers_needed, claim.approval_digest = needed, digest
    work.session.add(claim)
    sign(work, claim, digest)


def _needed(work: Work, order: Order, claim: Claim, amount: Money) -> tuple[int, list[Claim]]:
    """How many approvers sign a claim of this amount, and the claims that count with it."""
    terms = terms_version(work.session, order.terms_id).terms
    others = counted_with(work.session, claim) if terms.levels_of_approval else []
    return approvers_needed(terms, together(amount, others)), others


def _refuse(work: Work, voucher: Voucher, order: Order, claim: Claim) -> Claim:
    unasked = _unasked(work, order, claim)
    claim.approved_minor = 0
    order.held_minor -= (claim.requested + unasked).minor
    work.session.add_all([claim, order])
    take_step(work, voucher, order, claim, "refuse_claim", data={
        "requested": str(cut_of(work.session, claim, Money.zero(claim.currency)))})
    free_invoices(work, claim)
    case, spared = spare_of(work, voucher, order)
    released = _release(work, case, order, spared, claim.requested, unasked)
    post(work, accounting.claim_refused(case, order, claim, work.today, released))
    await_appeal(work, voucher, order, claim)
    return claim


def _unasked(work: Work, order: Order, claim: Claim) -> Money:
    """What nobody claims of an order once its final claim is decided."""
    if not claim.final:
        return Money.zero(order.currency)
    return room(work.session, order, claim.id) - claim.requested


def _release(work: Work, case: accounting.Case, order: Order, spared: accounting.Spread, cut: Money, unasked: Money
             ) -> accounting.Released:
    """What an order holds no more, as the fund lines bore it: what nobody asked for is the voucher's again, and what was
    cut too, unless the terms say that it lapses. `spared` is what they bear of the order and of no approved claim.
    """
    lapses = terms_version(work.session, order.terms_id).terms.disallowed == Disallowed.LAPSES
    back = unasked if lapses else unasked + cut
    freed = tuple(split_within(back, [each.minor for each in spared], spared))
    spared = accounting.less(spared, freed)
    lapsed = tuple(split_within(cut + unasked - back, [each.minor for each in spared], spared))
    left = accounting.less(case.spread(order.id), tuple(each + some for each, some in zip(freed, lapsed, strict=True)))
    keep_shares(work.session, order.id, case.funds, left)
    no_longer_borne(work.session, case, lapsed)
    return accounting.Released(cut, unasked, freed, lapsed)


def spare_of(
    work: Work, voucher: Voucher, order: Order, but: UUID | None = None
) -> tuple[accounting.Case, accounting.Spread]:
    """The case of an order, and what the fund lines bear of it and of no approved claim on it; `but` leaves a claim out."""
    approved = [each.id for each in live_claims_on(work.session, order.id, but) if each.state == ClaimState.APPROVED]
    case = accounting.case_of(work.session, voucher, order.id, *approved)
    spared = case.spread(order.id)
    for each in approved:
        spared = accounting.less(spared, case.spread(each))
    return case, spared


def _divide(work: Work, voucher: Voucher, order: Order, claim: Claim, sheet: Sheet) -> tuple[accounting.Case, accounting.Spread]:
    """Write down what each fund line bears of the claim: as the sheet divides it, within what it bears of the order.

    Answers as `spare_of`, with the claim.
    """
    case, spared = spare_of(work, voucher, order, claim.id)  # it may bear its share already, of an approval that was undone
    weights = [sheet.funders[line.funder].minor if line.funder in sheet.funders else 0 for line in case.funds]
    keep_shares(work.session, claim.id, case.funds, split_within(sheet.result, weights, spared))
    return spare_of(work, voucher, order)


def _make_payout(work: Work, voucher: Voucher, order: Order, claim: Claim) -> None:
    account = account_of(work.session, claim.claimant_id, claim.currency)
    assert account is not None, f"{claim.reference} was submitted without an account"
    assert claim.approved
    make_payout(work, voucher.reference, claim.claimant_id, claim.approved, account, claim_id=claim.id,
                not_before=day_of_payment(work, claim))
    payout = terms_version(work.session, order.terms_id).terms.payout
    if payout.within is not None:
        start_clock(work, claim.reference, PAYMENT, case=voucher.reference, waits_for=Role.FINANCE, length=payout.within,
                    clause=payout.clause)


def _digests(work: Work, claim: Claim) -> tuple[str, ...]:
    kept = evidence_of(work.session, claim.id)
    return tuple(sorted(work.session.exec(
        select(StoredFile.sha256).where(col(StoredFile.id).in_([each.file_id for each in kept])).distinct())))
