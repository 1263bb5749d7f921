"""How the journal reaches each engine: few statements, whatever the number of rows, and their text never changes.

On PostgreSQL rows travel as one array a column, and everything that an entry writes is one statement. On SQLite, where a
statement costs no journey, they are written row by row. Lists of keys travel as an array or as JSON.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from voucher.ledger.accounts import Account, accounts
from voucher.ledger.entries import dimension_sets, dimensions, entries, memos, postings

Values = tuple[Any, ...]

# The accounts are locked in the order of their keys, and only if all of them are there: whoever has to make one first
# holds no lock while he does it, so nobody waits in a circle.
_LOCK_POSTGRESQL = """
select id, lower_minor, upper_minor, balance_minor, version, recorded_us, high_on from accounts
where id = any(%s::uuid[]) and (select count(*) from accounts where id = any(%s::uuid[])) = %s
order by id for update
"""
_LOCK_SQLITE = """
select id, lower_minor, upper_minor, balance_minor, version, recorded_us, high_on from accounts
where id in (select value from json_each(?)) order by id
"""
_MOVE = "update accounts set balance_minor = {}, version = {}, recorded_us = {}, high_on = {} where id = {}"

# What stands already: the entries for these causes, and how far the periods are closed. Asked after the locks, so that a
# twin which has just been committed is seen.
_STANDING = """
select p.closed_through, p.adjusting_through, e.cause from (select 1) one
left join (select closed_through, adjusting_through from period_acts order by number desc limit 1) p on true
left join entries e on e.cause {}
"""


@dataclass
class Rows:
    """The rows that drafts become, each in the order of the columns of its table."""

    postings: list[Values] = field(default_factory=list)
    entries: list[Values] = field(default_factory=list)
    memos: list[Values] = field(default_factory=list)
    sets: dict[UUID, str] = field(default_factory=dict)

    @property
    def members(self) -> list[Values]:
        """The rows by which sets of dimensions are found."""
        return [(name, value, key) for key, text in sorted(self.sets.items()) for name, value in json.loads(text).items()]


@dataclass
class Standing:
    """What stands when a draft arrives: causes that are taken, and how far the periods are closed."""

    causes: frozenset[str]
    closed_through: date | None
    adjusting_through: date | None


def is_sqlite(connection: Connection) -> bool:
    """Whether this is the embedded engine."""
    return connection.dialect.name == "sqlite"


def lock_accounts(connection: Connection, named: Sequence[Account]) -> list[Values]:
    """Key, bounds, balance, version, instant and highest day of these accounts, made where missing, locked.

    `named` are in the order of their keys, each once.
    """
    found = _lock(connection, named)
    if len(found) < len(named):
        new = [(each.id, each.name, each.book, each.currency, each.lower, each.upper, 0, 0, 0, None) for each in named]
        _insert(connection, accounts, new, unless_there=True)
        found = _lock(connection, named)
    return found


def _lock(connection: Connection, named: Sequence[Account]) -> list[Values]:
    if is_sqlite(connection):
        keys = json.dumps([each.id.hex for each in named])
        rows = connection.exec_driver_sql(_LOCK_SQLITE, (keys,))
        return [(UUID(row[0]), *row[1:6], row[6] and date.fromisoformat(row[6])) for row in rows]
    ids = [each.id for each in named]
    return [tuple(row) for row in connection.exec_driver_sql(_LOCK_POSTGRESQL, (ids, ids, len(ids)))]


def what_stands(connection: Connection, causes: Sequence[str]) -> Standing:
    """Which of the causes are taken, and how far the periods are closed."""
    if is_sqlite(connection):
        question, keys = _STANDING.format("in (select value from json_each(?))"), json.dumps(list(causes))
        rows = connection.exec_driver_sql(question, (keys,)).fetchall()
        days = [day and date.fromisoformat(day) for day in rows[0][:2]]
    else:
        rows = connection.exec_driver_sql(_STANDING.format("= any(%s::text[])"), (list(causes),)).fetchall()
        days = list(rows[0][:2])
    return Standing(frozenset(row[2] for row in rows if row[2] is not None), *days)


def move_accounts(connection: Connection, moved: Sequence[Values]) -> None:
    """Set balance, version, instant and highest day of accounts by key: rows of (key, balance, version, instant, day)."""
    if is_sqlite(connection):
        rows = [(balance, version, at, day and day.isoformat(), key.hex) for key, balance, version, at, day in moved]
        connection.exec_driver_sql(_MOVE.format("?", "?", "?", "?", "?"), rows)
        return
    columns = [list(column) for column in zip(*moved, strict=True)]
    connection.exec_driver_sql(_MOVE_POSTGRESQL, tuple(columns))


_MOVE_POSTGRESQL = (
    _MOVE.replace("where", "from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::date[])"
                           " as v(key, balance, version, at, day) where")
    .format("v.balance", "v.version", "v.at", "v.day", "v.key"))


def write(connection: Connection, rows: Rows) -> None:
    """Write entries: sets of dimensions, postings, memos, and the entries last."""
    parts = [(dimension_sets, sorted(rows.sets.items()), True), (dimensions, rows.members, True),
             (postings, rows.postings, False), (memos, rows.memos, False), (entries, rows.entries, False)]
    parts = [part for part in parts if part[1]]
    if is_sqlite(connection):
        for table, values, unless_there in parts:
            _insert(connection, table, values, unless_there)
        return
    *before, last = [_unnest(table, unless_there) for table, _, unless_there in parts]
    with_these = ", ".join(f"part_{number} as ({text})" for number, text in enumerate(before))
    arrays = [column for _, values, _ in parts for column in _turned(values)]
    connection.exec_driver_sql(f"with {with_these} {last}", tuple(arrays))


def _insert(connection: Connection, table: Table, values: Sequence[Values], unless_there: bool) -> None:
    if is_sqlite(connection):
        plain = [_plainly(row) for row in values]
        connection.exec_driver_sql(_one_by_one(table, unless_there), plain)
    else:
        connection.exec_driver_sql(_unnest(table, unless_there), tuple(_turned(values)))


def _turned(rows: Iterable[Values]) -> list[list[Any]]:
    """Rows as columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def _names(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def _unnest(table: Table, unless_there: bool) -> str:
    """An insert of one array a column."""
    if table.name not in _UNNEST:
        kinds = [column.type.compile(_POSTGRESQL) for column in table.columns]
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        _UNNEST[table.name] = f"insert into {table.name} ({_names(table)}) select * from unnest({arrays})"
    return _UNNEST[table.name] + (" on conflict do nothing" if unless_there else "")


_UNNEST: dict[str, str] = {}
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def _one_by_one(table: Table, unless_there: bool) -> str:
    marks = ", ".join("?" for _ in table.columns)
    return (f"insert into {table.name} ({_names(table)}) values ({marks})"
            + (" on conflict do nothing" if unless_there else ""))


_PLAINLY: dict[type, Callable[[Any], Any]] = {UUID: lambda key: key.hex, date: date.isoformat}


def _plainly(row: Values) -> Values:
    """Values as SQLite keeps them: keys and days as text."""
    return tuple(_PLAINLY[type(value)](value) if type(value) in _PLAINLY else value for value in row)
