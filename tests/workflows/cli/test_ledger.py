"""`voucher ledger`: what scripts can rely on."""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, working
from tests.workflows.cli.installation import an_installation
from voucher import ledger
from voucher.accounting import entry
from voucher.database import Database
from voucher.ledger import receipt
from voucher.money import Money
from voucher.settings import read_settings
from workflows.cli.commands import Surroundings
from workflows.cli.main import main

Run = Callable[..., Result]


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """The folder of an installation whose books have two entries."""
    folder = tmp_path / "instance"
    an_installation(folder)
    with closing(Database(f"sqlite:///{folder}/voucher.sqlite3")) as database, working(database) as work:
        ledger.post(work, a_draft("x 1", a_move("54.00")))
        ledger.post(work, a_draft("x 2", a_move("5.00", "financial:cash", "financial:income"), DAY.replace(day=3)))
    return folder


@pytest.fixture
def run(instance: Path) -> Run:
    """The command `voucher ledger ...` in that installation."""
    around = Surroundings(read_settings({"VOUCHER_INSTANCE": str(instance)}), lambda: NOW)
    return lambda *arguments: CliRunner().invoke(main, ["ledger", *arguments], obj=around)


def test_the_trial_balance_shows_both_columns_and_the_sums_of_each_book(run: Run) -> None:
    told = json.loads(run("trial-balance", "--json").stdout)
    assert told["accounts"][0] == {"account": "budget:free", "currency": "CNY", "debit": "0.00", "credit": "54.00"}
    assert told["sums"] == [{"book": "budget", "currency": "CNY", "debit": "54.00", "credit": "54.00"},
                            {"book": "financial", "currency": "CNY", "debit": "5.00", "credit": "5.00"}]
    assert "budget:spent" in run("trial-balance").stdout
    assert [line["book"] for line in json.loads(run("trial-balance", "--as-of", "2026-03-02", "--json").stdout)["sums"]] == ["budget"]


def test_the_surpluses_of_a_year_are_told_line_by_line(run: Run, instance: Path) -> None:
    line = {"fund_line": "L-2026-00001-3", "year": "2026", "funder": "city"}
    database = Database(f"sqlite:///{instance}/voucher.sqlite3")
    with working(database) as work:
        ledger.post(work, entry("year.accrued", "Decision 9", DAY, {"amount": Money(1_200_000, "CNY")}, line, country="CN"))
    database.close()
    [told] = json.loads(run("surplus", str(DAY.year), "--json").stdout)
    assert (told["budget"]["amount"], told["difference"], told["accrual"], told["changes"]) == (
        "0.00", "-12000.00", {"amount": "-12000.00", "changes": [{"account": "cn-financial:5001", "adds": "-12000.00"}]},
        [{"account": "cn-financial:2401", "adds": "-12000.00"}])
    rows = [" ".join(row.split()) for row in run("surplus", str(DAY.year)).stdout.splitlines()]
    assert "- Recognised as expense, not as budget expenditure 12000.00 CNY" in rows and "year.accrued 12000.00 CNY" in rows
    assert run("surplus", "26").exit_code == 2
    assert json.loads(run("surplus", "2019", "--json").stdout) == []


def test_balances_and_statements_are_asked_as_known_then(run: Run) -> None:
    account = ("budget:free", "--currency", "CNY")
    assert json.loads(run("balance", *account, "--json").stdout)["balance"] == "-54.00"
    assert json.loads(run("balance", *account, "--known-at", "2000-01-01", "--json").stdout)["balance"] == "0.00"
    assert json.loads(run("trial-balance", "--known-at", "2000-01-01T00:00:00+08:00", "--json").stdout)["accounts"] == []
    assert [line["cause"] for line in json.loads(run("statement", *account, "--json").stdout)] == ["x 1"]
    assert json.loads(run("statement", *account, "--known-at", "2000-01-01", "--json").stdout) == []
    told = json.loads(run("compare", *account, "--as-of", "2026-12-31", "--known-at", "2000-01-01", "--json").stdout)
    assert (told["then"], told["now"], len(told["between"])) == ("0.00", "-54.00", 1)
    assert "x 1" in run("compare", *account, "--as-of", "2026-12-31", "--known-at", "2000-01-01").stdout
    assert run("balance", *account, "--known-at", "2026-03-31T17:00:00").exit_code == 2


@pytest.mark.parametrize("asked", [("balance",), ("statement",), ("compare", "--as-of", "2026-12-31", "--known-at", "2000-01-01")])
def test_a_slip_in_the_name_of_an_account_is_no_balance_of_zero(run: Run, asked: tuple[str, ...]) -> None:
    assert run(*asked, "budget:fre", "--currency", "CNY").exit_code == 2


