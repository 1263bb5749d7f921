"""An installation of one's own for a test of the command line: a folder, settings, tables."""

from pathlib import Path

from click.testing import CliRunner

from workflows.cli.main import main

A_KEY = "0123456789abcdef0123456789abcdef"


def an_installation(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a new embedded installation in the folder, migrated."""
    environment = {"VOUCHER_INSTANCE": str(folder)} | more
    answer = CliRunner(env=environment).invoke(main, ["db", "upgrade"])
    assert answer.exit_code == 0, answer.output
    return environment
