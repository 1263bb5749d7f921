"""Orders that do not go straight, each told as it happens."""


import pytest

from tests.builders import PROVIDER, PROVIDERS, SME, House, a_house, an_approved_claim, an_issued_voucher, who
from tests.workflows.purchases import a_registered_order, order_of, provider_of, standing, yuan
from voucher import ledger
from voucher.database import Database
from voucher.files import FileStore
from voucher.work import read
from workflows.amendment import agree_amendment, decline_amendment, propose_change, propose_termination, value_part_done
from workflows.purchase import (
    accept_delivery,
    accept_order,
    deliver_order,
    place_order,
    register_contract,
    start_service,
)


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and two providers."""
    return a_house(database, store, providers=2)


def test_a_price_rises_then_work_stops_half_way_and_another_provider_finishes(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_registered_order(house, voucher)  # 100,000 and 6,000 of tax: the voucher pays 21,200

    # The provider needs more, and the SME agrees: the part rises to 31,800.
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples than thought", net=yuan("150000.00"), vat=yuan("9000.00"))
    with house.work(SME) as work:
        agree_amendment(work, order)
    assert standing(house, order).reserved == yuan("31800.00")

    # Work begins and stops. The SME would pay a third; the provider says that more is done; a verifier says half.
    with house.work(PROVIDER) as work:
        start_service(work, order)
    with house.work(SME) as work:
        propose_termination(work, order, "The laboratory closes", net=yuan("50000.00"), vat=yuan("3000.00"))
    with house.work(PROVIDER) as work:
        decline_amendment(work, order, "Half of the samples are done")
    with house.work("verifier1") as work:
        value_part_done(work, order, "37 of 74 samples are there", net=yuan("75000.00"), vat=yuan("4500.00"))
    assert (order_of(house, order).state, standing(house, order).reserved) == ("terminated", yuan("15900.00"))

    # Another provider does the rest, with what is left of the voucher.
    other = PROVIDERS[1]
    with house.work(SME) as work:
        rest = place_order(work, voucher, provider_of(house, 1), "development", "The other samples", yuan("75000.00"), yuan("4500.00"),
                           replaces=order).reference
    with house.work(who(other)) as work:
        accept_order(work, rest)
        register_contract(work, rest, "2026371000009999")
        deliver_order(work, rest, "The other 37 samples")
    with house.work(SME) as work:
        accept_delivery(work, rest)

    # Both parts are claimed and owed, each for itself, and nothing stays reserved.
    an_approved_claim(house, order)
    an_approved_claim(house, rest, provider=other)
    after = standing(house, order)
    assert (after.approved, after.reserved, after.available) == (yuan("31800.00"), yuan("0.00"), yuan("68200.00"))
    with read(house.database) as session:
        assert ledger.verify(session) == []
