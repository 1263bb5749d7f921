"""`voucher ledger`: the books - trial balance, verification, export."""

import sys
from collections.abc import Sequence
from datetime import date

import click

from voucher import ledger as books
from voucher.ledger import Balance
from voucher.ledger.plaintext import FORMATS
from voucher.money import Money
from workflows.cli.answers import DAY
from workflows.cli.commands import as_json, look, print_json, print_table

WRONG = 1  # the exit code when the books do not agree with themselves: a fault, not a refusal


@click.group()
def ledger() -> None:
    """The books: what stands in them, and whether it is true."""


@ledger.command("trial-balance")
@click.option("--as-of", type=DAY, help="Count what is effective up to this day; without it, everything.")
@as_json
def trial_balance(as_of: date | None, as_json: bool) -> None:
    """Show every account that is not at zero, with the sums of each book.

    Example: voucher ledger trial-balance --as-of 2026-03-31
    """
    with look() as session:
        lines = books.trial_balance(session, as_of)
    if as_json:
        print_json({"as_of": as_of, "accounts": [_line(line) for line in lines], "sums": _sums(lines)})
    else:
        print_table(("account", "debit", "credit", "currency"), [_cells(line) for line in lines] + _sum_rows(lines))


def _columns(amount: Money) -> tuple[Money | None, Money | None]:
    """The two columns that people see: debit and credit."""
    return (amount, None) if amount.minor > 0 else (None, -amount)


def _cells(line: Balance) -> tuple[object, ...]:
    return (line.account, *_columns(line.amount), line.amount.currency)


def _line(line: Balance) -> dict[str, object]:
    debit, credit = _columns(line.amount)
    return {"account": line.account, "currency": line.amount.currency, "debit": debit or Money.zero(line.amount.currency),
            "credit": credit or Money.zero(line.amount.currency)}


def _sums(lines: Sequence[Balance]) -> list[dict[str, object]]:
    """Both columns of each book in each currency; they must be equal."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for line in lines:
        key = (line.account.partition(":")[0], line.amount.currency)
        debit, credit = sums.get(key, (0, 0))
        sums[key] = (debit + max(line.amount.minor, 0), credit + max(-line.amount.minor, 0))
    return [{"book": book, "currency": currency, "debit": Money(debit, currency), "credit": Money(credit, currency)}
            for (book, currency), (debit, credit) in sorted(sums.items())]


def _sum_rows(lines: Sequence[Balance]) -> list[tuple[object, ...]]:
    return [(f"= {each['book']}", each["debit"], each["credit"], each["currency"]) for each in _sums(lines)]


@ledger.command("verify")
@as_json
def verify(as_json: bool) -> None:
    """Recompute everything that the books say of themselves, and name what does not agree (exit code 1).

    Example: voucher ledger verify
    """
    with look() as session:
        findings = books.verify(session)
    if as_json:
        print_json({"sound": not findings, "findings": [vars(finding) for finding in findings]})
    elif findings:
        for finding in findings:
            click.echo(f"{finding.about}: {finding.what}", err=True)
    else:
        click.echo("The books agree with themselves.")
    if findings:
        sys.exit(WRONG)


@ledger.command("export")
@click.option("--format", "format", type=click.Choice(sorted(FORMATS)), required=True, help="For which program.")
def export(format: str) -> None:
    """Write the whole journal to stdout for another program to check.

    Example: voucher ledger export --format hledger > books.journal && hledger check -s -f books.journal
    """
    with look() as session:
        books.plaintext.export(session, format, sys.stdout)
