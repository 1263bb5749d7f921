"""What the bank brought back and nobody is owed any more is given up: its claim ends, and its money is the fund lines' again."""

from voucher import accounting
from voucher.accounting import less
from voucher.claims import Claim, lock_claim
from voucher.database import fetch, get, lock
from voucher.deadlines import drop_clocks
from voucher.errors import NotNow, _
from voucher.files import FileStore
from voucher.history import given, record
from voucher.ledger import Draft
from voucher.orders import Order
from voucher.payouts import Payout, PayoutState, claim_of
from voucher.posting import post_many
from voucher.programmes.funding import keep_shares
from voucher.reasons import RETURNED_AFTER_REVOCATION
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.claims import CLAIM, free_invoices
from workflows.payouts import PAYOUT
from workflows.recovery import end_recovery_of


def give_up_payout(work: Work, payout: str, reason: str) -> Payout:
    """What the bank returned is not paid again: its claim ends, with a recovery of it, and its part is the voucher's again.

    Raises NotNow when the bank has not returned it, when a part of it was set off, or when it pays an award.
    """
    PAYOUT.allow(work, "give_up_payout", {})
    voucher, order, claim, held = _lock(work, payout)
    PAYOUT.advance(work, held, "give_up_payout", {}, case=voucher.reference, reason=given(reason))
    if held.offset_minor:
        raise NotNow(_("A part of {payout} was set off, and stays paid. Let the payee name another account, and pay the rest."),
                     payout=held.reference)
    _give_up(work, voucher, order, claim, held, reason)
    return held


def follow_return(work: Work, _store: FileStore, payout: str) -> None:
    """Give up what the bank returned on a voucher that was revoked (a job). What was partly set off waits for a person."""
    voucher, order, claim, held = _lock(work, payout)
    if held.state == PayoutState.RETURNED and voucher.state == VoucherState.REVOKED and not held.offset_minor:
        PAYOUT.follow(work, held, "cancel_returned_payout", case=voucher.reference, reason=RETURNED_AFTER_REVOCATION)
        _give_up(work, voucher, order, claim, held, RETURNED_AFTER_REVOCATION)


def _lock(work: Work, payout: str) -> tuple[Voucher, Order, Claim, Payout]:
    claim = get(work.session, Claim, claim_of(fetch(work.session, Payout, payout)))
    return *lock_claim(work.session, claim.reference), lock(work.session, Payout, payout)


def _give_up(work: Work, voucher: Voucher, order: Order, claim: Claim, payout: Payout, reason: str) -> None:
    """End the claim of a payout, what asks it back, and what the order holds for it."""
    drafts = end_recovery_of(work, payout, reason)
    CLAIM.follow(work, claim, "give_up_claim", case=voucher.reference, reason=reason)
    drafts.append(undo_returned(work, voucher, order, claim, payout, because="give_up_claim"))
    case = accounting.case_of(work.session, voucher, order.id, claim.id)
    part = case.spread(claim.id)
    keep_shares(work.session, order.id, case.funds, less(case.spread(order.id), part))
    order.held_minor -= payout.amount_minor
    work.session.add(order)
    record(work, "order.reduced", order.reference, case=voucher.reference, amount=str(payout.amount))
    post_many(work, [*drafts, accounting.order_off(case, order, "order.cancelled", work.today, obligated=True, part=part,
                                                   because=payout.reference)])


def undo_returned(work: Work, voucher: Voucher, order: Order, claim: Claim, returned: Payout, *, because: str) -> Draft:
    """The entry by which what is owed since a return is owed no more; what the claim took is only reserved again."""
    free_invoices(work, claim)
    drop_clocks(work, claim.reference)
    return accounting.approval_undone(accounting.case_of(work.session, voucher, claim.id), order, claim, work.today, because=because,
                                      claimed=False, returned=returned.reference)
