"""`voucher deadline`: by when somebody has to do something."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session, select

from voucher.ageing import BUCKETS, aged, ahead
from voucher.calendars import Calendar
from voucher.deadlines import Deadline, deadlines_of_case
from voucher.own_days import days_of_keys, firms_of_case, keys_of_days, own_days_of
from voucher.people import office
from voucher.predictions import accuracy
from voucher.vouchers import Voucher
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
        found: Iterable[Deadline] = _of_case(session, voucher, now, zone) if voucher else _of_all(session, now, zone, everything)
        rows = [facts(each, ABOUT) | {"days_left": each.days_left(now)} for each in sorted(found, key=lambda each: each.due_on)
                if (everything or each.ended_at is None) and (not due_by or each.due_on <= due_by) and waits_for in (None, each.waits_for)]
    answer_all(rows, (*ABOUT, "days_left"), as_json)


def _of_all(session: Session, now: datetime, zone: ZoneInfo, everything: bool) -> Iterator[Deadline]:
    for over in (False, True) if everything else (False,):
        yield from days_of_keys(session, session.execute(keys_of_days(session, now, now.astimezone(zone).date(), over=over)).all(),
                                now, zone.key)


def _of_case(session: Session, case: str, now: datetime, zone: ZoneInfo) -> list[Deadline]:
    held = session.exec(select(Voucher).where(Voucher.reference == case)).first()
    days = own_days_of(session, [held], firms_of_case(session, held), now, zone.key) if held else []
    return [*deadlines_of_case(session, case), *days]


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


@deadline.command("ahead")
@as_json
def show_ahead(as_json: bool) -> None:
    """List in how many working days what is awaited runs out, rule by rule, and how much of it is late.

    Example: voucher deadline ahead
    """
    names = [*(f"up to {last}" for last in BUCKETS), f"over {BUCKETS[-1]}"]
    now = surroundings().clock()
    with look() as session:
        found = ahead(session, Calendar(office(session).country), now, now.astimezone(ZoneInfo(settings().zone)).date())
    rows = [facts(each, ("rule", "waits_for", "late", "total", "first")) | dict(zip(names, each.counts, strict=True)) for each in found]
    answer_all(rows, ("rule", "waits_for", "late", *names, "total", "first"), as_json)


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
