"""Unmatching: a bank line that was matched with the wrong thing, or set aside wrongly, is open again, as if nobody had placed it.

Another person than placed it takes it back. The entry that followed from the match is reversed, and so is the step; both stay to be
read. Only what nothing has followed from can be taken back.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Session, select

from voucher import accounting, ledger
from voucher.database import get, lock_by_id
from voucher.deadlines import reopen_clock
from voucher.deposits import Deposit, DepositState
from voucher.duties import refuse_one_hand
from voucher.errors import NotNow, _
from voucher.files import FileKind
from voucher.history import Event, events_of, given, how_often, record
from voucher.ledger import Draft
from voucher.orders import Order, lock_order
from voucher.papers import withdraw_paper
from voucher.payouts import Payout, PayoutState
from voucher.posting import post_many
from voucher.recoveries import Recovery, RecoveryState
from voucher.statements import BankLine, BankStatement, Finding, LineState, TakenBack
from voucher.work import Work
from workflows.charging import charge_undone
from workflows.payouts import PAYMENT, PAYOUT, await_answer_again
from workflows.reconciliation import LINE, day_or_today, lock_line
from workflows.wallet import undo_receipt


def unmatch_line(work: Work, line: str, reason: str) -> BankLine:
    """Find that a line was matched, or set aside, wrongly: it is open again, and its entry is reversed. By another person.

    Raises NotNow when something has followed from it since, and of what a recovery took or what is on its way back.
    """
    held = lock_line(work, line)
    LINE.allow(work, "unmatch_line", {})
    reason = given(reason)
    if held.state == LineState.OPEN:
        raise NotNow(_("This line is open: nobody has placed it."))
    if held.recovery_id is not None:
        raise NotNow(_("What came in on a recovery is not taken back here. The recovery can be annulled, and the money refunded."))
    subject = _subject(work, held)
    placed = placed_by(work.session, {held.id: subject})[held.id]
    refuse_own(work, placed)
    if held.payout_id is not None:
        _undo_payout(work, held, lock_by_id(work.session, Payout, held.payout_id), reason)
    elif held.deposit_id is not None:
        _undo_deposit(work, held, get(work.session, Deposit, held.deposit_id), reason)
    _open(work, held, placed, reason)
    record(work, "line.unmatched", subject, case=subject, reason=reason, line=str(held.id))
    return held


def _subject(work: Work, line: BankLine) -> str:
    """The reference of what a line was matched with; of one that was set aside, its statement's."""
    if line.payout_id is not None:
        return get(work.session, Payout, line.payout_id).reference
    if line.deposit_id is not None:
        return get(work.session, Deposit, line.deposit_id).reference
    return get(work.session, BankStatement, line.statement_id).reference


def refuse_own(work: Work, placed: Event) -> None:
    """Raises NotAllowed to who placed a line, by the event of that: another person finds that it was wrong."""
    refuse_one_hand(work, (placed.person_id,), placed.at, _("You placed this line, so another person has to take that back."))


def placed_by(session: Session, subjects: Mapping[UUID, str]) -> dict[UUID, Event]:
    """The newest event by which each of these lines was placed: who imported it, matched it, or set it aside. `subjects` says what that
    was about: the payout or the deposit, or of a line that was set aside its statement.
    """
    found, lines = {}, {str(line): line for line in subjects}
    for each in events_of(session, *subjects.values()):
        if each.data.get("line") in lines:
            found[lines[each.data["line"]]] = each
    return found


def _open(work: Work, line: BankLine, placed: Event, reason: str) -> None:
    assert placed.person_id is not None and work.actor.person_id is not None, "people place lines"
    work.session.add(TakenBack(line_id=line.id, payout_id=line.payout_id, deposit_id=line.deposit_id, matched_by=placed.person_id,
                               taken_back_by=work.actor.person_id, reason=reason, at=work.now))
    line.state, line.finding, line.note, line.payout_id, line.deposit_id = LineState.OPEN, Finding.TAKEN_BACK, "", None, None
    work.session.add(line)
    work.session.flush()


def _undo_payout(work: Work, line: BankLine, payout: Payout, reason: str) -> None:
    """What the bank reported was not of this payout: it is at the bank again, or settled and not returned."""
    went_out = line.amount_minor < 0
    if payout.state != (PayoutState.SETTLED if went_out else PayoutState.RETURNED):
        raise NotNow(_("{payout} has moved on since, so this cannot be taken back."), payout=payout.reference)
    if went_out:
        _refuse_asked_back(work, payout)
    owed = accounting.owed_by(work.session, [payout])[payout.id]
    step, said = ("undo_settlement", "settled") if went_out else ("undo_return", "returned")
    event = PAYOUT.steps[step].event
    undone = how_often(work.session, event, [payout.reference])[payout.reference]
    posted = accounting.bank_cause(payout, said, undone)
    PAYOUT.advance(work, payout, step, {}, case=owed.case_name, reason=reason)
    if went_out:
        payout.settled_on = None
        reopen_clock(work, owed.reference, PAYMENT)
        await_answer_again(work, payout)
        withdrawn = withdraw_paper(work.session, FileKind.SETTLEMENT_STATEMENT, payout.reference)
        if withdrawn:
            record(work, "payout.statement_withdrawn", payout.reference, case=owed.case_name, document=withdrawn)
    else:
        payout.return_reason, payout.restored = "", _was_restored(work, payout)
    work.session.add(payout)
    work.session.flush()
    _reverse(work, posted, f"{event} {payout.reference} {undone + 1}", reason,
             () if went_out else charge_undone(work, payout, line, undone))


def _was_restored(work: Work, payout: Payout) -> bool:
    """Whether it was paid already out of what had come back in a later year: of one that it replaces."""
    return payout.replaces_id is not None and work.session.get_one(Payout, payout.replaces_id).restored


def _refuse_asked_back(work: Work, payout: Payout) -> None:
    """A suspicion counts too: it keeps the day of the payment."""
    asked = work.session.exec(select(Recovery.reference).where(
        Recovery.payout_id == payout.id, Recovery.state != RecoveryState.DROPPED)).first()
    if asked is not None:
        raise NotNow(_("{recovery} rests on this payment, so that it was made cannot be taken back."), recovery=asked)


def _undo_deposit(work: Work, line: BankLine, seen: Deposit, reason: str) -> None:
    """What came in was not the money of this deposit: it is awaited again."""
    if seen.state == DepositState.REFUSED or seen.order_id is None:
        raise NotNow(_("This money is on its way back to whoever sent it, so this cannot be taken back."))
    lock_order(work.session, get(work.session, Order, seen.order_id).reference)  # more may be asked for at the same time
    deposit = lock_by_id(work.session, Deposit, seen.id)
    undone = how_often(work.session, "deposit.receipt_undone", [deposit.reference])[deposit.reference]
    posted = accounting.deposit_cause(deposit, undone)
    undo_receipt(work, deposit)
    _reverse(work, posted, f"deposit.receipt_undone {deposit.reference} {undone + 1}", reason)


def _reverse(work: Work, posted: str, cause: str, reason: str, more: Sequence[Draft] = ()) -> None:
    """Reverse an entry for the day that it counts for, so that on no day in between both it and what is right count. What
    else is undone with it is posted with it: one call takes all locks in one order.
    """
    original = ledger.find(work.session, posted)
    assert original is not None, posted
    post_many(work, [ledger.reversal(original, cause, day_or_today(work, original.effective_on), reason), *more])
