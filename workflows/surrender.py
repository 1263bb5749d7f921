"""Surrender: an SME gives its voucher back, whole, or only what is free of it.

Nobody loses work that he has begun: while orders are open, each of their providers is asked, and who says nothing in time agrees. Until
then the orders stand still. When all have agreed the orders end and the voucher with them; one who does not agree keeps it as it was.
Who has not answered yet is told by the clocks: each open order has one.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, select

from voucher import accounting
from voucher.accounting import voucher_position
from voucher.amendments import Amendment, open_amendments
from voucher.appeals import undecided_appeals_on
from voucher.claims import live_claims_on
from voucher.database import lock
from voucher.deadlines import (
    Deadline,
    allowed,
    ask_again_for_steps,
    cited,
    drop_clock,
    drop_clocks,
    last_day_of,
    pause_clock,
    resume_clock,
    standing,
    start_clock,
    stop_clock,
)
from voucher.errors import NotNow, _
from voucher.history import given, record
from voucher.ledger import Draft
from voucher.money import total
from voucher.orders import BINDING, Order, OrderState, lock_order
from voucher.people import Role
from voucher.posting import post_many
from voucher.programmes.terms import Awaited
from voucher.remainder import end_remainders, remainders_ended
from voucher.use_in_time import day_of_what_is_undone
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Actor, Work
from workflows.amendment import steps_on as steps_otherwise
from workflows.appeal import drop_appeals
from workflows.expiry import ask_to_end_what_was_freed
from workflows.issue import VOUCHER, parties_of, terms_of
from workflows.machine import Step, may
from workflows.purchase import ORDER
from workflows.purchase import parties_of as parties_of_order

#: The rule of the clock by which a provider answers.
CONSENT = Awaited.SURRENDER.value

#: Orders that end with the voucher if their providers agree.
OPEN = (OrderState.PLACED, *BINDING)

#: What a provider may answer.
ANSWERS = ("agree_to_surrender", "refuse_surrender")


def give_back_what_is_free(work: Work, voucher: str, reason: str) -> Voucher:
    """The SME gives back what is not ordered for; its orders go on, and what they free can be used again."""
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "give_back_what_is_free", parties_of(held))
    position = voucher_position(work.session, held.reference, held.currency)
    _take(work, held, "give_back_what_is_free", given(reason), amount=str(position.available))
    if not position.available:
        raise NotNow(_("Nothing of this voucher is free: all that is left is ordered for."))
    if not position.reserved + position.claimed:
        raise NotNow(_("No order on this voucher is open. Give it back whole."))
    end_remainders(work, [held], "voucher.cancelled")
    return held


def surrender_voucher(work: Work, voucher: str, reason: str) -> Voucher:
    """The SME gives its voucher back: at once, or when the providers of its open orders agree or say nothing in time.

    Refused while something of an order is done or claimed and not settled. Raises NotNow.
    """
    held = lock(work.session, Voucher, voucher)
    VOUCHER.allow(work, "surrender_voucher", parties_of(held))
    orders = _open_orders(work, held)
    if orders:
        return _ask(work, held, orders, given(reason))
    position = voucher_position(work.session, held.reference, held.currency)
    _take(work, held, "surrender_voucher", given(reason), amount=str(position.available))
    _refuse_unsettled(work, held, orders)
    end_remainders(work, [held], "voucher.cancelled")
    drop_clocks(work, held.reference)
    return held


def _open_orders(work: Work, voucher: Voucher) -> list[Order]:
    """The orders that are not done, locked."""
    wanted = select(Order).where(Order.voucher_id == voucher.id, col(Order.state).in_(OPEN)).order_by(col(Order.id))
    return list(work.session.exec(wanted.with_for_update(key_share=True).execution_options(populate_existing=True)))


def _refuse_unsettled(work: Work, voucher: Voucher, orders: Sequence[Order]) -> None:
    """Only orders of which nothing is done or claimed end with the voucher: all that is taken of it has to be reserved for them."""
    position = voucher_position(work.session, voucher.reference, voucher.currency)
    held = total((order.money(order.held_minor) for order in orders), voucher.currency)
    if position.reserved + position.claimed != held or any(live_claims_on(work.session, order.id) for order in orders):
        raise NotNow(_("Something of an order on this voucher is done or claimed and not settled yet. See that through first, or give "
                       "back only what is free."))
    if undecided_appeals_on(work.session, [order.id for order in orders]):
        raise NotNow(_("An appeal on an open order of this voucher is not decided yet. Wait for that, or give back only what is free."))


def _ask(work: Work, voucher: Voucher, orders: Sequence[Order], reason: str) -> Voucher:
    _take(work, voucher, "ask_surrender", reason, orders=[order.reference for order in orders])
    _refuse_unsettled(work, voucher, orders)
    if open_amendments(work.session, [order.id for order in orders]):
        raise NotNow(_("A change of an order on this voucher is proposed. It has to be agreed to, declined or withdrawn first."))
    terms = terms_of(work, voucher)
    _refuse_too_short(work, voucher, last_day_of(work, voucher.reference, allowed(terms, CONSENT, "10 working days")))
    for subject in (voucher.reference, *(order.reference for order in orders)):
        for clock in standing(work.session, subject):
            pause_clock(work, subject, clock.rule, _("the holder asked to give the voucher back"))
    for order in orders:
        start_clock(work, order.reference, CONSENT, case=voucher.reference, waits_for=Role.PROVIDER, firm=order.provider_id,
                    length=allowed(terms, CONSENT, "10 working days"), clause=cited(terms, CONSENT), then="take_silence_as_consent")
        record(work, "order.to_be_given_back", order.reference, case=voucher.reference, reason=reason)
    return voucher


def _refuse_too_short(work: Work, voucher: Voucher, answer_by: date) -> None:
    """While a provider is asked its order stands still: nobody lets its time run out like that."""
    day = day_of_what_is_undone(work.session, voucher, work.today)
    if day is not None and day < answer_by:
        raise NotNow(_("An order on this voucher has to come on by {day}, before its provider would have to answer. End it with its "
                       "provider, or give back only what is free."), day=day.isoformat())


def agree_to_surrender(work: Work, order: str) -> Order:
    """A provider agrees that the voucher behind its order is given back; with the last one who does, its open orders end."""
    voucher, held = lock_order(work.session, order)
    _answer(work, voucher, held, "agree_to_surrender", "")
    _finish(work, voucher)
    return held


def refuse_surrender(work: Work, order: str, reason: str) -> Order:
    """A provider does not agree: the voucher stays as it was, and its orders go on."""
    voucher, held = lock_order(work.session, order)
    _answer(work, voucher, held, "refuse_surrender", given(reason))
    _go_on(work, voucher)
    return held


def take_silence_as_consent(work: Work, order: str) -> Order:
    """The clock: a provider said nothing in time, which counts as its consent."""
    voucher, held = lock_order(work.session, order)
    _answer(work, voucher, held, "take_silence_as_consent", "")
    _finish(work, voucher)
    return held


def _answer(work: Work, voucher: Voucher, order: Order, step: str, reason: str) -> None:
    VOUCHER.advance(work, voucher, step, parties_of_order(voucher, order), case=voucher.reference, reason=reason,
                    vouchers=(voucher.id,), order=order.reference)
    if stop_clock(work, order.reference, CONSENT) is None:
        raise NotNow(_("That was answered already."))


def withdraw_surrender(work: Work, voucher: str) -> Voucher:
    """The SME keeps its voucher after all, as long as not every provider has agreed."""
    held = lock(work.session, Voucher, voucher)
    _take(work, held, "withdraw_surrender", "")
    _go_on(work, held)
    return held


def drop_surrender(work: Work, voucher: Voucher) -> None:
    """A locked voucher that its holder asked to give back is looked into: giving it back is off."""
    if voucher.state == VoucherState.SURRENDERING:
        VOUCHER.follow(work, voucher, "drop_surrender", case=voucher.reference)
        _go_on(work, voucher)


def _go_on(work: Work, voucher: Voucher) -> None:
    """What stood still goes on."""
    orders = [order.reference for order in _open_orders(work, voucher)]
    for order in orders:
        drop_clock(work, order, CONSENT)
    for subject in (voucher.reference, *orders):
        for clock in standing(work.session, subject):
            resume_clock(work, subject, clock.rule)
        ask_again_for_steps(work, subject)
    ask_to_end_what_was_freed(work, voucher)


def _finish(work: Work, voucher: Voucher) -> None:
    """End the orders and the voucher, once nobody is waited for."""
    orders = _open_orders(work, voucher)
    if any(awaited(work.session, order) for order in orders):
        return
    drafts = [_end(work, voucher, order) for order in orders]
    (left,), rest = remainders_ended(work, [voucher], "voucher.cancelled", drafts)
    VOUCHER.follow(work, voucher, "finish_surrender", case=voucher.reference, amount=str(left))
    drop_clocks(work, voucher.reference)
    post_many(work, [*drafts, *rest])


def _end(work: Work, voucher: Voucher, order: Order) -> Draft:
    case, obligated = accounting.case_of(work.session, voucher, order.id), order.state in BINDING
    drop_appeals(work, voucher, order, "")
    ORDER.follow(work, order, "give_order_back", case=voucher.reference)
    order.held_minor = 0
    work.session.add(order)
    drop_clocks(work, order.reference)
    return accounting.order_off(case, order, "order.cancelled", work.today, obligated=obligated)


def awaited(session: Session, order: Order) -> bool:
    """Whether its provider has not answered yet whether the voucher may be given back."""
    return any(clock.rule == CONSENT for clock in standing(session, order.reference))


def is_awaited() -> ColumnElement[bool]:
    """The same within another question, about orders."""
    return exists().where(col(Deadline.subject) == Order.reference, col(Deadline.rule) == CONSENT, col(Deadline.ended_at).is_(None))


def steps_on(session: Session, actor: Actor, voucher: Voucher, order: Order, amendment: Amendment | None) -> list[Step]:
    """The steps that somebody could take on an order now; while its voucher is to be given back, its provider has to answer that."""
    if voucher.state != VoucherState.SURRENDERING or order.state not in OPEN:
        return steps_otherwise(actor, voucher, order, amendment)
    parties = parties_of_order(voucher, order)
    return [step for step in map(VOUCHER.steps.__getitem__, ANSWERS) if may(actor, step, parties) and awaited(session, order)]


def _take(work: Work, voucher: Voucher, step: str, reason: str, **data: object) -> None:
    VOUCHER.advance(work, voucher, step, parties_of(voucher), case=voucher.reference, reason=reason, vouchers=(voucher.id,), **data)
