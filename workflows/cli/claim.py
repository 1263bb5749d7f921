"""`voucher claim`: a claim with its invoice lines and evidence, verified and approved."""

from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.progress import Progress
from sqlmodel import Session, col, select

from voucher.claims import Claim, ClaimLine, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import fetch, get
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.claiming import submit_claim, upload_file
from workflows.cli.acts import add_acts
from workflows.cli.answers import DAY, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, file_store, look, today
from workflows.correction import resubmit_claim
from workflows.instrument_claims import keep_log, preview_log, resubmit_log, submit_log
from workflows.invoice_register import COLUMNS, as_csv, rows_of
from workflows.predicting import last_said
from workflows.verification import verify_claim

ABOUT = ("reference", "state", "requested", "approved", "currency", "own_payment_reference", "submitted_at", "approved_on", "final",
         "milestone")
LINE = ("number", "invoice_number", "issued_on", "description", "net", "vat", "basis", "accepted", "reason")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def claim() -> None:
    """Claims: submit, verify line by line, approve."""


@claim.command("submit")
@click.argument("order")
@click.option("--invoice", "invoices", multiple=True, type=(str, DAY, str, str, str),
              metavar="NUMBER DAY NET VAT TEXT", help="One invoice line; give the option once for each.")
@click.option("--paid", required=True, type=(str, DAY, str), metavar="REFERENCE DAY AMOUNT",
              help="The bank's reference of the SME's own payment, its day, its amount.")
@click.option("--evidence", multiple=True, type=(str, FILE), metavar="KIND FILE",
              help="A file and what it shows; give the option once for each.")
@click.option("--partial", is_flag=True, help="More claims on this order will follow: keep the rest of it reserved.")
@as_person
@as_json
def submit(order: str, invoices: tuple[tuple[str, ...], ...], paid: tuple[str, ...],
           evidence: tuple[tuple[str, Path], ...], partial: bool, as_json: bool) -> None:
    """Claim what a voucher pays of a delivered order.

    Example: voucher claim submit O-2026-00001-2 --as sme01@voucher.example --invoice 26371000000000000001
    2026-03-20 100000.00 6000.00 "Buoy" --paid BANK-77 2026-03-21 106000.00 --evidence invoice invoice.pdf
    """
    with begin_work() as work:
        found = fetch(work.session, Order, order)
        made = submit_claim(work, order, _lines(invoices, found.currency), _own_payment(paid, found.currency),
                            _upload(work, found, evidence), final=not partial)
        told = facts(made, ABOUT)
    answer(told, as_json)


@claim.command("resubmit")
@click.argument("reference")
@click.option("--invoice", "invoices", multiple=True, required=True, type=(str, DAY, str, str, str),
              metavar="NUMBER DAY NET VAT TEXT", help="One invoice line; give the option once for each.")
@click.option("--paid", required=True, type=(str, DAY, str), metavar="REFERENCE DAY AMOUNT",
              help="The bank's reference of the SME's own payment, its day, its amount.")
@click.option("--evidence", multiple=True, type=(str, FILE), metavar="KIND FILE",
              help="A file and what it shows; give the option once for each.")
@as_person
@as_json
def resubmit(reference: str, invoices: tuple[tuple[str, ...], ...], paid: tuple[str, ...],
             evidence: tuple[tuple[str, Path], ...], as_json: bool) -> None:
    """Send a returned claim again, corrected: all of it, under the same number. One made from a log comes by `resubmit-log`.

    Example: voucher claim resubmit C-2026-00001-8 --as sme01@voucher.example --invoice 26371000000000000001
    2026-03-20 100000.00 6000.00 "Buoy" --paid BANK-77 2026-03-21 106000.00 --evidence invoice invoice.pdf
    """
    with begin_work() as work:
        found = fetch(work.session, Claim, reference)
        order = get(work.session, Order, found.order_id)
        made = resubmit_claim(work, reference, _lines(invoices, found.currency), _own_payment(paid, found.currency),
                              _upload(work, order, evidence))
        told = facts(made, ABOUT)
    answer(told, as_json)


@claim.command("submit-log")
@click.argument("order")
@click.argument("log", type=FILE)
@click.option("--paid", type=(str, DAY, str), metavar="REFERENCE DAY AMOUNT",
              help="The bank's reference of the SME's own payment, its day, its amount.")
