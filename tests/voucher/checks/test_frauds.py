"""The frauds and errors that a program can see: each is caught, and what only looks like it is let through.

    what is done                     what is caught, and what is not
F4  the same cost paid twice         an invoice written otherwise, swapped signs, the same file; not its neighbour in the series
F10 a result that was sold before    the same report in two claims; not the same contract behind two claims
"""

from tests.voucher.checks.builders import EARLIER, a_paper, an_invoice, facts, found_in, yuan
from voucher.checks.facts import Level
from voucher.checks.invoices import plain_number, same_invoice, shape
from voucher.checks.papers import same_papers


def earlier(number: str, **about: object) -> object:
    return an_invoice(number, claim=EARLIER, **about)


# F4 -----------------------------------------------------------------------------------------------------------------

def test_f4_an_invoice_written_otherwise_is_the_same_invoice() -> None:
    case = facts(lines=(an_invoice("INV-0012/7"),), other_lines=(earlier("inv 12-7", programme="jinan"),))
    assert found_in(case, "same_invoice") == [
        "The invoice INV-0012/7 stands on the claim C-2026-00001-8 (jinan) too, written inv 12-7."]
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


def test_what_may_be_the_same_invoice_has_the_same_shape() -> None:
    assert shape("CN:1", "INV-0012/7") == shape("CN:1", "inv 12-7") == shape("CN:1", "INV 12/7")
    assert shape("CN:1", "7411") == shape("CN:1", "4711") != shape("CN:2", "4711")
    assert plain_number("发票 №007") == "7"


# F10 ----------------------------------------------------------------------------------------------------------------

def test_f10_a_report_that_was_delivered_before_is_seen() -> None:
    case = facts(papers=(a_paper("report", "ab"),), other_papers=(a_paper("report", "ab", claim=EARLIER, file="F-old"),))
    assert found_in(case, "same_papers") == ["F-report (report) is byte for byte F-old (report) of the claim C-2026-00001-8 (weihai)."]


def test_f10_near_one_contract_behind_two_claims_is_only_told() -> None:
    case = facts(papers=(a_paper("contract", "ab"),), other_papers=(a_paper("contract", "ab", claim=EARLIER),))
    assert [each.level for each in same_papers(case)] == [Level.INFO]


def test_f10_near_another_report_is_another_report() -> None:
    assert not found_in(facts(papers=(a_paper("report", "ab"),), other_papers=(a_paper("report", "cd", claim=EARLIER),)), "same_papers")
