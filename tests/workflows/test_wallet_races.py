"""Many at once on one wallet, on PostgreSQL: what came in is held once and leaves once."""

import pytest
from sqlmodel import col, func, select

from tests.builders import PROVIDER, SME, House, a_gathered_batch, a_house
from tests.workflows.beside import beside
from tests.workflows.purchases import an_accepted_order
from tests.workflows.scopes import voucher_for
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.wallets import (
    account_of_sme,
    approve_all,
    begin_work,
    deposits,
    pay_in,
    receipt,
    reference_of,
    settle,
    with_wallet,
)
from voucher.database import Database, fetch
from voucher.deposits import deposits_of
from voucher.errors import NotValid
from voucher.files import FileStore
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.work import SYSTEM, read
from workflows.claiming import withdraw_claim
from workflows.purchase import cancel_order, lapse_order
from workflows.reconciliation import import_statement
from workflows.reimbursement import gather_batch, release_batch
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


@pytest.mark.parametrize("first", ["lapse", "deposit"])
def test_what_arrives_while_its_order_lapses_goes_back_once(house: House, order: str, first: str) -> None:
    content = receipt(house, OWN, reference_of(house, order), account_of_sme(house))
    house.clock.turn(days=60)
    house.people["clock"] = SYSTEM
    lapse = "clock", lambda work: lapse_order(work, order)
    deposit = "finance1", lambda work: import_statement(work, house.store, "late.xml", content)
    assert beside(house, *((lapse, deposit) if first == "lapse" else (deposit, lapse))) is None
    settle(house)
    assert {each.state for each in deposits(house, order)} <= {"dropped", "refused", "spent"}
    with read(house.database) as session:
        assert fetch(session, Order, order).state == "lapsed"
        assert [(str(each.amount), each.account_number) for each in session.exec(select(Payout))] == [(OWN, account_of_sme(house).number)]
        assert_sound(session)


def approved(house: House, order: str) -> tuple[str, str]:
    """The claim of an order that is approved, and the payout by which the own part goes on."""
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    claim = approve_all(house, order)
    settle(house)
    with read(house.database) as session:
        return claim, session.exec(select(Payout.reference).where(col(Payout.deposit_id).is_not(None))).one()


def test_who_releases_the_own_part_waits_for_who_takes_the_approval_back_and_is_refused(house: House, order: str) -> None:
    claim, own = approved(house, order)
    batch = a_gathered_batch(house, [own])
    with house.work("treasury1") as work:
        release_batch(work, batch)
    refused = beside(house, (PROVIDER, lambda work: withdraw_claim(work, claim)), ("treasury2", lambda work: release_batch(work, batch)))
    assert isinstance(refused, NotValid)
    with read(house.database) as session:
        assert fetch(session, Payout, own).state == "gathered"
        assert_sound(session)


def test_who_takes_the_approval_back_waits_for_who_releases_the_own_part(house: House, order: str) -> None:
    claim, own = approved(house, order)
    batch = a_gathered_batch(house, [own])
    with house.work("treasury1") as work:
        release_batch(work, batch)
    refused = beside(house, ("treasury2", lambda work: release_batch(work, batch)), (PROVIDER, lambda work: withdraw_claim(work, claim)))
    assert refused is None
    house.people["clock"] = SYSTEM
    with house.work("clock") as work:
        settle_wallet(work, house.store, order)  # it was on its way before
    with read(house.database) as session:
        assert fetch(session, Payout, own).state == "released"
        assert_sound(session)


def test_a_payout_that_is_gathered_while_the_wallet_takes_it_back_is_one_or_the_other(house: House, order: str) -> None:
    claim, own = approved(house, order)
    with house.work(PROVIDER) as work:
        withdraw_claim(work, claim)
    house.people["clock"] = SYSTEM
    refused = beside(house, ("clock", lambda work: settle_wallet(work, house.store, order)),
                     ("finance1", lambda work: gather_batch(work, [own], house.today)))
    assert isinstance(refused, NotValid)
    with read(house.database) as session:
        assert fetch(session, Payout, own).state == "cancelled"
    assert [each.state for each in deposits(house, order)] == ["held"]


def test_workers_at_once_take_a_payout_back_once(house: House, order: str) -> None:
    claim, _own = approved(house, order)
    with house.work(PROVIDER) as work:
        withdraw_claim(work, claim)
    house.people["clock"] = SYSTEM
    assert winners(race(house, ["clock"], lambda work, _number: settle_wallet(work, house.store, order), 8)) == 8
    with read(house.database) as session:
        assert [(each.state, each.left_minor) for each in deposits_of(session, fetch(session, Order, order).id)] == [("held", 84_800_00)]
        assert_sound(session)
