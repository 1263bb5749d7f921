"""Recorded orders under a draft: each fund line runs out alone, and nothing changes."""

from datetime import date

import pytest

from tests.builders import PROVIDERS, SME, SMES, House, a_house
from tests.workflows.scopes import change, order, part_of, publish, voucher_for, weihai_with, yuan
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.programmes.backtest import replay
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.programmes.reading import read_terms
from voucher.recorded import BudgetUse, recorded_cases
from voucher.work import read
from workflows.purchase import cancel_order

CAP = "caps:\n  - {name: {zh: 上限, en: the cap}, amount: 900000.00, period: calendar_year}\n"


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    return a_house(database, store)


def lines_under(house: House, programme: str, draft: bytes) -> list[tuple[str, str, date | None]]:
    """Funder, money needed and day of exhaustion of each fund line."""
    terms = read_terms(draft)
    with read(house.database) as session:
        held = fetch(session, Programme, programme)
        budget = BudgetUse(session, held)
        for each in replay(terms, recorded_cases(session, held, terms)):
            budget.add(each)
    return [(line.line.funder, str(yuan("0.00") + type(line.allotted)(line.needed_minor, "CNY")), line.spent_on) for line in budget.lines]


def test_the_day_on_which_a_fund_line_would_be_empty_is_told(house: House) -> None:
    rules = weihai_with(CAP)
    programme = publish(house, rules, allotted="150000.00")
    voucher = voucher_for(house, programme, amount="150000.00")
    part_of(house, voucher, "100000.00")
    house.clock.turn(days=10)
    part_of(house, voucher, "500000.00")
    assert lines_under(house, programme, rules) == [("city", "120000.00", None)]
    dearer = rules.replace(b"rate: 20 %", b"rate: 30 %", 2)
    assert lines_under(house, programme, dearer) == [("city", "180000.00", house.today)]


def test_each_funder_pays_its_part_from_its_own_line(house: House) -> None:
    programme = publish(house, example("shandong"), funders=("province", "liaocheng"))
    for number in (SMES[0].number, PROVIDERS[0].number):
        change(house, house.references[number], category="sme", region="liaocheng")
    voucher = voucher_for(house, programme, amount="650000.00")
    part_of(house, voucher, "600000.00", service="testing")
    assert lines_under(house, programme, example("shandong")) == [("province", "360000.00", None), ("liaocheng", "180000.00", None)]


def test_an_order_that_was_cancelled_is_no_case(house: House) -> None:
    programme = publish(house, weihai_with(CAP))
    voucher = voucher_for(house, programme)
    with house.work(SME) as work:
        cancel_order(work, order(work, house, voucher, "100000.00").reference, "No longer needed")
    assert lines_under(house, programme, weihai_with(CAP)) == [("city", "0.00", None)]
