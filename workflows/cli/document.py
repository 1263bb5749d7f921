"""`voucher document`: documents that somebody shows us."""

import os
from pathlib import Path
from typing import BinaryIO

import click
from sqlmodel import Session

from voucher.documents.verify import LARGEST_DOCUMENT, Finding, Verification, verify
from voucher.errors import NotValid, Problem, _
from voucher.files import FileKind, StoredFile, document_of, document_with
from workflows.cli.commands import Surroundings, as_json, look, print_json


@click.group()
def document() -> None:
    """Documents: verify one."""


@document.command("verify")
@click.argument("file", type=click.File("rb"))
@as_json
def verify_file(file: BinaryIO, as_json: bool) -> None:
    """Check a settlement statement: that its pages say what its data say and nothing was changed.

    Needs no database. Where the office's own is at hand, it also says whether these very bytes were issued.

    Example: voucher document verify settlement.pdf
    """
    checked = verify(file.read(LARGEST_DOCUMENT + 1))
    issue = _issue(checked)
    if as_json:
        print_json(checked.as_json() | {"issued": None if issue is None else issue.good, "good": checked.good and _bears(issue)})
    else:
        _print(checked, issue)
    bad = [each for each in (*checked.findings, issue) if each is not None and not each.good]
    if bad:
        raise NotValid(_("{number} is not as it was issued. Ask the office for a new one."),
                       [Problem(each.what, values=each.values) for each in bad], number=checked.number)


def _bears(issue: Finding | None) -> bool:
    return issue is None or issue.good


def _print(checked: Verification, issue: Finding | None) -> None:
    click.echo(checked.number)
    for each in checked.findings:
        click.echo(f"  {'ok ' if each.good else 'BAD'}  {each}")
    if issue is None:
        click.echo(f"  --   {_('No database of the office is at hand: whether it issued this file was not asked.')}")
    else:
        click.echo(f"  {'ok ' if issue.good else 'BAD'}  {issue}")


def _issue(checked: Verification) -> Finding | None:
    """What the office's database says of the file; None where there is none to ask."""
    if not _office_is_here():
        return None
    with look() as session:
        return _asked(session, checked)


def _office_is_here() -> bool:
    """Whether this is the office's installation. Elsewhere, checking a file must not make an instance folder."""
    if isinstance(click.get_current_context().find_root().obj, Surroundings) or os.environ.get("VOUCHER_DATABASE_URL"):
        return True
    return (Path(os.environ.get("VOUCHER_INSTANCE", "instance")) / "voucher.sqlite3").is_file()


def _asked(session: Session, checked: Verification) -> Finding:
    payout = str(checked.data.get("payout", ""))
    same = document_with(session, FileKind.SETTLEMENT_STATEMENT, checked.sha256)
    if same is not None and same.subject == payout:
        return Finding(True, _("These are the bytes that the office issued on {day} ({file})."), _facts(same))
    if same is not None:
        return Finding(False, _("The office issued this file on {day} ({file}) and has withdrawn it: what it tells of was taken back."),
                       _facts(same))
    issued = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout)
    if issued is None:
        return Finding(False, _("The office's database knows no statement for this payout: it was not issued here."))
    return Finding(False, _("The office issued another file under this number ({file}), with the SHA-256 {sha256}."),
                   (("file", issued.reference), ("sha256", issued.sha256)))


def _facts(issued: StoredFile) -> tuple[tuple[str, str], ...]:
    return (("day", issued.created_at.date().isoformat()), ("file", issued.reference))
