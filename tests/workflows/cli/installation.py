"""An installation of one's own for a test of the command line: a folder, settings, tables."""

from pathlib import Path
from shutil import copytree

from click.testing import CliRunner

from tests.once import once
from workflows.cli.main import main

A_KEY = "0123456789abcdef0123456789abcdef"


def an_installation(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a new embedded installation in the folder, migrated."""
    copytree(once("installation", _upgrade), folder, dirs_exist_ok=True)
    return {"VOUCHER_INSTANCE": str(folder)} | more


def _upgrade(folder: Path) -> None:
    answer = CliRunner(env={"VOUCHER_INSTANCE": str(folder)}).invoke(main, ["db", "upgrade"])
    assert answer.exit_code == 0, answer.output
