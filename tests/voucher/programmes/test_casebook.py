"""Cases written in a file: results, history, expectations, complaints."""

import pytest

from tests.voucher.programmes.builders import euro, shipped, terms, yuan
from voucher.errors import NotValid
from voucher.programmes.casebook import calculate_all

ONE = "cases:\n  - {on: 2026-05-15, firm_class: sme, service: testing, net: 1000.00, company: A"


def complaints(text: str) -> list[str]:
    with pytest.raises(NotValid) as refused:
        calculate_all(terms(), text.encode())
    assert refused.value.message.startswith("The cases file has problems")
    return [str(each) for each in refused.value.problems]


def test_history_counts_for_every_case_and_used_for_its_own() -> None:
    book = """\
history:
  - {on: 2026-01-02, amount: 60000.00}
cases:
  - {name: first, on: 2026-05-15, firm_class: other, service: transfer, net: 900000.00}
  - {name: second, on: 2026-05-15, firm_class: other, service: transfer, net: 900000.00, used: [{on: 2026-03-01, amount: 30000.00}]}
"""
    answers = calculate_all(shipped("weihai"), book.encode())
    assert [(name, sheet.result) for name, sheet in answers] == [("first", yuan("40000.00")), ("second", yuan("10000.00"))]


def test_remembered_cases_use_up_what_later_ones_get() -> None:
    case = "  - {on: 2026-05-15, firm_class: firm, service: testing, net: 30000.00, company: A}\n"
    answers = calculate_all(shipped("yuhuan"), ("remember: yes\ncases:\n" + case * 4).encode())
    assert [str(sheet.result) for _name, sheet in answers] == ["20000.00", "20000.00", "10000.00", "0.00"]


def test_awards_are_calculated_beside_cases() -> None:
    book = "awards:\n  - {award: transfer_agency, measures: {contract_value: 3000000.00}, counts: {deals: 4}, expect: {result: 90000.00}}\n"
    assert calculate_all(shipped("weihai"), book.encode())[0][1].result == yuan("90000.00")


def test_a_result_that_was_not_expected_is_told_at_its_line() -> None:
    assert complaints(ONE + ", expect: {result: 501.00, own_share: 500.00}}\n") == [
        "line 2, column 100: cases.0.expect.result: 501.00 was expected, the terms give 500.00."]


def test_everything_that_is_wrong_with_all_cases_comes_at_once() -> None:
    case = ONE.removeprefix("cases:\n")
    found = complaints(ONE.replace("sme", "smee") + "}\n" + case.replace("testing", "tests") + ", facts: [odd]}\n")
    assert [each.split(":")[0] for each in found] == ["line 2, column 34", "line 3, column 48", "line 3, column 88"]
    assert "Did you mean sme?" in found[0]


def test_a_cases_file_is_read_as_strictly_as_terms() -> None:
    found = complaints(ONE.replace("1000.00", "1,000") + "}\n")
    assert found[0].startswith("line 2, column ")
    assert "line 1, column 1: case: The key 'case' is not known here. Did you mean cases?" in complaints("case: []\n")[0]


def test_an_amount_that_the_terms_need_is_asked_for_at_the_case() -> None:
    rules = terms(more="basis_at_most: [recognised_income]\n")
    with pytest.raises(NotValid) as refused:
        calculate_all(rules, (ONE + "}\n").encode())
    assert [str(each) for each in refused.value.problems] == [
        "line 2, column 5: cases.0.measures.recognised_income: This amount is needed here."]


def test_funders_can_be_expected_too() -> None:
    book = """\
cases:
  - {on: 2026-05-15, firm_class: sme, service: testing, net: 60000.00, region: liaocheng, provider_region: liaocheng,
     expect: {result: 54000.00, funders: {province: 36000.00, liaocheng: 18000.00}}}
"""
    sheet = calculate_all(shipped("shandong"), book.encode())[0][1]
    assert sheet.own_share == yuan("6000.00")


def test_tax_is_nothing_when_it_is_not_said() -> None:
    assert calculate_all(terms(), (ONE + "}\n").encode())[0][1].own_share == euro("500.00")
