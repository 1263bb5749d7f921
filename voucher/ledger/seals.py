"""Tamper evidence: every entry gets a place in one growing hash tree, after it has been committed.

Sealing is a piece of work of its own, so nobody who posts waits for it. It takes the entries that no seal covers yet, in the
order of recording, puts them behind those that are covered, and writes down the root of the tree over all of them: the
head. Whoever keeps a head elsewhere can tell later whether anything before it was altered, removed, inserted or reordered,
even by somebody who may change every row of this database and computes everything anew.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlmodel import Session, SQLModel

from voucher.errors import NotFound, NotNow, _
from voucher.ledger import tree
from voucher.ledger.entries import Entry, instant, microseconds, record
from voucher.work import Work

HEAD_FORMAT = "ledger-head-1"
RECEIPT_FORMAT = "ledger-receipt-1"
GROWTH_FORMAT = "ledger-growth-1"

# A mark is the beginning of a leaf: it says which entry differs once the root has said that one does. (Of four bytes, as at first,
# another entry with the same mark can be searched for; the root differs all the same.)
MARK = 8

# Only one seals at a time. The number is any.
_SEAL_LOCK = 7_402_003

# How far behind the last seal we look for entries whose work took long to commit, before we look everywhere.
_LATE_US = 3_600_000_000

# The place of each sealed entry in the tree, from 0, and its leaf as it was then. A trigger sees, once a statement on PostgreSQL,
# that each entry stands and has this hash; a foreign key would look up each one alone and say less.
sealed_entries = Table(
    "sealed_entries", SQLModel.metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", Uuid, nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    UniqueConstraint("entry_id", name="uq_sealed_entries_entry_id"),
)

# The root of each full stretch of 256 leaves, so that neither a seal nor a proof reads the whole tree.
sealed_tiles = Table(
    "sealed_tiles", SQLModel.metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
)

# Each seal: how many entries it covers, counted from the first, and the root of the tree over them.
seals = Table(
    "seals", SQLModel.metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    UniqueConstraint("size", name="uq_seals_size"),
)


# How many entries there are, as the sum of rows: a trigger adds one for each statement that adds entries, in the same transaction, and a
# seal adds them up to one again. So nobody who posts waits for another, and nobody has to count all entries.
entry_counts = Table(
    "entry_counts", SQLModel.metadata,
    Column("many", BigInteger, nullable=False),
    CheckConstraint("many > 0", name="counts_something"),
)


@dataclass(frozen=True)
class Head:
    """The root of the tree over the first `size` entries. Keep it somewhere else."""

    number: int
    size: int
    root: bytes
    sealed_at: datetime


class NotSealed(NotNow):
    """This entry has not been sealed yet. Run `voucher ledger seal` first."""


class NotWhole(NotNow):
    """The tree of the seals is not what its size says. `voucher ledger verify` names why."""


class NoSuchHead(NotFound):
    """These books never had this head."""


def seal(work: Work) -> Head:
    """Cover every entry that no seal covers yet; answers the new head, or the last one when nothing is new. Raises NotWhole."""
    session = work.session
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        # PostgreSQL has seen few sealed entries when many come at once, and would look through all of them for each.
        connection.execute(text(f"select pg_advisory_xact_lock({_SEAL_LOCK}), set_config('enable_seqscan', 'off', true)"))
    before = latest(session)
    leaves = _take(connection, before)
    if not leaves:
        return before
    root = _cover(connection, before, leaves, before.number + 1, microseconds(work.now), str(work.actor.person_id or work.actor.name))
    return Head(before.number + 1, before.size + len(leaves), root, work.now)


def put_back(session: Session, order: Sequence[tuple[UUID, bytes]], number: int, recorded_us: int, actor: str) -> bytes:
    """Seal entries (key and leaf, in their order) as another ledger has sealed them; answers the root."""
    connection, before = session.connection(), latest(session)
    connection.execute(insert(sealed_entries), [{"position": before.size + at, "entry_id": key, "leaf": leaf}
                                                for at, (key, leaf) in enumerate(order)])
    return _cover(connection, before, [leaf for _key, leaf in order], number, recorded_us, actor)


def latest(session: Session) -> Head:
    """The last head; that of the empty tree before the first."""
    row = session.connection().execute(select(seals).order_by(seals.c.number.desc()).limit(1)).first()
    return _head(row) if row else Head(0, 0, tree.EMPTY, instant(0))


def head_over(session: Session, size: int, root: bytes | None = None) -> Head:
    """The head over the first `size` entries, as some seal made it; with `root`, that very one. Raises NoSuchHead."""
    row = session.connection().execute(select(seals).where(seals.c.size == size)).first() if 0 < size < 2**63 else None
    if row is None or root not in (None, row.root):
        raise NoSuchHead(_("These books never had such a head over {size} entries. `voucher ledger verify --head` tells what was touched."),
                         size=size)
    return _head(row)


def _head(row: Row[Any]) -> Head:
    return Head(row.number, row.size, row.root, instant(row.recorded_us))


def _take(connection: Connection, before: Head) -> list[bytes]:
    """Give the entries that no seal covers their positions; answers their leaves in that order."""
    total, first = sum(map(int, connection.execute(delete(entry_counts).returning(entry_counts.c.many)).scalars())), _next(connection)
    since = microseconds(before.sealed_at) - _LATE_US
    with connection.begin_nested() as lately:
        connection.execute(text(_PLACE), {"next": first, "since": since})
        is_whole = _next(connection) >= total
        if not is_whole:  # (what came late goes before what has moved its accounts since: all of it once more, in its order)
            lately.rollback()
    if not is_whole:
        connection.execute(text(_PLACE), {"next": first, "since": 0})
    _count(connection, min(total, _next(connection)))
    placed = select(sealed_entries.c.leaf).where(sealed_entries.c.position >= before.size)
    return list(connection.execute(placed.order_by(sealed_entries.c.position)).scalars())


def _count(connection: Connection, total: int) -> None:
    """Write down how many entries there are. What is committed while we look further is counted next time, and whatever it hid is found
    then. (Who meddles may have had more counted, beyond 64 bits even; there are no more of them than have a place now.)
    """
    if total:
        connection.execute(insert(entry_counts), {"many": total})


def _next(connection: Connection) -> int:
    """The first position that is free."""
    last = connection.execute(select(func.max(sealed_entries.c.position))).scalar()
    return 0 if last is None else last + 1


# (Said as a question for each entry, so that no plan walks through all that is sealed beside them.)
_PLACE = """
insert into sealed_entries (position, entry_id, leaf)
select :next + row_number() over (order by e.recorded_us, e.id) - 1, e.id, e.digest from entries e
where e.recorded_us >= :since and (select s.position from sealed_entries s where s.entry_id = e.id) is null
"""


def _cover(connection: Connection, before: Head, leaves: list[bytes], number: int, recorded_us: int, actor: str) -> bytes:
    """Write down the seal over these leaves behind those of the one before, and the tiles it fills; answers its root. Raises NotWhole."""
    roots = list(connection.execute(select(sealed_tiles.c.root).order_by(sealed_tiles.c.number)).scalars())
    begun = len(roots) * tree.TILE
    if begun > before.size:
        raise NotWhole
    size = before.size + len(leaves)
    grown = tree.tiles([*_leaves(connection, begun, before.size), *leaves])
    root = tree.root([*roots, *grown])
    connection.execute(insert(seals), {"number": number, "size": size, "root": root, "recorded_us": recorded_us, "actor": actor})
    if fresh := grown[:(size - begun) // tree.TILE]:
        connection.execute(insert(sealed_tiles), [{"number": len(roots) + at, "root": each} for at, each in enumerate(fresh)])
    return root


def _leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    """The leaves at the positions from `start` up to `end`, which is not counted."""
    positions = sealed_entries.c.position
    return list(connection.execute(select(sealed_entries.c.leaf).where(positions >= start, positions < end)
                                   .order_by(positions)).scalars())


# --- what leaves the house -------------------------------------------------------------------------------------------


def head_document(session: Session) -> dict[str, Any]:
    """The last head as a document to be kept elsewhere: size, root, and a mark of each leaf, by which `verify` can say which
    entry was touched and not only that one was.
    """
    head = latest(session)
    rows = session.connection().execute(select(sealed_entries.c.leaf).order_by(sealed_entries.c.position)).scalars()
    marks = b"".join(leaf[:MARK] for leaf in rows)
    return {"format": HEAD_FORMAT, "number": head.number, "size": head.size, "root": head.root.hex(),
            "sealed_at": head.sealed_at.isoformat(), "marks": base64.b64encode(marks).decode()}


def receipt(session: Session, entry: Entry, head: Head | None = None) -> dict[str, Any]:
    """What a stranger needs to see that an entry stands under a head, the last one unless another is given, with `receipt.py` alone.

    Raises NotSealed.
    """
    connection = session.connection()
    under = head or latest(session)
    position = connection.execute(select(sealed_entries.c.position).where(sealed_entries.c.entry_id == entry.id)).scalar()
    if position is None or position >= under.size:
        raise NotSealed(_("{cause} has not been sealed yet. Run `voucher ledger seal` first.") if head is None else
                        _("{cause} does not stand under that head: it was sealed later, or not yet."), cause=entry.cause)
    hashes = b"".join(_path(connection, position, under.size))
    written = record(entry.id, entry.content_digest, entry.actor, microseconds(entry.recorded_at), entry.memo_commitment)
    return {"format": RECEIPT_FORMAT, "content": entry.content().decode(), "record": written.decode(),
            "proof": {"position": position, "size": under.size, "root": under.root.hex(),
                      "path": base64.b64encode(hashes).decode()}}


def growth(session: Session, before: Head, after: Head) -> dict[str, Any]:
    """What a stranger needs to see, with `receipt.py` alone, that a head grew out of an earlier one: the same entries in the same order,
    and new ones behind them.
    """
    connection = session.connection()
    hashes = tree.growth(before.size, after.size, lambda start, end: _root_over(connection, start, end))
    return {"format": GROWTH_FORMAT, "before": {"size": before.size, "root": before.root.hex()},
            "after": {"size": after.size, "root": after.root.hex()}, "path": base64.b64encode(b"".join(hashes)).decode()}


def _path(connection: Connection, position: int, size: int) -> list[bytes]:
    """The way from a leaf to its tile, and from the tile to the root."""
    tile, within = divmod(position, tree.TILE)
    beside = _leaves(connection, tile * tree.TILE, min((tile + 1) * tree.TILE, size))
    return tree.path(beside, within) + tree.path(_roots(connection, 0, size), tile)


def _root_over(connection: Connection, start: int, end: int) -> bytes:
    """The root over a full subtree, or over one that reaches to the end of the tree."""
    within_a_tile = start // tree.TILE == (end - 1) // tree.TILE
    return tree.root(_leaves(connection, start, end) if within_a_tile else _roots(connection, start // tree.TILE, end))


def _roots(connection: Connection, first: int, end: int) -> list[bytes]:
    """The roots of the tiles from the first of these on, up to a position; the last may not be full."""
    full, number = end // tree.TILE, sealed_tiles.c.number
    roots = list(connection.execute(select(sealed_tiles.c.root).where(number >= first, number < full).order_by(number)).scalars())
    rest = _leaves(connection, full * tree.TILE, end)
    return [*roots, tree.root(rest)] if rest else roots


def read_head(document: Mapping[str, Any]) -> tuple[int, bytes, bytes]:
    """Size, root and marks of a head that was kept; no marks where only the root was kept, as in the folder of a case.

    Raises KeyError, TypeError, ValueError when it is none.
    """
    size, root, marks = int(str(document["size"])), bytes.fromhex(document["root"]), base64.b64decode(document.get("marks", ""))
    if not (0 <= size < 2**63 and len(root) == len(tree.EMPTY) and len(marks) in {0, 4 * size, MARK * size}):
        raise ValueError(size)
    return size, root, marks
