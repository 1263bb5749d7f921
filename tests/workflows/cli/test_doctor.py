"""`voucher doctor`: one line each, with the mend."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.workflows.cli.installation import A_KEY, an_installation
from tests.workflows.smtp import a_mail_server, an_address_where_nobody_listens
from voucher.database import Database
from voucher.people import Person
from voucher.work import SYSTEM, begin
from workflows.cli.main import main
from workflows.demo.data import DOMAIN


def _visit(**environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["doctor"])


def _complaints(answer: Result) -> list[str]:
    return [line for line in answer.stdout.splitlines() if line.startswith("mend")]


def test_a_good_installation_has_no_complaint(tmp_path: Path) -> None:
    answer = _visit(**an_installation(tmp_path))
    assert (_complaints(answer), answer.exit_code) == ([], 0)
    for subject in ("Pango", "HarfBuzz", "fonts", "settings", "instance folder", "files", "heads", "database", "mail"):
        assert f"ok   {subject}" in answer.stdout
    assert "protect from nobody who owns this machine" in answer.stdout


def test_a_missing_database_is_mended_by_an_upgrade(tmp_path: Path) -> None:
    answer = _visit(VOUCHER_INSTANCE=str(tmp_path))
    assert answer.exit_code == 1
    assert [line.split(" -> ")[1] for line in _complaints(answer)] == ["voucher db upgrade"]
    assert not (tmp_path / "voucher.sqlite3").exists(), "looking must not make it"


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    answer = _visit(VOUCHER_INSTANCE=str(tmp_path), VOUCHER_SECRET_KEY=A_KEY,
                    VOUCHER_DATABASE_URL="postgresql://office:hush@127.0.0.1:1/voucher")
    assert [line.split(":")[0] for line in _complaints(answer)] == ["mend database"]
    assert "hush" not in answer.stdout


def test_settings_that_are_not_valid_are_all_named(tmp_path: Path) -> None:
    answer = _visit(VOUCHER_INSTANCE=str(tmp_path), VOUCHER_ZONE="Weihai", VOUCHER_MODE="test")
    assert [line.split(" -> ")[0] for line in _complaints(answer)] == ["mend settings: VOUCHER_MODE", "mend settings: VOUCHER_ZONE"]


def test_a_folder_that_is_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    answer = _visit(**an_installation(tmp_path))
    assert [line.split(":")[0] for line in _complaints(answer)] == ["mend files"]


def test_people_of_the_demo_are_named_in_production(tmp_path: Path) -> None:
    environment = an_installation(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/voucher.sqlite3")
    with begin(database, SYSTEM) as work:
        work.session.add(Person(email=f"finance1@{DOMAIN}", name="Finance", password_hash="-"))
    database.close()
    assert "people of the demo" in _visit(**environment).stdout
    assert _complaints(_visit(**environment, VOUCHER_MODE="demo")) == []


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_the_answer_fits_people_and_machines(tmp_path: Path, flag: list[str]) -> None:
    answer = CliRunner(env=an_installation(tmp_path)).invoke(main, ["doctor", *flag])
    lines = json.loads(answer.stdout) if flag else answer.stdout.splitlines()
    assert len(lines) == 12


def test_a_mail_server_that_takes_letters_is_named_without_its_password(tmp_path: Path) -> None:
    with a_mail_server() as server:
        answer = _visit(**an_installation(tmp_path), VOUCHER_MAIL_URL=server.url, VOUCHER_MAIL_FROM="office@voucher.test")
        assert f"ok   mail: {server.url} takes our letters, from office@voucher.test" in answer.stdout
        wanting = _visit(**an_installation(tmp_path), VOUCHER_MAIL_URL=server.url.replace("//", "//office:hush@"),
                         VOUCHER_MAIL_FROM="office@voucher.test")
    assert wanting.exit_code == 1 and "hush" not in wanting.stdout and "AUTH" in _complaints(wanting)[0]


def test_a_mail_server_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    nowhere = an_address_where_nobody_listens()
    answer = _visit(**an_installation(tmp_path), VOUCHER_MAIL_URL=nowhere, VOUCHER_MAIL_FROM="office@voucher.test")
    assert [line.split(":")[0] for line in _complaints(answer)] == ["mend mail"] and answer.exit_code == 1
