"""Limits that count by what comes after an order: it has room in whichever year that falls into, and takes it from nobody."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, func, select, update

from tests.builders import PROVIDER, SME, SMES, House, a_house, evidence
from tests.stories.retold import assert_everything_agrees
from tests.workflows.scopes import CAPS, order, publish, voucher_for, weihai_with, yuan
from voucher.claims import Claim, InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.work import read
from workflows.claiming import submit_claim
from workflows.purchase import accept_delivery, accept_order, deliver_order, register_contract


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with an SME and a provider."""
    return a_house(database, store)


def placed(house: House, voucher: str, net: str) -> str:
    """An order that the provider has accepted and registered."""
    with house.work(SME) as work:
        reference = order(work, house, voucher, net).reference
    with house.work(PROVIDER) as work:
        accept_order(work, reference)
        register_contract(work, reference, f"{2026371000000000 + house.number():016d}")
    return reference


def part_now(house: House, reference: str) -> tuple[Money, bool]:
    """What a voucher pays of an order at most, and whether one knows its day."""
    with read(house.database) as session:
        bought = fetch(session, Order, reference)
        return bought.voucher_part, bought.dated


def delivered(house: House, reference: str) -> None:
    with house.work(PROVIDER) as work:
        deliver_order(work, reference, "Report")
    with house.work(SME) as work:
        accept_delivery(work, reference)


def claimed(house: House, reference: str) -> Money:
    with house.work(SME) as work:
        bought = fetch(work.session, Order, reference)
        line = InvoiceLine(f"26371{house.number():015d}", house.today, bought.title, bought.net, bought.vat)
        return submit_claim(work, reference, [line], OwnPayment(f"B-{house.number()}", house.today, bought.gross),
                            evidence(work, house, bought, house.references[SMES[0].number])).requested


def test_an_order_has_room_in_the_year_of_its_delivery_whichever_that_is(house: House) -> None:
    programme = publish(house, weihai_with(CAPS % "company") + b"\ndated_by: delivery\n")
    first, second = (voucher_for(house, programme) for _time in range(2))
    house.clock.turn(days=200)

    # In 2026 two orders are placed. One is delivered in the same year; of the other nobody knows the year yet.
    late, early = placed(house, first, "400000.00"), placed(house, second, "50000.00")
    delivered(house, early)

    # In 2027 the one that was delivered is over and done. The other still waits, so that 20,000 are left of the new year.
    house.clock.turn(days=110)
    assert house.today.year == 2027
    new = placed(house, second, "450000.00")
    assert part_now(house, new) == (yuan("20000.00"), False)

    # Whichever comes first, each gets what was promised to it, and no year more than the cap.
    for reference in (new, late):
        delivered(house, reference)
    assert [claimed(house, each) for each in (new, late, early)] == [yuan("20000.00"), yuan("80000.00"), yuan("10000.00")]
    with read(house.database) as session:
        assert {year: sum(each.held_minor for each in session.exec(select(Order)) if each.counted_on.year == year)
                for year in (2026, 2027)} == {2026: 10_000_00, 2027: 100_000_00}
        assert session.exec(select(func.sum(col(Claim.requested_minor)))).one() == 110_000_00
    assert_everything_agrees(house)


def test_a_day_that_is_known_stays_as_it_is(house: House) -> None:
    """An order that moved to another year would take room there which nobody kept for it; the database holds that too."""
    programme = publish(house, weihai_with(CAPS % "company") + b"\ndated_by: claim\n")
    reference = placed(house, voucher_for(house, programme), "400000.00")
    delivered(house, reference)
    claimed(house, reference)
    for about in ({"dated": False}, {"counted_on": house.today + timedelta(days=1)}):
        with pytest.raises(DBAPIError, match="an order is dated once"), house.work() as work:
            work.session.connection().execute(update(Order).where(col(Order.reference) == reference).values(**about))
