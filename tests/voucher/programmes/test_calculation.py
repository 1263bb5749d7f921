"""The engine, rule by rule, on small terms."""

import math
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voucher.programmes.builders import DAY, a_case, a_file, a_use, euro, terms
from voucher.errors import NotValid
from voucher.money import Money, total
from voucher.programmes.calculation import Sheet, calculate, largest_voucher
from voucher.programmes.cases import evidence_for
from voucher.programmes.reading import read_published
from voucher.programmes.sheet import Kind
from voucher.programmes.terms import Terms

NO_CAP = {"caps:\n  - {name: {zh: 上限, en: a cap}, amount: 5000.00, period: application}\n": ""}

THREE_FUNDERS = """
funders:
  - {code: state, name: {zh: 省, en: state}, share: 60 %}
  - {code: city, name: {zh: 市, en: city}, share: 30 %}
  - {code: town, name: {zh: 县, en: town}, share: 10 %}
"""


def with_caps(caps: str) -> Terms:
    return terms(instead={"caps:\n  - {name: {zh: 上限, en: a cap}, amount: 5000.00, period: application}\n": "caps:\n" + caps})


def paying(rate: str, more: str = "", caps: str = "") -> Terms:
    without = dict(NO_CAP) | {"  - rate: 50 %\n": rate}
    return terms(instead=without, more=more + (f"\ncaps:\n{caps}" if caps else ""))


def a_cap(limits: str) -> str:
    return "  - {name: {zh: 上限, en: a cap}, " + limits + "}\n"


# -- rates -------------------------------------------------------------------------------------------------------------

def test_a_rate_is_rounded_half_up_once() -> None:
    assert calculate(paying("  - rate: 30 %\n"), a_case(terms(), "152.89")).result == euro("45.87")
    assert calculate(paying("  - rate: 50 %\n"), a_case(terms(), "0.01")).result == euro("0.01")


@settings(max_examples=60, deadline=None)
@given(cents=st.integers(1, 10**7), rate=st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000),
       step=st.sampled_from([2, 5, 10, 100]),
       half_up=st.booleans())
def test_a_step_is_rounded_to_once_from_the_exact_amount(cents: int, rate: Fraction, step: int, half_up: bool) -> None:
    way = "half_up" if half_up else "down"
    rules = paying(f"  - rate: {rate.numerator}/{rate.denominator}\n", more=f"rounding: {{way: {way}, to: {Money(step, 'EUR')}}}\n")
    exact = cents * rate / step
    steps = math.floor(exact + Fraction(1, 2)) if half_up else math.floor(exact)
    got = calculate(rules, a_case(rules, str(Money(cents, "EUR")))).of(Kind.RESULT)[0].amount
    assert got == Money(min(steps * step, cents), "EUR")


def test_half_a_step_less_a_trifle_is_not_rounded_up() -> None:
    """Of 3.33 it is 49.95 cents: 50 to the cent, and from there a whole euro, which nobody owes."""
    rules = paying("  - rate: 15 %\n", more="rounding: {way: half_up, to: 1.00}\n")
    assert calculate(rules, a_case(rules, "3.33")).result == euro("0.00")
    assert calculate(rules, a_case(rules, "3.34")).result == euro("1.00")


def test_rounding_down_to_whole_tens_writes_a_line() -> None:
    sheet = calculate(paying("  - rate: 50 %\n", more="rounding: {way: down, to: 10.00}\n"), a_case(terms(), "199.99"))
    assert sheet.result == euro("90.00")
    assert [line.amount for line in sheet.of(Kind.ROUNDING)] == [euro("90.00")]


def test_the_first_rule_that_fits_applies() -> None:
    rules = paying("  - {when: {cost_from: 1000.00}, rate: 10 %}\n  - {when: {until: 2026-01-31}, rate: 20 %}\n  - rate: 30 %\n")
    assert calculate(rules, a_case(rules, "1000.00")).result == euro("100.00")
    assert calculate(rules, a_case(rules, "999.99", on=date(2026, 1, 31))).result == euro("200.00")
    assert calculate(rules, a_case(rules, "999.99")).result == euro("300.00")


