"""Cases one to a line, and what is remembered of them."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.voucher.programmes.builders import a_case, a_use, euro, terms
from voucher.programmes.calculation import calculate
from voucher.programmes.case_lines import Answer, calculate_lines
from voucher.programmes.casebook import as_use
from voucher.programmes.cases import Case, Use
from voucher.programmes.remembered import Remembered
from voucher.programmes.terms import Terms

CASE: dict[str, object] = {"on": "2026-05-15", "firm_class": "sme", "service": "testing", "net": "6000.00", "company": "A"}
PER_YEAR = {"period: application": "period: calendar_year"}


def answers(*lines: dict[str, object] | bytes, rules: Terms | None = None, remember: bool = False) -> list[Answer]:
    text = b"".join((each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode()) + b"\n" for each in lines)
    return list(calculate_lines(rules or terms(), io.BytesIO(text), remember=remember))


def results(found: list[Answer]) -> list[str]:
    return [str(each.sheet.result) if each.sheet else "" for each in found]


def test_each_line_is_answered_and_empty_ones_are_passed_over() -> None:
    used = CASE | {"name": "甲", "used": [{"on": "2026-01-02", "amount": "4000.00"}]}
    found = answers(CASE, b"", b"# a comment", used, b"{on: 2026-05-15, firm_class: sme, service: testing, net: 10.00}",
                    rules=terms(instead=PER_YEAR))
    assert [(each.line, each.name) for each in found] == [(1, "line 1"), (4, "甲"), (5, "line 5")]
    assert results(found) == ["3000.00", "1000.00", "5.00"]


def test_what_is_wrong_with_a_line_is_told_by_its_number_and_does_not_stop_the_next() -> None:
    found = answers(CASE | {"net": "1e3"}, CASE | {"used": [{"on": "2026-02-30", "amount": "1.00"}]}, CASE | {"service": "tests"},
                    b'{"on": ', b"\xff\xfe", CASE | {"expect": {"result": "1.00"}}, CASE)
    said = [str(each.problems[0]) if each.problems else "" for each in found]
    assert said[0].startswith("line 1, column 72: net: '1e3' is not an amount.")
    assert said[1].startswith("line 2, column 115: used.0.on: '2026-02-30' is not a day.")
    assert said[2].startswith("line 3, column 54: service: The word 'tests' is not known here. Did you mean testing?")
    assert said[3].startswith("line 4, column ")
    assert said[4].startswith("line 5, column 1: The file is written in UTF-16.")
    assert said[5].endswith("expect.result: 1.00 was expected, the terms give 3000.00.")
    assert (said[6], results(found)[6]) == ("", "3000.00")


def test_a_line_without_an_end_is_not_read_to_its_end() -> None:
    found = answers(b"x" * 300_000, CASE)
    assert [str(each.problems[0]) for each in found] == ["line 1: The line is longer than 262144 bytes."]


def test_remembered_cases_use_up_what_later_lines_get() -> None:
    rules = terms(instead=PER_YEAR)
    assert results(answers(CASE, CASE, CASE, CASE | {"on": "2027-01-01"}, rules=rules)) == ["3000.00"] * 4
    found = answers(CASE, CASE, CASE, CASE | {"on": "2027-01-01"}, rules=rules, remember=True)
    assert results(found) == ["3000.00", "2000.00", "0.00", "3000.00"]


def test_remembered_cases_come_in_the_order_of_their_days() -> None:
    found = answers(CASE, CASE | {"on": "2026-05-14"}, rules=terms(instead=PER_YEAR), remember=True)
    assert "line 2, column 8: on: The cases have to come in the order of their days" in str(found[1].problems[0])


# -- what is remembered ----------------------------------------------------------------------------------------------------

ROUNDS = """country: IE
  rounds:
    - {name: {zh: 一, en: one}, opens: 2023-03-01, closes: 2024-02-15}
    - {name: {zh: 一, en: one}, opens: 2024-06-01, closes: 2024-08-31}
    - {name: {zh: 一, en: one}, opens: 2025-01-01, closes: 2026-12-31}"""
LIMITS = {
    "rounds": "period: round", "a day and for ever": """period: rolling, length: 1 day}
  - {name: {zh: 终身, en: for ever}, amount: 9000.00, subject: group, period: lifetime""",
    "a year": "period: calendar_year", "a fiscal year": "period: fiscal_year", "two years": "period: rolling, length: 2 years",
    "for ever": "period: lifetime", "held": "period: held", "a group": "subject: group, period: calendar_year",
    "a team": "subject: team, period: rolling, length: 3 months", "a provider": "subject: provider, period: calendar_year",
    "a pair": "subject: pair, period: rolling, length: 1 year",
}


def several(number: int) -> list[Case]:
    """Cases over four years of a few firms, groups, teams and providers, that meet each other again and again."""
    return [a_case(terms(), f"{1000 + 37 * at % 1900}.00", on=date(2023, 1, 1) + timedelta(days=at * 1461 // number),
                   company=f"firm{at * 7 % 5}", group=f"group{at * 7 % 5 // 2}", team=("", "T")[at % 2], provider=f"provider{at * 3 % 4}")
            for at in range(number)]


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_what_is_forgotten_makes_no_difference(limit: str) -> None:
    rules = terms(instead={"period: application": limit, "country: IE": ROUNDS})
    everything: list[Use] = []
    memory = Remembered(rules)
    for case in several(60):
        sheets = [calculate(rules, replace(case, used=used)) for used in (memory.of(case), tuple(everything))]
        assert sheets[0] == sheets[1]
        everything.append(replace(as_use(case, sheets[0]), held=False))
        memory.remember(as_use(case, sheets[0]))


def test_no_more_is_kept_than_the_limits_look_back() -> None:
    memory = Remembered(terms(instead=PER_YEAR))
    for case in several(60):
        memory.of(case)
        memory.remember(a_use(terms(), "1.00", on=case.on, company=case.company))
    assert len(memory) == 5, "one sum a firm"


def test_a_use_counts_once_whoever_asks_for_it() -> None:
    memory = Remembered(terms(instead={"period: application": "subject: group, period: calendar_year"}))
    case = a_case(terms(), company="A", group="G", provider="P")
    memory.remember(a_use(terms(), "1.00", on=case.on, company="A", group="G", provider="P"))
    assert [use.amount for use in memory.of(case)] == [euro("1.00")]
