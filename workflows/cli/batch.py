"""`voucher batch`: payouts that go to the bank together."""

from datetime import date
from pathlib import Path

import click
from sqlmodel import Session, col, func, select

from voucher.database import fetch, get
from voucher.files import StoredFile
from voucher.money import Money
from voucher.payouts import Batch, Payout, payment_files_of, payouts_in, signatures_of
from workflows.cli.answers import DAY, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.saving import save_all_stored, to_folder
from workflows.reimbursement import dissolve_batch, gather_batch, release_batch

ABOUT = ("reference", "state", "execution_on", "gathered_at", "digest")
PAYOUT = ("reference", "state", "amount", "currency", "holder", "account_number")


@click.group()
def batch() -> None:
    """Batches: gather payable payouts, release them by two people, fetch the bank's files."""


@batch.command("gather")
@click.argument("payouts", nargs=-1)
@click.option("--on", "execution_on", type=DAY, required=True, help="The day on which the bank shall pay.")
@as_person
@as_json
def gather(payouts: tuple[str, ...], execution_on: date, as_json: bool) -> None:
    """Gather payable payouts: the named ones, or all.

    Example: voucher batch gather --as finance1@voucher.example --on 2026-03-30
    """
    with begin_work() as work:
        told = _told(work.session, gather_batch(work, payouts or None, execution_on))
    answer(told, as_json)


@batch.command("release")
@click.argument("reference")
@as_person
@as_json
def release(reference: str, as_json: bool) -> None:
    """Sign for the release of a batch; the second signature lets it go to the bank.

    Example: voucher batch release B-2026-00001-3 --as treasury1@voucher.example
    """
    with begin_work() as work:
        told = _told(work.session, release_batch(work, reference))
    answer(told, as_json)


@batch.command("dissolve")
@click.argument("reference")
@click.option("--reason", required=True, help="Why it is taken apart.")
@as_person
@as_json
def dissolve(reference: str, reason: str, as_json: bool) -> None:
    """Take a batch apart before it is released; its payouts are payable again.

    Example: voucher batch dissolve B-2026-00001-3 --as finance1@voucher.example --reason "Wrong day"
    """
    with begin_work() as work:
        told = _told(work.session, dissolve_batch(work, reference, reason))
    answer(told, as_json)


@batch.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a batch: its payouts, its totals, who signed, its files.

    Example: voucher batch show B-2026-00001-3
    """
    with look() as session:
        found = fetch(session, Batch, reference)
        told = _told(session, found)
        payouts = [facts(each, PAYOUT) for each in payouts_in(session, found.id)]
    if as_json:
        answer(told | {"payouts": payouts}, as_json)
    else:
        answer(told, as_json)
        answer_all(payouts, PAYOUT, as_json)


@batch.command("list")
@click.option("--state", help="Only those in this state.")
@as_json
def list_batches(state: str | None, as_json: bool) -> None:
    """List batches.

    Example: voucher batch list --state exported
    """
    names = ("reference", "state", "execution_on", "gathered_at")
    wanted = select(Batch).order_by(col(Batch.reference))
    if state:
        wanted = wanted.where(Batch.state == state)
    with look() as session:
        rows = [facts(found, names) for found in session.exec(wanted)]
    answer_all(rows, names, as_json)


@batch.command("files")
@click.argument("reference")
@to_folder
@as_json
def files(reference: str, folder: Path, as_json: bool) -> None:
    """Write the bank's files of an exported batch, one a currency, into a folder.

    Example: voucher batch files B-2026-00001-3 --to outbox
    """
    with look() as session:
        found = fetch(session, Batch, reference)
        stored = [get(session, StoredFile, each.file_id) for each in payment_files_of(session, found.id)]
    save_all_stored(stored, folder, as_json)


def _told(session: Session, batch: Batch) -> dict[str, object]:
    sums = session.exec(select(Payout.currency, func.count(), func.sum(Payout.amount_minor))
                        .where(Payout.batch_id == batch.id).group_by(Payout.currency).order_by(Payout.currency))
    totals = [f"{count} x {currency} {Money(int(minor), currency)}" for currency, count, minor in sums]
    return facts(batch, ABOUT) | {"payouts_in_all": ", ".join(totals), "signatures": len(signatures_of(session, batch.id))}
