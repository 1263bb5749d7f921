"""`voucher tie`: who is tied to whom."""

from pathlib import Path

import click
from sqlmodel import col, or_

from voucher.database import fetch
from voucher.people import Organisation
from voucher.ties import Tie, organisation_node
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.relating import import_ties, ties_shown

LISTED = ("left_name", "tie", "right_name", "from_on", "until_on", "source")


@click.group()
def tie() -> None:
    """Ties between firms, people and things, with their time."""


@tie.command("list")
@click.option("--of", "organisation", metavar="N-..", help="Only those of this organisation.")
@as_json
def list_ties(organisation: str | None, as_json: bool) -> None:
    """List ties, the newest first.

    Example: voucher tie list --of N-2026-00002-3
    """
    wanted = ties_shown()
    with look() as session:
        if organisation:
            node = organisation_node(fetch(session, Organisation, organisation))
            wanted = wanted.where(or_(col(Tie.left_node) == node, col(Tie.right_node) == node))
        rows = [facts(each, LISTED) for each in session.exec(wanted)]
    answer_all(rows, LISTED, as_json)


@tie.command("import")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_person
@as_json
def import_table(table: Path, as_json: bool) -> None:
    """Enter every tie of a table (CSV in UTF-8), all or none.

    Its columns: left_kind, left, left_name, tie, right_kind, right, right_name, from, until, source.

    Example: voucher tie import ties.csv --as reviewer1@voucher.example
    """
    with begin_work() as work:
        told = {"entered": len(import_ties(work, table.read_bytes()))}
    answer(told, as_json)
