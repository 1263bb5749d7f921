"""`voucher document verify`: with and without the office's database, for people and for machines."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.voucher.documents.builders import a_statement
from voucher.database import Database
from voucher.documents import settlement
from voucher.files import FileKind, FileStore, store_file
from voucher.work import SYSTEM, begin
from workflows.cli.main import main

GOOD = settlement.render(a_statement())
TAMPERED = GOOD + b"\n" + GOOD[GOOD.rindex(b"startxref"):]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, as a payee's accountant has one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verify(content: bytes, *options: str, database: Database | None = None) -> Result:
    Path("statement.pdf").write_bytes(content)
    environment: dict[str, str | None] = {"VOUCHER_DATABASE_URL": None, "VOUCHER_INSTANCE": None}
    if database is not None:
        environment |= {"VOUCHER_DATABASE_URL": database.url.render_as_string(hide_password=False),
                        "VOUCHER_SECRET_KEY": "0123456789abcdef" * 4}
    return CliRunner(env=environment).invoke(main, ["document", "verify", "statement.pdf", *options])


def issue(database: Database, content: bytes) -> None:
    """The office keeps this file as the statement of the payout."""
    with begin(database, SYSTEM, lambda: datetime(2026, 11, 22, 9, tzinfo=UTC)) as work:
        store_file(work, FileStore("memory://issued"), FileKind.SETTLEMENT_STATEMENT, "statement.pdf", content,
                   subject=a_statement().payout)


def test_a_good_statement_is_good_without_any_database_and_leaves_nothing_behind(folder: Path) -> None:
    answer = verify(GOOD)
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[0] == "Y-2026-00017-4"
    assert "Drawn again from its data, the file is the same byte for byte." in answer.stdout
    assert "whether it issued this file was not asked" in answer.stdout
    assert [each.name for each in folder.iterdir()] == ["statement.pdf"]


def test_a_changed_statement_exits_with_2_and_says_why_on_stderr(folder: Path) -> None:
    answer = verify(TAMPERED)
    assert answer.exit_code == 2
    assert "Y-2026-00017-4 is not as it was issued. Ask the office for a new one." in answer.stderr
    assert "it has 2 ends instead of one" in answer.stderr


def test_what_is_no_document_exits_with_2(folder: Path) -> None:
    answer = verify(b"PK")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "This is no PDF file" in answer.stderr


def test_machines_get_json_with_the_data(folder: Path) -> None:
    told = json.loads(verify(GOOD, "--json").stdout)
    assert (told["good"], told["issued"], told["number"], told["data"]["amount"]) == (True, None, "Y-2026-00017-4", "300000.00")
    refused = verify(TAMPERED, "--json")
    assert json.loads(refused.stdout)["good"] is False
    assert json.loads(refused.stderr)["problems"][0]["what"].startswith("The file was changed")


def test_the_office_knows_the_bytes_that_it_issued(folder: Path, database: Database) -> None:
    issue(database, GOOD)
    answer = verify(GOOD, database=database)
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "These are the bytes that the office issued on 2026-11-22 (F-2026-00001-" in answer.stdout


def test_a_forgery_that_agrees_with_itself_is_not_what_the_office_issued(folder: Path, database: Database) -> None:
    issue(database, settlement.render(a_statement(bank_reference="another")))
    answer = verify(GOOD, "--json", database=database)
    assert answer.exit_code == 2
    assert json.loads(answer.stdout)["issued"] is False
    assert "The office issued another file under this number" in answer.stderr


def test_a_statement_for_an_unknown_payout_was_not_issued_here(folder: Path, database: Database) -> None:
    answer = verify(GOOD, database=database)
    assert answer.exit_code == 2
    assert "it was not issued here" in answer.stderr
