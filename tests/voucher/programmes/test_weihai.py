"""Weihai: 20 % of a registered technology contract, capped a year by class of firm. Check values: the published rules."""

import pytest

from tests.voucher.programmes.builders import DAY, a_case, a_use, shipped, yuan
from voucher.programmes.calculation import calculate, largest_voucher
from voucher.programmes.cases import evidence_for
from voucher.programmes.sheet import Kind

WEIHAI = shipped("weihai")


def test_technology_sme_with_two_million_is_cut_to_three_hundred_thousand() -> None:
    sheet = calculate(WEIHAI, a_case(WEIHAI, "2000000.00", firm_class="technology_sme"))
    assert sheet.of(Kind.RATE)[0].amount == yuan("400000.00")
    assert sheet.result == yuan("300000.00")
    assert sheet.own_share == yuan("1700000.00")


def test_the_firm_bears_eighty_per_cent() -> None:
    assert calculate(WEIHAI, a_case(WEIHAI, "100000.00")).own_share == yuan("80000.00")


def test_other_firm_gets_only_what_the_year_still_leaves() -> None:
    sheet = calculate(WEIHAI, a_case(WEIHAI, "300000.00", firm_class="other", used=(a_use(WEIHAI, "70000.00"),)))
    assert sheet.result == yuan("30000.00")
    cap = sheet.of(Kind.CAP)[0]
    assert cap.details == {"limit": "100000.00", "used": "70000.00", "left": "30000.00", "cut": "30000.00"}
    assert cap.clause is not None and cap.clause.zh == "年度补助上限"


def test_use_in_another_year_does_not_count() -> None:
    use = a_use(WEIHAI, "70000.00", on=DAY.replace(year=2025))
    assert calculate(WEIHAI, a_case(WEIHAI, "300000.00", firm_class="other", used=(use,))).result == yuan("60000.00")


@pytest.mark.parametrize(("firm_class", "most"), [
    ("high_tech", "500000.00"), ("technology_sme", "300000.00"), ("qianfan", "200000.00"), ("other", "100000.00"),
])
def test_largest_voucher_is_the_cap_of_the_class(firm_class: str, most: str) -> None:
    assert largest_voucher(WEIHAI, firm_class, (), DAY).result == yuan(most)


def test_largest_voucher_shrinks_with_earlier_use() -> None:
    sheet = largest_voucher(WEIHAI, "other", (a_use(WEIHAI, "70000.00"),), DAY)
    assert sheet.result == yuan("30000.00")
    assert sheet.of(Kind.CAP)[0].details == {"limit": "100000.00", "used": "70000.00", "left": "30000.00"}


def test_resold_technology_counts_for_its_added_value_only() -> None:
    case = a_case(WEIHAI, "300000.00", facts=frozenset({"resold"}), measures={"added_value": yuan("50000.00")})
    assert calculate(WEIHAI, case).result == yuan("10000.00")


def test_excluded_class_of_service_gets_nothing_and_says_why() -> None:
    sheet = calculate(WEIHAI, a_case(WEIHAI, "300000.00", facts=frozenset({"own_prize"})))
    assert sheet.result == yuan("0.00")
    assert sheet.own_share == yuan("300000.00")
    assert [line.label.en for line in sheet.refusals] == ["Excluded: a class of service that has a prize of its own"]


def test_the_sme_is_paid_and_the_contract_has_to_be_registered() -> None:
    assert WEIHAI.payee == "sme"
    assert WEIHAI.contract_registration
    assert WEIHAI.needs_registration("transfer")
    assert evidence_for(WEIHAI, a_case(WEIHAI, service="transfer"), yuan("1.00")) == ("contract", "registration", "invoice", "own_payment")
