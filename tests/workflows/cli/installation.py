"""An installation of one's own for a test of the command line: a folder, settings, tables."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from workflows.cli.main import main

A_KEY = "0123456789abcdef0123456789abcdef"


def an_installation(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a new embedded installation in the folder, migrated."""
    for name, content in _migrated().items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return {"VOUCHER_INSTANCE": str(folder)} | more


@cache
def _migrated() -> dict[str, bytes]:
    """The files that `voucher db upgrade` leaves behind, by their names; it runs once in a process of tests."""
    with TemporaryDirectory() as folder:
        answer = CliRunner(env={"VOUCHER_INSTANCE": folder}).invoke(main, ["db", "upgrade"])
        assert answer.exit_code == 0, answer.output
        return {each.name: each.read_bytes() for each in Path(folder).iterdir() if each.is_file()}
