"""Orders under way, and what the books say of them: builders for the tests about orders."""

from datetime import date
from typing import Any

from tests.builders import PROVIDER, PROVIDERS, House, a_placed_order, an_issued_voucher
from tests.scenes import scene
from voucher import ledger
from voucher.accounting import FundLinePosition, VoucherPosition, fund_line_position, voucher_position
from voucher.database import fetch
from voucher.money import Money
from voucher.orders import Order
from voucher.programmes.funding import FundLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.overdue import mark_missed_deadlines
from workflows.purchase import accept_order, deliver_order, register_contract


def yuan(text: str) -> Money:
    """An amount of yuan."""
    return Money.parse(text, "CNY")


@scene
def an_accepted_order(house: House, voucher: str | None = None, **about: Any) -> str:
    """An order that the provider has taken: of 100,000 with 6,000 tax, of which the voucher pays 21,200."""
    order = a_placed_order(house, voucher or an_issued_voucher(house), **about)
    with house.work(PROVIDER) as work:
        accept_order(work, order)
    return order


@scene
def a_registered_order(house: House, voucher: str | None = None, **about: Any) -> str:
    """An accepted order whose contract is registered."""
    order = an_accepted_order(house, voucher, **about)
    with house.work(PROVIDER) as work:
        register_contract(work, order, f"{2026371000000000 + house.number():016d}")
    return order


@scene
def a_delivered_order(house: House, voucher: str | None = None, **about: Any) -> str:
    """An order of which the provider says that it is delivered."""
    order = a_registered_order(house, voucher, **about)
    with house.work(PROVIDER) as work:
        deliver_order(work, order, "Report of 12 pages")
    return order


def order_of(house: House, reference: str) -> Order:
    """The order as it stands."""
    with read(house.database) as session:
        return fetch(session, Order, reference)


def voucher_of(house: House, order: str) -> Voucher:
    """The voucher against which it was placed."""
    with read(house.database) as session:
        return session.get_one(Voucher, fetch(session, Order, order).voucher_id)


def standing(house: House, order: str) -> VoucherPosition:
    """How the voucher of an order stands."""
    voucher = voucher_of(house, order)
    with read(house.database) as session:
        return voucher_position(session, voucher.reference, voucher.currency)


def budget(house: House, order: str) -> FundLinePosition:
    """How the fund line of an order stands."""
    with read(house.database) as session:
        return fund_line_position(session, session.get_one(FundLine, voucher_of(house, order).fund_line_id))


def entry_of(house: House, cause: str) -> str:
    """What was posted for a cause: account and amount, a line each, without the sub-accounts' numbers."""
    with read(house.database) as session:
        entry = ledger.find(session, cause)
    assert entry is not None, cause
    return "\n".join(f"{line.account.name.rpartition(':')[0]} {line.amount}" for line in entry.lines)


def provider_of(house: House, number: int = 0) -> str:
    """The reference of a provider."""
    return house.references[PROVIDERS[number].number]


def pass_until(house: House, day: date) -> None:
    """Time goes by until nine in the morning of a day, and the worker does what is due."""
    house.clock.turn(days=(day - house.today).days)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    house.do_jobs()
