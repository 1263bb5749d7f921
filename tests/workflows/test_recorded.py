"""Recorded orders under a draft: each fund line runs out alone, and nothing changes."""

from datetime import date

import pytest
from sqlalchemy import event
from sqlmodel import SQLModel

from tests.builders import PROVIDERS, SME, SMES, House, a_house
from tests.workflows.scopes import (
    an_application_for,
    change,
    issue,
    order,
    part_of,
    publish,
    voucher_for,
    weihai_with,
    yuan,
)
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
        budget = BudgetUse(session, held, terms)
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


def test_each_type_of_voucher_empties_its_own_line(house: House) -> None:
    rules = weihai_with(CAP) + b"\nfund_lines: {per_group: [development]}\n"
    programme = publish(house, rules, allotted="30000.00", types=("development", ""))
    for group, service in (("development", "development"), ("", "transfer")):
        made = an_application_for(house, programme, "20000.00", group=group)
        issue(house, made)
        part_of(house, made, "100000.00", service=service)
    assert [(needed, spent) for _funder, needed, spent in lines_under(house, programme, rules)] == [("20000.00", None)] * 2


def test_trying_a_draft_changes_nothing(house: House) -> None:
    """Every row of every table is the same afterwards, and nothing was asked of the database but questions."""
    programme = publish(house, weihai_with(CAP))
    for _time in range(3):
        part_of(house, voucher_for(house, programme), "100000.00")
    before, asked = everything(house.database), []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        asked.append(statement.split(maxsplit=1)[0].upper())

    event.listen(house.database.engine, "before_cursor_execute", note)
    try:
        lines_under(house, programme, weihai_with(CAP.replace("900000.00", "10000.00")))
    finally:
        event.remove(house.database.engine, "before_cursor_execute", note)
    assert set(asked) - {"BEGIN"} == {"SELECT"}
    assert everything(house.database) == before


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table, as text, in an order of its own."""
    with read(database) as session:
        return {table.name: sorted(repr(tuple(row)) for row in session.connection().execute(table.select()))
                for table in SQLModel.metadata.sorted_tables}
