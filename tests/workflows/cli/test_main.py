"""The command line's frame: exit codes, refusals on stderr, who acts."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from voucher.database import Database
from voucher.errors import NotValid, problem
from voucher.people import Person
from voucher.work import SYSTEM, begin
from workflows.cli.commands import as_json, as_person, begin_work
from workflows.cli.main import COMMANDS, Desk, main


@click.group(cls=Desk)
def desk() -> None:
    """A desk with the two commands below."""


@click.command()
@as_json
def refuse(as_json: bool) -> None:
    """Refuses."""
    raise NotValid("Two things are wrong.", [problem("{thing} is wrong.", "rows", line=3, thing="This"), problem("That too.")])


@click.command()
@as_person
def act() -> None:
    """Says who acts."""
    with begin_work() as work:
        click.echo(work.actor.name)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setattr(Desk, "get_command", lambda _self, _context, name: {"refuse": refuse, "act": act}.get(name))
    return CliRunner(env={"VOUCHER_INSTANCE": str(tmp_path / "instance")})


def test_a_refusal_exits_with_2_and_every_problem_on_stderr(run: CliRunner) -> None:
    answer = run.invoke(desk, ["refuse"])
    assert answer.exit_code == 2
    assert answer.stderr == "Two things are wrong.\n  line 3: rows: This is wrong.\n  That too.\n"
    assert answer.stdout == ""


def test_a_refusal_is_json_for_those_who_asked_for_it(run: CliRunner) -> None:
    answer = run.invoke(desk, ["refuse", "--json"])
    assert answer.exit_code == 2
    assert json.loads(answer.stderr)["problems"] == [{"what": "This is wrong.", "where": "rows", "line": 3}, {"what": "That too."}]


def test_a_database_that_does_not_answer_is_our_failure(run: CliRunner) -> None:
    answer = run.invoke(desk, ["act"], env={"VOUCHER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
                                            "VOUCHER_SECRET_KEY": "0123456789abcdef0123456789abcdef"})
    assert (answer.exit_code, "does not answer" in answer.stderr) == (1, True)


def test_an_unknown_command_exits_with_2() -> None:
    assert CliRunner().invoke(main, ["no-such-command"]).exit_code == 2


def test_nothing_acts_without_a_name(run: CliRunner, database: Database) -> None:
    answer = run.invoke(desk, ["act"], env=_on(database))
    assert (answer.exit_code, "--as EMAIL" in answer.stderr) == (2, True)


def test_nothing_acts_under_an_unknown_name(run: CliRunner, database: Database) -> None:
    answer = run.invoke(desk, ["act", "--as", "nobody@example.org"], env=_on(database))
    assert (answer.exit_code, "nobody@example.org" in answer.stderr) == (2, True)


def test_a_command_acts_as_the_person_it_names(run: CliRunner, database: Database) -> None:
    with begin(database, SYSTEM) as work:
        work.session.add(Person(email="li@example.org", name="Li", password_hash="-"))
    assert run.invoke(desk, ["act", "--as", "li@example.org"], env=_on(database)).stdout == "Li\n"
    assert run.invoke(desk, ["act"], env=_on(database) | {"VOUCHER_AS": "li@example.org"}).stdout == "Li\n"


def test_a_person_who_left_does_not_act(run: CliRunner, database: Database) -> None:
    with begin(database, SYSTEM) as work:
        work.session.add(Person(email="li@example.org", name="Li", password_hash="-", active=False))
    assert run.invoke(desk, ["act", "--as", "li@example.org"], env=_on(database)).exit_code == 2


def test_a_database_that_is_behind_is_refused_until_upgraded(run: CliRunner, tmp_path: Path) -> None:
    environment = {"VOUCHER_DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3", "VOUCHER_AS": "li@example.org"}
    behind = run.invoke(desk, ["act"], env=environment)
    assert (behind.exit_code, "voucher db upgrade" in behind.stderr) == (2, True)


def test_an_upgrade_says_what_it_did(tmp_path: Path) -> None:
    environment = {"VOUCHER_INSTANCE": str(tmp_path)}
    first, second = (CliRunner(env=environment).invoke(main, ["db", "upgrade", "--json"]) for _turn in range(2))
    assert json.loads(first.stdout)["before"] == ""
    assert json.loads(second.stdout)["before"] == json.loads(second.stdout)["after"] == json.loads(first.stdout)["after"] != ""


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    answer = CliRunner().invoke(main, [name, "--help"])
    assert answer.exit_code == 0, answer.output


def _on(database: Database) -> dict[str, str]:
    return {"VOUCHER_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "VOUCHER_SECRET_KEY": "0123456789abcdef0123456789abcdef"}
