"""Unclaimed: what an order reserves and nobody claims by the last day for claims ends; and so does an order to which by the last day of
use has not happened what by its terms had to.

A claim or an appeal that is being looked at keeps the order as it is, and so does a termination of which somebody has yet to say what is
done; what they leave ends afterwards. A change that is proposed ends with its order.
"""

from datetime import date

from sqlmodel import and_, col, exists, func, or_, select

from voucher import accounting
from voucher.amendments import OPEN, Amendment
from voucher.appeals import reserved_for_appeals
from voucher.claims import LIVE, Claim, ClaimState, live_claims_on
from voucher.deadlines import Deadline, drop_clocks
from voucher.files import FileStore
from voucher.history import record
from voucher.jobs import put_many
from voucher.kinder import last_days
from voucher.money import total
from voucher.orders import Order, date_order, lock_order
from voucher.posting import post
from voucher.programmes.funding import keep_shares
from voucher.use_in_time import too_late
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.amendment import drop_amendment, is_ending
from workflows.approval import spare_of
from workflows.expiry import EXTENSION
from workflows.holding import today_of
from workflows.purchase import ORDER, parties_of

#: How many orders are asked for in one piece of work. The rest is asked for the next time, when these are done.
AT_ONCE = 500

# While more time is asked for, or the sides are about to agree on something else, no order ends with the last day of use.
_WAITS = or_(
    exists().where(col(Deadline.subject) == col(Voucher.reference), col(Deadline.rule) == EXTENSION, col(Deadline.ended_at).is_(None)),
    exists().where(col(Amendment.order_id) == col(Order.id), col(Amendment.state).in_(OPEN)))

_LOOKED_AT = tuple(state for state in LIVE if state != ClaimState.APPROVED)


def ask_for_unclaimed(work: Work, _store: FileStore) -> int:
    """Ask for a look at every order of which something is reserved though its last day for claims is over; answers how many."""
    approved = select(func.coalesce(func.sum(Claim.approved_minor), 0)).where(
        Claim.order_id == Order.id, Claim.state == ClaimState.APPROVED).correlate(Order).scalar_subquery()
    found = work.session.exec(
        select(Order.reference).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Voucher.state == VoucherState.ISSUED, col(Order.held_minor) > approved,
               or_(col(Voucher.claim_by) < work.today, and_(col(Voucher.use_by) < work.today, too_late(work.session, work.today), ~_WAITS)),
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
    use_by, claim_by = last_days(work.session, voucher, today)
    return (order.held_minor > 0 and voucher.state == VoucherState.ISSUED
            and (claim_by < today or (use_by < today and _is_unused(work, order, today)))
            and not any(each.state in _LOOKED_AT for each in live_claims_on(work.session, order.id))
            and not reserved_for_appeals(work.session, order)
            and not is_ending(work.session, order))


def _is_unused(work: Work, order: Order, today: date) -> bool:
    """Whether what had to happen to an order by the last day of use, which is over, has not, and nothing is awaited of it."""
    return work.session.exec(select(Order.id).join(Voucher, col(Voucher.id) == Order.voucher_id).where(
        Order.id == order.id, too_late(work.session, today), ~_WAITS)).first() is not None
