"""What a terms file may not say, and how one is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voucher.programmes.builders import DAY, SMALL, a_case, a_file
from voucher.errors import NotValid
from voucher.languages import translator
from voucher.money import Money
from voucher.programmes.calculation import calculate
from voucher.programmes.library import example, example_names
from voucher.programmes.reading import read_published, read_terms
from voucher.programmes.summary import summary


def complaints(source: bytes) -> list[str]:
    """Every complaint about a file, each with its place."""
    with pytest.raises(NotValid) as refused:
        read_terms(source)
    return [str(each) for each in refused.value.problems] or [refused.value.message]


def refusal_of(source: bytes) -> NotValid | None:
    """How a file is refused; None when it is not."""
    try:
        read_terms(source)
    except NotValid as refusal:
        return refusal
    return None


def only(source: bytes) -> str:
    """The one complaint about a file."""
    found = complaints(source)
    assert len(found) == 1, found
    return found[0]


def replaced(old: str, new: str, more: str = "") -> bytes:
    return a_file(instead={old: new}, more=more)


# -- all at once, with their places -----------------------------------------------------------------------------------

def test_all_problems_come_at_once_in_the_order_of_their_lines() -> None:
    source = a_file(instead={"model: reimburse_sme": "model: reimburse", "rate: 50 %": "rate: 0.5", "5000.00": "5,000"}, more="rats: 1\n")
    assert [each.split(": ")[0] for each in complaints(source)] == ["line 9, column 8", "line 16, column 11", "line 18, column 43",
                                                                     "line 22, column 1"]


def test_an_unknown_key_is_placed_and_the_nearest_named() -> None:
    found = only(replaced("{use_within: 12 months, ", "{use_in: 3 days, use_within: 12 months, "))
    assert found.startswith("line 19, column 12: validity.use_in: The key 'use_in' is not known here. Did you mean use_within?")


def test_a_key_that_is_missing_is_placed_at_its_mapping() -> None:
    found = only(replaced("  zone: Europe/Dublin\n", ""))
    assert found.startswith("line 3, column 3: programme.zone: This key is missing")


def test_a_key_without_a_value_is_refused() -> None:
    assert "There is no value here" in only(replaced("model: reimburse_sme", "model:"))


def test_a_comma_in_a_text_between_braces_is_explained() -> None:
    assert "has to stand between quotes" in only(replaced("en: SME}", "en: SME, small}"))


# -- values ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("amount", ["5,000.00", "5000.001", "1e3", ".5", "+5", "05", "5_000", "0x10",
                                    "NaN", ".inf", "-5.00", "５０００", "5000 EUR", "1:30"])
def test_amounts_are_read_strictly(amount: str) -> None:
    assert only(replaced("amount: 5000.00", f"amount: {amount if ',' not in amount else repr(amount)}")).startswith("line 18, column ")


@pytest.mark.parametrize("rate", ["0.5", "50", "50 percent", "50％", "1e1 %", "-5 %", "+5 %", "5/0", "50 % %", ".5 %", "110 %"])
def test_rates_are_read_strictly(rate: str) -> None:
    assert only(replaced("rate: 50 %", f"rate: {rate}")).startswith("line 16, column ")


@pytest.mark.parametrize("day", ["2026-02-29", "2026-13-01", "26-01-01", "01.02.2026",
                                 "2026-1-1", "20260101", "2026-W01-1", "2026-01-01T00:00:00"])
def test_days_have_to_exist(day: str) -> None:
    assert "is not a day" in only(replaced("{use_within: 12 months,", f"{{use_until: '{day}',"))


@pytest.mark.parametrize("length", ["12", "12 moons", "0 months", "1.5 years", "-1 day", "12months", "a year", "9999 years"])
def test_lengths_are_read_strictly(length: str) -> None:
    assert only(replaced("12 months", length)).startswith("line 19, column ")


@pytest.mark.parametrize(("old", "new"), [
    ("currency: EUR", "currency: EURO"), ("zone: Europe/Dublin", "zone: Europe/Dubbelin"), ("country: IE", "country: XX"),
    ("format: 1", "format: 2"), ("format: 1", "format: one"), ("code: small", "code: Small One"), ("code: small", "code: [a]"),
    ("services:\n  testing: {name: {zh: 检测, en: testing}}", "services: testing"),
    ("services:\n  testing: {name: {zh: 检测, en: testing}}", "services: {}"),
    ("  - {kind: invoice, name: {zh: 发票, en: invoice}}", "  kind: invoice"), ("{zh: 小项目, en: A small programme}", "A small programme"),
    ("{zh: 小项目, en: A small programme}", "{zh: 小项目}"), ("period: application", "period: week"), ("en: testing}", "en: ''}"),
])
def test_a_wrong_value_is_refused_where_it_stands(old: str, new: str) -> None:
    assert complaints(replaced(old, new))[0].startswith("line ")


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_days_have_to_be_of_our_time(day: str) -> None:
    assert "is not between 1900 and 2199" in only(replaced("{use_within: 12 months,", f"{{use_until: {day},"))


def test_yes_and_no_are_words_and_nothing_else_is() -> None:
    assert read_terms(a_file(more="contract_registration: yes\n")).contract_registration
    assert "neither yes nor no" in only(a_file(more="contract_registration: maybe\n"))


# -- contradictions ---------------------------------------------------------------------------------------------------------

BANDS = "bands: [{up_to: 10000.00, rate: 100 %}, {rate: 50 %}]"
FUNDERS = "funders:\n  - {code: a, name: {zh: 甲, en: A}, share: 60 %}\n  - {code: b, name: {zh: 乙, en: B}, share: "
CAP = "  - {name: {zh: 上限, en: a cap}, amount: 5000.00, period: application}\n"


def two_instalments(wait: str) -> bytes:
    """Half of the money now, and half after a while."""
    return a_file(more="instalments:\n  - {code: a, name: {zh: 甲, en: A}, share: 50 %, after: {zh: 甲, en: A}}\n"
                       f"  - {{code: b, name: {{zh: 乙, en: B}}, share: 50 %, after: {{zh: 乙, en: B}}, wait: {wait}}}\n")


def counting_vouchers(when: str) -> bytes:
    """One voucher in a life, under a condition."""
    return a_file(more=f"count_limits: [{{at_most: 1, period: lifetime, vouchers: yes, name: {{zh: 甲, en: A}}, when: {{{when}}}}}]\n")


def with_papers(*conditions: str) -> bytes:
    """A file with the same paper under several conditions and no other."""
    papers = "".join(f"  - {{kind: p{at}, name: {{zh: 纸, en: paper}}, when: {when}}}\n" for at, when in enumerate(conditions))
    return replaced("  - {kind: invoice, name: {zh: 发票, en: invoice}}\n", papers, "facts: {x: {zh: 甲, en: A}}\n")


@pytest.mark.parametrize(("source", "where", "what"), [
    (replaced("rate: 50 %", BANDS), "line 18, column 41: caps.0.amount", "below a band"),
    *((replaced("rate: 50 %", BANDS).replace(b"period: application", f"period: {period}".encode()), "line 18, column 41: caps.0.amount",
       "below a band")
      for period in ("calendar_year", "fiscal_year", "held", "rolling, length: 3 years", "lifetime, subject: provider")),
    (replaced("rate: 50 %", BANDS).replace(b"amount: 5000.00", b"services: [testing], amount: 5000.00"), "line 18", "below a band"),
    (replaced("rate: 50 %", BANDS).replace(b"amount: 5000.00", b"amount_by_class: {sme: 5000.00}"), "line 18", "below a band"),
    (replaced("rate: 50 %", BANDS).replace(b"amount: 5000.00", b"share: 40 %"), "line 18, column 40: caps.0.share", "below every band"),
    (replaced("rate: 50 %", "{when: {facts: [x]}, " + BANDS + "}\n  - rate: 20 %", "facts: {x: {zh: 甲, en: A}}\n").replace(
        b"amount: 5000.00", b"when: {facts: [x]}, amount: 5000.00"), "line 19", "below a band"),
    (replaced("rate: 50 %", "bands: [{up_to: 10000.00, rate: 60 %}, {up_to: 20000.00, rate: 50 %}, {rate: 10 %}]").replace(
        b"5000.00", b"9000.00"), "line 18", "where its band 2 ends"),
    (replaced("rate: 50 %", BANDS[:-1] + "]\n    bands_over: calendar_year").replace(b"period: application", b"period: lifetime"),
     "line 19", "below a band"),
    (replaced("rate: 50 %", "per_piece: 600.00").replace(b"amount: 5000.00, period: application", b"amount: 500.00, period: piece"),
     "line 16, column 16: rates.0.per_piece", "never paid: the cap a cap stops at 500.00"),
    (replaced("rate: 50 %", "fixed: 6000.00").replace(b"period: application", b"period: lifetime"), "line 16", "never paid"),
    (replaced("claim_within: 3 months", "claim_within: 3 months, claim_from: issue"), "line 19", "before the use-by day"),
    (replaced("claim_within: 3 months", "use_until: 2026-12-31, claim_until: 2026-12-30"), "line 19", "is before the last day of use"),
    (replaced("use_within: 12 months, claim_within: 3 months", "use_until: 2026-12-31, claim_within: 3 months, claim_from: issue"),
     "line 19, column 49: validity.claim_within", "issued on 2025-12-31 could be used until 2026-12-31"),
    (replaced("use_within: 12 months, claim_within: 3 months", "use_until_day: 12-31, claim_within: 11 months, claim_from: issue"),
     "line 19", "before the use-by day"),
    (replaced("use_within: 12 months, claim_within: 3 months",
              "starts_at: activation, activate_within: 2 months, use_within: 12 months, claim_within: 13 months, claim_from: issue"),
     "line 19", "before the use-by day"),
    (replaced("use_within: 12 months, claim_within: 3 months",
              "use_within: 12 months, claim_within: 13 months, claim_from: issue, extension: {times: 1, length: 2 months}"),
     "line 19", ", its time made longer"),
    (replaced("use_within: 12 months, claim_within: 3 months",
              "use_until: 2026-12-31, claim_until: 2027-01-31, extension: {times: 1, length: 2 months}"), "line 19",
     "before the use-by day"),
    (replaced("use_within: 12 months, claim_within: 3 months", "use_within: 250 working days, claim_within: 10 months, claim_from: issue"),
     "line 19", "before the use-by day"),
    (replaced("{use_within: 12 months, claim_within: 3 months}", "{claim_within: 3 months}"), "line 19", "needs a last day of use"),
    (a_file(more="retention: 11 months\n"), "line 22, column 12: retention", "shorter than a voucher may be used, 12 months"),
    (a_file(more=FUNDERS + "30 %}\n"), "line 23, column 3: funders", "sum to 90 %"),
    (replaced("en: testing}}", "en: testing}}\n  advice: {name: {zh: 咨询, en: advice}}").replace(
        b"kind: invoice, name", b"kind: invoice, when: {services: [advice]}, name"), "line 13", "No evidence is asked"),
    *((a_file(more=f"    from_amount: 100.00\n{more}").replace(b"  - {kind: invoice, name: {zh: \xe5\x8f\x91\xe7\xa5\xa8, en: invoice}}",
       "  - kind: invoice\n    name: {zh: 发票, en: invoice}".encode()), "line 13", "amount: 0.01 EUR") for more in ("", "minimums: []\n")),
    (with_papers("{cost_from: 5000.00}", "{cost_up_to: 3000.00}"), "line 13", "such as net: 4,999.99 EUR"),
    (with_papers("{facts: [x]}"), "line 13", "in some cases"),
    (with_papers("{without_facts: [x]}", "{facts: [x], since: 2026-02-01}"), "line 13", "facts: [x], on: 2026-01-31"),
    (with_papers("{first_time: yes}"), "line 13", "used: 1"),
    (with_papers("{provider_local: yes}"), "line 13", "in some cases"),
    (a_file(more="service_groups: {other: {name: {zh: 甲, en: A}, services: []}}\n"), "line 22", "has no services"),
    (replaced("rate: 50 %", "{when: {services: [tests]}, rate: 50 %}"),
     "line 16, column 24: rates.0.when.services.0", "Did you mean testing"),
    (replaced("rate: 50 %", "{funder: city, rate: 50 %}"), "line 16", "The funder 'city' is not known"),
    (replaced("rate: 50 %", "{rate: 50 %, fixed: 3.00}"), "line 16", "Exactly one of"),
    (replaced("rate: 50 %", "{name: {zh: 甲, en: A}}"), "line 16", "Exactly one of"),
    (replaced("  - rate: 50 %", "  - rate: 50 %\n  - rate: 20 %"), "line 17", "can never apply"),
    (replaced("rate: 50 %", "bands: [{up_to: 10.00, rate: 10 %}, {up_to: 5.00, rate: 5 %}]"), "line 16", "not above the band before"),
    (replaced("rate: 50 %", "bands: [{rate: 10 %}, {up_to: 5.00, rate: 5 %}]"), "line 16", "Only the last band"),
    (replaced("period: application", "period: rolling"), "line 18", "needs a length"),
    (replaced("period: application", "period: application, length: 3 years"), "line 18", "Only a rolling period"),
    (replaced("period: application", "period: round"), "line 18", "There are no rounds"),
    (replaced("amount: 5000.00", "amount_by_class: {}"), "line 18", "Exactly one of"),
    (replaced("amount: 5000.00", "amount_by_class: {big: 5.00}"), "line 18, column 56", "The class of firms 'big'"),
    (replaced("sme: {name: {zh: 中小企业, en: SME}}", "sme: {name: {zh: 甲, en: A}}\n  big: {name: {zh: 乙, en: B}}").replace(
        b"amount: 5000.00", b"amount_by_class: {sme: 5.00}"), "line 19", "The class big has no amount"),
    (replaced("rate: 50 %", "{funder: a, rate: 60 %}\n  - {funder: b, rate: 50 %}", FUNDERS + "40 %}\n"),
     "line 17, column 23: rates.1.rate", "Rules 1, 2 pay 110 % together, and the SME brings 0 %"),
    (replaced("rate: 50 %", "rate: 50 %\n  - {on_top: yes, rate: 30 %}", "own_share: [{at_least: 30 %}]\n"),
     "line 17, column 25: rates.1.rate", "pay 80 % together, and the SME brings 30 %"),
    (replaced("rate: 50 %", "{funder: a, rate: 60 %}",
              "funders: [{code: a, name: {zh: 甲, en: A}}, {code: b, name: {zh: 乙, en: B}, matches: a}]\n"),
     "line 16", "Rules 1 pay 120 % together"),
    (replaced("rate: 50 %", "bands: [{up_to: 1000.00, rate: 100 %}, {rate: 50 %}]", "own_share: [{at_least: 10 %}]\n"),
     "line 16, column 36: rates.0.bands.0.rate", "more than the whole"),
    (a_file(more="split: by_order\n" + FUNDERS + "30 %}\n"), "line 24, column 3: funders", "sum to 90 %"),
    (a_file(more="split: by_order\nfunders: [{code: a, name: {zh: 甲, en: A}}, {code: b, name: {zh: 乙, en: B}, matches: a}]\n"), "line 23",
     "pay one after the other match nothing"),
    (a_file(more="own_share: [{at_least: 60 %}]\n"), "line 16, column 11: rates.0.rate", "more than the whole"),
    (a_file(more="minimum: 6000.00\n"), "line 18", "below the minimum"),
    (a_file(more="notes: {value: 6000.00}\n"), "line 18", "below one note"),
    (a_file(more="notes: {value: 500.00, at_least: 5, at_most: 4}\n"), "line 22", "cannot both be"),
    (a_file(more="eligible_cost: [{at_least: 5.00, at_most: 4.00}]\n"), "line 22", "above at_most"),
    (a_file(more="waiting_list: {order: lottery}\n"), "line 22", "published seed"),
    (a_file(more="payout: {rhythm: dates}\n"), "line 22", "go together"),
    (a_file(more="payout: {rhythm: monthly, within: 20 days}\n"), "line 22, column 35: payout.within", "is paid from 02-01 on"),
    (a_file(more="instalments: [{code: a, name: {zh: 甲, en: A}, share: 90 %, after: {zh: 甲, en: A}}]\n"), "line 22", "sum to 90 %"),
    (replaced("{use_within", "{starts_at: order, use_within"), "line 19, column 23: validity.starts_at", "issue, activation"),
    (replaced("{use_within", "{starts_at: activation, use_within"), "line 19", "how long one may wait"),
    (replaced("{use_within", "{used_by: issue, use_within"), "line 19, column 21: validity.used_by", "order, contract, delivery"),
    (replaced("validity:", "dated_by: use_by\nvalidity:"), "line 19, column 11: dated_by", "application, issue"),
    (replaced("{use_within", "{activate_within: 2 months, use_within"), "line 19", "the time counts from issue"),
    (a_file(more="minimums: [{when: {services: [testing]}, amount: 6000.00}]\n"), "line 18", "below the minimum of 6000.00"),
    (replaced("caps:\n", "caps:\n  - {name: {zh: 甲, en: one}, services: [testing], amount: 50.00, period: calendar_year}\n",
              "minimum: 60.00\n"), "line 18", "below the minimum"),
    (replaced("amount: 5000.00", "amount: 0.00"), "line 18", "A cap of nothing"),
    (replaced("amount: 5000.00, period: application", "amount: 5000.00, when: {facts: [x], without_facts: [x]}, period: application",
              "facts: {x: {zh: 甲, en: A}}\n"), "line 18", "cannot both hold"),
    (replaced("amount: 5000.00", "amount: 5000.00, when: {first_time: yes, earlier_uses_from: 1}"), "line 18", "cannot both hold"),
    (replaced("amount: 5000.00", "amount: 5000.00, when: {first_time: no, earlier_uses_up_to: 0}"), "line 18", "cannot both hold"),
    (replaced("en: testing}}", "en: testing}}\n  advice: {name: {zh: 咨询, en: advice}, items: {x: {zh: 甲, en: A}}}").replace(
        b"amount: 5000.00", b"amount: 5000.00, when: {services: [testing], items: [x]}"), "line 19", "None of these services has"),
    (replaced("rate: 50 %", "{when: {since: 2027-01-01}, rate: 50 %}").replace(
        b"country: IE", b"country: IE\n  in_force_until: 2026-12-31"), "line 17", "until 2026-12-31 only"),
    (replaced("rate: 50 %", "{when: {until: 2025-12-31}, rate: 50 %}").replace(
        b"country: IE", b"country: IE\n  in_force_from: 2026-01-01"), "line 17", "from 2026-01-01 only"),
    (replaced("sme: {name: {zh: 中小企业, en: SME}}", "sme: {name: {zh: 甲, en: A}}\n  big: {name: {zh: 乙, en: B}}").replace(
        b"rate: 50 %", b"{when: {firm_classes: [sme]}, rate: 50 %}"), "line 12", "No rate applies to the class big"),
    (replaced("rate: 50 %", "fixed: 6000.00"), "line 16, column 12: rates.0.fixed", "never paid: the cap a cap stops at 5000.00"),
    (replaced("caps:\n", "caps:\n  - {name: {zh: 甲, en: one}, amount: 400.00, period: calendar_year}\n"), "line 19", "can never bite"),
    (a_file(more="count_limits:\n  - {name: {zh: 甲, en: A}, at_most: 3, period: calendar_year}\n"
                 "  - {name: {zh: 乙, en: B}, at_most: 2, period: lifetime}\n"), "line 23", "can never bite"),
    (replaced("amount: 5000.00", "amount_by_class: {sme: 5.00, big: 6.00}, when: {firm_classes: [sme]}").replace(
        b"en: SME}}", b"en: SME}}\n  big: {name: {zh: \xe4\xb9\x99, en: B}}"), "line 19", "big is not among"),
    (a_file(more="notes: {value: 5.00, at_most: 3}\nminimum: 20.00\n"), "line 22", "below the minimum"),
    (replaced("rate: 50 %", "{funder: a, rate: 50 %}",
              "funders:\n  - {code: a, name: {zh: 甲, en: A}}\n  - {code: b, name: {zh: 乙, en: B}, matches: c}\n"
              "  - {code: c, name: {zh: 丙, en: C}, matches: a}\n"), "line 24", "matches another itself"),
    (a_file(more="funders: [{code: a, name: {zh: 甲, en: A}, advances_for: a}]\n"), "line 22", "pay first for itself"),
    (a_file(more="instalments: [{code: a, name: {zh: 甲, en: A}, share: 100 %, after: {zh: 甲, en: A}, wait: 1 month}]\n"), "line 22",
     "there is none to wait for"),
    (a_file(more="own_share: [{kinds: []}]\n"), "line 22", "cash, kind"),
    (a_file(more="own_share: [{kind_at_most: 10 %}]\n"), "line 22", "Nothing may be brought in kind"),
    (replaced("country: IE", "country: IE\n  open_days: [2026-05-04]\n  closed_days: [2026-05-04]"), "line 9", "open and closed"),
    (replaced("country: IE", "country: IE\n  in_force_until: 2025-12-31\n  rounds: [{name: {zh: 甲, en: A}, opens: 2026-01-01, "
              "closes: 2026-02-01}]"), "line 10", "not in force"),
    (replaced("claim_within: 3 months", "claim_until: 2026-12-31"), "line 19", "Write use_until too"),
    (replaced("use_within: 12 months", "use_until: 2025-12-31").replace(b"country: IE", b"country: IE\n  in_force_from: 2026-01-01"),
     "line 20", "before the rules are in force"),
    (a_file(more="appeal_within: 20 days\ndeadlines: {claim_appeal: 10 days}\n"), "line 23", "stands under appeal_within"),
    (a_file(more="waiting_list: {seed: x}\n"), "line 22", "Only a lottery"),
    (a_file(more="provider_awards: [{code: a, name: {zh: 甲, en: A}, basis: net, smaller_of: [{fixed: 5.00}]}]\n"), "line 22",
     "names its own basis"),
    (a_file(more="service_groups: {g: {name: {zh: 甲, en: A}, services: [testing]}}\nfund_lines: {per_group: [testing, g]}\n"), "line 23",
     "has a line of its own already"),
    (a_file(more="relations: {forbidden: [officer], depth: 0}\n"), "line 22", "over one step at least"),
    (a_file(more="relations: {forbidden: []}\n"), "line 22", "This is empty"),
    (a_file(more="prices: [{service: testing, price: 5.00}, {service: testing, price: 6.00}]\n"), "line 22",
     "stands above already, in entry 1"),
    (a_file(more="  - {kind: invoice, name: {zh: 票, en: bill}}\n"), "line 22", "stands above already"),
    (a_file(more="deadlines: {reviev: 5 days}\n"), "line 22, column 21: deadlines.reviev", "Did you mean review"),
    (a_file(more="checks: {high_prices: block}\n"), "line 22, column 23: checks.high_prices", "Did you mean high_price"),
    (a_file(more="checks: {high_price: stop}\n"), "line 22", "block"),
    (a_file(more="checks: {odd: info, same_invoice: warn}\n"), "line 22, column 35: checks.same_invoice", "at least block"),
    (a_file(more="checks: {unlisted: info}\n"), "line 22", "at least warn"),
    (a_file(more="checks: {drawn: block}\n"), "line 22", "Nothing is drawn by lot"),
    (a_file(more="split: by_order\n"), "line 22, column 8: split", "no funders"),
    (two_instalments("36 months"), "line 24", "could never be claimed"),
    *((counting_vouchers(when), "line 22", "When a voucher is given nobody knows") for when in (
        "services: [testing]", "cost_up_to: 1000.00", "cost_from: 1000.00", "provider_local: yes", "first_time: yes")),
    (a_file(more="funders: [{code: a, name: {zh: 甲, en: A}, share: 0 %}]\n"), "line 22", "sum to 0 %"),
    (a_file(more="own_share: [{vat: programme}]\n"), "line 22", "cannot bear the tax"),
    (a_file(more="provider_awards: [{code: a, name: {zh: 甲, en: A}, rate: 5 %}]\n"), "line 22", "Say under basis"),
    (a_file(more="service_groups: {testing: {name: {zh: 甲, en: A}, services: [testing]}}\n"), "line 22", "of a service already"),
    (a_file(more=FUNDERS.replace("code: b", "code: a") + "40 %}\n"), "line 24", "given twice"),
])
def test_a_contradiction_is_found_where_it_stands(source: bytes, where: str, what: str) -> None:
    found = only(source)
    assert found.startswith(where)
    assert what in found


@pytest.mark.parametrize("source", [
    replaced("rate: 50 %", BANDS).replace(b"amount: 5000.00", b"when: {first_time: yes}, amount: 5000.00"),
    replaced("rate: 50 %", BANDS).replace(b"amount: 5000.00", b"amount_by_class: {sme: 5000.00, big: 90000.00}").replace(
        b"en: SME}}", "en: SME}}\n  big: {name: {zh: 大, en: big}}".encode()),
    replaced("rate: 50 %", BANDS).replace(b"period: application", b"period: piece"),
    replaced("rate: 50 %", BANDS + "\n    bands_over: lifetime"),
    replaced("rate: 50 %", "{when: {services: [testing]}, rate: 50 %}\n  - rate: 90 %", "own_share: [{at_least: 20 %}]\n"),
    replaced("claim_within: 3 months}", "claim_until_day: 03-31, extension: {times: 2, length: 2 months}}"),
    replaced("use_within: 12 months, claim_within: 3 months", "use_until_day: 12-31, claim_within: 12 months, claim_from: issue"),
    two_instalments("14 months"), counting_vouchers("firm_classes: [sme]"), counting_vouchers("since: 2026-01-01"),
    with_papers("{facts: [x]}", "{without_facts: [x]}"), with_papers("{cost_up_to: 3000.00}", "{cost_from: 3000.00}"),
    a_file(more="    from_amount: 100.00\nminimum: 100.00\n").replace(
        "  - {kind: invoice, name: {zh: 发票, en: invoice}}".encode(), "  - kind: invoice\n    name: {zh: 发票, en: invoice}".encode()),
], ids=range(13))
def test_what_holds_in_some_case_is_no_contradiction(source: bytes) -> None:
    assert read_terms(source)


def test_a_cap_within_the_second_band_is_no_contradiction() -> None:
    assert read_terms(a_file(instead={"rate: 50 %": "bands: [{up_to: 4000.00, rate: 100 %}, {up_to: 9000.00, rate: 50 %}]"}))


# -- hostile and broken files ---------------------------------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))


@pytest.mark.parametrize(("source", "what"), [
    (b"", "empty"), (b"# nothing\n", "empty"), (b"---\n", "A mapping with keys"), (b"[]", "A mapping with keys"),
    (b"text", "A mapping with keys"),
    (BOMB.encode(), "Anchors and aliases"), (b"a: &a [*a]", "Anchors and aliases"), (b"<<: {a: 1}", "Merge keys"),
    (b"a: !!python/object/apply:os.system [ls]", "The tag"), (b"a: !!int '5'", "The tag"),
    (b"format: 1\nformat: 1\n", "for the second time; the first is in line 1"), (b"a: 1\n--- \nb: 2\n", "A second document"),
    (b"[" * 100_000, "nested deeper than 20"), (b"{a: " * 50_000, "nested deeper than 20"),
    (b"- " * 50_000, "nested deeper than 20"),
    (b"? [a]\n: b", "A key must be a plain word"), (b"a: [1, 2", "This is not YAML"),
    (b"\ta: 1", "This is not YAML"), (b"a: 'x", "This is not YAML"),
    (b"a: \x00", "not allowed in a text"), (b"a: \x1b[31m", "not allowed in a text"),
    (SMALL.encode("utf-16"), "UTF-16"), (SMALL.encode("gb18030"), "GB18030"), ("é: 1".encode("latin-1"), "not UTF-8"),
    (b"a: 1\n" * 60_000, "has 300000 bytes"), (b"x" * 10_000_000, "has 10000000 bytes"),
    (b"[" + b"1," * 60_000 + b"1]", "more than 50000 values"),
], ids=lambda value: value if isinstance(value, str) else "a file")
def test_a_hostile_file_gets_a_clear_answer(source: bytes, what: str) -> None:
    assert any(what in each for each in complaints(source)), complaints(source)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_terms(b"\xef\xbb\xbf" + SMALL.encode()).code == "small"


def test_lines_may_end_as_on_windows() -> None:
    assert read_terms(SMALL.replace("\n", "\r\n").encode()).code == "small"


def test_a_version_published_with_a_key_that_did_nothing_can_still_be_read() -> None:
    old = a_file(more="fund_lines: {per_funder: no, per_year: yes, over_issue: 10 %}\n")
    assert read_published(old) == read_terms(old, retired=True) == read_terms(a_file(more="fund_lines: {over_issue: 10 %}\n"))
    assert complaints(old)


def test_a_version_published_with_words_that_did_nothing_can_still_be_read() -> None:
    old = replaced("sme: {name", "sme: {kind: group, name", "dated_by: use_by\n").replace(b"{use_within", b"{used_by: issue, use_within")
    assert read_published(old) == read_terms(a_file())
    assert "company, team, person" in complaints(old)[0]


def test_very_many_problems_are_cut_short() -> None:
    found = complaints(a_file(more="".join(f"key_{number}: 1\n" for number in range(500))))
    assert len(found) == 101
    assert found[-1] == "There are 400 further problems."


@pytest.mark.parametrize("name", example_names())
def test_any_line_that_is_lost_gives_an_answer_and_no_fault(name: str) -> None:
    lines = example(name).split(b"\n")
    for index in range(0, len(lines), 7):
        refusal = refusal_of(b"\n".join(lines[:index] + lines[index + 1:]))
        assert refusal is None or all(each.line is not None for each in refusal.problems)


FRAGMENTS = (
    "100 %", "0 %", "", "{}", "[]", "~", "0.00", "yes", "[a]", "*a", "&a x", "\"", "'", "- ", ": ", "\n", "rolling",
    "held", "piece", "lifetime", "provider", "1/3", "9999999999999999", "bands: []", "on_top: yes", "fixed: 0.00",
    "split: by_order", "100 years", "2199-12-31", "\u200b",
)


@settings(deadline=None)
@given(st.sampled_from(example_names()), st.integers(0), st.sampled_from(FRAGMENTS), st.integers(0, 6))
def test_a_damaged_file_is_refused_or_works(name: str, place: int, fragment: str, gone: int) -> None:
    text = example(name).decode()
    at = place % len(text)
    damaged = (text[:at] + fragment + text[at + gone:]).encode()
    refusal = refusal_of(damaged)
    if refusal is None:
        rules = read_terms(damaged)
        assert summary(rules)
        assert rules.use_by(DAY) <= rules.claim_by(DAY)
        for service in rules.services:
            case = a_case(rules, "12345.67", service=service, measures=dict.fromkeys(rules.measures, Money(1, rules.currency)))
            assert 0 <= calculate(rules, case).result.minor <= 1234567
    else:
        assert refusal.problems


def test_words_that_one_has_to_type_are_not_translated() -> None:
    with pytest.raises(NotValid) as refused:
        read_terms(replaced("basis: net", "basis: nett"))
    (found,) = refused.value.problems
    assert translator("zh").problem(found) == (
        "第 14 行第 8 列：此处不认识计量项 'nett'。是否为 net？可用：gross, net, vat, recognised_income, added_value。")
