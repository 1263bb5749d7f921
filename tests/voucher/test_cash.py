"""Cash: the split invoices of published programmes, to the cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.cash import Cash, cash_of
from voucher.money import Money
from voucher.programmes.terms import Model


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


@pytest.mark.parametrize(("net", "vat", "part", "office", "sme"), [
    ("5000.00", "1150.00", "5000.00", "5000.00", "1150.00"),     # Enterprise Ireland: 23 % on 5,000
    ("10000.00", "2300.00", "5000.00", "5000.00", "7300.00"),    # its fast track, half of 10,000
    ("5000.00", "1000.00", "5000.00", "5000.00", "1000.00"),     # Northern Ireland: 20 %
])
def test_one_contract_has_two_invoices_where_the_provider_redeems(net: str, vat: str, part: str, office: str, sme: str) -> None:
    cash = cash_of(Model.PROVIDER_REDEEMS, eur(net), eur(vat), eur(part))
    assert cash == Cash(eur(office), eur(sme), eur(vat), eur("0.00"))
    assert cash.sme_bears == eur(sme)


def test_who_is_reimbursed_pays_the_whole_price_first() -> None:
    cash = cash_of(Model.REIMBURSE_SME, eur("100.00"), eur("6.00"), eur("20.00"))
    assert (cash.invoice_to_office, cash.sme_pays, cash.sme_gets_back, cash.sme_bears) == (
        eur("0.00"), eur("106.00"), eur("20.00"), eur("86.00"))


@given(st.sampled_from(Model), st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_the_invoices_come_to_the_price_and_the_sme_bears_the_rest(model: Model, net: int, vat: int, part: int) -> None:
    part = min(part, net + vat)
    cash = cash_of(model, Money(net, "EUR"), Money(vat, "EUR"), Money(part, "EUR"))
    assert cash.invoice_to_office.minor + cash.invoice_to_sme.minor == net + vat
    assert cash.sme_bears.minor == net + vat - part
    assert 0 <= cash.tax.minor <= cash.invoice_to_sme.minor