def test_a_case_that_no_rule_fits_is_refused() -> None:
    rules = paying("  - {when: {cost_from: 1000.00}, rate: 10 %}\n")
    sheet = calculate(rules, a_case(rules, "10.00"))
    assert sheet.result == euro("0.00")
    assert [line.label.en for line in sheet.refusals] == ["No rate of these terms fits this case"]


def test_whole_basis_takes_the_rate_of_the_band_that_is_reached() -> None:
    rules = paying("  - {bands: [{up_to: 1000.00, rate: 80 %}, {rate: 50 %}], whole_basis: yes}\n")
    assert calculate(rules, a_case(rules, "1000.00")).result == euro("800.00")
    assert calculate(rules, a_case(rules, "1000.02")).result == euro("500.01")


def test_each_line_cites_the_clause_of_its_own_rule() -> None:
    rules = paying("  - {bands: [{up_to: 1000.00, rate: 80 %, clause: 5.1}, {rate: 50 %}], clause: '5'}\n",
                   more="minimum: 4000.00\nfund_lines: {clause: '9'}\nclauses: {basis: '4', minimum: '7'}\n")
    sheet = calculate(rules, a_case(rules, "3000.00", left={"": euro("1500.00")}))
    assert [(line.kind, line.clause and line.clause.en) for line in sheet.lines if line.clause or line.kind == Kind.CAP] == [
        (Kind.BASIS, "4"), (Kind.BAND, "5.1"), (Kind.BAND, "5"), (Kind.RATE, "5"), (Kind.LIMIT, "9"), (Kind.REFUSAL, "7")]


def test_nothing_is_paid_above_the_last_band() -> None:
    rules = paying("  - bands: [{up_to: 1000.00, rate: 80 %}, {up_to: 3000.00, rate: 50 %}]\n")
    assert calculate(rules, a_case(rules, "9000.00")).result == euro("1800.00")


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_band_lines_add_up_to_what_the_rule_pays(minor: int) -> None:
    rules = BANDED
    sheet = calculate(rules, a_case(rules, str(Money(minor, "EUR"))))
    assert total((line.amount for line in sheet.of(Kind.BAND) if line.amount), "EUR") == sheet.of(Kind.RATE)[0].amount


BANDED = paying("  - bands: [{up_to: 0.33, rate: 1/3}, {up_to: 100.01, rate: 2/3}, {rate: 33.33 %}]\n")


def test_per_piece_counts_the_pieces_and_stops_at_the_price() -> None:
    rules = paying("  - per_piece: 100.00\n")
    assert calculate(rules, a_case(rules, "1000.00", quantity=3)).result == euro("300.00")
    assert calculate(rules, a_case(rules, "250.00", quantity=3)).result == euro("250.00")


def test_larger_of_takes_the_larger() -> None:
    rules = paying("  - larger_of: [{rate: 10 %}, {fixed: 50.00}]\n")
    assert calculate(rules, a_case(rules, "400.00")).result == euro("50.00")
    assert calculate(rules, a_case(rules, "900.00")).result == euro("90.00")


# -- basis ---------------------------------------------------------------------------------------------------------------

def test_the_basis_may_be_the_smaller_of_two() -> None:
    rules = terms(more="basis_at_most: [recognised_income]\n")
    sheet = calculate(rules, a_case(rules, "1000.00", measures={"recognised_income": euro("600.00")}))
    assert sheet.result == euro("300.00")
    assert sheet.of(Kind.BASIS)[0].details == {"limit": "600.00", "cut": "400.00"}


def test_a_measure_that_the_case_does_not_give_is_asked_for() -> None:
    rules = terms(more="basis_at_most: [recognised_income]\n")
    with pytest.raises(NotValid) as refused:
        calculate(rules, a_case(rules))
    assert [each.where for each in refused.value.problems] == ["measures.recognised_income"]