def test_sound_books_verify_with_exit_code_0(run: Run) -> None:
    assert (run("verify").exit_code, run("verify").stdout) == (0, "The books agree with themselves.\n")
    assert json.loads(run("verify", "--json").stdout) == {"sound": True, "findings": []}


def test_books_that_were_touched_end_with_exit_code_1_and_the_entry_by_name(run: Run, instance: Path) -> None:
    database = Database(f"sqlite:///{instance}/voucher.sqlite3")
    with database.engine.begin() as connection:
        connection.execute(text("drop trigger entries_refuse_update"))
        connection.execute(text("update entries set event = 'other' where cause = 'x 2'"))
    database.close()
    answer = run("verify")
    assert answer.exit_code == 1
    assert answer.stderr == "x 2: says something else than when it was posted\n"


def test_an_entry_of_a_clock_that_ran_ahead_is_named(run: Run, instance: Path) -> None:
    database = Database(f"sqlite:///{instance}/voucher.sqlite3")
    with working(database, NOW + timedelta(days=365)) as work:
        ledger.post(work, a_draft("x 3"))
    database.close()
    answer = run("verify")
    assert (answer.exit_code, answer.stderr.partition(",")[0]) == (1, "x 3: was recorded at 2027-03-02T09:30:00+00:00")


def test_a_sealed_entry_is_proven_and_a_kept_head_verified(run: Run, tmp_path: Path) -> None:
    assert run("prove", "x 1").exit_code == 2
    head = tmp_path / "head.json"
    assert json.loads(run("seal", "--head", str(head), "--json").stdout)["size"] == 2
    assert receipt.problems(json.loads(run("prove", "x 1").stdout), json.loads(head.read_text())) == []
    assert run("verify", "--head", str(head)).stdout == "The books agree with themselves and with the head.\n"
    kept = json.loads(head.read_text())
    for written in ({each: kept[each] for each in ("format", "size", "root")}, {"seal": {"size": kept["size"], "head": kept["root"]}}):
        (tmp_path / "other.json").write_text(json.dumps(written))  # as in the folder of a case, and in a settlement statement
        assert run("verify", "--head", str(tmp_path / "other.json")).stdout == "The books agree with themselves and with the head.\n"
    for wrong in ("[]", '{"format": "ledger-head-1", "size": 2}', '{"format": "ledger-head-1", "size": 2, "root": "x"}'):
        (tmp_path / "other.json").write_text(wrong)
        assert run("verify", "--head", str(tmp_path / "other.json")).exit_code == 2
    assert run("prove", "x 9").exit_code == 2


def test_an_entry_is_proven_under_an_earlier_head_too_and_growth_between_two(run: Run, instance: Path, tmp_path: Path) -> None:
    earlier, later = tmp_path / "earlier.json", tmp_path / "later.json"
    run("seal", "--head", str(earlier))
    database = Database(f"sqlite:///{instance}/voucher.sqlite3")
    with working(database) as work:
        ledger.post(work, a_draft("x 3", a_move("7.00")))
    database.close()
    run("seal", "--head", str(later))
    known = json.loads(earlier.read_text())
    for asked in (("--head", str(earlier)), ("--size", "2")):
        assert receipt.problems(json.loads(run("prove", "x 1", *asked).stdout), known) == []
        assert run("prove", "x 3", *asked).exit_code == 2
    assert receipt.problems(json.loads(run("prove", "x 3", "--head", str(later)).stdout)) == []
    for heads in ([str(earlier)], [str(earlier), "--head", str(later)], [str(later), "--head", str(earlier)]):
        (tmp_path / "growth.json").write_text(run("prove-growth", *heads).stdout)
        command = [sys.executable, "-I", "-S", str(receipt.__file__), "growth.json", "earlier.json", "later.json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("The first 2 of 3 entries")
    earlier.write_text(json.dumps(known | {"root": "00" * 32}))
    for command in (["prove", "x 1", "--head", str(earlier)], ["prove-growth", str(earlier)], ["prove", "x 1", "--size", "1"]):
        assert (run(*command).exit_code, "never had such a head" in run(*command).stderr) == (2, True)


def test_an_export_is_read_by_hledger_and_rebuilt_elsewhere(run: Run, tmp_path: Path) -> None:
    journal = run("export", "--format", "hledger").stdout
    subprocess.run(["hledger", "-f", "-", "check", "-s"], input=journal, text=True, check=True)
    (tmp_path / "books.jsonl").write_text(run("export", "--format", "jsonl").stdout)
    elsewhere = CliRunner(env=an_installation(tmp_path / "elsewhere"))
    told = elsewhere.invoke(main, ["ledger", "import", str(tmp_path / "books.jsonl"), "--json"])
    assert json.loads(told.stdout)["entries"] == 2
    assert elsewhere.invoke(main, ["ledger", "import", str(tmp_path / "books.jsonl")]).exit_code == 2
    assert run("export", "--format", "excel").exit_code == 2
