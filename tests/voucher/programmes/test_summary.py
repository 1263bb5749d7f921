"""The rules in plain words say what the engine does, in both languages."""

import re
from datetime import date

import pytest

from tests.voucher.programmes.builders import a_file, shipped, terms
from voucher.documents.summary import summary_html, summary_pdf
from voucher.programmes.library import example, example_names
from voucher.programmes.summary import summary
from voucher.programmes.terms import Terms

HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,:;()]|[,:;()][\u4e00-\u9fff]")


def sentences(rules: Terms, language: str) -> list[str]:
    return [each.text.in_language(language) for section in summary(rules) for each in section.sentences]


def test_yuhuan_reads_as_its_regulation_does() -> None:
    english, chinese = sentences(shipped("yuhuan"), "en"), sentences(shipped("yuhuan"), "zh")
    assert "The voucher pays of the price with tax: 100 % of the part up to 10,000 CNY, 50 % of the part above 10,000 CNY." in english
    assert "Cap on what is held at any time: for one company, held at any time at most 50,000 CNY." in english
    assert "Within 3 months of the issue the order must have happened." in english
    assert "券支付含税价格的分档比例（10,000 CNY 以内按 100 %；10,000 CNY 以上按 50 %）。" in chinese
    assert "单次申请上限：每家企业，每次申请最多 20,000 CNY。" in chinese


def test_weihai_says_each_cap_and_its_clause() -> None:
    rules = [each for section in summary(shipped("weihai")) for each in section.sentences]
    caps = next(each for each in rules if each.text.en.startswith("Yearly cap by class"))
    assert "technology SME 300,000 CNY" in caps.text.en
    assert caps.clause is not None and caps.clause.zh == "年度补助上限"


def test_a_rule_below_another_says_that_it_comes_second() -> None:
    found = sentences(shipped("shandong"), "en")
    assert "Otherwise, the province pays 40 % of the price with tax." in found
    assert not any(each.startswith("Otherwise, for firms in Liaocheng") for each in found)


def test_rules_for_different_services_do_not_depend_on_each_other() -> None:
    assert "For patent fees, the voucher pays 75 % of the price net of tax." in sentences(shipped("euipo"), "en")


@pytest.mark.parametrize("name", example_names())
def test_every_rule_of_every_example_is_told_in_both_languages(name: str) -> None:
    rules = shipped(name)
    english, chinese = sentences(rules, "en"), sentences(rules, "zh")
    assert len(english) == len(chinese) > 15
    assert all(each and "None" not in each for each in (*english, *chinese))
    assert not [each for each in chinese if HALF_WIDTH.search(each)]
    for cap in rules.caps:
        assert any(cap.name.zh in each for each in chinese)


def test_what_the_terms_do_not_say_is_left_out() -> None:
    assert "Awards for providers" not in [section.heading.en for section in summary(terms())]


def test_the_page_keeps_what_people_wrote_apart_from_its_own_marks() -> None:
    page = summary_html(a_file(instead={"en: The office": "en: <b>The office</b>"}), "en")
    assert "&lt;b&gt;The office&lt;/b&gt;" in page
    assert "<b>The office" not in page
    assert 'lang="en"' in page


def test_the_paper_is_a_pdf_in_chinese() -> None:
    paper = summary_pdf(example("weihai"), "zh", date(2026, 11, 22))
    assert paper.startswith(b"%PDF-")
    assert paper == summary_pdf(example("weihai"), "zh", date(2026, 11, 22))
