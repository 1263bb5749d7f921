"""`voucher deadline`: by when somebody has to do something."""

from datetime import date
from zoneinfo import ZoneInfo

import click

from voucher.ageing import BUCKETS, aged
from voucher.calendars import Calendar
from voucher.own_days import days_of_keys, keys_of_days
from voucher.people import office
from voucher.predictions import accuracy
from workflows.cli.answers import DAY, answer_all, facts
from workflows.cli.commands import as_json, look, settings, surroundings
from workflows.predicting import LOOK_BACK

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
    now, zone = surroundings().clock(), ZoneInfo(settings().zone)
    with look() as session:
        found = [each for over in ((False, True) if everything else (False,)) for each in days_of_keys(
            session, session.execute(keys_of_days(session, now, now.astimezone(zone).date(), over=over)).all(), now, zone.key)]
        rows = [facts(each, ABOUT) | {"days_left": each.days_left(now)} for each in sorted(found, key=lambda each: each.due_on)
                if (not due_by or each.due_on <= due_by) and waits_for in (None, each.waits_for) and voucher in (None, each.case_reference)]
    answer_all(rows, (*ABOUT, "days_left"), as_json)


@deadline.command("ageing")
@as_json
def ageing(as_json: bool) -> None:
    """List how many working days things have waited where they stand, queue by queue, and for whom.

    Example: voucher deadline ageing
    """
    names = [*(f"up to {last}" for last in BUCKETS), f"over {BUCKETS[-1]}"]
    zone = ZoneInfo(settings().zone)
    with look() as session:
        found = aged(session, Calendar(office(session).country), surroundings().clock().astimezone(zone).date(), zone)
    rows = [{"queue": each.queue.noun, "state": each.queue.state, "waits_for": " / ".join(each.queue.waits_for)}
            | dict(zip(names, each.counts, strict=True)) | facts(each, ("total", "oldest", "oldest_days")) for each in found]
    answer_all(rows, ("queue", "state", "waits_for", *names, "total", "oldest", "oldest_days"), as_json)


@deadline.command("accuracy")
@as_json
def show_accuracy(as_json: bool) -> None:
    """List how good predicted payment days of the last year were, in working days.

    Example: voucher deadline accuracy
    """
    names = ("stage", "count", "bias", "median", "ninety", "kept")
    zone = ZoneInfo(settings().zone)
    with look() as session:
        since = surroundings().clock().astimezone(zone).date() - LOOK_BACK
        rows = [facts(each, names) for each in accuracy(session, Calendar(office(session).country), since)]
    answer_all(rows, names, as_json)
