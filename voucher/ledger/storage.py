"""How the journal reaches each engine: few statements, whatever the number of rows, and their text never changes.

On PostgreSQL everything that an entry writes is one statement, to which the rows travel as JSON, one document a table; many
rows travel by COPY. On SQLite, where a statement costs no journey, they are written row by row.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from voucher.ledger.accounts import Account, accounts
from voucher.ledger.entries import dimension_sets, dimensions, entries, memos, postings

Values = tuple[Any, ...]

# What a poster has to know before he writes: the accounts, made where missing and locked; the causes that are taken; how far
# the periods are closed. On PostgreSQL one journey: the function stands in the migration.
_OPEN_POSTGRESQL = "select ledger_open(%s::json, %s::json)"
_ACCOUNTS_SQLITE = """
select id, lower_minor, upper_minor, balance_minor, version, recorded_us, high_on from accounts
where id in (select value from json_each(?)) order by id
"""
_CAUSES_SQLITE = "select cause from entries where cause in (select value from json_each(?))"
_PERIOD_SQLITE = "select closed_through, adjusting_through from period_acts order by number desc limit 1"
_MOVE_SQLITE = "update accounts set balance_minor = ?, version = ?, recorded_us = ?, high_on = ? where id = ?"
_MOVE_POSTGRESQL = (
    "update accounts a set balance_minor = v.balance_minor, version = v.version, recorded_us = v.recorded_us,"
    " high_on = v.high_on from json_populate_recordset(null::accounts, %s::json) v where a.id = v.id")
_MOVED = ("balance_minor", "version", "recorded_us", "high_on", "id")

# From this many rows of a table on, COPY is quicker than JSON.
_MANY = 500

# What stands already: the entries for these causes, and how far the periods are closed. Asked after the locks, so that a
# twin which has just been committed is seen.
_STANDING = """
select p.closed_through, p.adjusting_through, e.cause from (select 1) one
left join (select closed_through, adjusting_through from period_acts order by number desc limit 1) p on true
left join entries e on e.cause in ({})
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


def open_books(connection: Connection, named: Sequence[Account], causes: Sequence[str]) -> tuple[list[Values], Standing]:
    """The accounts (key, bounds, balance, version, instant, highest day), made where missing, locked; and what stands.

    `named` are in the order of their keys, each once. A cause of a twin for which we had to wait is seen.
    """
    if is_sqlite(connection):
        return _open_sqlite(connection, named, json.dumps(list(causes)))
    wanted = [{"id": str(each.id), "name": each.name, "book": each.book, "currency": each.currency, "lower_minor": each.lower,
               "upper_minor": each.upper} for each in named]
    asked = (json.dumps(wanted), json.dumps(list(causes)))
    found = connection.exec_driver_sql(_OPEN_POSTGRESQL, asked).scalar_one()
    rows = [(UUID(row[0]), *row[1:6], _day(row[6])) for row in found["accounts"] or ()]
    return rows, Standing(frozenset(found["causes"]), *map(_day, found["period"] or (None, None)))


