"""What was ordered under a programme, as cases on which other terms can be tried."""

from collections.abc import Iterator

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from voucher.money import Money
from voucher.orders import Order, OrderState
from voucher.people import Organisation
from voucher.programmes.backtest import Recorded
from voucher.programmes.cases import Case
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher

_OFF = (OrderState.DECLINED, OrderState.CANCELLED)
_PAGE = 1000


def recorded_cases(session: Session, programme: Programme) -> Iterator[Recorded]:
    """Every order of a programme that was not called off, in the order of their days, read a page at a time.

    What it got is what still counts of it: the part that was reserved or, once a claim is decided, approved.
    """
    sme, provider = aliased(Organisation), aliased(Organisation)
    rows = session.exec(
        select(Order, Voucher.firm_class, sme.reference, sme.region, provider.reference, provider.region)  # type: ignore[call-overload]
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(sme, sme.id == Voucher.sme_id)
        .join(provider, provider.id == Order.provider_id)
        .where(Voucher.programme_id == programme.id, col(Order.state).not_in(_OFF))
        .order_by(Order.placed_on, Order.id).execution_options(yield_per=_PAGE))
    for order, firm_class, firm, region, seller, seller_region in rows:
        case = Case(order.placed_on, firm_class, order.service_type, order.net, order.vat, region=region,
                    provider_region=seller_region, company=firm, provider=seller)
        yield Recorded(order.reference, case, Money(order.held_minor, order.currency))
        session.expunge(order)


def count_recorded(session: Session, programme: Programme) -> int:
    """How many cases `recorded_cases` brings."""
    return session.exec(
        select(func.count()).select_from(Order).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Voucher.programme_id == programme.id, col(Order.state).not_in(_OFF))).one()
