"""Entries and postings: what they are, how they are kept, and the bytes of which their hashes are made.

An entry is one thing that happened, on a day, with at least two postings that sum to zero in each book and currency.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import SQLModel

from voucher.ledger.accounts import Account
from voucher.money import LARGEST_MINOR, Money

CONTENT_FORMAT = "ledger-content-1"
RECORD_FORMAT = "ledger-record-1"

# How much later than its work an entry looks at most where many move one account at once: a microsecond for each of them.
A_LITTLE = timedelta(milliseconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Each set of dimensions that a posting ever carried, once; its key is made of its content. `members` is canonical JSON.
dimension_sets = Table(
    "dimension_sets", SQLModel.metadata,
    Column("id", Uuid, primary_key=True),
    Column("members", Text, nullable=False),
)

# The same, one row a dimension, to find postings by: a trigger sees that the set stands and has it.
dimensions = Table(
    "dimensions", SQLModel.metadata,
    Column("name", String(40), nullable=False),
    Column("value", String(200), nullable=False),
    Column("set_id", Uuid, nullable=False),
    PrimaryKeyConstraint("name", "value", "set_id", name="pk_dimensions"),
    ForeignKeyConstraint(["set_id"], ["dimension_sets.id"], name="fk_dimensions_set_id", info={"only": "sqlite"}),
)

# `recorded_us` is the instant of recording, microseconds since 1970 in UTC: a number, alike on every engine.
# `size` is the number of postings; each posting repeats it, see there. `actor` is the id of a person, never his name.
entries = Table(
    "entries", SQLModel.metadata,
    Column("id", Uuid, primary_key=True),
    Column("cause", String(200), nullable=False),
    Column("event", String(80), nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    Column("adjusting", Boolean, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("terms", String(64), nullable=False),
    Column("reverses_id", Uuid, ForeignKey("entries.id", name="fk_entries_reverses_id")),
    Column("memo_commitment", LargeBinary(32)),
    Column("content_digest", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    UniqueConstraint("cause", name="uq_entries_cause"),
    UniqueConstraint("id", "size", name="uq_entries_id_size", info={"only": "sqlite"}),
    UniqueConstraint("reverses_id", name="uq_entries_reverses_id"),
    CheckConstraint("size >= 2", name="has_two_postings"),
    Index("ix_entries_effective_on", "effective_on"),
    Index("ix_entries_recorded_us", "recorded_us", "id"),
)

# Postings are written before their entry on SQLite (the key is checked at the commit) and in one statement with it on PostgreSQL (a
# trigger sees, once a statement, that it stands), so that the entry's trigger sees them all.
# `number` runs from 1 to `size` and `size` is the entry's own: when the entry stands, every number is taken, and nobody,
# not even in a transaction that runs beside, can add one more.
#
# Within its account a posting has a `version` (1, 2, 3...), the balance after it (`running_minor`), and `high_on`, a day
# that only ever grows: usually the effective day itself. `recorded_us` only ever grows too. So the balance as of any day,
# as known at any instant, is one running balance, corrected by the few postings whose day is not their `high_on`.
# That its account and its dimensions stand is a foreign key on SQLite. PostgreSQL would look each up alone; there the check of the entry,
# which goes over all its postings once, sees it.
postings = Table(
    "postings", SQLModel.metadata,
    Column("entry_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("account_id", Uuid, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("running_minor", BigInteger, nullable=False),
    Column("high_on", Date, nullable=False),
    Column("dimensions_id", Uuid),
    PrimaryKeyConstraint("entry_id", "number", name="pk_postings"),
    ForeignKeyConstraint(["entry_id", "size"], ["entries.id", "entries.size"], name="fk_postings_entry_id",
                         deferrable=True, initially="DEFERRED", info={"only": "sqlite"}),
    ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_postings_account_id", info={"only": "sqlite"}),
    ForeignKeyConstraint(["dimensions_id"], ["dimension_sets.id"], name="fk_postings_dimensions_id", info={"only": "sqlite"}),
    UniqueConstraint("account_id", "version", name="uq_postings_account_id_version"),
    CheckConstraint("number between 1 and size", name="number_within_its_entry"),
    CheckConstraint(f"amount_minor <> 0 and amount_minor between -{LARGEST_MINOR} and {LARGEST_MINOR}",
                    name="amount_says_something"),
    Index("ix_postings_on_time", "account_id", "high_on", "version",
          postgresql_where=text("effective_on >= high_on"), sqlite_where=text("effective_on >= high_on")),
    Index("ix_postings_recorded_us", "account_id", "recorded_us", "version"),
    Index("ix_postings_late", "account_id", "version",
          postgresql_where=text("effective_on < high_on"), sqlite_where=text("effective_on < high_on")),
    Index("ix_postings_late_on", "account_id", "effective_on", "version", "amount_minor",
          postgresql_where=text("effective_on < high_on"), sqlite_where=text("effective_on < high_on")),
    Index("ix_postings_early_on", "account_id", "effective_on", "version", "amount_minor",
          postgresql_where=text("effective_on > high_on"), sqlite_where=text("effective_on > high_on")),
    Index("ix_postings_dimensions_id", "dimensions_id"),
)

# What a person wrote beside an entry. The entry's hash holds a commitment to it, keyed with `salt`, so that the words
# can be taken away (text and salt become empty) without breaking any hash. A trigger takes none beside an entry that commits to nothing.
memos = Table(
    "memos", SQLModel.metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("text", Text, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_memos_entry_id", deferrable=True, initially="DEFERRED",
                         info={"only": "sqlite"}),
)


@dataclass(frozen=True)
class Line:
    """One posting to be made: a signed amount, debit positive, on an account, with its dimensions by name."""

    account: Account
    amount: Money
    dimensions: tuple[tuple[str, str], ...] = ()

    @property
    def members(self) -> str:
        """The dimensions as canonical JSON; empty when there are none."""
        return _members(self.dimensions) if self.dimensions else ""


@lru_cache(maxsize=2**16)
def _members(dimensions: tuple[tuple[str, str], ...]) -> str:
    return canonical(dict(dimensions))


def debit(account: Account, money: Money, **dimensions: object) -> Line:
    """A line on the debit side. Dimensions that are None or empty are left out."""
    assert money.minor >= 0, f"a debit of {money}: use credit"
    assert money.currency == account.currency, (money, account)
    return Line(account, money, _tidy(dimensions))


def credit(account: Account, money: Money, **dimensions: object) -> Line:
    """A line on the credit side. Dimensions that are None or empty are left out."""
    assert money.minor >= 0, f"a credit of {money}: use debit"
    assert money.currency == account.currency, (money, account)
    return Line(account, -money, _tidy(dimensions))


def _tidy(dimensions: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in dimensions.items() if value not in (None, "")))


@dataclass(frozen=True)
class Draft:
    """An entry to be posted.

    `cause` says which fact makes it (`claim.approved C-2026-00042-7 v1`) and is unique for ever. `event` is its kind.
    `evidence` are SHA-256 digests in hexadecimal, `terms` the digest of the terms that applied. Lines of zero are left
    out. `memo` is free text and the one place where personal data may stand. `adjusting` entries (accruals of a year that
    has ended) may be posted while their period is being adjusted. `reverses` is set by `reverse`.
    """

    cause: str
    event: str
    effective_on: date
    lines: Sequence[Line]
    memo: str = ""
    evidence: Sequence[str] = ()
    terms: str = ""
    adjusting: bool = field(default=False, kw_only=True)
    reverses: UUID | None = field(default=None, kw_only=True)

    @cached_property
    def postings(self) -> tuple[Line, ...]:
        """The lines that say something."""
        return tuple(line for line in self.lines if line.amount.minor)

    @property
    def evidence_text(self) -> str:
        """Its evidence as it is kept."""
        return canonical(list(self.evidence)) if self.evidence else "[]"

    def content(self) -> bytes:
        """What it says, as canonical bytes: all but the memo.

        A retry repeats the memo too: other words for a cause that stands are refused as other content (CauseTaken), unless the words of
        the entry have been forgotten.
        """
        return content(self.cause, self.event, self.effective_on, self.postings, self.evidence, self.terms, self.adjusting,
                       self.reverses)


@dataclass(frozen=True)
class Entry:
    """An entry that stands."""

    id: UUID
    cause: str
    event: str
    effective_on: date
    recorded_at: datetime
    actor: str
    lines: tuple[Line, ...]
    memo: str
    evidence: tuple[str, ...]
    terms: str
    adjusting: bool
    reverses: UUID | None
    content_digest: bytes
    memo_commitment: bytes | None
    digest: bytes

    def content(self) -> bytes:
        """What it says, as canonical bytes."""
        return content(self.cause, self.event, self.effective_on, self.lines, self.evidence, self.terms, self.adjusting,
                       self.reverses)

    @property
    def is_forgotten(self) -> bool:
        """Whether something was written beside it that has been taken away since."""
        return self.memo_commitment is not None and not self.memo

    def may_be_of(self, moment: datetime) -> bool:
        """Whether it was recorded by a work of that moment, by its looks: then, or a little later because its accounts had seen that."""
        return timedelta() <= self.recorded_at - moment < A_LITTLE


def canonical(value: Any) -> str:
    """JSON in one form only (that of RFC 8785 for what we use: text, lists, objects; numbers are written as text)."""
    return _encode(value)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def content(cause: str, event: str, effective_on: date, lines: Iterable[Line], evidence: Sequence[str], terms: str,
            adjusting: bool, reverses: UUID | None) -> bytes:
    """What an entry says, as canonical bytes; the first part of its hash."""
    return canonical({
        "format": CONTENT_FORMAT, "cause": cause, "event": event, "effective_on": effective_on.isoformat(),
        "evidence": list(evidence), "terms": terms, "reverses": str(reverses) if reverses else "",
        "adjusting": "yes" if adjusting else "",
        "postings": [[line.account.name, line.account.currency, str(line.amount.minor), dict(line.dimensions)]
                     for line in lines],
    }).encode()


def record(id: UUID, content_digest: bytes, actor: str, recorded_us: int, memo_commitment: bytes | None) -> bytes:
    """The bytes whose hash is the leaf of an entry: what it says, who recorded it and when, and what was written by it."""
    return f'{record_start(id, content_digest, actor, memo_commitment)}{recorded_us}"}}'.encode()


def record_start(id: UUID, content_digest: bytes, actor: str, memo_commitment: bytes | None) -> str:
    """A record up to the instant, with which it ends: that is known only when all its accounts are locked."""
    memo = memo_commitment.hex() if memo_commitment else ""
    return (f'{{"actor":{canonical(actor)},"content":"{content_digest.hex()}","format":"{RECORD_FORMAT}","id":"{id}","memo":"{memo}",'
            '"recorded_us":"')


def leaf(recorded: bytes) -> bytes:
    """The hash of a leaf of the tree (RFC 6962, section 2.1): a zero byte, then the record."""
    return sha256(b"\x00" + recorded).digest()


def leaf_at(start: str, recorded_us: int) -> bytes:
    """The leaf of an entry whose record starts so, and that was recorded at this instant."""
    return sha256(f'\0{start}{recorded_us}"}}'.encode()).digest()


@lru_cache(maxsize=2**16)
def dimension_set_id(members: str) -> UUID:
    """The key of a set of dimensions, made of its canonical JSON."""
    return UUID(bytes=sha256(f"dimensions\n{members}".encode()).digest()[:16])


def microseconds(instant: datetime) -> int:
    """An aware instant as microseconds since 1970 in UTC, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(recorded_us: int) -> datetime:
    """The instant that a number of microseconds since 1970 means."""
    return _EPOCH + recorded_us * _MICROSECOND
