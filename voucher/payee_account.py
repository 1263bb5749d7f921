"""The account of a payee: what the office owes a firm or provider, entry by entry, and what it owes the office.

It is read from the books alone: approved claims and awards that are owed, disputed, in transit or came back, less what is asked
back. So its balance is theirs, and every line is an entry. From the payee's side: what is owed to it counts up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, func, literal, union_all
from sqlalchemy import select as choose
from sqlmodel import Session, col

from voucher.accounting import chart_account
from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import entries, postings
from voucher.money import Money
from voucher.payouts import Payout
from voucher.recoveries import Recovery


@dataclass(frozen=True)
class AccountLine:
    """One entry: what it is about (a claim, payout, award or recovery), how it changed what is owed, and what was owed after it."""

    on: date
    event: str
    cause: str
    about: str
    amount: Money
    balance: Money


@dataclass(frozen=True)
class PayeeAccount:
    """The account of a payee in one currency over a period, both days counted."""

    currency: str
    since: date
    until: date
    opening: Money
    lines: tuple[AccountLine, ...]

    @property
    def closing(self) -> Money:
        """What is owed at the end of the period."""
        return self.lines[-1].balance if self.lines else self.opening

    @property
    def sums(self) -> dict[str, Money]:
        """What the lines come to, by the kind of event, in the order in which the kinds first come."""
        found: dict[str, Money] = {}
        for line in self.lines:
            found[line.event] = found.get(line.event, Money.zero(self.currency)) + line.amount
        return found


def payee_accounts(session: Session, organisation_id: UUID, since: date, until: date) -> list[PayeeAccount]:
    """The accounts of a payee, one a currency in which anything was ever owed, in one question however much there is."""
    by_currency: dict[str, list[Any]] = {}
    for row in session.connection().execute(_entries_of(organisation_id, until)):
        by_currency.setdefault(row.currency, []).append(row)
    return [_account(currency, since, until, rows) for currency, rows in sorted(by_currency.items())]


def _account(currency: str, since: date, until: date, rows: list[Any]) -> PayeeAccount:
    opening = Money(sum(-int(row.minor) for row in rows if row.effective_on < since), currency)
    return PayeeAccount(currency, since, until, opening, tuple(_lines(opening, [row for row in rows if row.effective_on >= since])))


def _lines(balance: Money, rows: list[Any]) -> Iterator[AccountLine]:
    for row in rows:
        amount = Money(-int(row.minor), balance.currency)
        balance += amount
        yield AccountLine(row.effective_on, row.event, row.cause, row.cause.split(" ")[1], amount, balance)


def _entries_of(organisation_id: UUID, until: date) -> Select[Any]:
    """What each entry changed on the accounts of a payee together; what only goes from one of them to another is left out."""
    minor = func.sum(postings.c.amount_minor)
    return (
        choose(entries.c.cause, entries.c.event, entries.c.effective_on, accounts.c.currency, minor.label("minor"))
        .join(postings, postings.c.entry_id == entries.c.id).join(accounts, accounts.c.id == postings.c.account_id)
        .where(accounts.c.name.in_(union_all(*_names(organisation_id))), entries.c.effective_on <= until)
        .group_by(entries.c.id, entries.c.cause, entries.c.event, entries.c.effective_on, entries.c.recorded_us, accounts.c.currency)
        .having(minor != 0).order_by(entries.c.effective_on, entries.c.recorded_us, entries.c.id))


def _names(organisation_id: UUID) -> Iterator[Select[Any]]:
    """The names of the accounts in which stands what is owed to a payee, and what is asked back of it."""
    for name in _called(("F2100", "F2120"), col(Claim.reference)):
        yield choose(name).where(col(Claim.claimant_id) == organisation_id)
    for name in _called(("F1190", "F2150"), col(Payout.reference)):
        yield choose(name).where(col(Payout.payee_id) == organisation_id)
    for name in _called(("F2200",), col(ProviderAward.reference)):
        yield choose(name).where(col(ProviderAward.provider_id) == organisation_id)
    for name in _called(("F1310",), col(Recovery.reference)):
        yield choose(name).where(col(Recovery.liable_id) == organisation_id)


def _called(codes: tuple[str, ...], reference: Any) -> list[ColumnElement[str]]:
    return [literal(f"{chart_account(code).name}:", String) + reference for code in codes]
