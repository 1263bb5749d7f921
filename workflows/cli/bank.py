"""`voucher bank`: files exchanged with a bank."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import BinaryIO

import click

from voucher.bank import camt053
from voucher.errors import Problem
from voucher.money import Money
from workflows.cli.commands import as_json, print_json, print_table

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
