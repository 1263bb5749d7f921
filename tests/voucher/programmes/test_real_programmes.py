"""Real programmes from their files alone, against published check values and the figures of the published rules."""

from datetime import date
from typing import Any

import pytest

from tests.voucher.programmes.builders import DAY, a_case, a_use, euro, pounds, shipped, yuan
from voucher.programmes.awards import Merit, calculate_award
from voucher.programmes.calculation import calculate, largest_voucher
from voucher.programmes.cases import evidence_for
from voucher.programmes.library import example, example_names
from voucher.programmes.reading import read_terms
from voucher.programmes.sheet import Kind, Sheet

SHANDONG, JINAN, BEIJING, YUHUAN = (shipped(name) for name in ("shandong", "jinan", "beijing", "yuhuan"))
CHANGCHUN, EUIPO, SCOTLAND = (shipped(name) for name in ("changchun", "euipo", "scotland"))
BAVARIA, FLANDERS, KIT_DIGITAL, WEIHAI = (shipped(name) for name in ("bavaria", "flanders", "kit_digital", "weihai"))
IRELAND, WEIHAI_TRADE = shipped("ireland"), shipped("weihai_trade")


@pytest.mark.parametrize("name", example_names())
def test_every_example_can_be_read_and_lives_for_a_time(name: str) -> None:
    terms = shipped(name)
    assert terms.code == name
    assert DAY < terms.use_by(DAY) <= terms.claim_by(DAY)
    most = largest_voucher(terms, next(iter(terms.firm_classes)), (), DAY).result
    assert all(evidence_for(terms, a_case(terms, service=service), most, stage)
               for service in terms.services for stage in ("", *(each.code for each in terms.instalments)))


# -- Yuhuan: two bands, three caps -----------------------------------------------------------------------------------

@pytest.mark.parametrize(("fee", "bands", "paid"), [
    ("8000.00", ["8000.00"], "8000.00"),
    ("30000.00", ["10000.00", "10000.00"], "20000.00"),
    ("50000.00", ["10000.00", "20000.00"], "20000.00"),
])
def test_yuhuan_pays_small_fees_whole_and_half_of_the_rest(fee: str, bands: list[str], paid: str) -> None:
    sheet = calculate(YUHUAN, a_case(YUHUAN, fee))
    assert [line.amount for line in sheet.of(Kind.BAND)] == [yuan(each) for each in bands]
    assert sheet.result == yuan(paid)


def test_yuhuan_gives_no_more_than_may_be_held() -> None:
    held = tuple(a_use(YUHUAN, "20000.00", held=True) for _ in range(2))
    assert calculate(YUHUAN, a_case(YUHUAN, "50000.00", used=held)).result == yuan("10000.00")


def test_yuhuan_forgets_what_is_no_longer_held_but_counts_it_for_the_year() -> None:
    spent = tuple(a_use(YUHUAN, "20000.00") for _ in range(4))
    assert calculate(YUHUAN, a_case(YUHUAN, "50000.00", used=spent)).result == yuan("20000.00")
    assert calculate(YUHUAN, a_case(YUHUAN, "50000.00", used=(*spent, a_use(YUHUAN, "15000.00")))).result == yuan("5000.00")


@pytest.mark.parametrize("fact", ["mandatory_test", "funded_last_year"])
def test_yuhuan_excludes_required_tests_and_what_was_funded_the_year_before(fact: str) -> None:
    assert calculate(YUHUAN, a_case(YUHUAN, facts=frozenset({fact}))).refusals


def test_yuhuan_vouchers_end_after_three_months() -> None:
    assert YUHUAN.use_by(date(2025, 11, 30)) == date(2026, 2, 28)
    assert YUHUAN.sampling_rate is not None and YUHUAN.sampling_rate * 100 == 5


# -- Shandong and Liaocheng: two funders, one controller -----------------------------------------------------------

def in_liaocheng(fee: str, **more: Any) -> Sheet:
    return calculate(SHANDONG, a_case(SHANDONG, fee, region="liaocheng", provider_region="liaocheng", **more))


def test_shandong_pays_sixty_in_the_named_cities_and_forty_elsewhere() -> None:
    assert calculate(SHANDONG, a_case(SHANDONG, "10000.00", region="heze")).result == yuan("6000.00")
    assert calculate(SHANDONG, a_case(SHANDONG, "10000.00", region="direct_county")).result == yuan("6000.00")
    assert calculate(SHANDONG, a_case(SHANDONG, "10000.00", region="elsewhere")).result == yuan("4000.00")


