"""Unclaimed: what an order reserves and nobody claims by the last day for claims ends.

A claim or an appeal that is being looked at keeps the order as it is; what it leaves ends afterwards.
"""

from sqlmodel import col, exists, func, select

from voucher import accounting
from voucher.appeals import reserved_for_appeals
from voucher.claims import LIVE, Claim, ClaimState, live_claims_on
from voucher.deadlines import drop_clocks
from voucher.files import FileStore
from voucher.history import record
from voucher.jobs import put_many
from voucher.kinder import last_days
from voucher.money import total
from voucher.orders import Order, date_order, lock_order
from voucher.posting import post
from voucher.programmes.funding import keep_shares
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.amendment import drop_amendment
from workflows.approval import spare_of
from workflows.holding import today_of
from workflows.purchase import ORDER, parties_of

#: How many orders are asked for in one piece of work. The rest is asked for the next time, when these are done.
AT_ONCE = 500

_LOOKED_AT = tuple(state for state in LIVE if state != ClaimState.APPROVED)


def ask_for_unclaimed(work: Work, _store: FileStore) -> int:
    """Ask for a look at every order of which something is reserved though its last day for claims is over; answers how many."""
    approved = select(func.coalesce(func.sum(Claim.approved_minor), 0)).where(
        Claim.order_id == Order.id, Claim.state == ClaimState.APPROVED).correlate(Order).scalar_subquery()
    found = work.session.exec(
        select(Order.reference).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Voucher.state == VoucherState.ISSUED, col(Voucher.claim_by) < work.today, col(Order.held_minor) > approved,
               ~exists().where(col(Claim.order_id) == Order.id, col(Claim.state).in_(_LOOKED_AT)))
        .order_by(col(Order.id)).limit(AT_ONCE)).all()
    put_many(work, "lapse_unclaimed", {f"{order} {work.today}": {"order": order} for order in found})
    return len(found)


def lapse_unclaimed(work: Work, _store: FileStore, order: str) -> None:
    """End what is reserved for an order and was not claimed in time (a job); asked again, nothing happens."""
    voucher, held = lock_order(work.session, order)
    if not _is_over(work, voucher, held):
        return
    case, rest = spare_of(work, voucher, held)
    amount = total(rest, held.currency)
    if not amount:
        return
    drop_amendment(work, voucher, held)
    reserved = held.state == ORDER.steps["place_order"].target
    gone = f"{held.held_minor} {held.reference}"
    if amount.minor == held.held_minor:
        ORDER.advance(work, held, "lapse_unclaimed", parties_of(voucher, held), case=voucher.reference, amount=str(amount))
    else:
        record(work, "order.unclaimed", held.reference, case=voucher.reference, amount=str(amount))
    drop_clocks(work, held.reference)
    held.held_minor -= amount.minor
    date_order(held, work.today)
    work.session.add(held)
    if held.held_minor:
        keep_shares(work.session, held.id, case.funds, accounting.less(case.spread(held.id), rest))
    post(work, accounting.order_unclaimed(case, held, rest, work.today, obligated=not reserved, cause=f"order.unclaimed {gone}"))


def _is_over(work: Work, voucher: Voucher, order: Order) -> bool:
    today = today_of(work, voucher)
    return (order.held_minor > 0 and voucher.state == VoucherState.ISSUED and last_days(work.session, voucher, today)[1] < today
            and not any(each.state in _LOOKED_AT for each in live_claims_on(work.session, order.id))
            and not reserved_for_appeals(work.session, order))
