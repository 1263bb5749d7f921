"""`voucher ledger`: the books - trial balance, seals, verification, export."""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, TextIO

import click
from sqlmodel import Session

from voucher import ledger as books
from voucher.bound_requests import bound_requests
from voucher.errors import NotFound, NotValid, _
from voucher.ledger import Balance, exchange, periods, seals
from voucher.ledger.plaintext import FORMATS
from voucher.money import CURRENCIES, Money
from voucher.statutory.mapping import mapping_of
from voucher.statutory.surplus import Change, Made, SurplusStatement, surplus_statements
from workflows import bounding
from workflows.auditing import see_account
from workflows.cli.answers import DAY, MOMENT, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look, print_json, print_table, surroundings
from workflows.closing import adjust_period, close_period, reopen_period
from workflows.forgetting import forget_memo

WRONG = 1  # the exit code when the books do not agree with themselves: a fault, not a refusal


@click.group()
def ledger() -> None:
    """The books: what stands in them, and whether it is true."""


AS_OF = click.option("--as-of", type=DAY, help="Count what is effective up to this day; without it, everything.")
KNOWN_AT = click.option("--known-at", type=MOMENT, help="As it was known then: what was recorded later is left out.")
CURRENCY = click.option("--currency", required=True, type=click.Choice(sorted(CURRENCIES)), help="The currency of the account.")


@ledger.command("trial-balance")
@AS_OF
@KNOWN_AT
@as_json
def trial_balance(as_of: date | None, known_at: datetime | None, as_json: bool) -> None:
    """Show every account that is not at zero, with the sums of each book.

    Example: voucher ledger trial-balance --as-of 2026-03-31 --known-at 2026-04-05
    """
    with look() as session:
        lines = books.trial_balance(session, as_of, known_at)
    if as_json:
        print_json({"as_of": as_of, "known_at": known_at, "accounts": [_line(line) for line in lines], "sums": _sums(lines)})
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


@ledger.command("surplus")
@click.argument("year", type=click.IntRange(1900, 2999))
@as_json
def surplus(year: int, as_json: bool) -> None:
    """Show how the budget surplus of a year leads to its surplus, in the books of a country's law.

    Example: voucher ledger surplus 2026
    """
    with look() as session:
        found = surplus_statements(session, year)
    if as_json:
        print_json([_told(each) for each in found])
    else:
        print_table(("", "event or account", "amount", "currency"), [row for each in found for row in _surplus_rows(each)])


def _told(told: SurplusStatement) -> dict[str, object]:
    headed = [facts(each.heading, ("zh", "en"))
              | {"adds": each.adds, "differences": [facts(line, ("event", "amount")) for line in each.differences]} for each in told.headed]
    return facts(told, ("country", "year", "currency", "difference")) | {
        "budget": _made(told.budget), "accrual": _made(told.accrual), "headed": headed, "changes": _changes(told.changes)}


def _made(made: Made) -> dict[str, object]:
    return {"amount": made.amount, "changes": _changes(made.changes)}


def _changes(changes: Sequence[Change]) -> list[dict[str, object]]:
    return [facts(each, ("account", "adds")) for each in changes]


def _surplus_rows(told: SurplusStatement) -> Iterator[tuple[object, ...]]:
    """The statement line by line, as it stands on the page."""
    names = mapping_of(told.country).surpluses
    assert names is not None, told.country
    yield from _made_rows(names.budget.en, told.budget)
    for headed in told.headed:
        yield f"{'+' if headed.heading.is_added else '-'} {headed.heading.en}", "", headed.amount, told.currency
        yield from (("", line.event, line.amount, told.currency) for line in headed.differences)
    yield from _made_rows(f"= {names.accrual.en}", told.accrual)
    yield from _made_rows("Where the difference lies", Made(told.difference, told.changes))


def _made_rows(name: str, made: Made) -> Iterator[tuple[object, ...]]:
    yield name, "", made.amount, made.amount.currency
    yield from (("", change.account, change.adds, made.amount.currency) for change in made.changes)