def test_liaocheng_adds_thirty_when_the_provider_is_local() -> None:
    sheet = in_liaocheng("60000.00")
    assert sheet.funders == {"province": yuan("36000.00"), "liaocheng": yuan("18000.00")}
    assert sheet.own_share == yuan("6000.00")
    away = calculate(SHANDONG, a_case(SHANDONG, "60000.00", region="liaocheng", provider_region="heze"))
    assert away.result == yuan("36000.00")


def test_liaocheng_province_and_city_together_stop_at_the_joint_cap() -> None:
    sheet = in_liaocheng("1000000.00")
    assert sheet.funders == {"province": yuan("500000.00"), "liaocheng": yuan("150000.00")}


def test_liaocheng_joint_cap_counts_all_companies_of_one_controller() -> None:
    sister = a_use(SHANDONG, "600000.00", company="B", group="G",
                   funders={"province": yuan("450000.00"), "liaocheng": yuan("150000.00")})
    sheet = in_liaocheng("100000.00", company="A", group="G", used=(sister,))
    assert sheet.result == yuan("50000.00")
    assert sheet.funders == {"province": yuan("50000.00"), "liaocheng": yuan("0.00")}
    assert in_liaocheng("100000.00", company="A", group="H", used=(sister,)).result == yuan("90000.00")


@pytest.mark.parametrize(("firm_class", "region"), [("sme", "elsewhere"), ("team", "heze")])
def test_shandong_stops_at_half_a_million_a_year_for_a_firm_or_team(firm_class: str, region: str) -> None:
    assert calculate(SHANDONG, a_case(SHANDONG, "2000000.00", firm_class=firm_class, region=region)).result == yuan("500000.00")


def test_shandong_and_liaocheng_leave_an_own_share_of_ten_per_cent() -> None:
    assert in_liaocheng("10000.00").own_share == yuan("1000.00")


# -- Jinan: a cap of a kind and a cap over all kinds --------------------------------------------------------------

@pytest.mark.parametrize(("firm_class", "most"), [("firm", "100000.00"), ("team", "50000.00"), ("maker", "20000.00")])
def test_jinan_resource_sharing_is_capped_by_class(firm_class: str, most: str) -> None:
    assert calculate(JINAN, a_case(JINAN, "900000.00", firm_class=firm_class)).result == yuan(most)


def test_jinan_all_kinds_together_stop_at_half_a_million() -> None:
    used = tuple(a_use(JINAN, "100000.00", service=service) for service in ("resource_sharing", "talent", "event", "start_up"))
    assert calculate(JINAN, a_case(JINAN, "900000.00", service="seed_firm", used=used)).result == yuan("100000.00")
    used = (*used, a_use(JINAN, "70000.00", service="service"))
    assert calculate(JINAN, a_case(JINAN, "900000.00", service="seed_firm", used=used)).result == yuan("30000.00")


def test_jinan_teams_get_a_hundred_thousand_over_all_kinds() -> None:
    used = (a_use(JINAN, "50000.00"), a_use(JINAN, "30000.00", service="talent"))
    assert calculate(JINAN, a_case(JINAN, "900000.00", firm_class="team", service="event", used=used)).result == yuan("20000.00")


def test_jinan_providers_are_awarded_a_tenth_of_what_was_redeemed() -> None:
    assert calculate_award(JINAN, "redeemed", Merit({"redeemed": yuan("74000.00")})).result == yuan("7400.00")


def test_jinan_other_kinds_leave_the_cap_of_resource_sharing_alone() -> None:
    used = (a_use(JINAN, "90000.00", service="talent"),)
    assert calculate(JINAN, a_case(JINAN, "900000.00", used=used)).result == yuan("100000.00")


# -- Beijing: notes of 5,000, at most 40 a cycle, first-timers at most 50,000 ------------------------------------

def test_beijing_gives_whole_notes_only() -> None:
    sheet = calculate(BEIJING, a_case(BEIJING, "67999.00"))
    assert sheet.result == yuan("30000.00")
    assert sheet.of(Kind.ROUNDING)[0].details == {"notes": "6", "cut": "3999.50"}


def test_beijing_first_timers_get_at_most_fifty_thousand_others_two_hundred() -> None:
    assert calculate(BEIJING, a_case(BEIJING, "900000.00")).result == yuan("50000.00")
    before = (a_use(BEIJING, "5000.00", on=date(2025, 3, 1)),)
    assert calculate(BEIJING, a_case(BEIJING, "900000.00", used=before)).result == yuan("200000.00")


def test_beijing_cycle_counts_what_was_given_in_it() -> None:
    before = (a_use(BEIJING, "180000.00"),)
    assert calculate(BEIJING, a_case(BEIJING, "900000.00", used=before)).result == yuan("20000.00")


