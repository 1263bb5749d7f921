"""What the bank never carried out: a payment order that it turned down comes back without having been booked.

No line of a statement tells of that: the bank answers the file, or a person there does. So somebody else than gathered or released the
payment writes down what it said and where, and the money is owed again, as what the bank sent back is.
"""

from sqlmodel import select

from voucher import accounting, jobs
from voucher.database import fetch, lock
from voucher.duties import Duty, refuse_one_hand, take_duty
from voucher.errors import NotNow, NotValid, _, problem
from voucher.history import given
from voucher.payouts import Batch, Payout, PayoutState, lock_source, signatures_of
from voucher.posting import post_many
from voucher.statements import BankLine, LineState
from voucher.vouchers import VoucherState
from voucher.work import Work
from workflows.paying import cases_of, refuse_own_accounts, refuse_own_awards
from workflows.payouts import PAYOUT

LONGEST_DOCUMENT = 100


def reject_payout(work: Work, payout: str, reason: str, document: str) -> Payout:
    """Write down that the bank did not carry a payment out, why, and by which of its documents: it is owed again.

    By somebody who neither gathered nor released it, nor had any other part in its case. Raises NotNow when a line of the bank, other
    than one that was set aside, tells of the payment.
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
    if isinstance(owed, accounting.ClaimOwed) and owed.case.voucher.state == VoucherState.REVOKED:
        jobs.put(work, "follow_return", f"{held.reference} rejected", {"payout": held.reference})
    post_many(work, [accounting.payout_rejected(owed, held, work.today)])
    return held


def _refuse_own(work: Work, payout: Payout) -> None:
    batch = work.session.get_one(Batch, payout.batch_id)
    take_duty(work, cases_of(work, [payout]), Duty.RELEASE)
    refuse_own_awards(work, [payout])
    refuse_own_accounts(work, [payout])
    hands = (batch.gathered_by, *(each.person_id for each in signatures_of(work.session, batch.id)))
    refuse_one_hand(work, hands, batch.gathered_at, _("You gathered or released this payment, so another person has to do this."))


def _refuse_reported(work: Work, payout: Payout) -> None:
    """What the bank has booked, it has carried out: its line is matched, or set aside by a person."""
    told = work.session.exec(select(BankLine.id).where(
        BankLine.end_to_end == payout.reference, BankLine.amount_minor < 0, BankLine.state != LineState.SET_ASIDE)).first()
    if told is not None:
        raise NotNow(_("A line of the bank tells of this payment. Match the line, or set it aside."))
