"""`voucher job`: what waits for the worker, and what it could not do."""

import click
from sqlmodel import col, select

from voucher.jobs import Job, again
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, begin_work, file_store, look, open_database, settings, surroundings
from workflows.cli.worker import mail_room
from workflows.correspondence import ask_for_letters
from workflows.worker import work_off


@click.group()
def job() -> None:
    """Jobs: what waits for the worker; do it now."""


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


@job.command("run")
@click.option("--most", type=int, help="Do this many at most.")
@as_json
def run(most: int | None, as_json: bool) -> None:
    """Do the jobs that are due now, and end: for a timetable, where no worker runs all the time.

    Example: voucher job run
    """
    with open_database() as database:
        ask_for_letters(database, surroundings().clock, settings().zone)
        done = work_off(database, file_store(), surroundings().clock, most, settings().zone, mail_room(settings()))
    answer_all([vars(each) for each in done], ("task", "key", "error"), as_json)


@job.command("retry")
@click.option("--task", default="", help="Only jobs of this task, such as send_mail.")
@as_json
def retry(task: str, as_json: bool) -> None:
    """Have the jobs that failed to the end done again, once what they lacked is mended.

    Example: voucher job retry --task send_mail
    """
    with begin_work(or_system=True) as work:
        count = again(work.session, work.now, task)
    answer({"waiting again": count}, as_json)
