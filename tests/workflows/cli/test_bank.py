"""`voucher bank read`: what was understood, in a table or as JSON; problems on stderr."""

import json
from pathlib import Path

from click.testing import CliRunner

from tests.voucher.bank.builders import GOLDEN
from workflows.cli.main import main


def test_reading_a_statement_shows_what_was_understood() -> None:
    result = CliRunner().invoke(main, ["bank", "read", str(GOLDEN / "statement_02.xml")])
    assert result.exit_code == 0
    for shown in ("number 130", "DE89370400440532013000 EUR", "10000.00", "2987.30", "-5000.00", "AC04", "not booked (PDNG)"):
        assert shown in result.stdout


def test_reading_a_statement_as_json_gives_amounts_as_strings() -> None:
    result = CliRunner().invoke(main, ["bank", "read", str(GOLDEN / "statement_02.xml"), "--json"])
    (statement,) = json.loads(result.stdout)
    assert (result.exit_code, statement["opening"], statement["closing"], statement["from_on"]) == (0, "10000.00", "2987.30", "2026-11-23")
    assert [line["amount"] for line in statement["lines"]] == ["-5000.00", "-2000.00", "2000.00", "-10.00", "-2.70", "-2000.00"]
    assert statement["lines"][3]["finding"]["line"] == 42
    assert statement["findings"][0]["line"] == 72


def test_statement_that_is_refused_ends_with_2_and_every_problem_on_stderr(tmp_path: Path) -> None:
    bad = (GOLDEN / "statement_02.xml").read_bytes().replace(b">7000.00<", b">7.000,00<").replace(b">2.70<", b">NaN<")
    (tmp_path / "bad.xml").write_bytes(bad)
    result = CliRunner().invoke(main, ["bank", "read", str(tmp_path / "bad.xml")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "line 18: Stmt 0352C53 entry 1: '7.000,00' is not an amount in EUR." in result.stderr
    assert "'NaN' is not an amount" in result.stderr
    as_json = CliRunner().invoke(main, ["bank", "read", str(tmp_path / "bad.xml"), "--json"])
    assert as_json.exit_code == 2
    assert len(json.loads(as_json.stderr)["problems"]) == 2
