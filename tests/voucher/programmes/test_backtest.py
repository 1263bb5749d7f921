"""A draft tried on cases that happened."""

from datetime import date
from typing import Any

from tests.voucher.programmes.builders import a_case, euro, terms
from voucher.programmes.backtest import Recorded, Report, replay
from voucher.programmes.terms import Terms

PER_YEAR = {"period: application": "period: calendar_year"}


def recorded(rules: Terms, number: int, net: str, got: str, **more: Any) -> Recorded:
    return Recorded(f"O-{number}", a_case(rules, net, **({"company": "A"} | more)), euro(got))


def report_of(rules: Terms, cases: list[Recorded], budget: str | None = None) -> Report:
    report = Report("EUR")
    for each in replay(rules, cases):
        report.add(each, euro(budget) if budget else None)
    return report


def test_the_same_terms_change_nothing() -> None:
    rules = terms()
    report = report_of(rules, [recorded(rules, 1, "1000.00", "500.00"), recorded(rules, 2, "90000.00", "5000.00")])
    assert (report.cases, report.gainers, report.losers) == (2, 0, 0)
    assert (report.got_minor, report.gets_minor) == (550000, 550000)
    assert report.cap_hits == {"a cap": 1}


def test_what_the_draft_gives_counts_against_its_own_caps() -> None:
    rules = terms(instead=PER_YEAR)
    cases = [recorded(rules, 1, "8000.00", "4000.00"), recorded(rules, 2, "8000.00", "4000.00"),
             recorded(rules, 3, "8000.00", "4000.00", company="B")]
    gets = [str(each.gets) for each in replay(rules, cases)]
    assert gets == ["4000.00", "1000.00", "4000.00"]


def test_gains_losses_caps_and_the_day_the_budget_ends_are_told() -> None:
    rules = terms(instead=PER_YEAR | {"rate: 50 %": "rate: 60 %"})
    cases = [recorded(rules, 1, "1000.00", "500.00", on=date(2026, 1, 5)), recorded(rules, 2, "8000.00", "4000.00", on=date(2026, 2, 5)),
             recorded(rules, 3, "2000.00", "1000.00", on=date(2026, 2, 9))]
    told = report_of(rules, cases, "5000.00").as_json()
    assert (told["recorded"], told["draft"], told["change"]) == ("5500.00", "5000.00", "-500.00")
    assert (told["gainers"], told["gained"], told["losers"], told["lost"]) == (2, "500.00", 1, "1000.00")
    assert told["most_changed"] == [{"company": "A", "change": "-500.00"}]
    assert told["caps"] == [{"name": "a cap", "hits": 2, "cut": "1600.00"}]
    assert told["months"] == {"2026-01": {"recorded": "500.00", "draft": "600.00"}, "2026-02": {"recorded": "5000.00", "draft": "4400.00"}}
    assert told["budget_spent_on"] is None
    assert report_of(rules, cases, "4999.99").spent_on == date(2026, 2, 5)


def test_a_case_that_the_draft_does_not_know_gets_nothing_and_says_why() -> None:
    rules = terms(instead={"testing:": "tests:", "en: testing}": "en: tests}"})
    (each,) = replay(rules, [recorded(terms(), 1, "1000.00", "500.00")])
    assert (each.gets, each.change) == (euro("0.00"), euro("-500.00"))
    assert each.misfit is not None and "The word 'testing' is not known here. Did you mean tests?" in each.misfit.en
    report = report_of(rules, [each.recorded])
    assert (report.losers, list(report.misfits), list(report.in_chinese.values())) == (1, [each.misfit.en], [each.misfit.zh])
    assert "testing" in each.misfit.zh and "not known" not in each.misfit.zh


def test_a_cap_of_a_provider_counts_all_its_customers() -> None:
    rules = terms(instead={"period: application": "period: calendar_year, subject: provider"})
    cases = [recorded(rules, number, "8000.00", "4000.00", company=firm, provider="P") for number, firm in enumerate("AB")]
    assert [str(each.gets) for each in replay(rules, cases)] == ["4000.00", "1000.00"]


def test_what_a_group_got_counts_once_though_its_company_asks_for_it_too() -> None:
    rules = terms(instead={"period: application": "period: calendar_year, subject: group"})
    cases = [recorded(rules, number, "6000.00", "3000.00", group="G") for number in range(3)]
    assert [str(each.gets) for each in replay(rules, cases)] == ["3000.00", "2000.00", "0.00"]
