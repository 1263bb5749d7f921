"""`voucher case`: the folder of a case, written and checked."""

import json
import zipfile
from pathlib import Path

import click

from voucher.case_check import manifest_digest, problems, unsealed
from voucher.errors import NotValid, _, problem
from workflows.auditing import export_case
from workflows.cli.answers import answer
from workflows.cli.commands import as_json, as_person, begin_work, file_store

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def case() -> None:
    """Cases: the whole of one as a folder that can be checked without us."""


@case.command("export")
@click.argument("reference")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; default: V-...zip here.")
@as_person
@as_json
def export(reference: str, target: Path | None, as_json: bool) -> None:
    """Write everything that is known of a voucher into a ZIP.

    Example: voucher case export V-2026-00001-8 --to case.zip --as auditor1@voucher.example
    """
    with begin_work() as work:
        folder = export_case(work, reference)
    path, store = target or Path(folder.name), file_store()
    with path.open("wb") as file:
        for part in folder.write(store):
            file.write(part)
    answer({"file": path, "files": len(folder.members), "size": path.stat().st_size, "manifest_sha256": folder.digest}, as_json)


@case.command("verify")
@click.argument("file", type=FILE)
@click.option("--head", type=FILE, help="The head of the ledger as it was kept elsewhere (voucher ledger seal).")
@click.option("--manifest", default="", help="The SHA-256 of the manifest, as the office wrote it down when the folder left the house.")
@as_json
def verify(file: Path, head: Path | None, manifest: str, as_json: bool) -> None:
    """Check a folder: each file against its manifest, each entry against the head. Needs no database.

    That nothing was left out, and what tables and events say, rests on the manifest: history keeps its SHA-256 (case.exported).
    Example: voucher case verify V-2026-00001-8.zip
    """
    try:
        with zipfile.ZipFile(file) as folder:
            found = list(problems(folder, json.loads(head.read_text("utf-8")) if head else None, manifest))
            digest, open_ones = ("", []) if found else (manifest_digest(folder), unsealed(folder))
    except (zipfile.BadZipFile, ValueError) as error:
        raise NotValid(_("This is no folder of a case: {why}"), why=str(error)) from None
    if found:
        raise NotValid(_("This folder does not hold."), [problem(_("It does not hold: {why}."), why=each) for each in found])
    answer({"holds": True, "manifest_sha256": digest, "unsealed": open_ones}, as_json)
