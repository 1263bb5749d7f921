"""`voucher bank`: files exchanged with a bank."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import BinaryIO

import click
from sqlmodel import col, select

from voucher.bank import camt053
from voucher.errors import Problem
from voucher.money import Money
from voucher.statements import BankLine
from workflows.charging import match_return_less_charge
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, file_store, look, print_json, print_table
from workflows.reconciliation import import_statement, match_line, send_line_back, set_line_aside
from workflows.unmatching import unmatch_line

_COLUMNS = ("booked", "amount", "end-to-end id", "counterparty", "text", "return", "finding")


@click.group()
def bank() -> None:
    """Bank files: read one, import one."""


@bank.command("read")
@click.argument("file", type=click.File("rb"))
@as_json
def read_file(file: BinaryIO, as_json: bool) -> None:
    """Show what is understood of a bank statement (camt.053). Imports nothing, needs no database.

    Example: voucher bank read statement.xml --json
    """
    statements = camt053.read(file.read())
    if as_json:
        print_json([_facts(each) for each in statements])
        return
    for statement in statements:
        _print(statement)


def _facts(statement: camt053.Statement) -> dict[str, object]:
    """All that is known of a statement, with amounts as strings."""
    told = {field.name: _plain(getattr(statement, field.name)) for field in fields(statement) if field.name != "lines"}
    return told | {"lines": [{field.name: _plain(getattr(line, field.name)) for field in fields(line)} for line in statement.lines]}


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, Problem):
        return value.as_json()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _print(statement: camt053.Statement) -> None:
    for name, value in _heading(statement).items():
        click.echo(f"{name + ':':<12} {value}")
    click.echo()
    print_table(_COLUMNS, [_row(line) for line in statement.lines])
    for finding in statement.findings:
        click.echo(str(finding))
    click.echo()


def _heading(statement: camt053.Statement) -> Mapping[str, object]:
    return {
        "statement": f"{statement.identification}, number {statement.sequence if statement.sequence is not None else '-'}",
        "account": f"{statement.account} {statement.currency}",
        "period": f"{statement.from_on} to {statement.to_on}",
        "opening": statement.opening,
        "closing": f"{statement.closing} = opening + {len(statement.lines)} lines",
    }


def _row(line: camt053.Line) -> tuple[object, ...]:
    back = (line.return_reason or "yes") if line.is_return else ""
    counterparty = " ".join(filter(None, (line.counterparty_name, line.counterparty_account)))
    return line.booked_on, line.amount, line.end_to_end, counterparty, line.text, back, line.finding or ""


@bank.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_person
@as_json
def import_file(file: Path, as_json: bool) -> None:
    """Take in a bank statement (camt.053): payouts that it confirms are settled, what is in doubt waits for a person.

    Example: voucher bank import statement.xml --as finance1@voucher.example
    """
    with begin_work() as work:
        done = import_statement(work, file_store(), file.name, file.read_bytes())
    answer(vars(done), as_json)


_LINE = ("id", "booked_on", "amount", "currency", "end_to_end", "counterparty_name", "text", "state", "finding")


@bank.command("lines")
@click.option("--state", default="open", show_default=True, help="open, matched or set_aside.")
@as_json
def list_lines(state: str, as_json: bool) -> None:
    """List bank lines; the open ones wait for a person.

    Example: voucher bank lines --state open
    """
    wanted = select(BankLine).where(BankLine.state == state).order_by(col(BankLine.booked_on), col(BankLine.id))
    with look() as session:
        rows = [facts(found, _LINE) for found in session.exec(wanted)]
    answer_all(rows, _LINE, as_json)


@bank.command("match")
@click.argument("line")
@click.argument("payout")
@as_person
@as_json
def match(line: str, payout: str, as_json: bool) -> None:
    """Say to which payout, which recovery or which deposit an open line belongs.

    Example: voucher bank match 0198d2c4-5a90-7b11-9a3c-2f6d1c0a7b55 Y-2026-00005-8 --as finance1@voucher.example
    """
    with begin_work() as work:
        told = facts(match_line(work, line, payout), _LINE)
    answer(told, as_json)


@bank.command("match-charged-return")
@click.argument("line")
@click.argument("payout")
@as_person
@as_json
def match_charged_return(line: str, payout: str, as_json: bool) -> None:
    """Say that an open line is a payout that the bank sent back, less a charge of its own: up to a tenth, borne by the fund lines.

    Example: voucher bank match-charged-return 0198d2c4-5a90-7b11-9a3c-2f6d1c0a7b55 Y-2026-00005-8 --as finance1@voucher.example
    """
    with begin_work() as work:
        told = facts(match_return_less_charge(work, line, payout), _LINE)
    answer(told, as_json)


@bank.command("send-back")
@click.argument("line")
@click.option("--reason", required=True, help="Why it goes back; told to the firm, if it is one of ours.")
@click.option("--bank-code", default="", help="The bank of an account that nobody here named: a BIC, or the CNAPS code.")
@as_person
@as_json
def send_back(line: str, reason: str, bank_code: str, as_json: bool) -> None:
    """Send money that came in back where it came from, by a payout of its own.

    Example: voucher bank send-back 0198d2c4-5a90-7b11-9a3c-2f6d1c0a7b55 --as finance1@voucher.example --reason "No order of ours"
    """
    with begin_work() as work:
        told = facts(send_line_back(work, line, reason, bank_code), _LINE)
    answer(told, as_json)


@bank.command("set-aside")
@click.argument("line")
@click.option("--reason", required=True, help="Why it has nothing to do with vouchers.")
@as_person
@as_json
def set_aside(line: str, reason: str, as_json: bool) -> None:
    """Say that an open line has nothing to do with vouchers.

    Example: voucher bank set-aside 0198d2c4-5a90-7b11-9a3c-2f6d1c0a7b55 --as finance1@voucher.example --reason "Misdirected"
    """
    with begin_work() as work:
        told = facts(set_line_aside(work, line, reason), _LINE)
    answer(told, as_json)


@bank.command("unmatch")
@click.argument("line")
@click.option("--reason", required=True, help="Why it was placed wrongly.")
@as_person
@as_json
def unmatch(line: str, reason: str, as_json: bool) -> None:
    """Find that a line was matched, or set aside, wrongly: it is open again. By another person than placed it.

    Example: voucher bank unmatch 0198d2c4-5a90-7b11-9a3c-2f6d1c0a7b55 --as treasury1@voucher.example --reason "It paid another claim"
    """
    with begin_work() as work:
        told = facts(unmatch_line(work, line, reason), _LINE)
    answer(told, as_json)