def test_gross_basis_takes_in_the_tax() -> None:
    rules = terms(instead={"basis: net": "basis: gross"})
    sheet = calculate(rules, a_case(rules, "1000.00", "230.00"))
    assert (sheet.result, sheet.own_share) == (euro("615.00"), euro("615.00"))


def test_a_price_list_bounds_what_counts() -> None:
    rules = terms(more="prices: [{service: testing, price: 120.00}]\n")
    assert calculate(rules, a_case(rules, "1000.00", quantity=2)).result == euro("120.00")


def test_a_cost_above_the_range_is_refused_when_the_terms_say_so() -> None:
    rules = terms(more="eligible_cost: [{at_most: 500.00, refuse_above: yes}]\n")
    assert calculate(rules, a_case(rules, "500.01")).refusals
    assert calculate(rules, a_case(rules, "500.00")).result == euro("250.00")


# -- caps ------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("used_on", "left"), [
    (date(2023, 5, 15), "5000.00"), (date(2023, 5, 16), "1000.00"), (date(2026, 5, 15), "1000.00"), (date(2026, 5, 16), "1000.00"),
    (date(2029, 5, 14), "1000.00"), (date(2029, 5, 15), "5000.00"),
])
def test_no_window_of_a_rolling_cap_holds_more_than_the_cap(used_on: date, left: str) -> None:
    """It looks back from the day of the case; and what was used later looks back on the case."""
    rules = with_caps(a_cap("amount: 5000.00, period: rolling, length: 3 years"))
    assert calculate(rules, a_case(rules, "90000.00", used=(a_use(rules, "4000.00", on=used_on),))).result == euro(left)


def test_of_several_windows_of_a_rolling_cap_the_fullest_counts() -> None:
    rules = with_caps(a_cap("amount: 5000.00, period: rolling, length: 1 year"))
    used = tuple(a_use(rules, amount, on=day) for amount, day in (
        ("1000.00", date(2025, 6, 1)), ("2000.00", date(2026, 6, 1)), ("500.00", date(2027, 5, 1))))
    assert calculate(rules, a_case(rules, "90000.00", used=used)).result == euro("2500.00")


@pytest.mark.parametrize("period", ["calendar_year", "rolling, length: 1 year"])
def test_what_is_not_dated_yet_takes_room_in_every_year(period: str) -> None:
    rules = with_caps(a_cap(f"amount: 5000.00, period: {period}"))
    open_use = a_use(rules, "4000.00", on=date(2024, 3, 1), undated=True)
    assert calculate(rules, a_case(rules, "90000.00", used=(open_use,))).result == euro("1000.00")
    assert calculate(rules, a_case(rules, "90000.00", on=date(2022, 3, 1), used=(open_use,))).result == euro("5000.00")
    used = (a_use(rules, "1000.00", on=date(2026, 5, 1)), a_use(rules, "3000.00", on=date(2028, 5, 1)))
    assert calculate(rules, a_case(rules, "90000.00", used=used, undated=True)).result == euro("2000.00")
    assert calculate(rules, a_case(rules, "90000.00", used=used)).result == euro("4000.00")


def test_what_is_bought_between_two_rounds_counts_in_the_one_before() -> None:
    rounds = ("  rounds: [{name: {zh: 一, en: one}, opens: 2026-01-01, closes: 2026-01-31}, "
              "{name: {zh: 二, en: two}, opens: 2026-07-01, closes: 2026-07-31}]\n")
    rules = terms(instead={"period: application": "period: round", "  country: IE\n": "  country: IE\n" + rounds})
    used = (a_use(rules, "4000.00", on=date(2026, 3, 31)),)
    assert calculate(rules, a_case(rules, "90000.00", on=date(2026, 6, 30), used=used)).result == euro("1000.00")
    assert calculate(rules, a_case(rules, "90000.00", on=date(2026, 7, 1), used=used)).result == euro("5000.00")