@ledger.command("balance")
@click.argument("account")
@CURRENCY
@AS_OF
@KNOWN_AT
@as_json
def balance(account: str, currency: str, as_of: date | None, known_at: datetime | None, as_json: bool) -> None:
    """Show what an account stands at, or stood at as of a day, as known now or then.

    Example: voucher ledger balance budget:free:L-2026-00001-1 --currency CNY --as-of 2026-03-31 --known-at 2026-04-05
    """
    with look() as session:
        see_account(session, account, currency)
        standing = books.balance(session, account, currency, as_of, known_at)
    answer({"account": account, "currency": currency, "as_of": as_of, "known_at": known_at, "balance": standing}, as_json)


@ledger.command("statement")
@click.argument("account")
@CURRENCY
@click.option("--since", type=DAY, help="The first day.")
@click.option("--until", type=DAY, help="The last day.")
@KNOWN_AT
@as_json
def statement(account: str, currency: str, since: date | None, until: date | None, known_at: datetime | None, as_json: bool) -> None:
    """Show the postings of an account with the balance after each, as known now or then.

    Example: voucher ledger statement budget:free:L-2026-00001-1 --currency CNY --since 2026-03-01 --until 2026-03-31
    """
    with look() as session:
        see_account(session, account, currency)
        lines = books.statement(session, account, currency, since, until, known_at=known_at)
    answer_all([facts(line, LINE) for line in lines], LINE, as_json)


@ledger.command("compare")
@click.argument("account")
@CURRENCY
@click.option("--as-of", type=DAY, required=True, help="What is effective up to this day.")
@click.option("--known-at", type=MOMENT, required=True, help="As it was known then, beside what is known now.")
@as_json
def compare(account: str, currency: str, as_of: date, known_at: datetime, as_json: bool) -> None:
    """Show a balance as it was known then, as it is known now, and the postings that explain the difference.

    Example: voucher ledger compare budget:free:L-2026-00001-1 --currency CNY --as-of 2026-03-31 --known-at 2026-04-05
    """
    with look() as session:
        see_account(session, account, currency)
        found = books.compare(session, account, currency, as_of, known_at, surroundings().clock())
    told = {"account": account, "currency": currency, "as_of": as_of, "known_at": known_at, "then": found.then, "now": found.now}
    between = [facts(line, LINE) for line in found.between]
    if as_json:
        print_json(told | {"between": between})
    else:
        answer(told, as_json=False)
        answer_all(between, LINE, as_json=False)


# What is told of a line of a statement.
LINE = ("effective_on", "recorded_at", "cause", "event", "amount", "balance")


@ledger.command("verify")
@click.option("--head", "kept", type=click.File(encoding="utf-8"), help="A head that was kept elsewhere: see `ledger seal`.")
@as_json
def verify(kept: TextIO | None, as_json: bool) -> None:
    """Recompute everything that the books say of themselves, and name what does not agree (exit code 1).

    With a head that was kept elsewhere, even somebody who may change every row of the database is found out.

    Example: voucher ledger verify --head head-2026-03.json
    """
    head = _head(kept) if kept else None
    with look() as session:
        findings = books.verify(session, head, surroundings().clock())
    if as_json:
        print_json({"sound": not findings, "findings": [vars(finding) for finding in findings]})
    elif findings:
        for finding in findings:
            click.echo(f"{finding.about}: {finding.what}", err=True)
    else:
        click.echo("The books agree with themselves." if head is None else "The books agree with themselves and with the head.")
    if findings:
        sys.exit(WRONG)


def _document(file: TextIO, format: str) -> dict[str, Any]:
    """A document that we once wrote. Raises NotValid when it is something else."""
    document = _read(file)
    if document.get("format") != format:
        raise NotValid(_("{file} is not a document of the kind {format}."), file=file.name, format=format)
    return document


def _read(file: TextIO) -> dict[str, Any]:
    try:
        document = json.load(file)
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {}


def _head(file: TextIO) -> dict[str, Any]:
    """A head that we once wrote: one of its own, in the folder of a case, or within a settlement statement (`seal` of settlement.json).

    Raises NotValid.
    """
    document = _read(file)
    printed = document.get("seal")
    if isinstance(printed, dict) and printed.keys() >= {"size", "head"}:
        document = {"format": seals.HEAD_FORMAT, "size": printed["size"], "root": printed["head"]}
    try:
        seals.read_head(document)
    except (KeyError, TypeError, ValueError):
        document = {}
    if document.get("format") != seals.HEAD_FORMAT:
        raise NotValid(_("{file} is not a document of the kind {format}."), file=file.name, format=seals.HEAD_FORMAT)
    return document


