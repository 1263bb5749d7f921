"""Programmes that came after the vocabulary was made: figures that their pages publish, and others that follow from the rules."""

from fractions import Fraction
from typing import Any

import pytest

from tests.voucher.programmes.builders import DAY, a_case, a_use, euro, shipped
from voucher.money import Money
from voucher.programmes.calculation import calculate
from voucher.programmes.cases import evidence_for
from voucher.programmes.sheet import Kind

HONG_KONG, AUSTRIA, PORTUGAL = (shipped(name) for name in ("hong_kong", "austria", "portugal"))


def dollars(text: str) -> Money:
    return Money.parse(text, "HKD")


# -- Hong Kong: 3 to 1, 600,000 in all, half of it off the shelf ------------------------------------------------------------

@pytest.mark.parametrize(("cost", "customised", "paid"), [
    ("200000.00", "200000.00", "150000.00"),  # the published example: 50,000 in cash, 150,000 from the programme
    ("200000.00", "100000.00", "150000.00"),  # just half is off the shelf
    ("200000.00", "50000.00", "75000.00"),  # of 150,000 off the shelf, 50,000 counts
    ("900000.00", "900000.00", "600000.00"),
])
def test_hong_kong_pays_three_quarters_of_what_counts(cost: str, customised: str, paid: str) -> None:
    sheet = calculate(HONG_KONG, a_case(HONG_KONG, cost, measures={"customised": dollars(customised)}))
    assert (sheet.result, sheet.own_share) == (dollars(paid), dollars(cost) - dollars(paid))


def test_hong_kong_pays_a_quarter_first_and_counts_projects() -> None:
    case: dict[str, Any] = {"measures": {"customised": dollars("200000.00")}}
    assert calculate(HONG_KONG, a_case(HONG_KONG, "200000.00", **case)).instalments == {
        "initial": dollars("37500.00"), "final": dollars("112500.00")}
    used = tuple(a_use(HONG_KONG, "20000.00") for _ in range(5))
    assert calculate(HONG_KONG, a_case(HONG_KONG, "200000.00", used=used, **case)).result == dollars("150000.00")
    assert calculate(HONG_KONG, a_case(HONG_KONG, "200000.00", used=(*used, used[0]), **case)).refusals
    assert calculate(HONG_KONG, a_case(HONG_KONG, "200000.00", used=(a_use(HONG_KONG, "1.00", held=True),), **case)).refusals


def test_hong_kong_wants_audited_accounts_above_fifty_thousand() -> None:
    assert "audit" not in evidence_for(HONG_KONG, a_case(HONG_KONG, service="technology"), dollars("50000.00"))
    assert "audit" in evidence_for(HONG_KONG, a_case(HONG_KONG, service="technology"), dollars("50000.01"))


# -- Austria: 80 % up to 10,000; the tax counts for those who cannot deduct it ----------------------------------------------

@pytest.mark.parametrize(("net", "vat", "facts", "paid"), [
    ("12500.00", "2500.00", (), "10000.00"), ("10000.00", "2000.00", (), "8000.00"), ("15000.00", "3000.00", (), "10000.00"),
    ("10000.00", "2000.00", ("no_input_tax",), "9600.00"),
])
def test_austria_pays_eighty_per_cent_up_to_ten_thousand(net: str, vat: str, facts: tuple[str, ...], paid: str) -> None:
    assert calculate(AUSTRIA, a_case(AUSTRIA, net, vat, facts=frozenset(facts))).result == euro(paid)


def test_austria_refuses_mere_measuring_and_names_why() -> None:
    sheet = calculate(AUSTRIA, a_case(AUSTRIA, facts=frozenset({"measurement_only"})))
    assert [line.label.en for line in sheet.refusals] == ["Excluded: mere measuring and testing"]


# -- Portugal: 30,000 in six parts, staff at most three quarters of the cost ----------------------------------------------------

def test_portugal_pays_thirty_thousand_in_six_equal_parts() -> None:
    sheet = calculate(PORTUGAL, a_case(PORTUGAL, "40000.00", measures={"other_cost": euro("10000.00")}))
    assert sheet.result == euro("30000.00")
    assert list(sheet.instalments.values()) == [euro("5000.00")] * 6


def test_portugal_counts_staff_up_to_three_quarters_of_the_cost() -> None:
    sheet = calculate(PORTUGAL, a_case(PORTUGAL, "24000.00", measures={"other_cost": euro("4000.00")}))
    assert sheet.result == euro("16000.00")
    assert [line.amount for line in sheet.of(Kind.BAND)] == [euro("24000.00"), euro("16000.00")]


def test_portugal_is_for_young_firms() -> None:
    assert PORTUGAL.firm_classes["start_up"].years_at_most == 10
    assert PORTUGAL.instalments[0].share == Fraction(1, 6)
    assert PORTUGAL.use_by(DAY) < PORTUGAL.claim_by(DAY)