def test_beijing_less_than_one_note_is_refused() -> None:
    sheet = calculate(BEIJING, a_case(BEIJING, "9000.00"))
    assert sheet.result == yuan("0.00")
    assert sheet.refusals


# -- Changchun: limits of single items -----------------------------------------------------------------------------

def test_changchun_software_copyrights_get_five_hundred_each_and_five_thousand_a_year() -> None:
    three = a_case(CHANGCHUN, "9000.00", service="ip", item="software_copyright", quantity=3)
    assert calculate(CHANGCHUN, three).result == yuan("1500.00")
    used = tuple(a_use(CHANGCHUN, "2000.00", service="ip", item="software_copyright") for _ in range(2))
    full = a_case(CHANGCHUN, "9000.00", service="ip", item="software_copyright", quantity=3, used=used)
    assert calculate(CHANGCHUN, full).result == yuan("1000.00")


def test_changchun_patents_and_research_have_their_own_caps() -> None:
    patent = a_case(CHANGCHUN, "9000.00", service="ip", item="invention_patent")
    assert calculate(CHANGCHUN, patent).result == yuan("3000.00")
    assert calculate(CHANGCHUN, a_case(CHANGCHUN, "150000.00", service="rd")).result == yuan("50000.00")
    year = (a_use(CHANGCHUN, "99000.00", service="ip", item="other_right"),)
    patent = a_case(CHANGCHUN, "9000.00", service="ip", item="invention_patent", used=year)
    assert calculate(CHANGCHUN, patent).result == yuan("1000.00")


@pytest.mark.parametrize("fact", ["mandatory_test", "batch_test"])
def test_changchun_excludes_mandatory_and_batch_tests(fact: str) -> None:
    assert calculate(CHANGCHUN, a_case(CHANGCHUN, "100.00", service="testing", facts=frozenset({fact}))).refusals


def test_changchun_vouchers_have_to_be_handed_over_within_three_months() -> None:
    assert (CHANGCHUN.use_by(date(2026, 1, 15)), CHANGCHUN.validity.used_by) == (date(2026, 4, 15), "order")


def test_changchun_ip_vouchers_stop_at_a_hundred_thousand_a_year() -> None:
    assert calculate(CHANGCHUN, a_case(CHANGCHUN, "900000.00", service="ip", item="other_right")).result == yuan("100000.00")


# -- EUIPO: rates by fee and territory -------------------------------------------------------------------------------

@pytest.mark.parametrize(("service", "facts", "fee", "paid"), [
    ("ip_scan", (), "1500.00", "1350.00"), ("ip_scan", (), "1000.00", "900.00"),
    ("marks_and_designs", (), "850.00", "637.50"), ("marks_and_designs", ("outside_eu",), "850.00", "425.00"),
    ("marks_and_designs", (), "2000.00", "1000.00"), ("patents", (), "9000.00", "1500.00"), ("plant_varieties", (), "450.00", "225.00"),
])
def test_euipo_rate_depends_on_fee_and_territory(service: str, facts: tuple[str, ...], fee: str, paid: str) -> None:
    assert calculate(EUIPO, a_case(EUIPO, fee, service=service, facts=frozenset(facts))).result == euro(paid)


def test_euipo_voucher_of_one_kind_leaves_the_others_alone() -> None:
    used = (a_use(EUIPO, "1000.00", service="marks_and_designs"),)
    assert calculate(EUIPO, a_case(EUIPO, "1500.00", used=used)).result == euro("1350.00")
    assert calculate(EUIPO, a_case(EUIPO, "850.00", service="marks_and_designs", used=used)).result == euro("0.00")


def test_euipo_pays_what_an_exhausted_line_still_holds() -> None:
    sheet = calculate(EUIPO, a_case(EUIPO, "1500.00", left={"eu": euro("200.00")}))
    assert (sheet.result, sheet.funders) == (euro("200.00"), {"eu": euro("200.00")})


def test_euipo_patents_of_2024_are_one_amount_in_a_later_version() -> None:
    later = read_terms(example("euipo").replace(b"amount: 1500.00", b"amount: 3500.00"))
    assert calculate(later, a_case(later, "9000.00", service="patents")).result == euro("3500.00")


def test_euipo_counts_from_activation_and_nothing_bought_before() -> None:
    assert EUIPO.last_days(date(2026, 1, 10)) == (date(2026, 3, 10), date(2026, 3, 10))
    assert EUIPO.last_days(date(2026, 1, 10), date(2026, 3, 1)) == (date(2026, 5, 1), date(2026, 6, 1))
    assert EUIPO.validity.retroactive is None