@ledger.command("seal")
@click.option("--head", type=click.File("w", encoding="utf-8"), help="Where to write the head, to be kept elsewhere.")
@as_json
def seal(head: TextIO | None, as_json: bool) -> None:
    """Cover all new entries by a seal; do it every night, and keep the head where this machine cannot reach it.

    Example: voucher ledger seal --head head-2026-03.json
    """
    with begin_work(or_system=True) as work:
        sealed = seals.seal(work)
    if head:
        with look() as session:
            json.dump(seals.head_document(session), head)
    answer({"number": sealed.number, "size": sealed.size, "root": sealed.root.hex(), "sealed_at": sealed.sealed_at}, as_json)


@ledger.command("adjust")
@click.option("--through", type=DAY, required=True, help="The last day of the period.")
@click.option("--reason", default="", help="Why.")
@as_person
@as_json
def adjust(through: date, reason: str, as_json: bool) -> None:
    """Take adjusting entries only, from now on, for days up to this one.

    Example: voucher ledger adjust --through 2026-12-31 --as finance1@voucher.example
    """
    with begin_work() as work:
        told = adjust_period(work, through, reason)
    answer(_act(told), as_json)


@ledger.command("close")
@click.option("--through", type=DAY, required=True, help="The last day of the period.")
@click.option("--reason", default="", help="Why.")
@as_person
@as_json
def close(through: date, reason: str, as_json: bool) -> None:
    """Close every day up to this one, and seal what was posted.

    Example: voucher ledger close --through 2026-03-31 --as finance1@voucher.example
    """
    with begin_work() as work:
        told = close_period(work, through, reason)
    answer(_act(told), as_json)


@ledger.command("reopen")
@click.option("--through", type=DAY, help="The last day that stays as it is; without it, all days are meant.")
@click.option("--reason", required=True, help="Why; it stays visible for ever.")
@as_person
@as_json
def reopen(through: date | None, reason: str, as_json: bool) -> None:
    """Open closed days again: another person than the one who closed them. They take adjusting entries only if later days do; where no such
    day is closed, those that take adjusting entries only take all again.

    Example: voucher ledger reopen --through 2026-02-28 --reason "invoice came late" --as finance2@voucher.example
    """
    with begin_work() as work:
        told = reopen_period(work, through, reason)
    answer(_act(told), as_json)


def _act(act: periods.Act) -> dict[str, object]:
    return facts(act, ("number", "kind", "closed_through", "adjusting_through", "size", "recorded_at", "reason")) | {
        "root": act.root.hex()}


REQUEST = ("reference", "state", "account", "currency", "lower", "upper", "reason", "answer")


@ledger.command("bounds")
@click.argument("account")
@CURRENCY
@as_json
def bounds(account: str, currency: str, as_json: bool) -> None:
    """Show how far an account may go, debit positive, and who asked for other bounds.

    Example: voucher ledger bounds budget:free:L-2026-00001-1 --currency CNY
    """
    with look() as session:
        held = bounding.account_of(session, account, currency)
        made = [facts(each, REQUEST) for each in bound_requests(session, account, currency)]
    told = facts(held, ("account", "balance", "lower", "upper"))
    if as_json:
        print_json(told | {"requests": made})
    else:
        answer(told, as_json=False)
        answer_all(made, REQUEST, as_json=False)


@ledger.command("ask-bounds")
@click.argument("account")
@CURRENCY
@click.option("--lower", metavar="AMOUNT", help="The least that it may stand at, debit positive; without it, no bound.")
@click.option("--upper", metavar="AMOUNT", help="The most that it may stand at, debit positive; without it, no bound.")
@click.option("--reason", required=True, help="Why; it stays on record.")
@as_person
@as_json
def ask_bounds(account: str, currency: str, lower: str | None, upper: str | None, reason: str, as_json: bool) -> None:
    """Ask that an account gets other bounds; another person of finance or treasury decides.

    Example: voucher ledger ask-bounds budget:free:L-2026-00001-1 --currency CNY --upper 0.00 --lower -900000.00
    --reason "Letter 2026-14" --as finance1@voucher.example
    """
    least, most = (None if text is None else Money.parse(text, currency) for text in (lower, upper))
    with begin_work() as work:
        told = facts(bounding.ask_bounds(work, account, currency, least, most, reason), REQUEST)
    answer(told, as_json)