@click.option("--evidence", multiple=True, type=(str, FILE), metavar="KIND FILE",
              help="A file and what it shows; give the option once for each.")
@click.option("--partial", is_flag=True, help="More claims on this order will follow: keep the rest of it reserved.")
@click.option("--preview", is_flag=True, help="Only say what the log would claim.")
@as_person
@as_json
def submit_the_log(order: str, log: Path, paid: tuple[str, ...] | None, evidence: tuple[tuple[str, Path], ...], partial: bool,
                   preview: bool, as_json: bool) -> None:
    """Claim thousands of instrument uses at once, from a log as CSV or XLSX: a line an invoice.

    Columns: use_number, instrument, used_on, invoice_number, invoice_date, net, vat. The same log again answers the same claim.

    Example: voucher claim submit-log O-2026-00001-2 uses.csv --as sme01@voucher.example --preview
    """
    if paid is None and not preview:
        raise click.UsageError("Give --paid, or --preview.")
    with begin_work() as work, Progress(console=Console(stderr=True), transient=True) as bar:
        found = fetch(work.session, Order, order)
        rows = bar.add_task(log.name, total=None)
        file = keep_log(work, file_store(), _claimant(work, found), log.name, log.read_bytes()).reference

        def told(row: int, of: int) -> None:
            bar.update(rows, completed=row, total=of)

        if preview:
            seen = preview_log(work, file_store(), order, file, told)
            shown: dict[str, object] = {"uses": len(seen.log.uses), "invoices": len(seen.lines), "net": seen.net, "vat": seen.vat,
                                        "requested": seen.sheet.result}
        else:
            assert paid is not None
            shown = facts(submit_log(work, file_store(), order, file, _own_payment(paid, found.currency),
                                     _upload(work, found, evidence), final=not partial, told=told), ABOUT)
    answer(shown, as_json)


@claim.command("resubmit-log")
@click.argument("reference")
@click.argument("log", type=FILE)
@click.option("--paid", required=True, type=(str, DAY, str), metavar="REFERENCE DAY AMOUNT",
              help="The bank's reference of the SME's own payment, its day, its amount.")
@click.option("--evidence", multiple=True, type=(str, FILE), metavar="KIND FILE",
              help="A file and what it shows; give the option once for each.")
@as_person
@as_json
def resubmit_the_log(reference: str, log: Path, paid: tuple[str, ...], evidence: tuple[tuple[str, Path], ...], as_json: bool) -> None:
    """Send a returned claim again with another log: a new version under the same number.

    Example: voucher claim resubmit-log C-2026-00001-8 uses.csv --as sme01@voucher.example --paid BANK-77 2026-03-21 106000.00
    """
    with begin_work() as work, Progress(console=Console(stderr=True), transient=True) as bar:
        found = fetch(work.session, Claim, reference)
        order = get(work.session, Order, found.order_id)
        rows = bar.add_task(log.name, total=None)
        file = keep_log(work, file_store(), _claimant(work, order), log.name, log.read_bytes()).reference
        told = facts(resubmit_log(work, file_store(), reference, file, _own_payment(paid, found.currency), _upload(work, order, evidence),
                                  told=lambda row, of: bar.update(rows, completed=row, total=of)), ABOUT)
    answer(told, as_json)


def _lines(invoices: tuple[tuple[str, ...], ...], currency: str) -> list[InvoiceLine]:
    return [InvoiceLine(number, day, text, Money.parse(net, currency), Money.parse(vat, currency))  # type: ignore[arg-type]
            for number, day, net, vat, text in invoices]


def _own_payment(paid: tuple[str, ...], currency: str) -> OwnPayment:
    reference, day, amount = paid
    return OwnPayment(reference, day, Money.parse(amount, currency))  # type: ignore[arg-type]


def _upload(work: Work, order: Order, evidence: tuple[tuple[str, Path], ...]) -> list[tuple[str, str]]:
    owner = _claimant(work, order)
    return [(kind, upload_file(work, file_store(), owner, path.name, path.read_bytes()).reference) for kind, path in evidence]


def _claimant(work: Work, order: Order) -> str:
    """The organisation for which whoever is at work acts: one of the two of the order."""
    sme = get(work.session, Organisation, _sme_of(work.session, order))
    provider = get(work.session, Organisation, order.provider_id)
    return provider.reference if provider.id in work.actor.organisations() else sme.reference


def _sme_of(session: Session, order: Order) -> UUID:
    return get(session, Voucher, order.voucher_id).sme_id


