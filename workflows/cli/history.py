"""`voucher history`: what happened, and whether it explains what stands."""

from zoneinfo import ZoneInfo

import click
from sqlmodel import col, select

from voucher.history import case_events
from voucher.looks import Look
from voucher.people import Person
from voucher.retention import past_retention
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, look, settings, surroundings
from workflows.refusals import FAILED
from workflows.replay import replay


@click.group()
def history() -> None:
    """History: list the events of a case, replay them."""


@history.command("list")
@click.argument("case")
@as_json
def list_events(case: str, as_json: bool) -> None:
    """List the events of a case, oldest first.

    Example: voucher history list V-2026-00001-3
    """
    names = ("at", "name", "subject", "from_state", "to_state", "actor", "reason")
    with look() as session:
        rows = [facts(event, names) for event in case_events(session, case)]
    answer_all(rows, names, as_json)


@history.command("replay")
@click.option("--case", default="", help="Only this voucher and what hangs on it.")
@click.option("--check", is_flag=True, help="Compare with what stands; exit code 1 when something does not agree.")
@as_json
def replay_history(case: str, check: bool, as_json: bool) -> None:
    """Rebuild every state from the events and every balance from the entries.

    Without --check the states that come out are shown; with it, the first thing that does not agree.

    Example: voucher history replay --check
    """
    with look() as session:
        done = replay(session, case)
    if not check:
        answer_all([{"subject": subject, "state": state} for subject, state in sorted(done.states.items())], ("subject", "state"), as_json)
        return
    first = next((f"{each.about}: {each.replayed!r} != {each.stands!r}" for each in done.differences), "")
    answer({"events": done.events, "things": len(done.states), "entries": done.entries, "accounts": len(done.balances),
            "differences": len(done.differences), "first": first}, as_json)
    if first:
        raise click.exceptions.Exit(FAILED)


@history.command("retention")
@as_json
def list_past_retention(as_json: bool) -> None:
    """List the cases whose papers need not be kept any longer by their terms; nothing is erased.

    Example: voucher history retention
    """
    names = ("voucher", "ended_on", "kept_until", "papers")
    with look() as session:
        rows = [facts(each, names) for each in past_retention(session, surroundings().clock().astimezone(ZoneInfo(settings().zone)).date())]
    answer_all(rows, names, as_json)


@history.command("looks")
@click.option("--of", "subject", metavar="REFERENCE", help="Only looks at this file or organisation.")
@as_json
def list_looks(subject: str | None, as_json: bool) -> None:
    """List who opened which file or entry of the register on portal and API, the last first.

    Example: voucher history looks --of F-2026-00001-1
    """
    wanted = select(Look, Person).join(Person, col(Person.id) == Look.person_id).order_by(col(Look.id).desc())
    if subject:
        wanted = wanted.where(Look.subject == subject)
    with look() as session:
        rows = [facts(each, ("at", "seen", "subject")) | {"person": person.name} for each, person in session.exec(wanted)]
    answer_all(rows, ("at", "person", "seen", "subject"), as_json)