def test_a_fiscal_year_begins_where_the_file_says() -> None:
    rules = terms(instead={"period: application": "period: fiscal_year", "  country: IE\n": "  country: IE\n  fiscal_year_starts: 04-01\n"})
    used = (a_use(rules, "4000.00", on=date(2026, 3, 31)),)
    assert calculate(rules, a_case(rules, "90000.00", used=used)).result == euro("5000.00")
    assert calculate(rules, a_case(rules, "90000.00", on=date(2026, 3, 1), used=used)).result == euro("1000.00")


def test_what_is_reserved_for_later_in_the_year_counts_too() -> None:
    rules = with_caps(a_cap("amount: 5000.00, period: calendar_year"))
    used = (a_use(rules, "4000.00", on=date(2026, 12, 31)),)
    assert calculate(rules, a_case(rules, "90000.00", used=used)).result == euro("1000.00")


@pytest.mark.parametrize(("subject", "mine", "theirs", "counts"), [
    ("company", {"company": "A"}, {"company": "A"}, True), ("company", {"company": "A"}, {"company": "B"}, False),
    ("group", {"company": "A", "group": "G"}, {"company": "B", "group": "G"}, True),
    ("group", {"company": "A"}, {"company": "A"}, True), ("group", {"company": "A"}, {"company": "B"}, False),
    ("person", {"person": "Li"}, {"person": "Li", "company": "B"}, True), ("team", {"team": "t"}, {"team": "u"}, False),
    ("provider", {"provider": "P"}, {"provider": "P", "company": "B"}, True), ("provider", {"provider": "P"}, {"provider": "Q"}, False),
    ("pair", {"company": "A", "provider": "P"}, {"company": "A", "provider": "P"}, True),
    ("pair", {"company": "A", "provider": "P"}, {"company": "A", "provider": "Q"}, False),
    ("pair", {"company": "A", "provider": "P"}, {"company": "B", "provider": "P"}, False),
])
def test_a_cap_counts_its_own_subject_only(subject: str, mine: dict[str, str], theirs: dict[str, str], counts: bool) -> None:
    rules = with_caps(a_cap(f"amount: 5000.00, period: lifetime, subject: {subject}"))
    sheet = calculate(rules, a_case(rules, "90000.00", used=(a_use(rules, "4000.00", **theirs),), **mine))
    assert sheet.result == euro("1000.00" if counts else "5000.00")


def test_a_cap_may_be_a_share_of_the_basis() -> None:
    rules = with_caps(a_cap("share: 33 %, period: application"))
    assert calculate(rules, a_case(rules, "100.00")).result == euro("33.00")


def test_a_cap_that_is_overdrawn_leaves_nothing_and_never_less() -> None:
    rules = with_caps(a_cap("amount: 5000.00, period: calendar_year"))
    sheet = calculate(rules, a_case(rules, "100.00", used=(a_use(rules, "6000.00"),)))
    assert sheet.result == euro("0.00")
    assert sheet.of(Kind.CAP)[0].details == {"limit": "5000.00", "used": "6000.00", "left": "0.00", "cut": "50.00"}


# -- own share -----------------------------------------------------------------------------------------------------------------

def test_the_own_share_is_kept_from_the_basis() -> None:
    rules = paying("  - {when: {cost_up_to: 1000.00}, fixed: 1000.00}\n", more="own_share: [{at_least: 10 %}]\n")
    assert calculate(rules, a_case(rules, "500.00")).result == euro("450.00")


def test_in_kind_counts_up_to_its_part() -> None:
    rules = paying("  - rate: 100 %\n", more="own_share: [{match: 100 %, kinds: [cash, kind], kind_at_most: 25 %}]\n")
    case = a_case(rules, "9000.00", own_cash=euro("300.00"), own_kind=euro("900.00"))
    assert calculate(rules, case).result == euro("400.00")


# -- funders -------------------------------------------------------------------------------------------------------------------

