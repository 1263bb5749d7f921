"""Every amount up to which the terms are kinder is one below which a purchase may be cut: also that of the notice, and that of a rate."""

import pytest

from tests.builders import House, a_completed_order, a_submitted_claim
from tests.workflows.scopes import publish, voucher_for
from voucher.claims import Claim
from voucher.database import fetch
from voucher.findings import findings_of
from voucher.programmes.library import example
from voucher.work import read

WEIHAI = example("weihai")
NOTICE, RATES = b"notice: {length: 5 working days,", b"rates:\n"
FROM_10000 = NOTICE + b" from_amount: 10000.00, before_payment: yes,"
KINDER = RATES + b"  - {when: {cost_up_to: 60000.00%s}, rate: 30 %%}\n"


def found(house: House, rules: bytes, *prices: str) -> set[str]:
    """What is found of splitting on claims over orders of these prices, by what it is about."""
    voucher = voucher_for(house, publish(house, rules))
    claims = [a_submitted_claim(house, a_completed_order(house, voucher, net=price, vat="0.00")) for price in prices]
    with read(house.database) as session:
        return {each.about for each in findings_of(session, [fetch(session, Claim, each).id for each in claims])
                if each.check_name == "split"}


def test_claims_just_below_the_amount_of_the_public_notice_are_found(house: House) -> None:
    assert found(house, WEIHAI.replace(NOTICE, FROM_10000), "45000.00", "45000.00") == {"claim public notice"}


@pytest.mark.parametrize(("rules", "prices"), [
    (WEIHAI.replace(NOTICE, FROM_10000), ("45000.00", "50000.00")),  # the second one stands on the notice
    (WEIHAI.replace(NOTICE, FROM_10000 + b" firm_classes: [high_tech],"), ("45000.00", "45000.00")),
    (WEIHAI, ("45000.00", "45000.00"))])
def test_near_a_claim_on_the_notice_and_firms_that_stand_on_none_are_not(house: House, rules: bytes, prices: tuple[str, str]) -> None:
    assert found(house, rules, *prices) == set()


REPORT = b"evidence:\n", b"evidence:\n  - {kind: report, name: {zh: a, en: report}, when: {cost_from: 60000.00%s}}\n"


def test_orders_just_below_the_cost_from_which_a_paper_is_asked_for_are_found(house: House) -> None:
    assert found(house, WEIHAI.replace(REPORT[0], REPORT[1] % b""), "45000.00", "55000.00") == {"cost from evidence limit"}


@pytest.mark.parametrize(("more", "prices"), [
    (b"", ("45000.00", "60000.00")), (b"", ("30000.00", "29000.00")), (b", firm_classes: [high_tech]", ("45000.00", "55000.00"))])
def test_near_an_order_that_needs_the_paper_and_a_paper_of_others_are_not(house: House, more: bytes, prices: tuple[str, str]) -> None:
    assert found(house, WEIHAI.replace(REPORT[0], REPORT[1] % more), *prices) == set()


def test_orders_just_below_the_cost_up_to_which_a_rate_is_kinder_are_found(house: House) -> None:
    assert found(house, WEIHAI.replace(RATES, KINDER % b""), "45000.00", "55000.00") == {"cost kinder rule"}


@pytest.mark.parametrize(("more", "prices"), [
    (b"", ("45000.00", "70000.00")), (b"", ("30000.00", "30000.00")), (b", firm_classes: [high_tech]", ("45000.00", "55000.00")),
    (b", services: [consulting]", ("45000.00", "55000.00"))])
def test_near_an_order_above_it_and_a_rate_for_others_are_not(house: House, more: bytes, prices: tuple[str, str]) -> None:
    assert found(house, WEIHAI.replace(RATES, KINDER % more), *prices) == set()
