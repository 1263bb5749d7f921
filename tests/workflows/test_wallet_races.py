"""Many at once on one wallet, on PostgreSQL: what came in is held once and leaves once."""

import pytest
from sqlmodel import func, select

from tests.builders import SME, House, a_house
from tests.workflows.purchases import an_accepted_order
from tests.workflows.scopes import voucher_for
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.wallets import account_of_sme, deposits, pay_in, receipt, reference_of, with_wallet
from voucher.database import Database
from voucher.files import FileStore
from voucher.payouts import Payout
from voucher.work import SYSTEM, read
from workflows.purchase import cancel_order
from workflows.reconciliation import import_statement
from workflows.wallet import settle_wallet

OWN = "84800.00"


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


@pytest.fixture
def order(house: House) -> str:
    """An order whose own part is awaited."""
    return an_accepted_order(house, voucher_for(house, with_wallet(house)))


def test_the_same_sum_in_many_statements_at_once_is_held_once_and_the_rest_goes_back(house: House, order: str) -> None:
    reference = reference_of(house, order)
    statements = [receipt(house, OWN, reference, account_of_sme(house)) for _number in range(8)]
    outcomes = race(house, ["finance1", "treasury1"], lambda work, number: import_statement(
        work, house.store, f"{number}.xml", statements[number]), 8)
    assert winners(outcomes) == 8
    assert [each.state for each in deposits(house, order)].count("held") == 1
    assert [each.state for each in deposits(house, order)].count("refused") == 7
    with read(house.database) as session:
        assert session.exec(select(func.count()).select_from(Payout)).one() == 7
        assert_sound(session)


def test_workers_at_once_give_the_own_part_of_a_cancelled_order_back_once(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    with house.work(SME) as work:
        cancel_order(work, order, "Project stopped")
    house.people["clock"] = SYSTEM
    outcomes = race(house, ["clock"], lambda work, _number: settle_wallet(work, house.store, order), 12)
    assert winners(outcomes) == 12
    with read(house.database) as session:
        assert [str(each.amount) for each in session.exec(select(Payout))] == [OWN]
        assert_sound(session)
