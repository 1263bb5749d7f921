"""`voucher programme`: terms files on the command line."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.workflows.cli.installation import an_installation
from voucher.programmes.library import example
from voucher.programmes.reference import EXAMPLE_CASES, EXAMPLE_TERMS
from workflows.cli.main import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "terms.yaml").write_text(EXAMPLE_TERMS, encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(EXAMPLE_CASES, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(EXAMPLE_TERMS.replace("12 months", "12 moons").replace("40 %", "40"), encoding="utf-8")
    return tmp_path


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["programme", *map(str, arguments)])


def test_checking_a_good_file_says_so(folder: Path) -> None:
    answer = run("check", folder / "terms.yaml")
    assert (answer.exit_code, answer.stdout) == (0, "harbour: Harbour innovation vouchers (海港创新券). The file is valid.\n")
    assert json.loads(run("check", folder / "terms.yaml", "--json").stdout)["services"] == ["testing", "development"]


def test_checking_a_bad_file_lists_every_problem_and_ends_with_2(folder: Path) -> None:
    answer = run("check", folder / "bad.yaml")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "line 30, column 11: rates.1.rate: '40' is not a rate." in answer.stderr
    assert "line 42, column 24: validity.use_within: '12 moons' is not a length of time." in answer.stderr
    problems = json.loads(run("check", folder / "bad.yaml", "--json").stderr)["problems"]
    assert [(each["line"], each["column"]) for each in problems] == [(30, 11), (42, 24)]


def test_a_file_that_is_not_there_ends_with_2(folder: Path) -> None:
    assert run("check", folder / "none.yaml").exit_code == 2


def test_calculating_shows_each_line(folder: Path) -> None:
    answer = run("calculate", folder / "terms.yaml", folder / "cases.yaml")
    assert answer.exit_code == 0
    for shown in ("80 % of the part from 0.00 to 10,000.00", "18000.00", "Article 5", "yearly cap", "The voucher pays"):
        assert shown in answer.stdout
    assert re.search(r"yearly cap +10000.00 +80000.00 +70000.00 +10000.00 +10000.00 +Article 6\n", answer.stdout)
    assert "券支付金额" in run("calculate", folder / "terms.yaml", folder / "cases.yaml", "--language", "zh").stdout


def test_calculating_for_machines_gives_amounts_as_strings(folder: Path) -> None:
    told = json.loads(run("calculate", folder / "terms.yaml", folder / "cases.yaml", "--json").stdout)
    assert (told["programme"], told["currency"]) == ("harbour", "CNY")
    assert [(case["result"], case["own_share"]) for case in told["cases"]] == [("18000.00", "13800.00"), ("10000.00", "40000.00")]
    assert told["cases"][1]["lines"][-4]["details"] == {"limit": "80000.00", "used": "70000.00", "left": "10000.00", "cut": "10000.00"}


def test_a_line_a_case_is_answered_with_a_line_a_case(folder: Path) -> None:
    case = '{"on": "2026-05-15", "firm_class": "sme", "service": "testing", "net": "150000.00", "company": "A"}\n'
    (folder / "cases.jsonl").write_text(case * 2, encoding="utf-8")
    answer = run("calculate", folder / "terms.yaml", folder / "cases.jsonl", "--lines", "--remember")
    assert (answer.exit_code, answer.stdout) == (0, "line 1: 60000.00 CNY\nline 2: 20000.00 CNY\n")
    (folder / "cases.jsonl").write_text(case + case.replace("sme", "smee"), encoding="utf-8")
    answer = run("calculate", folder / "terms.yaml", folder / "cases.jsonl", "--lines", "--json")
    first, second = map(json.loads, answer.stdout.splitlines())
    assert (answer.exit_code, first["result"], first["problems"], second["problems"][0]["line"]) == (2, "60000.00", [], 2)
    assert "1 of the cases have problems." in answer.stderr


def test_a_case_that_comes_out_otherwise_ends_with_2(folder: Path) -> None:
    (folder / "cases.yaml").write_text(EXAMPLE_CASES.replace("result: 18000.00", "result: 18000.01"), encoding="utf-8")
    answer = run("calculate", folder / "terms.yaml", folder / "cases.yaml")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "18000.01 was expected, the terms give 18000.00." in answer.stderr


def test_the_summary_is_a_page_or_a_paper(folder: Path) -> None:
    page = run("summary", folder / "terms.yaml", "--language", "zh")
    assert page.exit_code == 0
    assert "年度上限：每家企业，每年最多 初创企业 100,000 CNY、中小企业 80,000 CNY。" in page.stdout
    paper = run("summary", folder / "terms.yaml", "--pdf", folder / "rules.pdf", **an_installation(folder / "instance"))
    assert paper.exit_code == 0, paper.output
    assert (folder / "rules.pdf").read_bytes().startswith(b"%PDF-")


def test_the_difference_of_two_versions_is_shown(folder: Path) -> None:
    (folder / "new.yaml").write_text(EXAMPLE_TERMS.replace("40 %", "45 %").replace("Article 6", "Article 7"), encoding="utf-8")
    answer = run("diff", folder / "terms.yaml", folder / "new.yaml")
    assert "+ Otherwise, the voucher pays 45 % of the price net of tax. (Article 5)" in answer.stdout
    told = json.loads(run("diff", folder / "terms.yaml", folder / "new.yaml", "--json").stdout)
    assert [(each["where"], each["before"], each["after"]) for each in told["values"]] == [
        ("rates[2].rate", "40 %", "45 %"), ("caps[yearly cap].clause.en", "Article 6", "Article 7")]
    assert [(each["before"]["clause"]["en"], each["after"]["clause"]["en"]) for each in told["rules"]] == [
        ("Article 5", "Article 5"), ("Article 6", "Article 7")]


def test_schema_reference_and_examples_can_be_printed() -> None:
    assert json.loads(run("schema").stdout)["title"] == "Terms"
    assert json.loads(run("schema", "--cases").stdout)["title"] == "Casebook"
    assert run("reference").stdout.startswith("# Terms files and cases files\n")
    assert "weihai" in run("example").stdout.split()
    assert run("example", "weihai").stdout.encode() == example("weihai")
    assert run("example", "atlantis").exit_code == 2
