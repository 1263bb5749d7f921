"""`voucher recovery`: money that was paid wrongly and is asked for again."""

from datetime import date
from pathlib import Path

import click
from sqlmodel import Session, col, select

from voucher.database import fetch, get
from voucher.errors import NotNow, _
from voucher.files import FileKind, document_of
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.recoveries import Recovery, moves_of, outstanding_of
from workflows.banning import ban_for_recovery
from workflows.cli.acts import add_acts
from workflows.cli.answers import DAY, Facts, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.saving import save_stored, to_folder
from workflows.recovery import remit_recovery

ABOUT = ("reference", "state", "principal", "interest", "currency", "paid_on", "decided_on", "served_on", "pay_by", "appeal_by")
LISTED = ("reference", "state", "liable", "principal", "interest", "outstanding", "currency", "pay_by")


@click.group()
def recovery() -> None:
    """Recoveries: money that was paid wrongly and is asked for again."""


@recovery.command("list")
@click.option("--state", help="Only those in this state, such as served or final.")
@as_json
def list_recoveries(state: str | None, as_json: bool) -> None:
    """List recoveries.

    Example: voucher recovery list --state final
    """
    wanted = select(Recovery).order_by(col(Recovery.reference))
    if state:
        wanted = wanted.where(Recovery.state == state)
    with look() as session:
        rows = [_told(session, each) for each in session.exec(wanted)]
    answer_all(rows, LISTED, as_json)


def _told(session: Session, each: Recovery) -> Facts:
    return facts(each, ABOUT) | {"liable": get(session, Organisation, each.liable_id).reference,
                                 "outstanding": outstanding_of(session, each) if each.decided_on else None}


@recovery.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a recovery with what came in on it.

    Example: voucher recovery show R-2026-00001-2
    """
    with look() as session:
        found = fetch(session, Recovery, reference)
        told = {**_told(session, found),
            "payout": get(session, Payout, found.payout_id).reference, "facts": found.facts, "basis": found.basis,
            "moves": [f"{move.effective_on} {move.kind} {move.amount} {move.document}" for move in moves_of(session, found.id)]}
    answer(told, as_json)


@recovery.command("remit")
@click.argument("reference")
@click.option("--document", required=True, help="The document by which it is handed over.")
@as_person
@as_json
def remit(reference: str, document: str, as_json: bool) -> None:
    """Hand over to the treasury what came in for it and is still here.

    Example: voucher recovery remit R-2026-00001-2 --as finance1@voucher.example --document "Transfer 7"
    """
    with begin_work() as work:
        told = facts(remit_recovery(work, reference, document), ABOUT)
    answer(told, as_json)


@recovery.command("ban")
@click.argument("reference")
@click.option("--until", type=DAY, help="The last day of the ban; without it, as long as the terms say.")
@click.option("--with-people", is_flag=True, help="Also the other firms of the people behind it.")
@as_person
@as_json
def ban(reference: str, until: date | None, with_people: bool, as_json: bool) -> None:
    """Ban the party that is liable: it cannot apply, take orders or be paid.

    Example: voucher recovery ban R-2026-00001-2 --as approver1@voucher.example --until 2029-12-31
    """
    with begin_work() as work:
        told = facts(ban_for_recovery(work, reference, until, with_people=with_people),
                     ("from_on", "until", "with_people", "reason", "basis"))
    answer(told, as_json)


@recovery.command("notice")
@click.argument("reference")
@to_folder
@as_json
def notice(reference: str, folder: Path, as_json: bool) -> None:
    """Write the notice (PDF) of a recovery that was served into a folder.

    Example: voucher recovery notice R-2026-00001-2 --to outbox
    """
    with look() as session:
        found = document_of(session, FileKind.RECOVERY_NOTICE, fetch(session, Recovery, reference).reference)
    if found is None:
        raise NotNow(_("There is no notice yet: the decision has to be served, and a worker to make it."))
    save_stored(found, folder, as_json)


add_acts(recovery, "R", ABOUT)
