"""The journal as plain text: the form that tests compare, and the one hledger reads."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from voucher.errors import NotValid, _
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import Entry, entries
from voucher.ledger.journal import stream
from voucher.money import Money


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


def export(session: Session, format: str, stream_to: Writes) -> None:
    """Write the whole ledger to a stream in one of FORMATS, a page of entries at a time. Raises NotValid."""
    if format not in FORMATS:
        raise NotValid(_("{format} is not a format of export. Use one of {formats}."), format=format,
                       formats=", ".join(FORMATS))
    for text in FORMATS[format](session):
        stream_to.write(text)


def _hledger(session: Session) -> Iterator[str]:
    """For hledger (`hledger check -s`): commodities and accounts declared, then one transaction an entry.

    Format: https://hledger.org/hledger.html#journal
    """
    yield "; All books of the ledger. Debit is positive.\ndecimal-mark .\n\n"
    for currency in _currencies(session):
        yield f"commodity {_specimen(currency)} {currency}\n"
    for name in _names(session):
        yield f"account {name}\n"
    for entry in stream(session):
        yield f"\n{entry.effective_on} * ({entry.id}) {_one_line(entry.cause)}\n"
        yield f"    ; event: {_one_line(entry.event)}\n"
        yield from _columns(entry)


def _specimen(currency: str) -> str:
    """An amount that shows the number of decimals, with a point even where there are none."""
    text = str(Money.zero(currency))
    return "1000" + (text[1:] if "." in text else ".")


def _one_line(text: str) -> str:
    """Without what would begin a comment or a new line."""
    return " ".join(text.replace(";", ",").split())


def _currencies(session: Session) -> Iterable[str]:
    return session.connection().execute(select(accounts.c.currency).distinct().order_by(accounts.c.currency)).scalars()


def _names(session: Session) -> Iterable[str]:
    return session.connection().execute(select(accounts.c.name).distinct().order_by(accounts.c.name)).scalars()


FORMATS: Mapping[str, Callable[[Session], Iterator[str]]] = {"hledger": _hledger}
