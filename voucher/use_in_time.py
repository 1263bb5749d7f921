"""Use in time: what has to have happened to an order by the last day of use of its voucher (`validity.used_by`).

Ordering after that day is never possible. Where the terms ask for more (a contract, the delivery, the claim), an order that has not come
so far when the day is over ends; what invoice and payment say stands in the claim, so they are looked at there.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, exists, false, or_, select

from voucher.claims import LIVE, Claim
from voucher.errors import NotNow, _
from voucher.kinder import last_days
from voucher.orders import BINDING, Order, OrderState
from voucher.programmes.programmes import TermsVersion, terms_version
from voucher.programmes.terms import Happening
from voucher.vouchers import Voucher

_UNCLAIMED = ~exists().where(col(Claim.order_id) == col(Order.id), col(Claim.state).in_(LIVE)).correlate(Order)

#: By what one sees of an order that it has not happened yet.
NOT_YET: dict[Happening, ColumnElement[bool]] = {
    Happening.CONTRACT: col(Order.state) == OrderState.PLACED,
    Happening.DELIVERY: and_(col(Order.delivered_on).is_(None), col(Order.state).in_((OrderState.PLACED, *BINDING))),
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
    return last_days(session, voucher, today)[0]


def refuse_late(session: Session, voucher: Voucher, happened: Happening, today: date) -> None:
    """Raises NotNow when it is too late for this to happen to an order of the voucher."""
    day = day_for(session, voucher, happened, today)
    if day is not None and today > day:
        raise NotNow(_SAID[happened], day=day.isoformat())


def not_yet(session: Session, vouchers: Collection[Voucher]) -> ColumnElement[bool]:
    """Of orders on these vouchers: those to which has not happened yet what by their terms has to by the last day of use."""
    asked = {voucher.id: terms_version(session, voucher.terms_id).terms.validity.used_by for voucher in vouchers}
    return or_(false(), *(and_(col(Order.voucher_id).in_([key for key, each in asked.items() if each == happened]), what)
                          for happened, what in NOT_YET.items() if happened in asked.values()))


def too_late(session: Session) -> ColumnElement[bool]:
    """Of orders whose voucher's last day of use is over: those to which by its terms something had to happen by then and has not."""
    versions: dict[Happening, list[UUID]] = {}
    for version in session.exec(select(TermsVersion)):
        versions.setdefault(version.terms.validity.used_by, []).append(version.id)
    return or_(false(), *(and_(col(Voucher.terms_id).in_(versions.get(each, ())), NOT_YET[each]) for each in _ENDING))
