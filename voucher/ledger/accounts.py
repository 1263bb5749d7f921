"""Accounts: a name in a book, a currency, bounds, and the balance that stands.

A name reads "book:type:name[:sub]", such as "entitlement:available:V-2026-00001-3"; the part before the first colon is
the book. An account is made at its first use. Balances are signed, debit positive.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlmodel import SQLModel

from voucher.money import CURRENCIES

LONGEST_NAME, LONGEST_BOOK = 200, 40

_NAME = re.compile(r"[\w.-]+(?::[\w.-]+)+")

accounts = Table(
    "accounts", SQLModel.metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("book", String(LONGEST_BOOK), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("lower_minor", BigInteger),
    Column("upper_minor", BigInteger),
    Column("balance_minor", BigInteger, nullable=False),
    # How many postings it has, the instant of the last one and the highest day that it has reached: see postings.
    Column("version", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("high_on", Date),
    UniqueConstraint("name", "currency", name="uq_accounts_name_currency"),
    CheckConstraint("lower_minor is null or balance_minor >= lower_minor", name="not_below_its_lower_bound"),
    CheckConstraint("upper_minor is null or balance_minor <= upper_minor", name="not_above_its_upper_bound"),
    CheckConstraint("version > 0 or balance_minor = 0", name="starts_at_zero"),
    Index("ix_accounts_book", "book"),
)

# The bounds that every account whose name begins so, with one part more ("budget:free:" and then a fund line), has when it is made; others
# get those of the draft that makes them. The rows come with migrations, from the chart of those who keep their books here.
account_kinds = Table(
    "account_kinds", SQLModel.metadata,
    Column("prefix", String(LONGEST_NAME), primary_key=True),
    Column("lower_minor", BigInteger),
    Column("upper_minor", BigInteger),
)


@dataclass(frozen=True)
class Account:
    """An account as a posting names it. `lower` and `upper` bound its signed balance, debit positive, in minor units.

    An account whose normal side is credit and that may not be overdrawn has upper=0; one whose normal side is debit
    has lower=0. The bounds given at the first use stand, and are those of its kind if it has one.
    """

    name: str
    currency: str
    lower: int | None = None
    upper: int | None = None

    def __post_init__(self) -> None:
        assert _NAME.fullmatch(self.name) and len(self.name) <= LONGEST_NAME, f"not a name of an account: {self.name!r}"
        assert len(self.book) <= LONGEST_BOOK, f"not a name of a book: {self.book!r}"
        assert self.currency in CURRENCIES, self.currency
        assert (self.lower or 0) <= 0 <= (self.upper or 0), f"a new account stands at zero: {self}"

    @property
    def book(self) -> str:
        """The book in which it is kept."""
        return self.name.partition(":")[0]

    @cached_property
    def id(self) -> UUID:
        """Its key."""
        return account_id(self.name, self.currency)

    @cached_property
    def key(self) -> str:
        """Its key as text."""
        return _key(self.name, self.currency)


def prefix_of(name: str) -> str:
    """The beginning of a name by which the kind of its account is found, with its colon."""
    return name.rpartition(":")[0] + ":"


@lru_cache(maxsize=2**16)
def account_id(name: str, currency: str) -> UUID:
    """The key of an account, the same on every machine: half a SHA-256 of name and currency.

    So it need not be looked up, and two machines that make one account make the same.
    """
    return UUID(bytes=sha256(f"account\n{name}\n{currency}".encode(errors="surrogatepass")).digest()[:16])


@lru_cache(maxsize=2**16)
def _key(name: str, currency: str) -> str:
    return str(account_id(name, currency))