def test_an_amount_is_divided_by_the_largest_remainder() -> None:
    rules = paying("  - rate: 100 %\n", more=THREE_FUNDERS)
    sheet = calculate(rules, a_case(rules, "10000.01"))
    assert list(sheet.funders.values()) == [euro("6000.01"), euro("3000.00"), euro("1000.00")]


@settings(deadline=None)
@given(st.integers(0, 10**10))
def test_funders_always_pay_the_whole_and_nothing_more(minor: int) -> None:
    sheet = calculate(SHARED, a_case(SHARED, str(Money(minor, "EUR"))))
    assert total(sheet.funders.values(), "EUR") == sheet.result
    assert sheet.result + sheet.own_share == Money(minor, "EUR")


SHARED = paying("  - rate: 66.67 %\n", more=THREE_FUNDERS)


def test_funders_by_order_pay_one_after_the_other() -> None:
    rules = paying("  - rate: 100 %\n", more="split: by_order\nfunders:\n"
                   "  - {code: state, name: {zh: 省, en: state}, ceiling: 600.00}\n"
                   "  - {code: city, name: {zh: 市, en: city}, ceiling: 300.00}\n")
    sheet = calculate(rules, a_case(rules, "1000.00"))
    assert sheet.funders == {"state": euro("600.00"), "city": euro("300.00")}
    assert sheet.result == euro("900.00")


def test_a_funder_may_match_another_one_for_one() -> None:
    rules = paying("  - {funder: state, rate: 20 %}\n",
                   more="funders:\n  - {code: state, name: {zh: 省, en: state}}\n"
                        "  - {code: city, name: {zh: 市, en: city}, matches: state}\n")
    assert calculate(rules, a_case(rules, "1000.00")).funders == {"state": euro("200.00"), "city": euro("200.00")}


def test_a_cap_of_one_funder_cuts_only_its_share() -> None:
    rules = paying("  - rate: 100 %\n", more=THREE_FUNDERS, caps=a_cap("amount: 100.00, period: application, funders: [city]"))
    assert [str(each) for each in calculate(rules, a_case(rules, "1000.00")).funders.values()] == ["600.00", "100.00", "100.00"]


def test_a_cap_of_one_funder_counts_only_what_that_funder_gave() -> None:
    rules = paying("  - rate: 100 %\n", more=THREE_FUNDERS, caps=a_cap("amount: 400.00, period: calendar_year, funders: [city]"))
    used = (a_use(rules, "1000.00", funders={"state": euro("600.00"), "city": euro("300.00"), "town": euro("100.00")}),)
    assert calculate(rules, a_case(rules, "1000.00", used=used)).funders["city"] == euro("100.00")


# -- instalments, counts, the largest voucher ---------------------------------------------------------------------------------

def test_eighty_per_cent_first_leaves_the_rest_for_later() -> None:
    rules = paying("  - rate: 100 %\n", more="instalments:\n"
                   "  - {code: now, name: {zh: 首期, en: now}, share: 80 %, after: {zh: 批准, en: approval}}\n"
                   "  - {code: later, name: {zh: 尾款, en: later}, share: 20 %, after: {zh: 考核, en: assessment}}\n")
    sheet = calculate(rules, a_case(rules, "79000000.00"))
    assert sheet.instalments == {"now": euro("63200000.00"), "later": euro("15800000.00")}


def test_largest_voucher_needs_a_limit() -> None:
    with pytest.raises(NotValid, match="no limit"):
        largest_voucher(terms(instead=NO_CAP), "sme", (), DAY)


def test_largest_voucher_comes_back_from_json() -> None:
    sheet = largest_voucher(terms(), "sme", (), DAY)
    assert Sheet.from_json(sheet.as_json()) == sheet
    assert sheet.result == euro("5000.00")


# -- cases that do not fit ------------------------------------------------------------------------------------------------------

