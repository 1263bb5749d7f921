"""The invented data of the demo: enough of it, the same every time, and with every check digit right."""

from datetime import date

import pytest
from schwifty import IBAN
from stdnum.cn import uscc
from stdnum.ie import vat

from voucher.people import Role
from workflows.demo.data import CasePlan, DemoData, OrganisationData, credit_code, demo_data

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def data() -> DemoData:
    """All of it."""
    return demo_data(TODAY)


def everybody(data: DemoData) -> list[OrganisationData]:
    """Every organisation, the office too."""
    return [data.office, *data.organisations]


def cases(data: DemoData) -> list[CasePlan]:
    """Every case."""
    return [*data.story, *data.bulk]


def test_there_are_enough_firms_providers_and_claims(data: DemoData) -> None:
    kinds = [each.kind for each in data.organisations if each.country == "CN"]
    assert kinds.count("sme") >= 60
    assert kinds.count("provider") >= 20
    assert data.claims >= 150


def test_the_same_seed_gives_the_same_data_and_another_seed_does_not(data: DemoData) -> None:
    assert demo_data(TODAY) == data
    assert demo_data(TODAY, seed=1) != data


def test_every_official_number_has_its_check_digit_and_is_unique(data: DemoData) -> None:
    numbers = [each.number for each in everybody(data)]
    assert len(set(numbers)) == len(numbers)
    for each in everybody(data):
        assert uscc.is_valid(each.number) if each.country == "CN" else vat.is_valid(each.number), each


def test_a_credit_code_agrees_with_the_example_of_the_standard() -> None:
    assert uscc.calc_check_digit("91350100M000100Y4") == "3"
    assert uscc.is_valid(credit_code("371002", 1))


def test_irish_accounts_are_ibans_and_chinese_ones_carry_the_code_of_a_branch(data: DemoData) -> None:
    accounts = [account for each in everybody(data) for account in each.accounts]
    assert len({each.number for each in accounts}) == len(accounts)
    for account in accounts:
        if account.currency == "EUR":
            assert str(IBAN(account.number).bic).removesuffix("XXX") == account.bank_code
        else:
            assert account.number.isdigit()
            assert len(account.bank_code) == 12 and account.bank_code.startswith("999")


def test_contracts_have_sixteen_digits_and_chinese_invoices_twenty_none_twice(data: DemoData) -> None:
    orders = [order for case in cases(data) for order in case.orders]
    contracts = [order.contract_number for order in orders if order.contract_number]
    invoices = [line.invoice_number for order in orders for line in order.invoices]
    assert len(set(contracts)) == len(contracts)
    assert len(set(invoices)) == len(invoices)
    assert all(each.isdigit() and len(each) == 16 for each in contracts)
    assert all(len(each) == 20 for each in invoices if each.isdigit())


def test_everything_says_that_it_is_invented(data: DemoData) -> None:
    for each in everybody(data):
        assert "样例" in each.name or "Sample" in each.name, each.name
        assert all(person.email.endswith(".example") for person in each.people)
        assert all("演示" in person.name or "demo" in person.name for person in each.people)


def test_every_role_of_the_office_is_filled_often_enough_for_four_eyes(data: DemoData) -> None:
    roles = [person.role for person in data.office.people]
    assert roles.count(Role.REVIEWER) == 2
    assert roles.count(Role.APPROVER) >= 2
    assert roles.count(Role.VERIFIER) == 2
    assert roles.count(Role.TREASURY) == 3
    assert {Role.FINANCE, Role.AUDITOR, Role.ADMINISTRATOR} <= set(roles)


def test_every_case_names_organisations_that_are_there(data: DemoData) -> None:
    kinds = {each.number: each.kind for each in data.organisations}
    for case in cases(data):
        assert kinds[case.sme] == "sme"
        assert all(kinds[order.provider] == "provider" for order in case.orders)
        assert len({order.title for order in case.orders}) == len(case.orders)