@claim.command("verify")
@click.argument("reference")
@click.option("--accept", type=(int, str), multiple=True, metavar="LINE AMOUNT", help="A line of which this much counts.")
@click.option("--cut", type=(int, str, click.Choice([str(each) for each in CutReason])), multiple=True,
              metavar="LINE AMOUNT REASON", help="A line of which only this much (or 0.00) counts, and why.")
@click.option("--all", "everything", is_flag=True, help="Accept every line that is not cut in full.")
@as_person
@as_json
def verify(reference: str, accept: tuple[tuple[int, str], ...], cut: tuple[tuple[int, str, str], ...], everything: bool,
           as_json: bool) -> None:
    """Verify a claim line by line: accept, reduce with --cut, refuse with --cut LINE 0.00.

    Example: voucher claim verify C-2026-00001-5 --as verifier1@voucher.example --all --cut 2 4000.00 mandatory_test
    """
    with begin_work() as work:
        decisions = _decisions(work, reference, accept, cut, everything)
        told = facts(verify_claim(work, reference, decisions), ABOUT)
    answer(told, as_json)


def _decisions(work: Work, reference: str, accept: tuple[tuple[int, str], ...], cut: tuple[tuple[int, str, str], ...],
               everything: bool) -> list[LineDecision]:
    found = fetch(work.session, Claim, reference)
    decided = [LineDecision(number, Money.parse(amount, found.currency)) for number, amount in accept]
    decided += [LineDecision(number, Money.parse(amount, found.currency), CutReason(why)) for number, amount, why in cut]
    named = {each.number for each in decided}
    rest = [line for line in lines_of(work.session, found.id)
            if everything and line.number not in named and line.accepted_minor is None]
    return [*decided, *(LineDecision(line.number, line.money(line.basis_minor)) for line in rest)]


@claim.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a claim with its lines.

    Example: voucher claim show C-2026-00001-5
    """
    with look() as session:
        found = fetch(session, Claim, reference)
        told = facts(found, ABOUT) | {"order": get(session, Order, found.order_id).reference,
                                      "claimant": get(session, Organisation, found.claimant_id).name}
        lines = [_line(line) for line in lines_of(session, found.id)]
    if as_json:
        answer(told | {"lines": lines}, as_json)
    else:
        answer(told, as_json)
        answer_all(lines, LINE, as_json)


def _line(line: ClaimLine) -> dict[str, object]:
    amounts = {name: getattr(line, f"{name}_minor") for name in ("net", "vat", "basis", "accepted")}
    return facts(line, LINE[:4]) | {name: None if minor is None else line.money(minor) for name, minor in amounts.items()} | {
        "reason": line.reason}


@claim.command("list")
@click.option("--state", help="Only those in this state.")
@as_json
def list_claims(state: str | None, as_json: bool) -> None:
    """List claims.

    Example: voucher claim list --state submitted
    """
    names = ("reference", "state", "requested", "approved", "currency", "submitted_at")
    wanted = select(Claim).order_by(col(Claim.reference))
    if state:
        wanted = wanted.where(Claim.state == state)
    with look() as session:
        rows = [facts(found, names) for found in session.exec(wanted)]
    answer_all(rows, names, as_json)


@claim.command("invoices")
@click.option("--find", default="", help="Only those with this in number, seller or claim; or the SHA-256 of a file.")
@click.option("--csv", "csv", is_flag=True, help="As CSV.")
@as_json
def list_invoices(find: str, csv: bool, as_json: bool) -> None:
    """List the register of invoices: every one on which anybody claimed, and on what else it stands.

    Example: voucher claim invoices --find 26371000000000001
    """
    with look() as session:
        if csv:
            click.echo(as_csv(session, find), nl=False)
            return
        rows = list(rows_of(session, find))
    answer_all(rows, COLUMNS, as_json)


@claim.command("prediction")
@click.argument("reference")
@as_json
def show_prediction(reference: str, as_json: bool) -> None:
    """Show by when a claim is probably paid, as was last said.

    Example: voucher claim prediction C-2026-00001-5
    """
    names = ("made_on", "stage", "likely_on", "late_on", "likely_days", "late_days", "ahead", "queue_days", "paid_from",
             "sample")
    with look() as session:
        told = facts(last_said(session, fetch(session, Claim, reference), today()), names)
    answer(told, as_json)


add_acts(claim, "C", ABOUT)