def test_a_case_is_refused_with_everything_that_the_terms_do_not_know() -> None:
    rules = terms()
    case = a_case(rules, firm_class="smee", service="test", facts=frozenset({"x"}), quantity=0, measures={"net": Money(1, "CNY")})
    with pytest.raises(NotValid) as refused:
        calculate(rules, case)
    assert [each.where for each in refused.value.problems] == ["firm_class", "service", "facts", "measures.net", "quantity"]
    assert "Did you mean sme?" in str(refused.value)


def test_money_of_the_engine_is_exact() -> None:
    rules = paying("  - rate: 1/3\n")
    assert calculate(rules, a_case(rules, "1.00")).result == Money(1, "EUR").part(Fraction(100, 3))


# -- what came before -------------------------------------------------------------------------------------------------------------

def test_a_rate_may_depend_on_how_often_a_firm_came_before() -> None:
    rules = paying("  - {when: {earlier_uses_up_to: 1}, rate: 80 %}\n  - {when: {earlier_uses_from: 2}, rate: 40 %}\n")
    mine, another = a_use(rules, "1.00", company="A"), a_use(rules, "1.00", company="B")
    for used, paid in (((), "80.00"), ((mine, another), "80.00"), ((mine, mine, another), "40.00")):
        assert calculate(rules, a_case(rules, "100.00", company="A", used=used)).result == euro(paid)


def test_bands_may_count_over_a_year() -> None:
    rules = paying("  - {bands: [{up_to: 1000.00, rate: 80 %}, {rate: 50 %}], bands_over: calendar_year}\n")
    used = (a_use(rules, "560.00", cost=euro("700.00")), a_use(rules, "9.00", cost=euro("900.00"), on=date(2025, 12, 31)))
    sheet = calculate(rules, a_case(rules, "500.00", used=used))
    assert [line.amount for line in sheet.of(Kind.BAND)] == [euro("240.00"), euro("100.00")]
    assert calculate(rules, a_case(rules, "500.00", used=(a_use(rules, "9.00", cost=euro("5000.00")),))).result == euro("250.00")


def test_pieces_can_be_counted_instead_of_cases() -> None:
    rules = terms(more="count_limits: [{name: {zh: 件数, en: pieces a year}, at_most: 10, period: calendar_year, pieces: yes}]\n")
    used = (a_use(rules, "1.00", quantity=7),)
    assert calculate(rules, a_case(rules, quantity=3, used=used)).result == euro("500.00")
    assert calculate(rules, a_case(rules, quantity=4, used=used)).refusals


def test_funders_together_never_pay_more_than_the_price() -> None:
    rules = read_published(a_file(
        instead=NO_CAP | {"  - rate: 50 %\n": "  - {funder: state, rate: 70 %}\n  - {funder: city, rate: 50 %}\n"},
        more="funders:\n  - {code: state, name: {zh: 省, en: state}}\n  - {code: city, name: {zh: 市, en: city}}\n"))
    sheet = calculate(rules, a_case(rules, "100.00", "23.00"))
    assert sheet.funders == {"state": euro("70.00"), "city": euro("30.00")}
    assert sheet.own_share == euro("23.00")


def test_a_measure_above_the_price_does_not_bring_more_than_the_price() -> None:
    rules = paying("  - {basis: recognised_income, rate: 50 %}\n")
    assert calculate(rules, a_case(rules, "100.00", measures={"recognised_income": euro("900.00")})).result == euro("100.00")


CAPPED = with_caps(a_cap("amount: 5000.00, period: calendar_year") + a_cap("amount: 700.00, period: application")
                   + a_cap("share: 40 %, period: application") + a_cap("amount: 6000.00, period: lifetime, subject: provider"))


@settings(deadline=None)
@given(st.integers(0, 10**8), st.lists(st.integers(1, 3 * 10**5), max_size=6))
def test_no_cap_is_ever_exceeded(net: int, before: list[int]) -> None:
    used = tuple(a_use(CAPPED, str(Money(each, "EUR"))) for each in before)
    sheet = calculate(CAPPED, a_case(CAPPED, str(Money(net, "EUR")), used=used))
    assert sheet.result.minor >= 0
    assert all(sheet.result <= Money.parse(line.details["left"], "EUR") for line in sheet.of(Kind.CAP))
    assert sheet.result + sheet.own_share == Money(net, "EUR")


