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
from voucher.programmes.terms import Terms
from voucher.uses import Scope, case_in
from voucher.vouchers import Voucher

_OFF = (OrderState.DECLINED, OrderState.CANCELLED)
_PAGE = 1000


def recorded_cases(session: Session, programme: Programme, terms: Terms) -> Iterator[Recorded]:
    """Every order of a programme that was not called off, in the order of their days, read a page at a time.

    What it got is what still counts of it: the part that was reserved or, once a claim is decided, approved. `terms` are
    those that will judge it: what they do not ask for is left out.
    """
    sme, provider = aliased(Organisation), aliased(Organisation)
    rows = session.exec(
        select(Order, Voucher.firm_class, sme, provider)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(sme, col(sme.id) == Voucher.sme_id)
        .join(provider, col(provider.id) == Order.provider_id)
        .where(Voucher.programme_id == programme.id, col(Order.state).not_in(_OFF))
        .order_by(col(Order.placed_on), col(Order.id)).execution_options(yield_per=_PAGE))
    for order, firm_class, firm, seller in rows:
        yield Recorded(order.reference, _case(terms, order, firm_class, firm, seller), order.money(order.held_minor))
        session.expunge(order)


def _case(terms: Terms, order: Order, firm_class: str, firm: Organisation, seller: Organisation) -> Case:
    scope = Scope(firm, (firm.id,), seller, counts_seller=True)
    measures = {code: Money.parse(amount, order.currency) for code, amount in order.measures.items()}
    known = terms.services[order.service_type].items if order.service_type in terms.services else {}
    return case_in(terms, scope, order.placed_on, firm_class, order.service_type, order.net, order.vat,
                   item=order.item if order.item in known else "", quantity=order.quantity,
                   facts=[fact for fact in order.facts if fact in terms.facts], measures=measures)


def count_recorded(session: Session, programme: Programme) -> int:
    """How many cases `recorded_cases` brings."""
    return session.exec(
        select(func.count()).select_from(Order).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Voucher.programme_id == programme.id, col(Order.state).not_in(_OFF))).one()
