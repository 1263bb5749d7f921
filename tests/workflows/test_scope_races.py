"""Two firms reach for the last of a cap that they share, on PostgreSQL: it is given once."""

import pytest
from sqlmodel import func, select

from tests.builders import PROVIDER, SME, SMES, House, a_house, who
from tests.workflows.scopes import CAPS, an_application_for, change, order, publish, voucher_for, weihai_with
from tests.workflows.test_races import race, winners
from tests.workflows.test_scopes import ONE_VOUCHER
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.orders import Order
from voucher.work import Work, read
from workflows.issue import issue_voucher
from workflows.purchase import accept_order, deliver_order, register_contract

TWO = [SME, who(SMES[1])]
TIMES = 24


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL with two SMEs."""
    return a_house(postgres, store, smes=2)


@pytest.mark.parametrize("subject", ["group", "provider"])
def test_two_firms_never_both_take_the_last_of_a_cap(house: House, subject: str) -> None:
    change(house, house.references[SMES[1].number], controller=SMES[0].number)
    programme = publish(house, weihai_with(CAPS % subject))
    vouchers = [voucher_for(house, programme, sme) for sme in SMES[:2]]

    def attempt(work: Work, number: int) -> None:
        order(work, house, vouchers[number % 2], "50000.00")  # 20 % of it is a tenth of the cap

    outcomes = race(house, TWO, attempt, TIMES)

    assert winners(outcomes) == 10
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    with read(house.database) as session:
        assert session.exec(select(func.sum(Order.held_minor))).one() == 100_000_00
        assert ledger.verify(session) == []


def test_two_firms_of_a_group_are_not_both_issued_the_last_that_they_may_hold(house: House) -> None:
    cap = CAPS.replace("calendar_year", "held") % "group"
    for reference in (house.references[sme.number] for sme in SMES[:2]):
        change(house, reference, controller="91371002MA3COMMON1")
    programme = publish(house, weihai_with(cap))
    waiting = [reviewed(house, programme, number) for number in range(6)]

    outcomes = race(house, ["approver1", "approver2"], lambda work, number: issue_voucher(work, waiting[number]), len(waiting))

    assert winners(outcomes) == 2  # of 40,000 each, under a cap of 100,000
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)


def test_two_firms_of_a_group_are_not_both_issued_its_one_voucher(house: House) -> None:
    for reference in (house.references[sme.number] for sme in SMES[:2]):
        change(house, reference, controller="91371002MA3COMMON1")
    programme = publish(house, weihai_with(CAPS % "company") + ONE_VOUCHER)
    waiting = [reviewed(house, programme, number) for number in range(4)]
    outcomes = race(house, ["approver1", "approver2"], lambda work, number: issue_voucher(work, waiting[number]), len(waiting))
    assert winners(outcomes) == 1 and all(isinstance(each, NotNow) for each in outcomes if each is not None)


def reviewed(house: House, programme: str, number: int) -> str:
    """An application of one of the two firms."""
    return an_application_for(house, programme, "40000.00", SMES[number % 2])


def test_deliveries_and_orders_at_a_turn_of_the_year_never_take_more_than_a_years_cap(house: House) -> None:
    """Two orders wait for their delivery, which decides their year; others reach for what they leave while one is delivered."""
    programme = publish(house, weihai_with(CAPS % "company") + b"\ndated_by: delivery\n")
    vouchers = [voucher_for(house, programme) for _time in range(2)]
    with house.work(SME) as work:
        waiting, _other = (order(work, house, vouchers[0], "100000.00").reference for _time in range(2))
    with house.work(PROVIDER) as work:
        accept_order(work, waiting)
        register_contract(work, waiting, "2026371000000001")
    house.clock.turn(days=310)

    def attempt(work: Work, number: int) -> None:
        if number == 1:
            deliver_order(work, waiting, "Report")
        else:
            order(work, house, vouchers[1], "50000.00")

    outcomes = race(house, [SME, PROVIDER, *[SME] * 10], attempt, 12)

    assert outcomes[1] is None and winners(outcomes) == 1 + 6
    with read(house.database) as session:
        assert session.exec(select(func.sum(Order.held_minor))).one() == 100_000_00
        assert ledger.verify(session) == []
