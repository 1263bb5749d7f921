"""`voucher payout`: sums on their way to a payee."""

from pathlib import Path

import click
from sqlmodel import col, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.database import fetch, get
from voucher.deposits import Deposit
from voucher.errors import NotNow, _
from voucher.files import FileKind, document_of
from voucher.payouts import Batch, Payout
from workflows.cli.acts import add_acts
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.saving import save_stored, to_folder
from workflows.reimbursement import reissue_payout

ABOUT = ("reference", "state", "amount", "currency", "holder", "account_number", "bank_code", "settled_on", "return_reason")


@click.group()
def payout() -> None:
    """Payouts: list, show, issue a returned one again."""


@payout.command("list")
@click.option("--state", help="Only those in this state, such as payable or returned.")
@as_json
def list_payouts(state: str | None, as_json: bool) -> None:
    """List payouts.

    Example: voucher payout list --state payable
    """
    names = ("reference", "state", "amount", "currency", "holder", "settled_on", "return_reason")
    wanted = select(Payout).order_by(col(Payout.reference))
    if state:
        wanted = wanted.where(Payout.state == state)
    with look() as session:
        rows = [facts(found, names) for found in session.exec(wanted)]
    answer_all(rows, names, as_json)


@payout.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a payout.

    Example: voucher payout show Y-2026-00001-4
    """
    with look() as session:
        found = fetch(session, Payout, reference)
        told = facts(found, ABOUT) | {"claim": get(session, Claim, found.claim_id).reference if found.claim_id else "",
                                      "award": get(session, ProviderAward, found.award_id).reference if found.award_id else "",
                                      "deposit": get(session, Deposit, found.deposit_id).reference if found.deposit_id else "",
                                      "batch": found.batch_id and get(session, Batch, found.batch_id).reference}
    answer(told, as_json)


@payout.command("reissue")
@click.argument("reference")
@as_person
@as_json
def reissue(reference: str, as_json: bool) -> None:
    """Issue a returned payout again, to the account that is registered now.

    Example: voucher payout reissue Y-2026-00001-4 --as finance1@voucher.example
    """
    with begin_work() as work:
        told = facts(reissue_payout(work, reference), ABOUT)
    answer(told, as_json)


@payout.command("statement")
@click.argument("reference")
@to_folder
@as_json
def statement(reference: str, folder: Path, as_json: bool) -> None:
    """Write the settlement statement (PDF) of a settled payout into a folder.

    Example: voucher payout statement Y-2026-00001-4 --to outbox
    """
    with look() as session:
        found = document_of(session, FileKind.SETTLEMENT_STATEMENT, fetch(session, Payout, reference).reference)
    if found is None:
        raise NotNow(_("There is no settlement statement yet: the bank has to confirm the payout, and a worker to make it."))
    save_stored(found, folder, as_json)


add_acts(payout, "Y", ABOUT)