def test_papers_for_special_cases_are_asked_for_in_those_cases_only() -> None:
    rules = terms(more="facts: {large: {zh: 大额, en: large}}\n", instead={
        "  - {kind: invoice, name: {zh: 发票, en: invoice}}\n":
        "  - {kind: invoice, name: {zh: 发票, en: invoice}}\n  - {kind: audit, name: {zh: 审计, en: audit}, from_amount: 1000.00}\n"
        "  - {kind: licence, name: {zh: 许可, en: licence}, when: {facts: [large]}}\n"
        "  - {kind: card, name: {zh: 证, en: card}, when: {first_time: yes}}\n"
        "  - {kind: travel, name: {zh: 差旅, en: travel}, when: {provider_local: no, cost_from: 500.00, since: 2026-01-01}}\n"})

    def asked(net: str, amount: str, **about: Any) -> tuple[str, ...]:
        return evidence_for(rules, a_case(rules, net, **about), euro(amount))

    before = (a_use(rules, "1.00", on=date(2025, 2, 1)),)
    near: dict[str, Any] = {"region": "dublin", "provider_region": "dublin", "used": before}
    assert asked("999.99", "999.99", **near) == ("invoice",)
    assert asked("1000.00", "1000.00", **near | {"used": ()}) == ("invoice", "audit", "card")
    assert asked("1000.00", "1.00", **near | {"facts": frozenset({"large"})}) == ("invoice", "licence")
    assert asked("500.00", "1.00", used=before) == ("invoice", "travel")
    assert asked("499.99", "1.00", used=before) == ("invoice",)
    assert asked("500.00", "1.00", used=before, on=date(2025, 12, 31)) == ("invoice",)


def test_a_bonus_comes_on_top_whenever_it_fits() -> None:
    rules = paying("  - rate: 40 %\n  - {on_top: yes, when: {facts: [green]}, rate: 10 %}\n"
                   "  - {on_top: yes, when: {first_time: yes}, fixed: 5.00}\n",
                   more="facts: {green: {zh: 绿色, en: green}}\n")
    assert calculate(rules, a_case(rules, "100.00")).result == euro("45.00")
    assert calculate(rules, a_case(rules, "100.00", facts=frozenset({"green"}))).result == euro("55.00")
    assert calculate(rules, a_case(rules, "100.00", facts=frozenset({"green"}), used=(a_use(rules, "1.00"),))).result == euro("50.00")


def test_the_firm_may_have_to_bring_an_amount() -> None:
    rules = paying("  - rate: 90 %\n", more="own_share: [{at_least_amount: 500.00}]\n")
    assert calculate(rules, a_case(rules, "1000.00")).result == euro("500.00")
    assert calculate(rules, a_case(rules, "400.00")).result == euro("0.00")


def test_a_voucher_may_end_with_the_year() -> None:
    rules = terms(instead={"{use_within: 12 months, claim_within: 3 months}":
                           "{use_within: 9 months, use_until_day: 12-31, claim_until_day: 03-31}"})
    assert (rules.use_by(date(2026, 2, 1)), rules.claim_by(date(2026, 2, 1))) == (date(2026, 11, 1), date(2027, 3, 31))
    assert (rules.use_by(date(2026, 12, 1)), rules.claim_by(date(2026, 12, 1))) == (date(2026, 12, 31), date(2027, 3, 31))


def test_regions_may_be_named_by_their_official_number() -> None:
    rules = paying("  - {when: {regions: [371500]}, rate: 60 %}\n  - rate: 40 %\n",
                   more="regions: {371500: {zh: 聊城, en: Liaocheng}, 371000: {zh: 威海, en: Weihai}}\n")
    assert calculate(rules, a_case(rules, "100.00", region="371500")).result == euro("60.00")
    assert calculate(rules, a_case(rules, "100.00", region="371000")).result == euro("40.00")


