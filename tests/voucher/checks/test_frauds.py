"""The frauds and errors that a program can see: each is caught, and what only looks like it is let through.

    what is done                          what is caught, and what is not
F1  a price that pays for something else  far above the provider's other prices; not a price in their spread
F2  filed by a third party                one sender for firms of several groups, many firms at one telephone; not with a mandate
F3  SME and provider are one              a way over owners and officers, also through a third; not a tie that had ended
F4  the same cost paid twice              an invoice written otherwise, swapped signs, the same file; not its neighbour in the series
F5  an invoice that is made up            several odd signs at once; not one or two; first digits, not of chance or of one price
F6  cut into several                      orders just below a band, above it together; not parts that stay below it, not months apart
F7  shells of one maker                   many firms with one owner; not the firms that the owner left
F8  a provider that does not qualify      one that was not on the list on the day of service; not one that was
F10 a result that was sold before         the same report in two claims; not the same contract behind two claims
F11 the account of somebody else          changed shortly before and not confirmed; not when confirmed, or long ago, or the first one
F12 an officer with an interest           tied to the firm whose case it is, also over others; not to another firm, nor by an address
F13 batch tests as research               the same thing five times in three months, however counted; not four times, not other words

What no program here can see: F9, where the provider pays its tax; and of F1 the gift itself, of F7 the actors at the visit.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.voucher.checks.builders import (
    EARLIER,
    PROVIDER,
    SME,
    TODAY,
    a_paper,
    a_payment,
    an_invoice,
    an_order,
    facts,
    found_in,
    yuan,
)
from voucher.checks.accounts import shared_account
from voucher.checks.digits import EXPECTED
from voucher.checks.facts import Account, Asked, Digits, Facts, Firm, Found, Level, Officer, Purchase, Threshold
from voucher.checks.graph import Edge, Graph, graph_of
from voucher.checks.invoices import forms, same_invoice, shape
from voucher.checks.papers import same_papers
from voucher.checks.payments import same_payment
from voucher.checks.prices import high_price
from voucher.checks.relations import related
from voucher.checks.table import CHECKS, weigh


def earlier(number: str, **about: object) -> object:
    return an_invoice(number, claim=EARLIER, **about)


# F1 -----------------------------------------------------------------------------------------------------------------

def others(*prices: str) -> tuple[tuple[str, int], ...]:
    return tuple((f"O-{number}", yuan(price).minor) for number, price in enumerate(prices))


USUAL = others("9000.00", "9500.00", "10000.00", "10000.00", "10500.00", "11000.00")


def test_f1_a_price_far_above_the_others_is_seen() -> None:
    assert found_in(facts(order=an_order(net=yuan("30000.00")), prices=USUAL), "high_price") == [
        "One piece costs 30000.00 here; the median of 6 other orders with this provider for this service is 10000.00."]


def test_f1_near_a_price_in_their_spread_is_a_price() -> None:
    assert not list(high_price(facts(order=an_order(net=yuan("12000.00")), prices=USUAL)))


def test_f1_near_prices_that_differ_much_make_no_price_stand_out() -> None:
    wide = others("5000.00", "8000.00", "10000.00", "12000.00", "15000.00")
    assert not list(high_price(facts(order=an_order(net=yuan("14000.00")), prices=wide)))


def test_f1_near_a_tenth_above_prices_that_are_all_alike_is_no_gift() -> None:
    assert not list(high_price(facts(order=an_order(net=yuan("11000.00")), prices=others(*["10000.00"] * 5))))


def test_f1_near_three_pieces_are_three_times_the_price() -> None:
    assert not list(high_price(facts(order=an_order(net=yuan("30000.00"), quantity=3), prices=USUAL)))


def test_f1_near_four_other_prices_say_nothing() -> None:
    assert not list(high_price(facts(order=an_order(net=yuan("30000.00")), prices=USUAL[:4])))


def test_f1_a_price_above_the_list_that_the_provider_published_after_the_order_is_seen() -> None:
    listed = ((date(2026, 3, 5), 3_000_000), (date(2026, 3, 9), 2_000_000))
    assert found_in(facts(order=an_order(net=yuan("100000.00")), listed=listed), "above_list") == [
        "One piece costs 100000.00 here; the provider published 20000.00 for it from 2026-03-09 on."]
    assert not found_in(facts(order=an_order(net=yuan("25000.00")), listed=listed), "above_list")  # a quarter is a change of price
    assert not found_in(facts(order=an_order(net=yuan("100000.00"), quantity=5), listed=listed), "above_list")
    assert not found_in(facts(order=an_order(net=yuan("100000.00"))), "above_list")


# F2 -----------------------------------------------------------------------------------------------------------------

OTHER = Firm("N-2026-00009-7", "威海远洋", "CN:OTHER", "CN:OTHER")


def test_f2_one_sender_for_firms_of_several_groups_needs_a_mandate() -> None:
    assert found_in(facts(acts_for=(SME, OTHER)), "without_mandate") == [
        "Whoever sent this claim also acts for 威海远洋, and no mandate signed by the claimant is among the evidence."]


def test_f2_near_with_a_mandate_of_the_firm_he_may() -> None:
    assert not found_in(facts(acts_for=(SME, OTHER), papers=(a_paper("mandate", "ab"),)), "without_mandate")


def test_f2_near_firms_of_one_group_have_one_clerk() -> None:
    assert not found_in(facts(acts_for=(SME, replace(OTHER, group=SME.group))), "without_mandate")


def test_f2_many_firms_at_one_telephone_are_seen() -> None:
    phone = [Edge(f"org:CN:{name}", "same_phone", "phone:13800000000") for name in ("SME", "A", "B", "C")]
    assert found_in(facts(graph=graph_of(phone, {})), "crowded") == ["4 organisations share 13800000000 (same phone)."]
    assert not found_in(facts(graph=graph_of(phone[:3], {})), "crowded")


def test_f2_an_account_that_another_firm_names_stops_the_money() -> None:
    assert found_in(facts(account=Account("6217000012345678", SME.name, sharers=(OTHER,))), "shared_account") == [
        "The account …5678 to be paid is that of 威海远洋 too."]
    assert not found_in(facts(account=Account("6217000012345678", SME.name)), "shared_account")


def test_f2_near_an_account_of_the_group_is_only_told() -> None:
    sister = replace(OTHER, group=SME.group)
    assert [each.level for each in shared_account(facts(account=Account("6217000012345678", SME.name, sharers=(sister,))))] == [Level.WARN]


# F3 -----------------------------------------------------------------------------------------------------------------

NAMES = {SME.node: "Blue Sea", PROVIDER.node: "University", "person:zhang": "Zhang", "org:CN:MIDDLE": "Middle Ltd"}
OFFICER = Edge(SME.node, "officer", "person:zhang", date(2020, 1, 1))
OWNER = Edge("person:zhang", "shareholder", PROVIDER.node, date(2021, 1, 1))
BANNED = frozenset({"officer", "shareholder"})


def tied(*edges: Edge) -> Graph:
    return graph_of(edges, NAMES)


def test_f3_the_way_from_one_to_the_other_is_said() -> None:
    assert found_in(facts(graph=tied(OFFICER, OWNER), forbidden=BANNED), "related") == [
        "SME and provider are tied in a way that the terms forbid: Blue Sea / officer / Zhang / shareholder / University."]


def test_f3_a_third_firm_between_them_is_no_cover_where_the_terms_follow_it() -> None:
    through = tied(Edge(SME.node, "shareholder", "org:CN:MIDDLE"), Edge("org:CN:MIDDLE", "shareholder", PROVIDER.node))
    deep = list(related(facts(graph=through, forbidden=BANNED, depth=2)))
    assert [(each.about, each.level) for each in deep] == [("forbidden", None)]
    assert [(each.about, each.level) for each in related(facts(graph=through, forbidden=BANNED, depth=1))] == [("tied", Level.WARN)]


def test_f3_a_tie_that_the_terms_do_not_forbid_is_only_told() -> None:
    assert [each.level for each in related(facts(graph=tied(OFFICER, OWNER), forbidden=frozenset({"family"})))] == [Level.WARN]


def test_f3_near_a_tie_that_had_ended_is_none_unless_the_terms_look_back() -> None:
    ended = tied(OFFICER, replace(OWNER, until_on=date(2024, 6, 30)))
    assert not list(related(facts(graph=ended, forbidden=BANNED)))
    looking_back = related(facts(graph=ended, forbidden=BANNED, ended_after=date(2023, 3, 18)))
    assert [each.level for each in looking_back] == [None]


def test_f3_a_tie_that_was_given_up_after_the_order_counts() -> None:
    given_up = replace(OWNER, until_on=date(2026, 3, 10))
    assert [each.level for each in related(facts(graph=tied(OFFICER, given_up), forbidden=BANNED))] == [None]


def test_f3_ties_are_followed_to_the_third_firm_and_no_further() -> None:
    chain = [SME.node, "org:CN:A", "org:CN:B", PROVIDER.node]
    three = tied(*(Edge(one, "shareholder", two) for one, two in pairwise(chain)))
    four = tied(*(Edge(one, "shareholder", two) for one, two in pairwise([*chain[:3], "org:CN:C", PROVIDER.node])))
    assert [each.level for each in related(facts(graph=three, forbidden=BANNED, depth=3))] == [None]
    assert not list(related(facts(graph=four, forbidden=BANNED, depth=3)))


def test_f3_a_tie_that_began_after_the_order_counts_before_the_payment() -> None:
    late = replace(OWNER, from_on=date(2026, 3, 10))
    assert list(related(facts(graph=tied(OFFICER, late), forbidden=BANNED)))
    assert not list(related(facts(graph=tied(OFFICER, replace(OWNER, from_on=date(2026, 4, 1))), forbidden=BANNED)))


# F4 -----------------------------------------------------------------------------------------------------------------

def test_f4_an_invoice_written_otherwise_is_the_same_invoice() -> None:
    case = facts(lines=(an_invoice("INV-0012/7"),), other_lines=(earlier("inv 12-7", programme="jinan"),))
    assert found_in(case, "same_invoice") == [
        "The invoice INV-0012/7 stands on the claim C-2026-00001-8 (jinan) too, written inv 12-7."]
    assert [each.level for each in same_invoice(case)] == [None]


def test_f4_signs_that_are_read_for_each_other_make_no_other_invoice() -> None:
    case = facts(lines=(an_invoice("INV-O12"),), other_lines=(earlier("1NV-012"),))
    assert [each.level for each in same_invoice(case)] == [None]


def test_f4_the_same_number_over_another_sum_is_to_be_looked_at() -> None:
    case = facts(lines=(an_invoice("INV-12"),), other_lines=(earlier("INV12", net=yuan("400.00")),))
    assert [each.level for each in same_invoice(case)] == [Level.WARN]


def test_f4_two_signs_that_changed_places_are_seen() -> None:
    case = facts(lines=(an_invoice("26371000000000007411"),), other_lines=(earlier("26371000000000004711"),))
    assert [each.level for each in same_invoice(case)] == [Level.WARN]


def test_f4_the_same_file_under_another_number_is_seen() -> None:
    case = facts(papers=(a_paper("invoice", "ab"),), other_papers=(a_paper("invoice", "ab", claim=EARLIER, file="F-other"),))
    assert found_in(case, "same_invoice") == [
        "The file of an invoice, F-invoice, is byte for byte F-other of the claim C-2026-00001-8 (weihai)."]


def test_f4_near_the_next_invoice_of_the_series_is_another_one() -> None:
    assert not list(same_invoice(facts(lines=(an_invoice("26371000000000000012"),), other_lines=(earlier("26371000000000000021"),))))


def test_f4_near_swapped_signs_over_another_sum_are_another_invoice() -> None:
    case = facts(lines=(an_invoice("26371000000000007411"),), other_lines=(earlier("26371000000000004711", net=yuan("9000.00")),))
    assert not list(same_invoice(case))


def test_f4_near_the_same_number_of_another_seller_is_another_invoice() -> None:
    assert not list(same_invoice(facts(lines=(an_invoice("INV-12"),), other_lines=(earlier("INV-12", seller="CN:OTHER"),))))


@pytest.mark.parametrize("about", [
    {}, {"paid_on": date(2026, 3, 16), "programme": "jinan"}, {"provider": "CN:OTHER"}, {"sme": "CN:OTHER"}],
    ids=["again", "another day", "another provider on one day", "another firm on one day"])
def test_f4_a_payment_that_proved_the_own_share_of_another_order_is_seen(about: dict[str, Any]) -> None:
    case = facts(payment=a_payment(), other_payments=(a_payment(claim=EARLIER, reference="tx47/11", **about),))
    assert found_in(case, "same_payment") == [
        f"The payment TX 0047-11 of 2026-03-17 proves the own share of the claim C-2026-00001-8 ({about.get('programme', 'weihai')}) too."]
    assert [each.evidence for each in same_payment(case)] == [(EARLIER,)]


@pytest.mark.parametrize("about", [
    {"reference": "TX 0047-12"}, {"order": "O-2026-00002-7"}, {"sme": "CN:OTHER", "provider": "CN:ANOTHER"},
    {"provider": "CN:OTHER", "paid_on": date(2026, 3, 16)}, {"sme": "CN:OTHER", "paid_on": date(2026, 3, 16)}],
    ids=["another number", "the other part of one order", "strangers", "another provider and day", "another firm and day"])
def test_f4_near_a_payment_that_another_claim_names_may_be_another_one(about: dict[str, Any]) -> None:
    assert not found_in(facts(payment=a_payment(), other_payments=(a_payment(claim=EARLIER, **about),)), "same_payment")
    assert not found_in(facts(other_payments=(a_payment(claim=EARLIER),)), "same_payment")  # nothing was due in cash
@pytest.mark.parametrize(("one", "other"), [
    ("INV-12", "\uff29\uff2e\uff36\uff0d\uff11\uff12"),  # full-width, as Chinese input methods type them
    ("AB-12", "\u0410\u0412-12"), ("EX-7", "\u0395\u03a7-7"),  # Cyrillic and Greek capitals
    ("INV-2026-012", "INV-2026-12"), ("INV-2026-012", "INV 2026012"), ("INV-2026-012", "inv2026/12")])
def test_f4_signs_of_other_keyboards_and_zeros_after_a_sign_make_no_other_invoice(one: str, other: str) -> None:
    assert shape("IE:1", one) == shape("IE:1", other)
    assert [each.level for each in same_invoice(facts(lines=(an_invoice(one),), other_lines=(earlier(other),)))] == [None]


@pytest.mark.parametrize(("one", "other"), [
    ("2026-01-12", "2026-11-02"), ("INV-2026-012", "INV-2026-120"), ("INV-101", "INV-11"), ("\u0411-12", "A-12")])
def test_f4_near_zeros_that_tell_parts_apart_and_letters_of_their_own_make_another_invoice(one: str, other: str) -> None:
    assert not list(same_invoice(facts(lines=(an_invoice(one),), other_lines=(earlier(other),))))


def test_f4_one_invoice_in_two_lines_of_a_claim_is_seen_once_for_each_later_line() -> None:
    case = facts(lines=(an_invoice("INV-12"), an_invoice("inv 12", line=2), an_invoice("INV 012", line=3, net=yuan("400.00"))))
    assert found_in(case, "same_invoice") == [
        "The invoice inv 12 stands in line 1 of this claim already, written INV-12.",
        "The invoice INV 012 stands in line 1 of this claim already, written INV-12."]
    assert [each.level for each in same_invoice(case)] == [None, Level.WARN]


def test_f4_near_two_signs_that_changed_places_within_a_claim_are_serial_numbers() -> None:
    assert not list(same_invoice(facts(lines=(an_invoice("26371000000000001201"), an_invoice("26371000000000002101", line=2)))))


def test_f4_near_two_invoices_of_a_series_on_one_claim_are_two() -> None:
    assert not list(same_invoice(facts(lines=(an_invoice("INV-12"), an_invoice("INV-13", line=2), an_invoice("INV-21", line=3)))))


def test_what_may_be_the_same_invoice_has_the_same_shape() -> None:
    assert shape("CN:1", "INV-0012/7") == shape("CN:1", "inv 12-7") == shape("CN:1", "INV 12/7")
    assert shape("CN:1", "7411") == shape("CN:1", "4711") != shape("CN:2", "4711")
    assert forms("发票 №007") == ("7",)
    assert len(shape("IE:" + "1" * 32, "㎯" * 40)) == 80, "a sign that stands for five"


# F5 -----------------------------------------------------------------------------------------------------------------

SATURDAY = date(2026, 3, 14)


def test_f5_several_odd_signs_at_once_are_worth_a_look() -> None:
    made_up = facts(lines=(an_invoice(issued_on=SATURDAY, net=yuan("50000.00")),), order=an_order(placed_on=SATURDAY),
                    delivered_on=SATURDAY, free_days=frozenset({SATURDAY}))
    assert found_in(made_up, "odd") == [
        "Several signs at once: round sums, an invoice of a day on which nobody works, ordered and delivered and invoiced on one day."]


def test_f5_many_claims_on_one_day_are_a_sign_too() -> None:
    case = facts(lines=(an_invoice(issued_on=SATURDAY, net=yuan("50000.00")),), free_days=frozenset({SATURDAY}), same_day=10)
    assert len(found_in(case, "odd")) == 1
    assert not found_in(replace(case, same_day=9), "odd")


def test_f5_near_a_round_sum_on_a_saturday_is_no_crime() -> None:
    assert not found_in(facts(lines=(an_invoice(issued_on=SATURDAY, net=yuan("50000.00")),), free_days=frozenset({SATURDAY})), "odd")


def by_benford(many: int) -> list[int]:
    return [round(many * each / 100_000) for each in EXPECTED]


def test_f5_sums_that_begin_with_every_digit_alike_are_said_with_the_one_that_stands_out() -> None:
    made_up = Digits((20, 22, 22, 22, 22, 22, 22, 22, 48), 10_00, 9_000_000_00)
    assert found_in(facts(digits=made_up), "digits") == [
        "Of 222 invoice lines of this provider within a year, 22 % begin with a 9; of sums that nobody chose, about 5 % would. "
        "Sums that are made up look so, but fixed prices do too."]
    assert CHECKS["digits"].level == Level.INFO  # it stops nothing unless the terms say so


def test_f5_near_digits_by_chance_few_lines_and_sums_of_one_size_say_nothing() -> None:
    assert not found_in(facts(digits=Digits(tuple(by_benford(1000)), 10_00, 9_000_000_00)), "digits")
    even = (11,) * 9
    assert not found_in(facts(digits=Digits(even, 10_00, 9_000_000_00)), "digits")  # 99 lines
    assert not found_in(facts(digits=Digits((0, 0, 0, 0, 300, 0, 0, 0, 0), 5_000_00, 5_900_00)), "digits")  # one price
    draw = random.Random(1938)
    chance = Counter(int(str(10 ** draw.uniform(3, 9))[0]) for _line in range(300))
    assert not found_in(facts(digits=Digits(tuple(chance[each] for each in range(1, 10)), 10_00, 9_000_000_00)), "digits")


# F6 -----------------------------------------------------------------------------------------------------------------

BAND = (Threshold("band", yuan("10000.00")),)


def another(order: str = "O-2026-00003-5", days: int = 5, **about: object) -> Purchase:
    return an_order(order=order, placed_on=an_order().placed_on + timedelta(days=days), **about)


def test_f6_two_orders_just_below_the_band_are_one_purchase() -> None:
    assert found_in(facts(thresholds=BAND, orders=(another(net=yuan("9000.00")),)), "split") == [
        "2 orders with this provider within 60 days are each below 10000.00 (band), and above it together."]


def test_f6_parts_just_below_the_cap_are_seen_too() -> None:
    cap = (Threshold("cap", yuan("20000.00"), "part"),)
    parts = facts(order=an_order(part=yuan("20000.00")), thresholds=cap, orders=(another(part=yuan("19000.00")),))
    assert len(found_in(parts, "split")) == 1


LEVEL = (Threshold("level of approval", yuan("10000.00"), "claim"),)


def asks(amount: str, claim: str = "C-2026-00003-4", days: int = 0, **about: str) -> Asked:
    return Asked(claim, about.get("order", "O-2026-00002-7"), about.get("service", "testing"), TODAY + timedelta(days=days), yuan(amount),
                 about.get("stage", ""))


def split_over(*parts: str) -> list[str]:
    """What is found of splitting on an order with others, at these prices, where a band ends at 10,000.00."""
    own, *others = (yuan(each) for each in parts)
    return found_in(facts(order=an_order(net=own), thresholds=BAND, orders=tuple(another(net=each) for each in others)), "split")


def test_f6_two_halves_two_of_six_tenths_four_of_three_and_a_small_rest_are_one_purchase() -> None:
    for parts in (("5100.00", "5100.00"), ("6572.00", "6572.00"), ("6000.00", "6000.00"), ("3000.00",) * 4, ("9900.00", "100.01"),
                  ("4000.00", "3333.33", "5000.00")):
        assert split_over(*parts) == [
            f"{len(parts)} orders with this provider within 60 days are each below 10000.00 (band), and above it together."], parts


def test_f6_near_parts_that_do_not_pass_the_band_together_are_orders() -> None:
    for parts in (("5000.00", "5000.00"), ("3334.00", "3333.34", "3332.66"), ("9900.00", "100.00")):
        assert not split_over(*parts), parts


def test_f6_two_claims_a_little_over_half_of_the_level_are_one() -> None:
    parts = facts(thresholds=LEVEL, asked=asks("6572.00", "C-2026-00002-6"), claims=(asks("6572.00"),))
    assert found_in(parts, "split") == [
        "2 claims with this provider within 60 days are each below 10000.00 (level of approval), and above it together."]


def test_f6_near_instalments_of_one_order_are_cut_by_the_terms() -> None:
    first, second = (asks("8000.00", stage="first"), asks("2000.00", "C-2026-00002-6", stage="second"))
    assert not found_in(facts(thresholds=LEVEL, asked=second, claims=(first,)), "split")
    elsewhere = replace(first, order="O-2026-00009-9")
    assert found_in(facts(thresholds=LEVEL, asked=second, claims=(elsewhere,)), "split")


def test_f6_near_orders_months_apart_for_something_else_and_above_the_band_are_orders() -> None:
    assert not found_in(facts(thresholds=BAND, orders=(another(days=61),)), "split")
    assert not found_in(facts(thresholds=BAND, orders=(another(service="consulting"),)), "split")
    assert not found_in(facts(order=an_order(net=yuan("30000.00")), thresholds=BAND, orders=(another(),)), "split")


def test_f6_parts_of_one_order_that_each_need_one_approver_are_one_claim() -> None:
    parts = facts(thresholds=LEVEL, asked=asks("9000.00", "C-2026-00002-6"), claims=(asks("9999.99"), asks("8000.00")))
    assert found_in(parts, "split") == [
        "3 claims with this provider within 60 days are each below 10000.00 (level of approval), and above it together."]


def test_f6_near_a_claim_that_reaches_the_level_and_late_or_other_ones_are_claims() -> None:
    own = asks("9000.00", "C-2026-00002-6")
    for other in (asks("10000.00"), asks("999.99"), asks("9000.00", days=-61), asks("9000.00", service="consulting")):
        assert not found_in(facts(thresholds=LEVEL, asked=own, claims=(other,)), "split")
    assert not found_in(facts(thresholds=LEVEL, asked=asks("10000.00"), claims=(own,)), "split")


# F7 -----------------------------------------------------------------------------------------------------------------

OWNED = [Edge("person:wu", "shareholder", f"org:CN:{name}") for name in ("SME", "A", "B", "C")]


def test_f7_many_firms_of_one_owner_are_seen() -> None:
    assert len(found_in(facts(graph=graph_of(OWNED, {})), "crowded")) == 1


def test_f7_near_firms_that_the_owner_left_are_no_crowd() -> None:
    left = [OWNED[0], *(replace(edge, until_on=date(2025, 1, 1)) for edge in OWNED[1:])]
    assert not found_in(facts(graph=graph_of(left, {})), "crowded")


# F8 -----------------------------------------------------------------------------------------------------------------

def test_f8_a_provider_that_was_not_on_the_list_is_seen() -> None:
    assert len(found_in(facts(provider_listed=False), "unlisted")) == 1


def test_f8_near_a_provider_on_the_list_is_none() -> None:
    assert not found_in(facts(), "unlisted")


# F10 ----------------------------------------------------------------------------------------------------------------

def test_f10_a_report_that_was_delivered_before_is_seen() -> None:
    case = facts(papers=(a_paper("report", "ab"),), other_papers=(a_paper("report", "ab", claim=EARLIER, file="F-old"),))
    assert found_in(case, "same_papers") == ["F-report (report) is byte for byte F-old (report) of the claim C-2026-00001-8 (weihai)."]


def test_f10_near_one_contract_behind_two_claims_is_only_told() -> None:
    case = facts(papers=(a_paper("contract", "ab"),), other_papers=(a_paper("contract", "ab", claim=EARLIER),))
    assert [each.level for each in same_papers(case)] == [Level.INFO]


def test_f10_near_another_report_is_another_report() -> None:
    assert not found_in(facts(papers=(a_paper("report", "ab"),), other_papers=(a_paper("report", "cd", claim=EARLIER),)), "same_papers")


def test_one_acceptance_behind_several_parts_of_an_order_is_let_through() -> None:
    same = a_paper("acceptance", "ab", claim=EARLIER, order="O-2026-00002-7")
    assert not found_in(facts(papers=(a_paper("acceptance", "ab"),), other_papers=(same,)), "same_papers")


# F11 ----------------------------------------------------------------------------------------------------------------

FRESH = Account("6217000012345678", SME.name, entered_on=TODAY - timedelta(days=3), replaces=True)


def test_f11_an_account_changed_three_days_ago_waits() -> None:
    assert len(found_in(facts(account=FRESH), "changed_account")) == 1


def test_f11_near_confirmed_or_long_ago_or_the_first_one_it_does_not() -> None:
    for account in (replace(FRESH, is_confirmed=True), replace(FRESH, replaces=False),
                    replace(FRESH, entered_on=TODAY - timedelta(days=10))):
        assert not found_in(facts(account=account), "changed_account")


def test_f11_an_account_in_another_name_is_seen() -> None:
    assert found_in(facts(account=replace(FRESH, holder="张三")), "other_holder") == [
        "The account to be paid is held by 张三, not by 威海蓝海."]
    assert not found_in(facts(account=replace(FRESH, holder="威海 蓝海")), "other_holder")


# F12 ----------------------------------------------------------------------------------------------------------------

def test_f12_an_officer_tied_to_the_firm_is_seen() -> None:
    interest = graph_of([Edge("person:verifier1@x", "family", SME.node)], {SME.node: SME.name})
    case = facts(graph=interest, officers=(Officer("Wang", "person:verifier1@x"),))
    assert found_in(case, "conflict") == [
        "Wang took part in this case for the office and is tied to 威海蓝海: verifier1@x / family / 威海蓝海."]
    at_the_other_side = graph_of([Edge("person:verifier1@x", "officer", PROVIDER.node)], {})
    assert len(found_in(replace(case, graph=at_the_other_side), "conflict")) == 1


def test_f12_near_a_tie_to_another_firm_is_no_conflict() -> None:
    interest = graph_of([Edge("person:verifier1@x", "family", OTHER.node)], {})
    assert not found_in(facts(graph=interest, officers=(Officer("Wang", "person:verifier1@x"),)), "conflict")


HOLDING, WANG = "org:CN:HOLDING", Officer("Wang", "person:verifier1@x")
OWNS_A_FIRM = (Edge(WANG.node, "shareholder", HOLDING), Edge(HOLDING, "shareholder", SME.node))
WIFE_LEADS_A_SISTER = (Edge(WANG.node, "family", "person:li"), Edge("person:li", "officer", HOLDING),
                       Edge(HOLDING, "same_controller", "group:G"), Edge(PROVIDER.node, "same_controller", "group:G"))


def test_f12_an_interest_over_other_firms_is_seen_with_its_way() -> None:
    assert found_in(facts(graph=graph_of(OWNS_A_FIRM, {HOLDING: "Holding", SME.node: SME.name}), officers=(WANG,)), "conflict") == [
        "Wang took part in this case for the office and is tied to 威海蓝海: verifier1@x / shareholder / Holding / shareholder / 威海蓝海."]
    (found,) = CHECKS["conflict"].find(facts(graph=graph_of(WIFE_LEADS_A_SISTER, {}), officers=(WANG,)))
    assert found.evidence == (WANG.node, "person:li", HOLDING, "group:G", PROVIDER.node)
    assert weigh("conflict", found, {}).level == Level.BLOCK


def test_f12_near_an_interest_that_ended_or_lies_too_far_and_a_house_that_firms_share_are_none() -> None:
    own, onward = OWNS_A_FIRM
    ended = (replace(own, until_on=TODAY - timedelta(days=1)), onward)
    house = (own, Edge(HOLDING, "same_address", "address:x"), Edge(SME.node, "same_address", "address:x"))
    employed = (replace(own, tie="employee"), onward)
    far = (own, *(Edge(left, "shareholder", right) for left, right in pairwise((HOLDING, "org:CN:A", "org:CN:B", SME.node))))
    for edges in (ended, house, employed, far):
        assert not found_in(facts(graph=graph_of(edges, {}), officers=(WANG,)), "conflict")
    assert found_in(facts(graph=graph_of(far[1:], {}), officers=(replace(WANG, node=HOLDING),)), "conflict"), "one firm nearer it is one"


# F13 ----------------------------------------------------------------------------------------------------------------

AGAIN = [another(f"O-2026-0000{number}-0", days=7 * number, title=f"Salt spray test no. {number}") for number in range(4)]


def test_f13_the_same_test_five_times_in_three_months_is_production() -> None:
    assert found_in(facts(order=an_order(title="Salt spray test no. 9"), orders=AGAIN), "repeated") == [
        "5 orders for the same thing within 90 days: Salt spray test no. 9."]


def test_f13_near_four_times_is_no_production() -> None:
    assert not found_in(facts(order=an_order(title="Salt spray test no. 9"), orders=AGAIN[:3]), "repeated")


def called(*titles: str, **about: object) -> Facts:
    """A claim on the last of several orders with these titles, a week apart."""
    *before, last = titles
    return facts(order=an_order(title=last, **about),
                 orders=[another(f"O-{number}", days=7 * number, title=title, **about) for number, title in enumerate(before)])


@pytest.mark.parametrize("titles", [
    tuple(f"盐雾试验第{each}批" for each in "一二三四五"), tuple(f"盐雾试验（{each}）" for each in "一二三四五"),
    ("第十一次盐雾试验", "第2次盐雾试验", "第１３次盐雾试验", "盐雾试验", "盐雾试验五"), tuple(f"样品{each}" for each in "甲乙丙丁戊"),
    tuple(f"Salt spray test {each}" for each in "ABCDE"), ("Test I", "Test II", "Test III", "Test IV", "test-v"), tuple("12345")])
def test_f13_orders_that_are_only_counted_otherwise_are_the_same_thing(titles: tuple[str, ...]) -> None:
    assert len(found_in(called(*titles), "repeated")) == 1


def test_f13_five_orders_of_one_thing_in_the_catalogue_are_the_same_whatever_they_are_called() -> None:
    names = ("Hull", "Buoy", "Pump", "Valve", "Mast")
    assert len(found_in(called(*names, item="salt_spray"), "repeated")) == 1
    assert not found_in(called(*names), "repeated")


@pytest.mark.parametrize("titles", [
    ("盐雾试验", "湿热试验", "振动试验", "冲击试验", "跌落试验"), ("三维扫描", "一维扫描", "二维扫描", "四维扫描", "五维扫描"),
    ("Salt test", "Damp test", "Shock test", "Drop test", "Heat test"), ("Hull 1", "Hull 2", "Hull 3", "Hull 4", "5")])
def test_f13_near_titles_that_differ_in_words_are_other_things(titles: tuple[str, ...]) -> None:
    assert not found_in(called(*titles), "repeated")


# -- The table above ---------------------------------------------------------------------------------------------------------

def test_every_pattern_that_a_check_is_for_is_caught_in_a_test_and_let_through_in_another() -> None:
    tests = [name.removeprefix("test_").split("_") for name in globals() if name.startswith("test_f")]
    caught, near = ({pattern.upper() for pattern, second, *_rest in tests if (second == "near") == wanted} for wanted in (False, True))
    patterns = {pattern for check in CHECKS.values() for pattern in check.patterns}
    assert caught == near == patterns == {f"F{number}" for number in range(1, 14)} - {"F9"}  # F9: where the provider pays its tax


# -- How much it weighs ----------------------------------------------------------------------------------------------------

def test_terms_say_how_much_a_finding_weighs_and_what_is_milder_stays_milder() -> None:
    main, milder = Found("a", "Found."), Found("b", "Found.", level=Level.INFO)
    assert [weigh("same_papers", each, {}).level for each in (main, milder)] == [Level.WARN, Level.INFO]
    assert [weigh("same_papers", each, {"same_papers": Level.BLOCK}).level for each in (main, milder)] == [Level.BLOCK, Level.INFO]
    assert weigh("same_papers", main, {"same_papers": Level.INFO}).level == Level.INFO


def test_no_check_weighs_less_by_itself_than_terms_may_have_it() -> None:
    weights = list(Level)
    assert [name for name, check in CHECKS.items() if weights.index(check.level) < weights.index(check.least)] == []
