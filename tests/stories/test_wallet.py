"""Wallet deposits with wrong amounts sent back, told as it happens."""

import pytest
from sqlmodel import select

from tests.builders import PROVIDER, House, a_house
from tests.stories.retold import assert_everything_agrees, letters, reads_english
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import take_to_the_bank
from tests.workflows.scopes import voucher_for
from tests.workflows.wallets import (
    approve_all,
    begin_work,
    deposits,
    entries,
    pay_in,
    reference_of,
    settle,
    with_wallet,
)
from voucher.database import Database
from voucher.files import FileStore
from voucher.payouts import Payout
from voucher.work import read


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, PROVIDER)
    return house


def payable(house: House) -> list[str]:
    """The payouts that wait for a batch."""
    with read(house.database) as session:
        return list(session.exec(select(Payout.reference).where(Payout.state == "payable").order_by(Payout.reference)))


def test_a_firm_pays_too_little_gets_it_back_pays_right_and_the_wallet_pays_the_provider(house: House) -> None:
    # 106,000 with tax are ordered; the voucher pays 21,200 of it, the SME is to pay 84,800 in.
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    reference = reference_of(house, order)

    # It pays a hundred too little: the bank's statement says so, and the money is on its way back.
    pay_in(house, "84700.00", reference)
    take_to_the_bank(house, payable(house))
    house.clock.turn(minutes=5)

    # Then it pays exactly, and work can begin.
    pay_in(house, "84800.00", reference)
    begin_work(house, order)

    # The provider's claim is approved: it gets the voucher's part and the SME's, in one batch.
    approve_all(house, order)
    settle(house)
    take_to_the_bank(house, payable(house))

    assert [(each.state, str(each.amount)) for each in deposits(house, order)] == [("spent", "84800.00"), ("refused", "84700.00")]
    assert entries(house, " deposit.") == """\
2026-03-02 deposit.unmatched M-2026-00002-8
    financial:asset:wallet:M-2026-00002-8                 84700.00 CNY
    financial:payable:unmatched-deposits:M-2026-00002-8  -84700.00 CNY
    cn-financial:1002:M-2026-00002-8                      84700.00 CNY
    cn-financial:2307:M-2026-00002-8                     -84700.00 CNY
2026-03-02 deposit.released Y-2026-00001-8
    financial:payable:unmatched-deposits:M-2026-00002-8   84700.00 CNY
    financial:asset:payments-in-transit:Y-2026-00001-8   -84700.00 CNY
2026-03-02 deposit.settled Y-2026-00001-8
    financial:asset:payments-in-transit:Y-2026-00001-8   84700.00 CNY
    financial:asset:wallet:M-2026-00002-8               -84700.00 CNY
    cn-financial:2307:M-2026-00002-8                     84700.00 CNY
    cn-financial:1002:M-2026-00002-8                    -84700.00 CNY
2026-03-02 deposit.received M-2026-00001-5
    financial:asset:wallet:M-2026-00001-5        84800.00 CNY
    financial:payable:own-share:M-2026-00001-5  -84800.00 CNY
    cn-financial:1002.01:M-2026-00001-5          84800.00 CNY
    cn-financial:2901:M-2026-00001-5            -84800.00 CNY
2026-03-02 deposit.released Y-2026-00003-9
    financial:payable:own-share:M-2026-00001-5           84800.00 CNY
    financial:asset:payments-in-transit:Y-2026-00003-9  -84800.00 CNY
2026-03-02 deposit.settled Y-2026-00003-9
    financial:asset:payments-in-transit:Y-2026-00003-9   84800.00 CNY
    financial:asset:wallet:M-2026-00001-5               -84800.00 CNY
    cn-financial:2901:M-2026-00001-5                     84800.00 CNY
    cn-financial:1002.01:M-2026-00001-5                 -84800.00 CNY
"""
    assert letters(house, "deposit.asked", "deposit.refused", "deposit.received", "deposit.paid_on", "claim.approved",
                   "payout.settled") == LETTERS
    assert_everything_agrees(house)


LETTERS = """\
sme13 (zh) deposit.asked M-2026-00001-5
provider01 (en) deposit.asked M-2026-00001-5
sme13 (zh) deposit.refused M-2026-00002-8
sme13 (zh) payout.settled Y-2026-00001-8
sme13 (zh) deposit.received M-2026-00001-5
provider01 (en) deposit.received M-2026-00001-5
provider01 (en) claim.approved C-2026-00001-8
sme13 (zh) claim.approved C-2026-00001-8
provider01 (en) deposit.paid_on M-2026-00001-5
sme13 (zh) deposit.paid_on M-2026-00001-5
provider01 (en) payout.settled Y-2026-00002-6
provider01 (en) payout.settled Y-2026-00003-9
"""
