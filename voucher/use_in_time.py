"""Use in time: what has to have happened to an order by the last day of use of its voucher (`validity.used_by`).

Ordering after that day is never possible. Where the terms ask for more (a contract, the delivery, the claim), an order that has not come
so far when the day is over ends; what invoice and payment say stands in the claim, so they are looked at there. Where vouchers have a
grace (`grace_until`), all of that waits for it.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, exists, false, or_, select

from voucher.claims import LIVE, Claim
from voucher.errors import NotNow, _
from voucher.history import Event
from voucher.kinder import last_days
from voucher.orders import BINDING, Order, OrderState
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.programmes.terms import Happening
from voucher.vouchers import Voucher

_UNCLAIMED = ~exists().where(col(Claim.order_id) == col(Order.id), col(Claim.state).in_(LIVE)).correlate(Order)

# What was delivered in time and did not stand may be mended.
_DELIVERED_ONCE = exists().where(col(Event.subject) == Order.reference, col(Event.name) == "order.delivered").correlate(Order)

#: By what one sees of an order that it has not happened yet.
NOT_YET: dict[Happening, ColumnElement[bool]] = {
    Happening.CONTRACT: col(Order.state) == OrderState.PLACED,
    Happening.DELIVERY: and_(col(Order.delivered_on).is_(None), col(Order.state).in_((OrderState.PLACED, *BINDING)), ~_DELIVERED_ONCE),
    Happening.INVOICE: _UNCLAIMED,
    Happening.PAYMENT: _UNCLAIMED,
    Happening.CLAIM: _UNCLAIMED,
}

# When the day is over, an order ends to which these have not happened.
_ENDING = (Happening.CONTRACT, Happening.DELIVERY, Happening.CLAIM)

_SAID = {
    Happening.CONTRACT: _("By the terms the provider had to take the order by {day}, the last day of use of the voucher."),
    Happening.DELIVERY: _("By the terms the service had to be delivered by {day}, the last day of use of the voucher."),
    Happening.CLAIM: _("By the terms this had to be claimed by {day}, the last day of use of the voucher."),
}


def day_for(session: Session, voucher: Voucher, happened: Happening, today: date) -> date | None:
    """The last day for something to happen to the orders of an issued voucher; None where its terms name something else."""
    if terms_version(session, voucher.terms_id).terms.validity.used_by != happened:
        return None
    use_by = last_days(session, voucher, today)[0]
    return max(use_by, voucher.grace_until or use_by)


def day_of_what_is_undone(session: Session, voucher: Voucher, today: date) -> date | None:
    """The day with which an order on an issued voucher would end, because something has not happened to it yet."""
    asked = terms_version(session, voucher.terms_id).terms.validity.used_by
    if asked not in _ENDING:
        return None
    undone = select(Order.id).where(Order.voucher_id == voucher.id, Order.held_minor > 0, NOT_YET[asked])
    return day_for(session, voucher, asked, today) if session.exec(undone).first() is not None else None


def refuse_late(session: Session, voucher: Voucher, happened: Happening, today: date) -> None:
    """Raises NotNow when it is too late for this to happen to an order of the voucher."""
    day = day_for(session, voucher, happened, today)
    if day is not None and today > day:
        raise NotNow(_SAID[happened], day=day.isoformat())


def was_delivered(session: Session, order: Order) -> bool:
    """Whether an order was delivered before, though that did not stand."""
    return session.exec(select(Order.id).where(Order.id == order.id, _DELIVERED_ONCE)).first() is not None


def not_yet(session: Session, vouchers: Collection[Voucher]) -> ColumnElement[bool]:
    """Of orders on these vouchers: those to which has not happened yet what by their terms has to by the last day of use."""
    asked = {voucher.id: terms_version(session, voucher.terms_id).terms.validity.used_by for voucher in vouchers}
    return or_(false(), *(and_(col(Order.voucher_id).in_([key for key, each in asked.items() if each == happened]), what)
                          for happened, what in NOT_YET.items() if happened in asked.values()))


def too_late(session: Session, today: date) -> ColumnElement[bool]:
    """Of orders whose voucher's last day of use is over: those to which by its terms something had to happen by then and has not, also
    not in the grace that they had.
    """
    return and_(or_(col(Voucher.grace_until).is_(None), col(Voucher.grace_until) < today), undone(session, _ENDING))


def undone(session: Session, asked: Collection[Happening] = tuple(NOT_YET)) -> ColumnElement[bool]:
    """Of orders with their vouchers: those to which has not happened yet what of this their terms ask for by the last day of use."""
    versions: dict[Happening, list[UUID]] = {}
    for version in session.exec(select(TermsVersion)):
        versions.setdefault(version.terms.validity.used_by, []).append(version.id)
    return or_(false(), *(and_(col(Voucher.terms_id).in_(versions.get(each, ())), NOT_YET[each]) for each in asked))