@ledger.command("grant-bounds")
@click.argument("reference")
@as_person
@as_json
def grant_bounds(reference: str, as_json: bool) -> None:
    """Give an account the bounds that somebody else has asked for.

    Example: voucher ledger grant-bounds U-2026-00001-5 --as treasury1@voucher.example
    """
    with begin_work() as work:
        told = facts(bounding.grant_bounds(work, reference), REQUEST)
    answer(told, as_json)


@ledger.command("refuse-bounds")
@click.argument("reference")
@click.option("--reason", required=True, help="Why; it stays on record.")
@as_person
@as_json
def refuse_bounds(reference: str, reason: str, as_json: bool) -> None:
    """Leave an account the bounds that it has.

    Example: voucher ledger refuse-bounds U-2026-00001-5 --reason "The allotment came in" --as treasury1@voucher.example
    """
    with begin_work() as work:
        told = facts(bounding.refuse_bounds(work, reference, reason), REQUEST)
    answer(told, as_json)


@ledger.command("forget")
@click.argument("cause")
@click.option("--reason", required=True, help="Why; it stays on record, so it repeats nothing of what is to be forgotten.")
@as_person
@as_json
def forget(cause: str, reason: str, as_json: bool) -> None:
    """Take away for good what was written beside an entry, named by its cause: another person than wrote it. No hash changes.

    Example: voucher ledger forget "deposit.receipt_undone D-2026-00007-1 1" --reason "Request of 2026-11-02" --as treasury1@voucher.example
    """
    with begin_work() as work:
        told = facts(forget_memo(work, cause, reason), ("cause", "event", "effective_on", "is_forgotten"))
    answer(told, as_json)


KEPT = click.option("--head", "kept", type=click.File(encoding="utf-8"), help="A head that was kept elsewhere; without it, the last one.")


@ledger.command("prove")
@click.argument("cause")
@KEPT
@click.option("--size", type=int, help="Instead of the file of a head: how many entries it covers.")
def prove(cause: str, kept: TextIO | None, size: int | None) -> None:
    """Write the receipt of an entry, named by its cause; a stranger checks it with receipt.py and Python alone.

    Example: voucher ledger prove "payout.settled Y-2026-00007-1" --head head-2026-03.json > receipt.json
    """
    with look() as session:
        entry = books.find(session, cause)
        if entry is None:
            raise NotFound(_("There is no entry for {cause}."), cause=cause)
        head = _known_head(session, kept) if kept else None if size is None else seals.head_over(session, size)
        print_json(seals.receipt(session, entry, head))


@ledger.command("prove-growth")
@click.argument("earlier", type=click.File(encoding="utf-8"))
@KEPT
def prove_growth(earlier: TextIO, kept: TextIO | None) -> None:
    """Write what shows that the last head, or the one that is given, holds all that an EARLIER one held, in the same places; a stranger
    checks it with receipt.py and Python alone.

    Example: voucher ledger prove-growth head-2026-03.json --head head-2026-04.json > growth.json
    """
    with look() as session:
        before, after = _known_head(session, earlier), _known_head(session, kept) if kept else seals.latest(session)
        print_json(seals.growth(session, *sorted((before, after), key=lambda head: head.size)))


def _known_head(session: Session, file: TextIO) -> seals.Head:
    """The head of these books that a file names. Raises NotValid, NotFound."""
    size, root, _marks = seals.read_head(_head(file))
    return seals.head_over(session, size, root)


@ledger.command("export")
@click.option("--format", "format", type=click.Choice(sorted(FORMATS)), required=True, help="For which program.")
def export(format: str) -> None:
    """Write the whole journal to stdout for another program to check.

    Example: voucher ledger export --format hledger > books.journal && hledger check -s -f books.journal
    """
    with look() as session:
        books.plaintext.export(session, format, sys.stdout)


@ledger.command("import")
@click.argument("file", type=click.File(encoding="utf-8"))
@as_json
def bring_in(file: TextIO, as_json: bool) -> None:
    """Rebuild, in an empty ledger, the one that was exported as JSON Lines; all of it or nothing.

    Example: voucher ledger import books.jsonl
    """
    with begin_work(or_system=True) as work:
        entries = exchange.bring_in(work.session, file)
        head = seals.latest(work.session)
    answer({"entries": entries, "sealed": head.size, "root": head.root.hex()}, as_json)
