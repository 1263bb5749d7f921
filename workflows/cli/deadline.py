"""`voucher deadline`: by when somebody has to do something."""

from datetime import date

import click
from sqlmodel import col, select

from voucher.deadlines import Deadline
from workflows.cli.answers import DAY, answer_all, facts
from workflows.cli.commands import as_json, look, surroundings

ABOUT = ("due_on", "rule", "subject", "state", "waits_for", "started_on", "length", "then")


@click.group()
def deadline() -> None:
    """Deadlines: what is awaited, the most overdue first."""


@deadline.command("list")
@click.option("--due-by", type=DAY, help="Only those whose last day is this one or before.")
@click.option("--waits-for", help="Only those that wait for a role, such as reviewer or sme.")
@click.option("--voucher", help="Only those of this voucher.")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@as_json
def list_deadlines(due_by: date | None, waits_for: str | None, voucher: str | None, everything: bool, as_json: bool) -> None:
    """List deadlines by which something is awaited.

    Example: voucher deadline list --due-by 2026-03-31 --waits-for reviewer
    """
    wanted = select(Deadline).order_by(col(Deadline.due_on), col(Deadline.id))
    if due_by:
        wanted = wanted.where(Deadline.due_on <= due_by)
    if waits_for:
        wanted = wanted.where(Deadline.waits_for == waits_for)
    if voucher:
        wanted = wanted.where(Deadline.case_reference == voucher)
    if not everything:
        wanted = wanted.where(col(Deadline.ended_at).is_(None))
    now = surroundings().clock()
    with look() as session:
        rows = [facts(found, ABOUT) | {"days_left": found.days_left(now)} for found in session.exec(wanted)]
    answer_all(rows, (*ABOUT, "days_left"), as_json)