def test_euipo_refuses_eu_designations_outside_the_eu() -> None:
    both = frozenset({"outside_eu", "eu_designation"})
    assert calculate(EUIPO, a_case(EUIPO, "850.00", service="marks_and_designs", facts=both)).refusals


def test_euipo_lives_two_months_and_can_be_extended_once_by_two() -> None:
    assert EUIPO.use_by(date(2026, 1, 31)) == date(2026, 3, 31)
    assert EUIPO.validity.extension is not None
    assert (EUIPO.validity.extension.times, str(EUIPO.validity.extension.length)) == (1, "2 months")


# -- Enterprise Ireland: what is not paid for ---------------------------------------------------------------------------

@pytest.mark.parametrize("fact", ["farming", "charity", "publicly_funded"])
def test_ireland_excludes_farming_charities_and_other_public_money(fact: str) -> None:
    assert calculate(IRELAND, a_case(IRELAND, "5000.00", facts=frozenset({fact}))).refusals


# -- Scotland: cash or kind ---------------------------------------------------------------------------------------------

def test_scotland_matches_cash_or_kind_for_the_standard_voucher() -> None:
    both = a_case(SCOTLAND, "5000.00", own_cash=pounds("1000.00"), own_kind=pounds("3500.00"))
    assert calculate(SCOTLAND, both).result == pounds("4500.00")


def test_scotland_matches_only_cash_for_the_follow_on() -> None:
    follow = a_case(SCOTLAND, "40000.00", service="follow_on", own_cash=pounds("15000.00"), own_kind=pounds("9000.00"))
    assert calculate(SCOTLAND, follow).result == pounds("15000.00")
    assert calculate(SCOTLAND, a_case(SCOTLAND, "50000.00", service="follow_on")).result == pounds("20000.00")


def test_scotland_pays_nothing_below_a_thousand_and_one_voucher_a_company() -> None:
    assert calculate(SCOTLAND, a_case(SCOTLAND, "900.00", own_kind=pounds("900.00"))).refusals
    assert calculate(SCOTLAND, a_case(SCOTLAND, "6000.00", used=(a_use(SCOTLAND, "2000.00", service="standard"),))).refusals


def test_scotland_gives_from_one_to_five_thousand() -> None:
    most = a_case(SCOTLAND, "30000.00", own_kind=pounds("15000.00"))
    least = a_case(SCOTLAND, "2000.00", own_cash=pounds("500.00"), own_kind=pounds("500.00"))
    assert [calculate(SCOTLAND, case).result for case in (most, least)] == [pounds("5000.00"), pounds("1000.00")]


@pytest.mark.parametrize("fact", ["standard_training", "software_purchase", "export_aid", "advertising"])
def test_scotland_excludes_what_is_no_joint_project(fact: str) -> None:
    assert calculate(SCOTLAND, a_case(SCOTLAND, "9000.00", own_cash=pounds("4500.00"), facts=frozenset({fact}))).refusals


# -- Bavaria: a range of cost, two windows ------------------------------------------------------------------------------

def test_bavaria_counts_cost_within_its_range() -> None:
    assert calculate(BAVARIA, a_case(BAVARIA, "3999.99")).refusals
    assert calculate(BAVARIA, a_case(BAVARIA, "4000.00")).result == euro("2000.00")
    assert calculate(BAVARIA, a_case(BAVARIA, "36000.00")).result == euro("15000.00")
    assert calculate(BAVARIA, a_case(BAVARIA, "36000.00", service="special")).result == euro("18000.00")


def test_bavaria_special_voucher_runs_from_thirty_to_eighty_thousand() -> None:
    below, most = (calculate(BAVARIA, a_case(BAVARIA, cost, service="special")) for cost in ("29999.99", "95000.00"))
    assert below.refusals
    assert [line.details["limit"] for line in most.of(Kind.BASIS) if line.details] == ["80000.00"]


def test_bavaria_excludes_firms_of_which_a_quarter_is_public() -> None:
    assert calculate(BAVARIA, a_case(BAVARIA, "9000.00", facts=frozenset({"public_quarter"}))).refusals


def test_bavaria_has_twelve_months_to_do_it_and_six_to_prove_it() -> None:
    assert BAVARIA.use_by(date(2026, 3, 31)) == date(2027, 3, 31)
    assert BAVARIA.claim_by(date(2026, 3, 31)) == date(2027, 9, 30)


# -- Flanders: a wallet ------------------------------------------------------------------------------------------------------