def test_a_cap_on_a_funder_that_pays_second_counts_what_reaches_it() -> None:
    rules = paying("  - rate: 100 %\n", more="split: by_order\nfunders:\n  - {code: state, name: {zh: 省, en: state}, ceiling: 600.00}\n"
                   "  - {code: city, name: {zh: 市, en: city}}\n", caps=a_cap("amount: 100.00, period: application, funders: [city]"))
    assert calculate(rules, a_case(rules, "650.00")).funders == {"state": euro("600.00"), "city": euro("50.00")}
    assert calculate(rules, a_case(rules, "900.00")).funders == {"state": euro("600.00"), "city": euro("100.00")}


def test_a_line_that_is_empty_leaves_the_next_funder_to_pay() -> None:
    rules = paying("  - rate: 100 %\n", more="split: by_order\nfunders:\n  - {code: state, name: {zh: 省, en: state}}\n"
                   "  - {code: city, name: {zh: 市, en: city}}\n")
    sheet = calculate(rules, a_case(rules, "900.00", left={"state": euro("250.00")}))
    assert sheet.funders == {"state": euro("250.00"), "city": euro("650.00")}


def test_the_largest_voucher_heeds_how_many_pieces_are_left() -> None:
    rules = paying("  - per_piece: 100.00\n",
                   more="count_limits: [{name: {zh: 件数, en: pieces}, at_most: 10, period: lifetime, pieces: yes}]\n",
                   caps=a_cap("amount: 5000.00, period: application"))
    assert largest_voucher(rules, "sme", (), DAY).result == euro("1000.00")
    assert largest_voucher(rules, "sme", (a_use(rules, "1.00", quantity=7),), DAY).result == euro("300.00")


def test_a_rule_may_pay_nothing() -> None:
    rules = paying("  - {when: {cost_up_to: 100.00}, fixed: 0.00}\n  - {when: {cost_up_to: 200.00}, per_piece: 0.00}\n  - rate: 0 %\n")
    assert [calculate(rules, a_case(rules, net)).result for net in ("50.00", "150.00", "250.00")] == [euro("0.00")] * 3


def test_an_own_share_may_be_a_part_of_another_measure() -> None:
    rules = terms(instead={"rate: 50 %": "{basis: gross, rate: 80 %}"}, more="own_share: [{basis: gross, at_least: 20 %}]\n")
    assert calculate(rules, a_case(rules, "1000.00", "200.00")).result == euro("960.00")


def test_what_is_brought_in_kind_is_told_as_far_as_it_counts() -> None:
    rules = terms(more="own_share: [{at_least: 10 %, kinds: [cash, kind], kind_at_most: 50 %}]\n")
    sheet = calculate(rules, a_case(rules, own_cash=euro("200.00"), own_kind=euro("300.00")))
    assert sheet.brought_in_kind == euro("200.00")
    assert Sheet.from_json(sheet.as_json()).brought_in_kind == euro("200.00")
    assert calculate(rules, a_case(rules)).brought_in_kind == euro("0.00")


def test_the_least_that_is_paid_may_depend_on_the_service() -> None:
    rules = terms(instead={"en: testing}}": "en: testing}}\n  advice: {name: {zh: 咨询, en: advice}}"},
                  more="minimum: 100.00\nminimums: [{when: {services: [advice]}, amount: 300.00, clause: art. 8}]\n")
    assert [bool(calculate(rules, a_case(rules, net, service=service)).refusals)
            for service, net in (("testing", "199.98"), ("testing", "200.00"), ("advice", "599.98"), ("advice", "600.00"))] == [
                True, False, True, False]
    [line] = calculate(rules, a_case(rules, "500.00", service="advice")).refusals
    assert line.clause is not None and line.clause.en == "art. 8"
    assert rules.smallest_voucher == euro("100.00")
