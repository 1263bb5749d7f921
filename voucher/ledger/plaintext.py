"""The journal as plain text: the form that tests compare, and what other programs read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Protocol

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session

from voucher.errors import NotValid, _
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import Entry, entries
from voucher.ledger.exchange import lines
from voucher.ledger.journal import CHUNK, stream
from voucher.money import Money
from voucher.spreadsheets import csv_line


class Writes(Protocol):
    """Anything to which text can be written."""

    def write(self, text: str, /) -> object:
        """Take some text."""


def journal(session: Session, since: date | None = None, until: date | None = None) -> str:
    """The journal for people and tests: a day, a cause, and signed amounts; in the order of recording. It looks like:

    2026-03-02 claim.approved C-2026-00042-7
        financial:expense:subsidy        54000.00 CNY
        financial:payable:claims        -54000.00 CNY
    """
    which: list[ColumnElement[bool]] = []
    if since is not None:
        which.append(entries.c.effective_on >= since)
    if until is not None:
        which.append(entries.c.effective_on <= until)
    return "\n".join(_paragraph(entry) for entry in stream(session, *which))


def _paragraph(entry: Entry) -> str:
    return f"{entry.effective_on} {entry.cause}\n" + "".join(_columns(entry))


def _columns(entry: Entry) -> Iterator[str]:
    """The postings, amounts flush right."""
    names = max(len(line.account.name) for line in entry.lines)
    amounts = max(len(str(line.amount)) for line in entry.lines)
    for line in entry.lines:
        yield f"    {line.account.name:<{names}}  {line.amount!s:>{amounts}} {line.amount.currency}\n"


def export(session: Session, format: str, to: Writes) -> None:
    """Write the whole ledger to a stream in one of FORMATS, some entries at a time. Raises NotValid."""
    if format not in FORMATS:
        raise NotValid(_("{format} is not a format of export. Use one of {formats}."), format=format,
                       formats=", ".join(FORMATS))
    for text in FORMATS[format](session):
        to.write(text)


# --- hledger and Ledger ----------------------------------------------------------------------------------------------


def _hledger(session: Session) -> Iterator[str]:
    """For hledger (`hledger check -s`): commodities and accounts declared, then one transaction an entry.

    Format: https://hledger.org/hledger.html#journal
    """
    yield "; All books of the ledger. Debit is positive.\ndecimal-mark .\n\n"
    for currency in _currencies(session):
        yield f"commodity {_specimen(currency)} {currency}\n"
    yield from _transactions(session)


def _ledger(session: Session) -> Iterator[str]:
    """For Ledger (`ledger --pedantic`). Format: https://ledger-cli.org/doc/ledger3.html#Journal-Format"""
    yield "; All books of the ledger. Debit is positive.\n\n"
    for currency in _currencies(session):
        yield f"commodity {currency}\n    format {_specimen(currency).rstrip('.')} {currency}\n"
    yield from _transactions(session)


def _transactions(session: Session) -> Iterator[str]:
    """What both programs read alike."""
    for name in _names(session):
        yield f"account {_NO_NAME.sub('-', name)}\n"
    for entry in stream(session):
        yield f"\n{entry.effective_on} * ({entry.id}) {_one_line(entry.cause)}\n    ; {_plain(entry.event)}\n"
        yield from _columns(entry)


def _specimen(currency: str) -> str:
    """An amount that shows the number of decimals, with a point even where there are none."""
    text = str(Money.zero(currency))
    return "1000" + (text[1:] if "." in text else ".")


def _one_line(text: str) -> str:
    """Without what would begin a comment, a tag or a new line."""
    return " ".join(text.replace(";", ",").replace("|", "/").split())


def _plain(text: str) -> str:
    """In a comment: without what would be a tag, or a date of its own."""
    return _one_line(text).translate(_NO_TAGS)


# What no account of ours is called, and what could end a line. (Rows of before the database looked may have it; nothing is posted there.)
_NO_NAME = re.compile(r"[^\w.:-]")

_NO_TAGS = str.maketrans(":[]", "-()")