def test_flanders_splits_a_price_into_subsidy_own_share_and_tax() -> None:
    sheet = calculate(FLANDERS, a_case(FLANDERS, "152.89", "32.11"))
    assert sheet.result == euro("45.87")
    assert [line.amount for line in sheet.of(Kind.OWN_SHARE)] == [euro("107.02"), euro("32.11")]


def test_flanders_pays_medium_firms_twenty_and_nobody_more_than_the_year_allows() -> None:
    assert calculate(FLANDERS, a_case(FLANDERS, "10000.00", firm_class="medium")).result == euro("2000.00")
    assert calculate(FLANDERS, a_case(FLANDERS, "10000.00", used=(a_use(FLANDERS, "6000.00"),))).result == euro("1500.00")


# -- Kit Digital: fixed amounts in two instalments ------------------------------------------------------------------------

def test_kit_digital_pays_a_fixed_amount_in_two_instalments() -> None:
    sheet = calculate(KIT_DIGITAL, a_case(KIT_DIGITAL, "15000.00", "3150.00", firm_class="up_to_49"))
    assert sheet.result == euro("12000.00")
    assert sheet.instalments == {"installed": euro("8400.00"), "served": euro("3600.00")}
    assert sheet.own_share == euro("6150.00")


@pytest.mark.parametrize(("size", "paid"), [
    ("up_to_2", "2000.00"), ("up_to_9", "6000.00"), ("up_to_49", "12000.00"), ("up_to_249", "29000.00"),
])
def test_kit_digital_amount_goes_by_the_size_of_the_firm(size: str, paid: str) -> None:
    assert calculate(KIT_DIGITAL, a_case(KIT_DIGITAL, "40000.00", firm_class=size)).result == euro(paid)


def test_kit_digital_is_signed_within_six_months_and_renounced_with_ten_working_days() -> None:
    assert (KIT_DIGITAL.use_by(date(2026, 1, 31)), KIT_DIGITAL.validity.used_by) == (date(2026, 7, 31), "contract")
    assert [str(each) for each in KIT_DIGITAL.deadlines.values()] == ["10 working days"]
    assert str(KIT_DIGITAL.payout.within) == "60 days"


def test_kit_digital_never_pays_more_than_the_price_or_the_firms_amount() -> None:
    assert calculate(KIT_DIGITAL, a_case(KIT_DIGITAL, "1500.00")).result == euro("1500.00")
    assert calculate(KIT_DIGITAL, a_case(KIT_DIGITAL, "2000.00", used=(a_use(KIT_DIGITAL, "1500.00"),))).result == euro("500.00")


# -- Weihai: the bonus on traded technology ------------------------------------------------------------------------------

@pytest.mark.parametrize(("contract", "traded", "paid"), [
    ("2000000.00", "1000000.00", "200000.00"), ("9000000.00", "2500000.01", "500000.00"), ("100000.00", "300000.00", "20000.00"),
])
def test_weihai_trade_bonus_is_a_fifth_of_what_was_traded_up_to_half_a_million(contract: str, traded: str, paid: str) -> None:
    case = a_case(WEIHAI_TRADE, contract, measures={"traded_value": yuan(traded)})
    assert calculate(WEIHAI_TRADE, case).result == yuan(paid)


# -- Awards --------------------------------------------------------------------------------------------------------------------

def test_weihai_facility_award_is_the_smaller_of_two() -> None:
    merit = Merit({"rental_income": yuan("900000.00"), "outside_test_income": yuan("600000.00")})
    assert calculate_award(WEIHAI, "shared_facilities", merit).result == yuan("90000.00")
    large = Merit({"rental_income": yuan("9000000.00"), "outside_test_income": yuan("2600000.00")})
    sheet = calculate_award(WEIHAI, "shared_facilities", large)
    assert sheet.result == yuan("500000.00")
    assert sheet.of(Kind.CAP)[0].details["cut"] == "20000.00"


@pytest.mark.parametrize(("deals", "value", "paid"), [
    (3, "2000000.00", "60000.00"), (2, "2000000.00", "0.00"), (3, "1999999.99", "0.00"), (9, "90000000.00", "500000.00"),
])
def test_weihai_transfer_agencies_need_three_deals_and_two_million(deals: int, value: str, paid: str) -> None:
    merit = Merit({"contract_value": yuan(value)}, {"deals": deals})
    assert calculate_award(WEIHAI, "transfer_agency", merit).result == yuan(paid)


def test_an_award_stops_at_what_the_year_leaves() -> None:
    merit = Merit({"paid_subsidy": yuan("900000.00")}, awarded=yuan("80000.00"))
    assert calculate_award(WEIHAI, "services", merit).result == yuan("20000.00")
