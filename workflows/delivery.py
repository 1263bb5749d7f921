"""Delivery: what happens when the SME says nothing of a delivery, or does not agree with it."""

from datetime import timedelta

from voucher.deadlines import DeadlineState, drop_clock, drop_clocks, standing, stop_clock
from voucher.history import given, record
from voucher.orders import Order, lock_order
from voucher.people import Role
from voucher.programmes.durations import Duration, Unit
from voucher.work import Work
from workflows.purchase import ACCEPTANCE, DISPUTE, REMINDER, complete, hand_over, take_on_order, wait_for


def remind_of_acceptance(work: Work, order: str) -> Order:
    """The clock: half of the time is over, and the SME has neither accepted nor disputed the delivery.

    A reminder that comes late leaves it as long as one in time.
    """
    voucher, held = lock_order(work.session, order)
    record(work, "order.acceptance_reminded", held.reference, case=voucher.reference)
    clocks = {each.rule: each for each in standing(work.session, held.reference)}
    reminder, left = clocks[REMINDER], (clocks[ACCEPTANCE].due_on - clocks[REMINDER].due_on).days - 1
    if left > 0 and reminder.today(work.now) > reminder.due_on + timedelta(days=1):
        drop_clock(work, held.reference, ACCEPTANCE)
        wait_for(work, voucher, held, ACCEPTANCE, Role.SME, "deem_accepted", Duration(left, Unit.DAY))
    stop_clock(work, held.reference, REMINDER)
    return held


def deem_accepted(work: Work, order: str) -> Order:
    """The clock: the SME was reminded and said nothing, so the delivery counts as accepted.

    Where the reminder is still to be told, because no worker ran meanwhile, it comes first; that may give more time.
    """
    voucher, held = lock_order(work.session, order)
    if any(each.rule == REMINDER and each.state == DeadlineState.MISSED for each in standing(work.session, order)):
        remind_of_acceptance(work, order)
        if any(each.rule == ACCEPTANCE and each.state == DeadlineState.RUNNING for each in standing(work.session, order)):
            return held
    return complete(work, voucher, held, "deem_accepted")


def dispute_delivery(work: Work, order: str, reason: str) -> Order:
    """The SME does not accept what was delivered, and says why. Nothing is claimed until that is settled."""
    voucher, held = lock_order(work.session, order)
    take_on_order(work, voucher, held, "dispute_delivery", given(reason))
    stop_clock(work, held.reference, ACCEPTANCE)
    drop_clock(work, held.reference, REMINDER)
    wait_for(work, voucher, held, DISPUTE, Role.VERIFIER)
    return held


def deliver_again(work: Work, order: str, note: str) -> Order:
    """The provider has mended what the SME disputed, and delivers again."""
    voucher, held = lock_order(work.session, order)
    hand_over(work, voucher, held, "deliver_again", note)
    drop_clock(work, held.reference, DISPUTE)
    return held


def uphold_delivery(work: Work, order: str, reason: str) -> Order:
    """A verifier decides a dispute for the provider: the delivery counts as accepted."""
    voucher, held = lock_order(work.session, order)
    stop_clock(work, held.reference, DISPUTE)
    return complete(work, voucher, held, "uphold_delivery", given(reason))


def reject_delivery(work: Work, order: str, reason: str) -> Order:
    """A verifier decides a dispute for the SME: the provider has to deliver again, or the two end the order."""
    voucher, held = lock_order(work.session, order)
    take_on_order(work, voucher, held, "reject_delivery", given(reason))
    stop_clock(work, held.reference, DISPUTE)
    drop_clocks(work, held.reference)
    held.started_on, held.delivered_on = held.started_on or held.delivered_on, None  # a delivery without a word before it began then
    work.session.add(held)
    return held
