"""What the tests of the ledger are built from."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

from voucher import ledger
from voucher.database import Database
from voucher.ledger import Account, Draft, Line
from voucher.money import Money
from voucher.work import SYSTEM, Actor, Work, begin

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = date(2026, 3, 2)


def yuan(amount: str) -> Money:
    """An amount in CNY as a person writes it."""
    return Money.parse(amount, "CNY")


def working(database: Database, now: datetime = NOW, actor: Actor = SYSTEM) -> AbstractContextManager[Work]:
    """A piece of work at an instant."""
    return begin(database, actor, lambda: now)


def an_account(name: str = "budget:free", currency: str = "CNY", lower: int | None = None,
               upper: int | None = None) -> Account:
    """An account without bounds."""
    return Account(name, currency, lower, upper)


def a_move(amount: str = "100.00", to: str = "budget:spent", source: str = "budget:free", currency: str = "CNY",
           **dimensions: Any) -> tuple[Line, Line]:
    """A debit of one account and a credit of another."""
    money = Money.parse(amount, currency)
    return (ledger.debit(Account(to, currency), money, **dimensions),
            ledger.credit(Account(source, currency), money, **dimensions))


def a_draft(cause: str = "claim.paid C-1", lines: Sequence[Line] | None = None, effective_on: date = DAY,
            **options: Any) -> Draft:
    """A balanced entry of two postings."""
    return Draft(cause, options.pop("event", cause.partition(" ")[0]), effective_on, a_move() if lines is None else lines,
                 **options)
