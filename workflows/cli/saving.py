"""Files that a command leaves with whoever typed it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from voucher.errors import NotValid, _
from voucher.files import StoredFile
from workflows.cli.answers import Facts, answer, answer_all
from workflows.cli.commands import file_store

_SAVED = ("file", "size", "sha256")


def to_folder(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option `--to`, which hands the command a `folder`."""
    return click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(),
                        help="Folder to write to; it is made if need be.")(command)


def save(file: Path, content: bytes) -> None:
    """Write a file, in a folder that is made if need be. Raises NotValid when the machine does not let us."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise NotValid(_("{file} cannot be written: {why}."), file=str(file), why=error.strerror or str(error)) from None


def save_stored(file: StoredFile, folder: Path, as_json: bool) -> None:
    """Write one of our files into a folder under its own name, and say so."""
    answer(_saved(file, folder), as_json)


def save_all_stored(files: Sequence[StoredFile], folder: Path, as_json: bool) -> None:
    """The same for several."""
    answer_all([_saved(each, folder) for each in files], _SAVED, as_json)


def _saved(file: StoredFile, folder: Path) -> Facts:
    save(folder / file.name, file_store().get(file.sha256))
    return {"file": str(folder / file.name), "size": file.size, "sha256": file.sha256}
