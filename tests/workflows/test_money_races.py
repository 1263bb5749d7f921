"""What moves the same money at the same instant, on PostgreSQL: one after the other, and no cent twice."""

import pytest

from tests.builders import PROVIDER, House, a_house, a_placed_order, an_approved_claim, an_issued_voucher
from tests.workflows.purchases import yuan
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.test_revocation import accuse, hear
from voucher.database import Database
from voucher.files import FileStore
from voucher.programmes.library import example
from voucher.work import read
from workflows.issue import allot, publish_programme, record_appropriation
from workflows.purchase import accept_order
from workflows.revocation import revoke_voucher


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def sound(house: House) -> bool:
    """Whether the books agree; fails where they do not."""
    with read(house.database) as session:
        assert_sound(session)
    return True


def test_orders_are_accepted_while_vouchers_of_the_same_money_are_revoked(house: House) -> None:
    # In which order two accounts are locked follows from their names. Those of the second fund line come the other way round than
    # a revocation meets them: an order that is accepted has one and wants the other.
    with house.work("approver1") as work:
        programme = publish_programme(work, example("weihai")).reference
    for funder, allotted in (("province", "1.00"), ("city", "1000000.00")):
        with house.work("finance1") as work:
            line = record_appropriation(work, programme, house.today.year, yuan(allotted), "Decision 1", funder)
            allot(work, line.reference, yuan(allotted), "Notice 1")
    accused = [an_issued_voucher(house) for _number in range(4)]
    for voucher in accused:
        an_approved_claim(house, voucher=voucher, net="1000.00", vat="60.00")
        a_placed_order(house, voucher, net="1000.00", vat="60.00")
        accuse(house, voucher)
        hear(house, voucher)
    kept = an_issued_voucher(house)
    orders = [a_placed_order(house, kept, net="100.00", vat="6.00") for _number in range(12)]
    outcomes = race(house, ["approver3", PROVIDER, PROVIDER, PROVIDER], lambda work, number: (
        accept_order(work, orders[number * 3 // 4]) if number % 4 else revoke_voucher(work, accused[number // 4], "Copied")), 16)
    assert winners(outcomes) == 16 and sound(house)
