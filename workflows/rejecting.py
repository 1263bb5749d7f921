"""What the bank never carried out: a payment order that it turned down comes back without having been booked.

No line of a statement tells of that: the bank answers the file, or a person there does. So somebody else than gathered or released the
payment writes down what it said and where, and the money is owed again, as what the bank sent back is.
"""

from sqlmodel import col, or_, select

from voucher import accounting, jobs, ledger
from voucher.database import fetch, get, lock
from voucher.duties import Duty, refuse_interested, refuse_one_hand, take_duty
from voucher.errors import NotNow, NotValid, _, problem
from voucher.history import events_of, given, how_often
from voucher.payouts import Batch, Payout, PayoutState, lock_source, signatures_of
from voucher.people import Organisation
from voucher.posting import post_many
from voucher.statements import BankStatement, LineState, TakenBack
from voucher.vouchers import VoucherState
from voucher.work import Work
from workflows.booked import lines_naming, told_booked
from workflows.paying import cases_of, refuse_own_accounts, refuse_own_awards
from workflows.payouts import PAYOUT, await_answer_again, stop_answered
from workflows.reconciliation import day_or_today
from workflows.unmatching import placed_by

LONGEST_DOCUMENT = 100

_REJECTED, _UNDONE = "payout.rejected", "payout.rejection_undone"


def reject_payout(work: Work, payout: str, reason: str, document: str) -> Payout:
    """Write down that the bank did not carry a payment out, why, and by which of its documents: it is owed again.

    By somebody who neither gathered nor released it, nor had any other part in its case, nor set a line aside that names it, nor found
    that one was matched with it wrongly. Raises NotNow when a line of the bank tells of the payment, as `told_booked` says.
    """
    lock_source(work.session, fetch(work.session, Payout, payout))
    held = lock(work.session, Payout, payout)
    PAYOUT.allow(work, "reject_payout", {})
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        raise NotValid(problems=[problem(_("Name the document in which the bank says so."), "document")])
    if held.state == PayoutState.SENT:
        _refuse_own(work, held)
        _refuse_reported(work, held)
    owed = accounting.owed_by(work.session, [held])[held.id]
    PAYOUT.advance(work, held, "reject_payout", {}, case=owed.case_name, reason=given(reason), document=document.strip())
    held.return_reason = reason.strip()[:200]
    work.session.add(held)
    stop_answered(work, [held])
    undone = how_often(work.session, _UNDONE, [held.reference])[held.reference]
    if isinstance(owed, accounting.ClaimOwed) and owed.case.voucher.state == VoucherState.REVOKED:
        jobs.put(work, "follow_return", f"{held.reference} rejected {undone}", {"payout": held.reference})
    post_many(work, [accounting.payout_rejected(owed, held, work.today, undone=undone)])
    return held


def undo_rejection(work: Work, payout: str, reason: str) -> Payout:
    """The bank carries out after all what was written down as turned down, or never said so: it is at the bank again.

    By another person than wrote that down, with no interest in the payee. What was to be paid in its place, and is in no batch, is
    cancelled. Raises NotNow when that has gone on, and of what the bank sent back.
    """
    lock_source(work.session, fetch(work.session, Payout, payout))
    held = lock(work.session, Payout, payout)
    PAYOUT.allow(work, "undo_rejection", {})
    refuse_interested(work, get(work.session, Organisation, held.payee_id), Duty.RELEASE)
    if held.settled_on is not None:
        raise NotNow(_("The bank carried this payment out and sent it back. That is taken back on the line of the bank that tells so."))
    refuse_who_rejected(work, held)
    owed = accounting.owed_by(work.session, [held])[held.id]
    undone = how_often(work.session, _UNDONE, [held.reference])[held.reference]
    if held.state == PayoutState.REPLACED:
        _cancel_replacement(work, held, owed.case_name)
    PAYOUT.advance(work, held, "undo_rejection", {}, case=owed.case_name, reason=given(reason))
    held.return_reason = ""
    work.session.add(held)
    work.session.flush()
    await_answer_again(work, held)
    _reverse(work, held, undone, reason.strip())
    return held


def refuse_who_rejected(work: Work, payout: Payout) -> None:
    """Taken back is a rejection by another person than wrote it down. Raises NotAllowed."""
    told = [each for each in events_of(work.session, payout.reference) if each.name == _REJECTED]
    refuse_one_hand(work, [each.person_id for each in told], min((each.at for each in told), default=work.now),
                    _("You wrote down that the bank did not carry it out, so another person has to take that back."))


def _cancel_replacement(work: Work, payout: Payout, case: str) -> None:
    """What was to be paid in the place of this one is not paid any more. Raises NotNow when it is held, in a batch, or was set off."""
    fresh = work.session.exec(select(Payout).where(Payout.replaces_id == payout.id).with_for_update(key_share=True)
                              .execution_options(populate_existing=True)).one()
    if fresh.state != PayoutState.PAYABLE or fresh.offset_minor != payout.offset_minor:
        raise NotNow(_("{payout} pays it again, and is held or has gone on since, so this cannot be taken back now."),
                     payout=fresh.reference)
    PAYOUT.follow(work, fresh, "cancel_payout", case=case)


def _reverse(work: Work, payout: Payout, undone: int, reason: str) -> None:
    """Reverse the entry for the day that it counts for, so that on no day in between both it and what is right count."""
    original = ledger.find(work.session, accounting.bank_cause(payout, "rejected", undone))
    assert original is not None, payout.reference
    on = day_or_today(work, original.effective_on)
    post_many(work, [ledger.reversal(original, f"{_UNDONE} {payout.reference} {undone + 1}", on, reason)])


def _refuse_own(work: Work, payout: Payout) -> None:
    take_duty(work, cases_of(work, [payout]), Duty.RELEASE)
    refuse_own_awards(work, [payout])
    refuse_own_accounts(work, [payout])
    refuse_who_had_it_paid(work, payout)


def refuse_who_had_it_paid(work: Work, payout: Payout) -> None:
    """Whether the bank carried a payment out is not said by who gathered or released it. Raises NotAllowed."""
    batch = work.session.get_one(Batch, payout.batch_id)
    hands = (batch.gathered_by, *(each.person_id for each in signatures_of(work.session, batch.id)))
    refuse_one_hand(work, hands, batch.gathered_at,
                    _("You gathered or released this payment, so it is for another person to say that the bank turned it down."))


def _refuse_reported(work: Work, payout: Payout) -> None:
    """What the bank has booked, it has carried out. Nor is it called unmade by who put away the line that told of it."""
    told = told_booked(work.session, [payout])
    if told:
        raise NotNow(_("A line of the bank tells of this payment."), told.values())
    lines = {each.id: each for each in lines_naming(work.session, payout)}
    aside = {key: get(work.session, BankStatement, each.statement_id).reference for key, each in lines.items()
             if each.state == LineState.SET_ASIDE}
    taken_back = work.session.exec(select(TakenBack).where(
        or_(TakenBack.payout_id == payout.id, col(TakenBack.line_id).in_(lines)))).all()
    hands = [*(each.person_id for each in placed_by(work.session, aside).values()), *(each.taken_back_by for each in taken_back),
             *(each.matched_by for each in taken_back if each.payout_id is None)]
    refuse_one_hand(work, hands, work.session.get_one(Batch, payout.batch_id).gathered_at,
                    _("You set a line of the bank aside that names this payment, or took back that one was matched with it, so another "
                      "person says that the bank turned it down."))
