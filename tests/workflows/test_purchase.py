"""Purchase: what an order reserves, who may take which step, and what is free again when it ends."""

import pytest

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    House,
    a_completed_order,
    a_placed_order,
    an_application,
    an_issued_voucher,
)
from voucher.accounting import VoucherPosition, fund_line_position, voucher_position
from voucher.database import fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.listings import end_span
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation
from voucher.programmes.funding import FundLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.purchase import (
    NotEnoughLeft,
    accept_delivery,
    accept_order,
    cancel_order,
    decline_order,
    deliver_order,
    place_order,
    price_order,
    register_contract,
)


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def standing(house: House, voucher: str) -> VoucherPosition:
    with read(house.database) as session:
        return voucher_position(session, voucher, "CNY")


def order_by(house: House, reference: str) -> Order:
    with read(house.database) as session:
        return fetch(session, Order, reference)


def provider(house: House) -> str:
    return house.references[PROVIDERS[0].number]


def test_an_order_reserves_its_part_at_once(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = order_by(house, a_placed_order(house, voucher, net="100000.00", vat="6000.00"))
    assert (order.voucher_part, order.own_part) == (yuan("21200.00"), yuan("84800.00"))
    left = standing(house, voucher)
    assert (left.available, left.reserved) == (yuan("78800.00"), yuan("21200.00"))


def test_budget_and_entitlement_agree_while_an_order_goes_on(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    for accepted in (False, True):
        if accepted:
            with house.work(PROVIDER) as work:
                accept_order(work, order)
        with read(house.database) as session:
            line = session.get_one(FundLine, fetch(session, Voucher, voucher).fund_line_id)
            budget, entitlement = fund_line_position(session, line), voucher_position(session, voucher, "CNY")
        assert budget.committed == entitlement.available
        assert budget.reserved + budget.obligated == entitlement.reserved
        assert bool(budget.obligated) is accepted


def test_the_sheet_shows_the_same_before_and_after_ordering(house: House) -> None:
    voucher = an_issued_voucher(house)
    with house.work(SME) as work:
        quoted = price_order(work, fetch(work.session, Voucher, voucher), "development", yuan("100000.00"), yuan("6000.00"))
    assert order_by(house, a_placed_order(house, voucher)).sheet == quoted.as_json()


def test_an_order_beyond_the_balance_says_what_is_left(house: House) -> None:
    voucher = an_issued_voucher(house, amount="20000.00")
    with pytest.raises(NotEnoughLeft, match=r"20000\.00 CNY left.*21200\.00"):
        a_placed_order(house, voucher)
    assert standing(house, voucher).available == yuan("20000.00")


def test_an_sme_may_ask_for_less_than_the_terms_give(house: House) -> None:
    voucher = an_issued_voucher(house, amount="20000.00")
    with house.work(SME) as work:
        order = place_order(work, voucher, provider(house), "development", "Buoy", yuan("100000.00"), yuan("6000.00"),
                            part=yuan("20000.00"))
    assert order.voucher_part == yuan("20000.00")
    assert standing(house, voucher).available == yuan("0.00")


def test_the_yearly_cap_counts_every_order_of_the_firm(house: House) -> None:
    first, second = (an_issued_voucher(house, amount="300000.00"), an_issued_voucher(house, amount="300000.00"))
    a_placed_order(house, first, net="1400000.00", vat="0.00")
    order = order_by(house, a_placed_order(house, second, net="1000000.00", vat="0.00"))
    assert order.voucher_part == yuan("20000.00")


def test_a_cancelled_order_gives_its_room_under_the_cap_back(house: House) -> None:
    voucher = an_issued_voucher(house, amount="300000.00")
    order = a_placed_order(house, voucher, net="1500000.00", vat="0.00")
    with house.work(SME) as work:
        cancel_order(work, order, "no longer needed")
    assert standing(house, voucher).available == yuan("300000.00")
    assert order_by(house, a_placed_order(house, voucher, net="1500000.00", vat="0.00")).voucher_part == yuan("300000.00")


@pytest.mark.parametrize("accepted", [False, True])
def test_a_cancelled_order_frees_voucher_and_budget(house: House, accepted: bool) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    if accepted:
        with house.work(PROVIDER) as work:
            accept_order(work, order)
    with house.work(SME) as work:
        cancel_order(work, order, "no longer needed")
    with read(house.database) as session:
        line = session.get_one(FundLine, fetch(session, Voucher, voucher).fund_line_id)
        budget = fund_line_position(session, line)
    assert (budget.committed, budget.reserved, budget.obligated) == (yuan("100000.00"), yuan("0.00"), yuan("0.00"))
    assert standing(house, voucher).available == yuan("100000.00")


def test_a_declined_order_is_the_providers_to_decline(house: House) -> None:
    order = a_placed_order(house)
    with pytest.raises((NotAllowed, NotFound)), house.work(SME) as work:
        decline_order(work, order, "we have no time")
    with house.work(PROVIDER) as work:
        assert decline_order(work, order, "we have no time").state == "declined"


def test_an_order_tells_every_problem_at_once(house: House) -> None:
    voucher = an_issued_voucher(house)
    with pytest.raises(NotValid) as refused, house.work(SME) as work:
        place_order(work, voucher, house.references[PROVIDERS[0].number], "haircut", " ", yuan("0.00"), yuan("0.00"))
    assert [each.where for each in refused.value.problems] == ["service_type", "title", "net"]


def test_an_application_is_no_voucher_yet(house: House) -> None:
    application = an_application(house)
    with pytest.raises(NotNow, match="only an issued one"):
        a_placed_order(house, application)


def test_an_order_comes_in_time_or_not_at_all(house: House) -> None:
    voucher = an_issued_voucher(house)
    house.clock.turn(days=366)
    with pytest.raises(NotNow, match="was to be used by"):
        a_placed_order(house, voucher)


def test_a_provider_that_is_not_listed_gets_no_order(house: House) -> None:
    voucher = an_issued_voucher(house)
    with house.work() as work:
        firm = fetch(work.session, Organisation, provider(house))
        end_span(work.session, firm.id, work.today, "It closed.")
    with pytest.raises(NotValid) as refused:
        a_placed_order(house, voucher)
    assert refused.value.problems[0].where == "provider"


@pytest.mark.parametrize("number", ["", "123", "20263710000000012", "202637100000000x", "２０２６３７１００００００００１"])
def test_a_contract_number_has_sixteen_digits(house: House, number: str) -> None:
    order = a_placed_order(house)
    with house.work(PROVIDER) as work:
        accept_order(work, order)
    with pytest.raises(NotValid, match="sixteen digits"), house.work(PROVIDER) as work:
        register_contract(work, order, number)


def test_a_contract_number_is_used_once(house: House) -> None:
    number = order_by(house, a_completed_order(house)).contract_number
    order = a_placed_order(house)
    with house.work(PROVIDER) as work:
        accept_order(work, order)
    with pytest.raises(NotValid, match="already carries"), house.work(PROVIDER) as work:
        register_contract(work, order, number)


def test_where_contracts_are_registered_delivery_waits_for_the_number(house: House) -> None:
    order = a_placed_order(house)
    with house.work(PROVIDER) as work:
        accept_order(work, order)
    with pytest.raises(NotNow, match="Register the technology contract"), house.work(PROVIDER) as work:
        deliver_order(work, order, "Report")


def test_only_the_sme_accepts_a_delivery(house: House) -> None:
    order = a_completed_order(house)
    with pytest.raises(NotNow), house.work(SME) as work:
        accept_delivery(work, order)
    with pytest.raises((NotAllowed, NotFound)), house.work(PROVIDER) as work:
        accept_delivery(work, order)
