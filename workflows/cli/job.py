"""`voucher job`: what waits for the worker, and what it could not do."""

import click
from sqlmodel import col, select

from voucher.jobs import Job
from workflows.cli.answers import answer_all, facts
from workflows.cli.commands import as_json, look


@click.group()
def job() -> None:
    """Jobs: what waits for the worker."""


@job.command("list")
@click.option("--state", help="Only those in this state, such as waiting or failed.")
@as_json
def list_jobs(state: str | None, as_json: bool) -> None:
    """List jobs.

    Example: voucher job list --state failed
    """
    names = ("key", "state", "attempts", "run_after", "error")
    wanted = select(Job).order_by(col(Job.id))
    if state:
        wanted = wanted.where(Job.state == state)
    with look() as session:
        rows = [facts(found, names) for found in session.exec(wanted)]
    answer_all(rows, names, as_json)