def _currencies(session: Session) -> Iterable[str]:
    return session.connection().execute(select(accounts.c.currency).distinct().order_by(accounts.c.currency)).scalars()


def _names(session: Session) -> Iterable[str]:
    return session.connection().execute(select(accounts.c.name).distinct().order_by(accounts.c.name),
                                        execution_options={"yield_per": CHUNK}).scalars()


# --- Beancount -------------------------------------------------------------------------------------------------------

# Beancount knows five kinds of accounts. Ours are of a kind where the second part of the name says so; the others are
# status accounts, which Beancount would call equity.
_KINDS = {"asset": "Assets", "liability": "Liabilities", "payable": "Liabilities", "equity": "Equity", "revenue": "Income",
          "income": "Income", "expense": "Expenses"}


def _beancount(session: Session) -> Iterator[str]:
    """For Beancount (`bean-check`). Format: https://beancount.github.io/docs/beancount_language_syntax.html"""
    yield 'option "title" "All books of the ledger. Debit is positive."\n'
    for currency in _currencies(session):
        yield f'option "operating_currency" "{currency}"\n'
    first = session.connection().execute(select(func.min(entries.c.effective_on))).scalar()
    yield "\n"
    for name, currency in session.connection().execute(_OPEN, execution_options={"yield_per": CHUNK}):
        yield f'{first} open {beancount_name(name, currency)} {currency}\n  name: {_quoted(name)}\n'
    for entry in stream(session):
        yield f"\n{entry.effective_on} * {_quoted(entry.event)} {_quoted(entry.cause)}\n  id: \"{entry.id}\"\n"
        for line in entry.lines:
            yield f"  {beancount_name(line.account.name, line.account.currency)}  {line.amount} {line.amount.currency}\n"


_OPEN = (select(accounts.c.name, accounts.c.currency).where(accounts.c.version > 0)
         .order_by(accounts.c.name, accounts.c.currency))


def beancount_name(name: str, currency: str) -> str:
    """The account as Beancount writes names: a kind, then capitalised parts of letters, digits and hyphens.

    Two names of ours that would become one get a piece of their hash. The currency is a part of its own.

    >>> beancount_name("financial:expense:subsidy", "CNY")
    'Expenses:Financial:Expense:Subsidy:CNY'
    """
    book, *rest = name.split(":")
    parts = [book, *rest]
    tidy = [_NOT_BEANCOUNT.sub("-", part) for part in parts]
    written = [part if part[0].isdigit() else part[0].upper() + part[1:] if part[0] != "-" else "X" + part for part in tidy]
    if [part.lower() for part in parts] != parts or tidy != parts or any(part[0] == "-" for part in parts):
        written.append("X" + sha256(name.encode()).hexdigest()[:8])
    return ":".join([_KINDS.get(rest[0], "Equity") if book == "financial" else "Equity", *written, currency])


_NOT_BEANCOUNT = re.compile(r"[^A-Za-z0-9-]")


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- CSV -------------------------------------------------------------------------------------------------------------

COLUMNS = ("entry", "posting", "effective_on", "recorded_at", "event", "cause", "actor", "account", "currency", "amount",
           "dimensions", "reverses", "terms", "evidence", "memo")


def _csv(session: Session) -> Iterator[str]:
    """For spreadsheets and databases: one row a posting (RFC 4180)."""
    yield csv_line(COLUMNS)
    for entry in stream(session):
        for number, line in enumerate(entry.lines, 1):
            yield csv_line((entry.id, number, entry.effective_on, entry.recorded_at.isoformat(), entry.event, entry.cause,
                            entry.actor, line.account.name, line.amount.currency, line.amount, line.members,
                            entry.reverses or "", entry.terms, " ".join(entry.evidence),
                            "(forgotten)" if entry.is_forgotten else entry.memo))


FORMATS: Mapping[str, Callable[[Session], Iterator[str]]] = {
    "hledger": _hledger, "beancount": _beancount, "ledger": _ledger, "csv": _csv, "jsonl": lines,
}
