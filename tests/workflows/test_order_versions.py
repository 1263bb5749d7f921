"""What an order says over time: its registered contract, its versions and what each of them changed."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.builders import PROVIDER, SME, House
from tests.workflows.purchases import an_accepted_order, order_of, yuan
from voucher.amendments import order_versions
from voucher.errors import NotValid
from voucher.work import read
from workflows.amendment import agree_amendment, propose_change
from workflows.purchase import register_contract

NUMBER = "2026371000000123"


def test_a_contract_is_registered_with_its_day_its_amount_and_its_recognised_income(house: House) -> None:
    order = an_accepted_order(house)  # 100,000 and 6,000 of tax
    wrong: dict[str, dict[str, Any]] = {"only an amount": {"amount": yuan("106000.00")},
             "not yet": {"contract_on": house.today.replace(month=12), "amount": yuan("106000.00"), "income": yuan("1.00")},
             "before it was applied for": {"contract_on": house.today - timedelta(days=1), "amount": yuan("106000.00"),
                                           "income": yuan("1.00")},
             "too small": {"contract_on": house.today, "amount": yuan("99999.99"), "income": yuan("1.00")},
             "too much": {"contract_on": house.today, "amount": yuan("106000.00"), "income": yuan("106000.01")}}
    for what, given in wrong.items():
        with pytest.raises(NotValid), house.work(PROVIDER) as work:
            register_contract(work, order, NUMBER, **given)
        assert order_of(house, order).contract_number == "", what
    with house.work(PROVIDER) as work:
        register_contract(work, order, NUMBER, contract_on=house.today, amount=yuan("106000.00"), income=yuan("90000.00"))
    held = order_of(house, order)
    assert (held.contract_number, held.contract_on, str(held.contract_amount), str(held.recognised_income)) == (
        NUMBER, house.today, "106000.00", "90000.00")

    # The order does not grow beyond the contract that is registered; and the database knows no income without its contract.
    with pytest.raises(NotValid, match=r"contract is over 106000\.00"), house.work(PROVIDER) as work:
        propose_change(work, order, "More samples", net=yuan("106000.01"))
    with pytest.raises(DatabaseError), house.work() as work:
        work.session.connection().execute(text("update orders set contract_number = ''"))


def test_every_version_of_an_order_says_since_when_it_holds_and_what_it_changed(house: House) -> None:
    order = an_accepted_order(house)
    house.clock.turn(days=3)
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples", net=yuan("150000.00"), title="Two buoys")
    with house.work(SME) as work:
        agree_amendment(work, order)
    with read(house.database) as session:
        first, second = order_versions(session, order_of(house, order))
    assert (first.number, first.until, first.why, first.changes) == (1, house.today, "More samples", [])
    assert (second.number, second.since, second.until) == (2, house.today, None)
    assert second.changes == [("title", "Buoy", "Two buoys"), ("net", "100000.00", "150000.00"), ("voucher_part", "21200.00", "31200.00")]
    assert json.dumps(first.content)