def _open_sqlite(connection: Connection, named: Sequence[Account], causes: str) -> tuple[list[Values], Standing]:
    new = [(each.id, each.name, each.book, each.currency, each.lower, each.upper, 0, 0, 0, None) for each in named]
    if new:
        _insert(connection, accounts, new, unless_there=True)
    keys = json.dumps([each.id.hex for each in named])
    rows = [(UUID(row[0]), *row[1:6], _day(row[6])) for row in connection.exec_driver_sql(_ACCOUNTS_SQLITE, (keys,))]
    taken = connection.exec_driver_sql(_CAUSES_SQLITE, (causes,)).scalars()
    period = connection.exec_driver_sql(_PERIOD_SQLITE).first()
    return rows, Standing(frozenset(taken), *map(_day, period or (None, None)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def write(connection: Connection, moved: Sequence[Values], batches: Iterable[Rows]) -> Iterator[int]:
    """Write entries; answers, batch by batch, how many.

    `moved` are the accounts as they stand after all of it: (balance, version, instant, highest day, key). They come first
    and the entries last, because the triggers on entries look at all the others.
    """
    for number, rows in enumerate(batches):
        parts = [part for part in _parts(rows) if part[1]]
        if is_sqlite(connection):
            _one_by_one(connection, moved if number == 0 else (), parts)
        elif number == 0 and len(rows.postings) < _MANY:
            _at_once(connection, moved, parts)
        else:
            _by_copy(connection, moved if number == 0 else (), parts)
        yield len(rows.entries)


Part = tuple[Table, Sequence[Values], bool]  # a table, its rows, and whether rows may be there already


def _parts(rows: Rows) -> list[Part]:
    return [(dimension_sets, sorted(rows.sets.items()), True), (dimensions, rows.members, True),
            (postings, rows.postings, False), (memos, rows.memos, False), (entries, rows.entries, False)]


def _one_by_one(connection: Connection, moved: Sequence[Values], parts: Sequence[Part]) -> None:
    if moved:
        connection.exec_driver_sql(_MOVE_SQLITE, [_plainly(row) for row in moved])
    for table, values, unless_there in parts:
        _insert(connection, table, values, unless_there)


def _at_once(connection: Connection, moved: Sequence[Values], parts: Sequence[Part]) -> None:
    steps = [_MOVE_POSTGRESQL, *(_from_json(table, unless_there) for table, _, unless_there in parts)]
    documents = [_document(_MOVED, moved), *(_document(_names(table), values) for table, values, _ in parts)]
    named = ", ".join(f"step_{number} as ({step})" for number, step in enumerate(steps[:-1]))
    connection.exec_driver_sql(f"with {named} {steps[-1]}", tuple(documents))


def _by_copy(connection: Connection, moved: Sequence[Values], parts: Sequence[Part]) -> None:
    if moved:
        connection.exec_driver_sql(_MOVE_POSTGRESQL, (_document(_MOVED, moved),))
    for table, values, unless_there in parts:
        if unless_there or len(values) < _MANY:
            _insert(connection, table, values, unless_there)
        else:
            _copy(connection, table, values)


def _copy(connection: Connection, table: Table, values: Sequence[Values]) -> None:
    """Rows by COPY, which SQLAlchemy does not know; errors become those that it would raise."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    command = f"copy {table.name} ({', '.join(_names(table))}) from stdin"
    try:
        with driver.cursor() as cursor, cursor.copy(command.encode()) as copy:
            for row in values:
                copy.write_row(row)
    except psycopg.IntegrityError as error:
        raise IntegrityError(command, None, error) from error


def _insert(connection: Connection, table: Table, values: Sequence[Values], unless_there: bool) -> None:
    if is_sqlite(connection):
        names = _names(table)
        text = f"insert into {table.name} ({', '.join(names)}) values ({', '.join('?' for _ in names)})"
        connection.exec_driver_sql(text + _unless(unless_there), [_plainly(row) for row in values])
    else:
        connection.exec_driver_sql(_from_json(table, unless_there), (_document(_names(table), values),))


def _from_json(table: Table, unless_there: bool) -> str:
    names = ", ".join(_names(table))
    return (f"insert into {table.name} ({names}) select {names} from json_populate_recordset(null::{table.name}, %s::json)"
            + _unless(unless_there))


def _unless(there: bool) -> str:
    return " on conflict do nothing" if there else ""


def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _document(names: Sequence[str], values: Iterable[Values]) -> str:
    """Rows as a JSON list of objects."""
    return json.dumps([dict(zip(names, row, strict=True)) for row in values], default=_in_json)


def _in_json(value: object) -> str:
    """Keys and days as text, bytes as PostgreSQL reads them."""
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)


_PLAINLY: dict[type, Callable[[Any], Any]] = {UUID: lambda key: key.hex, date: date.isoformat}


def _plainly(row: Values) -> Values:
    """Values as SQLite keeps them: keys and days as text."""
    return tuple(_PLAINLY[type(value)](value) if type(value) in _PLAINLY else value for value in row)
