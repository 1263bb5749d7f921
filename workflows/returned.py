"""What the bank brought back and nobody is owed any more is given up: its claim ends, and its money is the fund lines' again."""

from voucher import accounting, jobs
from voucher.accounting import less
from voucher.claims import Claim, lock_claim
from voucher.database import fetch, get, lock
from voucher.deadlines import drop_clock, drop_clocks
from voucher.duties import refuse_interested_in
from voucher.files import FileKind, FileStore
from voucher.history import given, record
from voucher.holds import drop_holds
from voucher.ledger import Draft
from voucher.money import Money
from voucher.orders import Order
from voucher.papers import withdraw_paper
from voucher.payouts import Payout, PayoutState, claim_of
from voucher.posting import post_many
from voucher.programmes.funding import keep_shares
from voucher.reasons import RETURNED_AFTER_REVOCATION
from voucher.recoveries import OWED, live_recovery_of, set_off_on
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.claims import CLAIM, free_invoices
from workflows.paying import refuse_booked
from workflows.payouts import HOLD_END, PAYMENT, PAYOUT
from workflows.recovery import end_recovery_of, lessen_recovery_of


def give_up_payout(work: Work, payout: str, reason: str) -> Payout:
    """What the bank returned is not paid again: its claim ends, with a recovery of it, and its part is the voucher's again.

    Of one that was partly set off only the rest is given up: that part stays paid, and can be asked back.
    Raises NotNow when the bank has not returned it, or tells that it paid it after all, or when it pays an award.
    """
    PAYOUT.allow(work, "give_up_payout", {})
    voucher, order, claim, held = _lock(work, payout)
    refuse_interested_in(work, voucher.id)
    refuse_booked(work, held)
    if held.offset_minor and held.state == PayoutState.RETURNED:
        _give_up_rest(work, voucher, order, claim, held, given(reason))
        return held
    PAYOUT.advance(work, held, "give_up_payout", {}, case=voucher.reference, reason=given(reason))
    _give_up(work, voucher, order, claim, held, reason)
    return held


def follow_return(work: Work, _store: FileStore, payout: str) -> None:
    """Give up what the bank returned on a voucher that was revoked (a job).

    What was partly set off, and is asked back by a decision, waits for a person: what was set off has to be asked back anew.
    """
    voucher, order, claim, held = _lock(work, payout)
    if held.state != PayoutState.RETURNED or voucher.state != VoucherState.REVOKED:
        return
    live = live_recovery_of(work.session, held.id)
    if not held.offset_minor:
        PAYOUT.follow(work, held, "cancel_returned_payout", case=voucher.reference, reason=RETURNED_AFTER_REVOCATION)
        _give_up(work, voucher, order, claim, held, RETURNED_AFTER_REVOCATION)
    elif live is None or live.state not in OWED:
        _give_up_rest(work, voucher, order, claim, held, RETURNED_AFTER_REVOCATION)


def _lock(work: Work, payout: str) -> tuple[Voucher, Order, Claim, Payout]:
    claim = get(work.session, Claim, claim_of(fetch(work.session, Payout, payout)))
    return *lock_claim(work.session, claim.reference), lock(work.session, Payout, payout)


def _give_up(work: Work, voucher: Voucher, order: Order, claim: Claim, payout: Payout, reason: str) -> None:
    """End the claim of a payout, what asks it back, and what the order holds for it."""
    _withdraw_statement(work, voucher, payout)
    drafts = end_recovery_of(work, payout, reason)
    CLAIM.follow(work, claim, "give_up_claim", case=voucher.reference, reason=reason)
    drafts += undo_returned(work, voucher, order, claim, payout, because="give_up_claim")
    case = accounting.case_of(work.session, voucher, claim.id)
    post_many(work, [*drafts, _off_order(work, voucher, order, payout, case.spread(claim.id), payout.amount)])


def _give_up_rest(work: Work, voucher: Voucher, order: Order, claim: Claim, payout: Payout, reason: str) -> None:
    """End what is not set off of a payout, and what the order holds for it; what asks it back asks for no more than that."""
    amount = payout.amount
    drafts, rest = rest_given_up(work, voucher, order, claim, payout, reason=reason)
    post_many(work, [*drafts, _off_order(work, voucher, order, payout, rest, amount)])


def rest_given_up(
    work: Work, voucher: Voucher, order: Order, claim: Claim, payout: Payout, *, reason: str
) -> tuple[list[Draft], accounting.Spread]:
    """Of a payout that was partly set off, and is locked, nothing more is paid: its claim comes to what was set off.

    Answers the entries to post, by which the rest is only reserved again, and that rest by fund line.
    """
    replaced = get(work.session, Payout, payout.replaces_id).reference if payout.replaces_id else ""
    returned = payout.reference if payout.state == PayoutState.RETURNED else replaced
    case = accounting.case_of(work.session, voucher, claim.id, payout.id)
    rest, borne = case.spread(payout.id), case.spread(claim.id)
    PAYOUT.follow(work, payout, "give_rest_up", case=voucher.reference, reason=reason, amount=str(payout.amount))
    assert claim.approved_minor is not None
    claim.approved_minor -= payout.amount_minor
    payout.amount_minor, payout.settled_on = 0, set_off_on(work.session, payout)
    work.session.add_all([claim, payout])
    _withdraw_statement(work, voucher, payout)
    jobs.put(work, "make_settlement_statement", f"{payout.reference} rest given up", {"payout": payout.reference})
    keep_shares(work.session, claim.id, case.funds, less(borne, rest))
    keep_shares(work.session, payout.id, case.funds, less(rest, rest))
    drop_holds(work, claim)
    for rule in (HOLD_END, PAYMENT):
        drop_clock(work, claim.reference, rule)
    undone = accounting.approval_undone(case, order, claim, work.today, because=f"rest {payout.reference}", claimed=False,
                                        returned=returned, restored=payout.restored, part=rest)
    return [*lessen_recovery_of(work, payout, reason), *undone], rest


def _withdraw_statement(work: Work, voucher: Voucher, payout: Payout) -> None:
    """What the bank brought back and nobody is owed any more was not paid, whatever a statement of then says."""
    withdrawn = withdraw_paper(work.session, FileKind.SETTLEMENT_STATEMENT, payout.reference)
    if withdrawn:
        record(work, "payout.statement_withdrawn", payout.reference, case=voucher.reference, document=withdrawn)


def _off_order(work: Work, voucher: Voucher, order: Order, payout: Payout, part: accounting.Spread, amount: Money) -> Draft:
    """An order holds no more what it held for a payout; answers the entry to post."""
    case = accounting.case_of(work.session, voucher, order.id)
    keep_shares(work.session, order.id, case.funds, less(case.spread(order.id), part))
    order.held_minor -= amount.minor
    work.session.add(order)
    record(work, "order.reduced", order.reference, case=voucher.reference, amount=str(amount))
    return accounting.order_off(case, order, "order.cancelled", work.today, obligated=True, part=part, because=payout.reference)


def undo_returned(work: Work, voucher: Voucher, order: Order, claim: Claim, returned: Payout, *, because: str) -> tuple[Draft, ...]:
    """The entries by which what is owed since a return is owed no more; what the claim took is only reserved again."""
    free_invoices(work, claim)
    drop_holds(work, claim)
    drop_clocks(work, claim.reference)
    return accounting.approval_undone(accounting.case_of(work.session, voucher, claim.id), order, claim, work.today, because=because,
                                      claimed=False, returned=returned.reference, restored=returned.restored)
