"""An order is claimed once more only while its part is still set apart for it."""

import pytest

from tests.builders import (
    SME,
    House,
    a_completed_order,
    a_house,
    a_submitted_claim,
    an_approved_claim,
    an_issued_voucher,
)
from tests.scenes import scene
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.claims import Claim, CutReason, LineDecision
from voucher.database import Database, fetch
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.work import read
from workflows.approval import approve_claim
from workflows.claiming import withdraw_claim
from workflows.verification import verify_claim


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office."""
    return a_house(database, store)


@scene
def a_refused_claim(house: House, order: str) -> str:
    """A claim of which the verifier accepted nothing."""
    claim = a_submitted_claim(house, order)
    with house.work("verifier1") as work:
        nothing = Money(0, "CNY")
        verify_claim(work, claim, [LineDecision(1, nothing, CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).state == "refused"
    return claim


def test_an_order_whose_claim_was_refused_cannot_be_claimed_again(house: House) -> None:
    """Its part is free for other orders: a second claim would take what another order has reserved."""
    voucher = an_issued_voucher(house)
    refused = a_completed_order(house, voucher, title="Refused")
    other = a_completed_order(house, voucher, title="Other")
    a_refused_claim(house, refused)

    with pytest.raises(NotNow):
        a_submitted_claim(house, refused)

    with read(house.database) as session:
        assert voucher_position(session, voucher, "CNY").reserved == fetch(session, Order, other).voucher_part
        assert ledger.verify(session) == []


def test_an_order_whose_claim_was_withdrawn_can_be_claimed_again(house: House) -> None:
    order = a_completed_order(house)
    claim = a_submitted_claim(house, order)
    with house.work(SME) as work:
        withdraw_claim(work, claim)

    again = an_approved_claim(house, order)

    with read(house.database) as session:
        assert fetch(session, Claim, again).approved == Money(21_200_00, "CNY")
