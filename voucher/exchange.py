"""Exchange with other offices: which invoices and files they know, as keyed hashes, so that nobody learns what he does not know already.

Offices that trust each other share a key. Each gives the others a list of hashes of the invoices and papers that its claims rest on,
made with that key (voucher/exchange_list.py). What stands on a list tells one who holds the same invoice that the other has it too,
and nothing to anybody else: no name, no amount, no case leaves the house.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, insert, text
from sqlmodel import Field, Session, SQLModel, col, delete, select

from voucher.database import Row, one_of
from voucher.exchange_list import Kind, Secret

_STANDS = text("replaced_at is null")

#: So many hashes are asked about, or written, in one statement.
_PART = 5000


class ExchangeKey(Row, table=True):
    """A key that we share with other offices. It is told nobody again once it is entered, and kept no longer than it is used."""

    __tablename__ = "exchange_keys"
    __table_args__ = (CheckConstraint("length(secret) = 64 and ended_at is null or secret = '' and ended_at is not null",
                                      name="secret_is_kept_while_used"),)

    name: str = Field(unique=True, max_length=40)
    secret: str = Field(max_length=64)
    entered_by: UUID | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime
    ended_at: datetime | None = None

    @property
    def shared(self) -> Secret:
        """The key itself, for hashing."""
        return Secret(self.name, bytes.fromhex(self.secret))


class ExchangeList(Row, table=True):
    """A list that another office gave us. The newest of an office and a key stands; `replaced_at` when another took its place."""

    __tablename__ = "exchange_lists"
    __table_args__ = (
        CheckConstraint("entries >= 0", name="entries_are_counted"),
        Index("uq_exchange_lists_one_stands", "office_code", "key_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    )

    office: str = Field(max_length=200)
    office_code: str = Field(max_length=64)
    key_id: UUID = Field(foreign_key="exchange_keys.id")
    made_on: date
    entries: int
    sha256: str = Field(max_length=64)
    entered_by: UUID | None = Field(default=None, foreign_key="people.id")
    entered_at: datetime
    replaced_at: datetime | None = None


class ExchangeEntry(SQLModel, table=True):
    """A hash on a list that stands."""

    __tablename__ = "exchange_entries"
    __table_args__ = (one_of("kind", Kind),)

    list_id: UUID = Field(foreign_key="exchange_lists.id", primary_key=True)
    hash: str = Field(primary_key=True, max_length=64, index=True)
    kind: str = Field(sa_type=String(8))


@dataclass(frozen=True)
class Reported:
    """Another office's list has this hash: which office, and of which day its list is."""

    hash: str
    office: str
    office_code: str
    made_on: date


def keys_in_use(session: Session) -> Sequence[ExchangeKey]:
    """The keys that are not ended, the newest first."""
    return session.exec(select(ExchangeKey).where(col(ExchangeKey.ended_at).is_(None)).order_by(col(ExchangeKey.id).desc())).all()


def keys_of_lists(session: Session) -> Sequence[ExchangeKey]:
    """The keys with which lists are made that stand: there is nothing to compare without one."""
    return session.exec(select(ExchangeKey).where(
        col(ExchangeKey.ended_at).is_(None),
        col(ExchangeKey.id).in_(select(ExchangeList.key_id).where(col(ExchangeList.replaced_at).is_(None))))
        .order_by(col(ExchangeKey.id))).all()


def reported(session: Session, hashes: Collection[str]) -> Mapping[str, list[Reported]]:
    """Which offices report which of these hashes, by hash."""
    found: dict[str, list[Reported]] = {}
    wanted = sorted(hashes)
    for start in range(0, len(wanted), _PART):
        rows = session.exec(
            select(ExchangeEntry.hash, ExchangeList).join(ExchangeList, col(ExchangeList.id) == ExchangeEntry.list_id)
            .where(col(ExchangeEntry.hash).in_(wanted[start:start + _PART])).order_by(col(ExchangeEntry.hash), col(ExchangeList.id)))
        for each, listed in rows:
            found.setdefault(each, []).append(Reported(each, listed.office, listed.office_code, listed.made_on))
    return found


def keep_entries(session: Session, list_id: UUID, entries: Iterable[tuple[Kind, str]]) -> None:
    """Write the hashes of a list."""
    rows = [{"list_id": list_id, "hash": each, "kind": kind.value} for kind, each in entries]
    for start in range(0, len(rows), _PART):
        session.connection().execute(insert(ExchangeEntry), rows[start:start + _PART])


def drop_entries(session: Session, list_id: UUID) -> None:
    """A list was replaced, or its key ended: its hashes go, the row that says that there was one stays."""
    session.connection().execute(delete(ExchangeEntry).where(col(ExchangeEntry.list_id) == list_id))
