"""The README tells the truth: its commands run, its settings are the settings."""

import re
import shlex
import subprocess

import pytest
from click.testing import CliRunner

from tests.house.tracked import ROOT
from tests.workflows.cli.installation import an_installation
from voucher.settings import VARIABLES
from workflows.cli.main import main

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    ((?:make|voucher|pip|gunicorn) .*?)(?:\s+#.*)?$", README, re.MULTILINE)


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith("make ")])
def test_make_knows_what_the_readme_tells(command: str) -> None:
    answer = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_the_commands_of_the_readme_run_in_their_order(tmp_path_factory: pytest.TempPathFactory,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    environment = an_installation(tmp_path_factory.mktemp("instance"))
    told = [shlex.split(command)[1:] for command in COMMANDS if command.startswith("voucher ")]
    assert ["doctor"] in told
    for words in told:
        if words[0] != "serve":  # it stays until it is stopped: tests/workflows/cli/test_serve.py
            answer = CliRunner(env=environment).invoke(main, words)
            assert answer.exit_code == 0, f"voucher {' '.join(words)}\n{answer.output}"


def test_the_readme_lists_every_setting() -> None:
    assert re.findall(r"^\| `(VOUCHER_\w+)`", README, re.MULTILINE) == list(VARIABLES)


def test_help_lists_every_command_of_make() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("demo", "test", "lint", "fix", "serve", "bench", "help"):
        assert f"make {command}" in listed
