"""Expiry: what is left to use of a voucher ends with its last day, and its holder is warned before.

Money that is reserved for a signed order lives on until the order is done; what it frees then ends at once. A voucher whose
extension was asked for in time and is not decided yet waits, and so does a frozen one.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import col, exists, select

from voucher.accounting import voucher_positions
from voucher.database import lock
from voucher.deadlines import Deadline
from voucher.files import FileStore
from voucher.history import Event, record
from voucher.jobs import put
from voucher.kinder import last_days_of_many
from voucher.orders import Order
from voucher.programmes.programmes import Programme, terms_version
from voucher.remainder import end_remainders
from voucher.use_in_time import NOT_YET, not_yet, undone
from voucher.vouchers import ENDED_STATES, Voucher, VoucherState
from voucher.work import Work
from workflows.issue import VOUCHER

#: How many days before its last day a holder is told what is left. Who gets a shorter time altogether is told later.
WARNINGS = (60, 30, 7)

#: How many vouchers are looked at in one piece of work.
AT_ONCE = 500

#: What both sides of an order are told when something has to happen to it by the last day of use.
DUE = {each: f"order.{each}_due" for each in NOT_YET}

#: The rule of the clock on an extension that was asked for.
EXTENSION = "extension"

_FIRST = UUID(int=0)


def expire_vouchers(work: Work, _store: FileStore, zone: str = "", after: str = "") -> int:
    """Expire what is left of the vouchers whose last day is over where their programme is; answers of how many (a job).

    A part of them is done whole or not at all, and asks for the next part; each zone is a road of its own.
    """
    if not zone:
        return _in_each_zone(work, "expire_vouchers")
    today = _today(work, zone)
    waits = exists().where(col(Deadline.subject) == Voucher.reference, col(Deadline.rule) == EXTENSION, col(Deadline.ended_at).is_(None))
    some = _part(work, zone, after, col(Voucher.use_by) < today, col(Voucher.expired_on).is_(None), ~waits)
    days = last_days_of_many(work.session, some, today)
    over = [voucher for voucher, (use_by, _claim_by) in zip(some, days, strict=True) if use_by < today]
    _expire(work, over, today)
    _go_on(work, "expire_vouchers", zone, some)
    return len(over)


def _expire(work: Work, vouchers: Sequence[Voucher], today: date, freed: str = "") -> None:
    """What is left of them expires; `freed` says what made it free where their time was over before, for their holders to know."""
    amounts = end_remainders(work, vouchers, "voucher.expired")
    for voucher in vouchers:
        voucher.expired_on = today
        work.session.add(voucher)
    left = [(voucher, amount) for voucher, amount in zip(vouchers, amounts, strict=True) if amount]
    VOUCHER.advance_many(work, [voucher for voucher, _amount in left], "expire_voucher", {}, [
        {"case": voucher.reference, "amount": str(amount), "freed": freed} for voucher, amount in left])


def end_freed_remainder(work: Work, _store: FileStore, voucher: str) -> None:
    """End what was freed on a voucher whose time is over, or that was given back or cancelled (a job)."""
    held = lock(work.session, Voucher, voucher)
    if held.state in ENDED_STATES:
        end_remainders(work, [held], "voucher.cancelled")
    elif held.expired_on is not None and held.state == VoucherState.ISSUED:
        _expire(work, [held], held.expired_on, freed="order")


def ask_to_end_what_was_freed(work: Work, voucher: Voucher) -> None:
    """A voucher goes on that stood still: what was freed on it meanwhile ends, where its time is over."""
    if voucher.expired_on is not None:
        put(work, "end_freed_remainder", f"{voucher.reference} goes on {work.now.isoformat()}", {"voucher": voucher.reference})


def warn_of_expiry(work: Work, _store: FileStore, zone: str = "", after: str = "") -> int:
    """Tell the holders of vouchers that expire in 60, 30 or 7 days what is left to use; answers how many (a job)."""
    if not zone:
        return _in_each_zone(work, "warn_of_expiry")
    today = _today(work, zone)
    some = _part(work, zone, after, col(Voucher.use_by) >= today, col(Voucher.use_by) <= _later(today, max(WARNINGS)))
    due = [(voucher, days) for voucher in some for days in _warning(voucher, today)]
    positions = voucher_positions(work.session, [voucher for voucher, _days in due])
    told = [(voucher, days, position) for (voucher, days), position in zip(due, positions, strict=True) if position.available]
    VOUCHER.advance_many(work, [voucher for voucher, _days, _position in told], "warn_of_expiry", {}, [
        {"case": voucher.reference, "days": days, "amount": str(position.available), "use_by": str(voucher.use_by)}
        for voucher, days, position in told])
    _warn_of_orders(work, [voucher for voucher, _days in due])
    _tell_of_grace(work, zone)
    for voucher, days in due:
        voucher.warned_days = days
        work.session.add(voucher)
    _go_on(work, "warn_of_expiry", zone, some)
    return len(told)


def _warn_of_orders(work: Work, vouchers: Sequence[Voucher]) -> None:
    """Tell both sides of each order on these vouchers that has to come on by the last day of use, and has not."""
    by_id = {voucher.id: voucher for voucher in vouchers}
    for order in work.session.exec(select(Order).where(
            col(Order.voucher_id).in_(by_id), Order.held_minor > 0, not_yet(work.session, vouchers)).order_by(col(Order.id))):
        _warn_of_order(work, order, by_id[order.voucher_id])


def _tell_of_grace(work: Work, zone: str) -> None:
    """Tell once until when orders may come on that have a grace, and whose sides were told of no day."""
    told = exists().where(col(Event.subject) == Order.reference, col(Event.name).in_(DUE.values())).correlate(Order)
    for order, voucher in work.session.exec(
            select(Order, Voucher).join(Voucher, col(Voucher.id) == Order.voucher_id)
            .join(Programme, col(Programme.id) == Voucher.programme_id)
            .where(Programme.zone == zone, Voucher.state == VoucherState.ISSUED, col(Voucher.grace_until) >= _today(work, zone),
                   Order.held_minor > 0, undone(work.session), ~told)
            .order_by(col(Order.id)).limit(AT_ONCE)):
        _warn_of_order(work, order, voucher)


def _warn_of_order(work: Work, order: Order, voucher: Voucher) -> None:
    assert voucher.use_by
    record(work, DUE[terms_version(work.session, voucher.terms_id).terms.validity.used_by], order.reference, case=voucher.reference,
           use_by=str(max(voucher.use_by, voucher.grace_until or voucher.use_by)))


def _warning(voucher: Voucher, today: date) -> list[int]:
    """The warning that is due on a voucher today, if one is and was not given: each once, and none at its very issue."""
    assert voucher.use_by and voucher.issued_on
    left, whole = (voucher.use_by - today).days, (voucher.use_by - voucher.issued_on).days
    return [days for days in sorted(WARNINGS) if left <= days < whole and (voucher.warned_days is None or voucher.warned_days > days)][:1]


def _in_each_zone(work: Work, task: str) -> int:
    for zone in sorted(work.session.exec(select(Programme.zone).distinct())):
        put(work, task, f"{zone} {work.now.isoformat()}", {"zone": zone})
    return 0


def _part(work: Work, zone: str, after: str, *conditions: ColumnElement[bool]) -> list[Voucher]:
    """The next vouchers in use, locked, of programmes of a zone."""
    start = UUID(after) if after else _FIRST
    wanted = (
        select(Voucher).join(Programme, col(Programme.id) == Voucher.programme_id)
        .where(Programme.zone == zone, Voucher.state == VoucherState.ISSUED, col(Voucher.id) > start, *conditions)
        .order_by(col(Voucher.id)).limit(AT_ONCE).with_for_update(key_share=True, of=Voucher))
    return list(work.session.exec(wanted.execution_options(populate_existing=True)))


def _go_on(work: Work, task: str, zone: str, some: Sequence[Voucher]) -> None:
    if len(some) == AT_ONCE:
        last = str(some[-1].id)
        put(work, task, f"{zone} after {last} {work.now.isoformat()}", {"zone": zone, "after": last})


def _today(work: Work, zone: str) -> date:
    return work.now.astimezone(ZoneInfo(zone)).date()


def _later(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)
