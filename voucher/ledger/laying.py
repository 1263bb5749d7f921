"""What travels between the journal and an engine: entries to be laid upon their accounts, and what the engine answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table

from voucher.ledger.entries import Draft, Line, dimension_set_id, entries

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Origin:
    """What an entry does not say itself: its key, who recorded it, when at the earliest, and the commitment to its memo."""

    key: UUID
    actor: str
    recorded_us: int
    commitment: bytes | None
    salt: bytes


@dataclass(frozen=True)
class Item:
    """A draft that is ready to be laid: its lines that say something, its origin, and the start of the record of its hash."""

    draft: Draft
    origin: Origin
    lines: tuple[Line, ...]
    content_digest: bytes
    start: str

    @property
    def memo(self) -> Values | None:
        """The row of its memo; none without a commitment."""
        return (self.origin.key, self.draft.memo, self.origin.salt) if self.origin.commitment else None


@dataclass(frozen=True)
class Lot:
    """Items that are laid by one call, and what travels of them to an engine: made ready while it is busy with the lot before."""

    items: Sequence[Item]
    packed: Sequence[object] = ()


@dataclass(frozen=True)
class Beyond:
    """An account that an entry would bring out of its bounds: the bound, and the balance before and after the entry."""

    account_id: UUID
    bound: int
    before: int
    after: int


@dataclass(frozen=True)
class Answer:
    """What became of some items: nothing has been written unless `instants` says when each was recorded.

    Otherwise one of these: `standing`, the causes for which entries stand already; `closed`, the number of an item whose day
    is closed, with how far the periods are; `unreversible`, the number of an item whose original cannot be reversed (again);
    `beyond`, an account that would be beyond its bounds; `displaced`, an account or a set of dimensions in whose place another stands.
    """

    instants: Sequence[int] = ()
    standing: frozenset[str] = frozenset()
    closed: int | None = None
    closed_through: date | None = None
    adjusting_through: date | None = None
    unreversible: int | None = None
    beyond: Beyond | None = None
    displaced: str = ""


@dataclass
class Sets:
    """The sets of dimensions that lines carry, each once, with its key."""

    keys: dict[str, UUID] = field(default_factory=dict)

    def key(self, line: Line) -> UUID | None:
        """The key of the set of a line; none when it carries nothing."""
        members = line.members
        if not members:
            return None
        key = self.keys.get(members)
        if key is None:
            key = self.keys[members] = dimension_set_id(members)
        return key

    @property
    def rows(self) -> list[Values]:
        """The sets, in the order of their keys, so that nobody waits in a circle."""
        return [(key, text) for text, key in sorted(self.keys.items(), key=lambda each: each[1].int)]

    @property
    def members(self) -> list[Values]:
        """The rows by which sets are found."""
        return [(name, value, key) for key, text in self.rows for name, value in json.loads(text).items()]


def names(table: Table) -> tuple[str, ...]:
    """The columns of a table."""
    return tuple(column.name for column in table.columns)


def entry_row(item: Item, recorded_us: int, digest: bytes) -> Values:
    """The row of an entry, in the order of the columns of its table."""
    draft, origin = item.draft, item.origin
    return (origin.key, draft.cause, draft.event, draft.effective_on, recorded_us, origin.actor, len(item.lines),
            draft.adjusting, draft.evidence_text, draft.terms, draft.reverses, origin.commitment, item.content_digest, digest)


assert names(entries)[-2:] == ("content_digest", "digest")


def is_sqlite(connection: Connection) -> bool:
    """Whether this is the embedded engine."""
    return connection.dialect.name == "sqlite"
