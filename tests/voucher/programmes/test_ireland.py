"""Enterprise Ireland: 5,000 euro net in full to the provider, the VAT from the firm. Check values: the published examples."""

import json
from datetime import date

from tests.voucher.programmes.builders import DAY, a_case, a_use, euro, shipped
from voucher.programmes.calculation import Sheet, calculate, largest_voucher
from voucher.programmes.sheet import Kind

IRELAND = shipped("ireland")


def test_the_office_pays_the_net_price_and_the_firm_the_tax() -> None:
    sheet = calculate(IRELAND, a_case(IRELAND, "5000.00", "1150.00"))
    assert (sheet.result, sheet.own_share) == (euro("5000.00"), euro("1150.00"))
    assert [line.amount for line in sheet.of(Kind.OWN_SHARE)] == [euro("0.00"), euro("1150.00")]


def test_fast_track_of_ten_thousand_is_shared_half_and_half() -> None:
    sheet = calculate(IRELAND, a_case(IRELAND, "10000.00", "2300.00", service="fast_track"))
    assert (sheet.result, sheet.own_share) == (euro("5000.00"), euro("7300.00"))


def test_what_lies_above_the_cap_is_paid_by_the_firm() -> None:
    assert calculate(IRELAND, a_case(IRELAND, "6000.00", "1380.00")).result == euro("5000.00")


def test_the_third_voucher_has_to_be_co_funded() -> None:
    used = (a_use(IRELAND, "5000.00", service="standard"), a_use(IRELAND, "5000.00", service="standard"))
    assert calculate(IRELAND, a_case(IRELAND, "5000.00", used=used)).result == euro("0.00")
    assert calculate(IRELAND, a_case(IRELAND, "10000.00", used=used, service="fast_track")).result == euro("5000.00")


def test_a_fourth_voucher_is_refused() -> None:
    used = tuple(a_use(IRELAND, "5000.00", service=service) for service in ("standard", "fast_track", "fast_track"))
    sheet = calculate(IRELAND, a_case(IRELAND, "10000.00", used=used, service="fast_track"))
    assert sheet.result == euro("0.00")
    assert [line.label.en for line in sheet.refusals] == ["vouchers of one company: at most 3, 3 used before"]


def test_a_firm_with_much_support_gets_the_co_funded_kind_only() -> None:
    much = frozenset({"over_300000"})
    assert calculate(IRELAND, a_case(IRELAND, "5000.00", facts=much)).refusals
    assert calculate(IRELAND, a_case(IRELAND, "10000.00", facts=much, service="fast_track")).result == euro("5000.00")


def test_largest_voucher_is_five_thousand() -> None:
    assert largest_voucher(IRELAND, "small", (), DAY).result == euro("5000.00")


def test_the_provider_redeems_within_a_year_and_a_quarter() -> None:
    assert IRELAND.payee == "provider"
    assert not IRELAND.contract_registration
    assert IRELAND.use_by(date(2026, 2, 28)) == date(2027, 2, 28)
    assert IRELAND.claim_by(date(2026, 2, 28)) == date(2027, 5, 28)


def test_a_sheet_comes_back_from_json_as_it_was() -> None:
    sheet = calculate(IRELAND, a_case(IRELAND, "10000.00", "2300.00", service="fast_track"))
    assert Sheet.from_json(json.loads(json.dumps(sheet.as_json()))) == sheet
