"""The amounts, numbers and days that stand on a row, as each work left them: beside the events, only ever added.

Events say which states a thing went through; this says what its rows came to say in between, so that replay can tell a figure that
somebody altered past the program, a row that he added, and one that he took away. Nothing of it is written by hand: what a session
writes is told when its work ends. What goes past the objects of a session (many rows in one statement) is told by whoever does so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Date, Integer, Table, insert, inspect
from sqlalchemy import event as listening
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from voucher.database import Row, among

#: Tables with figures that are not told, and what makes up for it.
BESIDE = {
    "instrument_uses": "are in the log that was claimed, which is kept by its hash; what they come to stands on the lines of the claim",
    "letters": "say what an event said",
    "predictions": "are guesses, each made anew from what stands",
}

_PENDING = "figures"


class Figures(Row, table=True):
    """What a work changed of one row: `said` holds the new figures by column, and is nothing when the row was taken away."""

    __tablename__ = "figures"

    source: str = Field(max_length=32)
    row: str = Field(max_length=80)
    said: dict[str, Any] | None = Field(default=None, sa_type=JSON)


def tables_told() -> list[Table]:
    """Every table of which figures are told, by name: not those of the books, which are rebuilt from their entries."""
    found = {_table(each) for each in _models(SQLModel)}
    return sorted((each for each in found if columns_of(each)), key=lambda table: table.name)


def _models(of: type[SQLModel]) -> Iterator[type[SQLModel]]:
    for each in of.__subclasses__():
        if hasattr(each, "__table__"):
            yield each
        yield from _models(each)


@cache
def columns_of(table: Table) -> tuple[Column[Any], ...]:
    """The figures of a table: every number, day and instant, if any of them is an amount or a day; else none."""
    kinds = [each for each in table.columns if isinstance(each.type, Integer | Date | UTCDateTime) and not each.primary_key]
    told = table.name not in BESIDE and any(isinstance(each.type, BigInteger | Date) for each in kinds)
    return tuple(kinds) if told else ()


def row_names(table: Table) -> tuple[Column[Any], ...]:
    """The columns by which a row is named: its reference, or its key."""
    return (table.c.reference,) if "reference" in table.c else tuple(table.primary_key)


def plain(value: Any) -> Any:
    """A figure or a key as it is kept: numbers as they are, days and instants (UTC) in ISO 8601."""
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def name_of(keys: Iterable[Any]) -> str:
    """What a row is called here, by the values of the columns that name it."""
    return " ".join(str(plain(each)) for each in keys)


def tell(session: Session, table: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> None:
    """Say what rows of a table say now, by column, with what names them; for what was written past the objects of the session."""
    held = _table(table)
    columns, names = {each.name for each in columns_of(held)}, row_names(held)
    for row in rows:
        if columns & row.keys():
            _note(session, held, name_of(row[each.name] for each in names), {name: row[name] for name in columns & row.keys()})


def tell_gone(session: Session, table: type[SQLModel], keys: Iterable[tuple[Any, ...]]) -> None:
    """Say that rows of a table were taken away past the objects of the session."""
    for each in keys:
        _note(session, _table(table), name_of(each), None)


def keep_figures(session: Session) -> None:
    """Write down what was told since the work began. Only for the end of a work."""
    session.flush()
    told = session.info.pop(_PENDING, {})
    if told:
        session.connection().execute(insert(Figures), [
            Figures(source=source, row=row, said=said).model_dump() for (source, row), said in told.items()])


def forget_figures(session: Session) -> None:
    """What was told since the work began was rolled back."""
    session.info.pop(_PENDING, None)


def figures_told(session: Session, rows: Collection[str] | None = None) -> dict[str, dict[str, dict[str, Any]]]:
    """What history says that every row says, or those of these names: table -> row -> figures by column."""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    wanted = select(Figures.source, Figures.row, Figures.said).order_by(col(Figures.id))
    if rows is not None:
        wanted = wanted.where(among(Figures.row, rows))
    for source, row, said in session.exec(wanted).yield_per(1000):
        if said is None:
            found[source].pop(row, None)
        else:
            found[source].setdefault(row, {}).update(said)
    return found


def _table(table: type[SQLModel]) -> Table:
    held = inspect(table).local_table
    assert isinstance(held, Table)
    return held


def _note(session: Session, table: Table, row: str, said: Mapping[str, Any] | None) -> None:
    pending: dict[tuple[str, str], dict[str, Any] | None] = session.info.setdefault(_PENDING, {})
    before = pending.pop((table.name, row), None)  # what is told anew goes to the end
    pending[table.name, row] = None if said is None else (before or {}) | {name: plain(value) for name, value in said.items()}


@listening.listens_for(Session, "after_flush")
def _hear(session: Session, _context: object) -> None:
    """What a flush wrote is told when the work ends."""
    for row, is_new in [*((each, True) for each in session.new), *((each, False) for each in session.dirty)]:
        table = _table(type(row))
        said = dict(_changed(row, columns_of(table), whole=is_new))
        if said:
            _note(session, table, name_of(getattr(row, each.name) for each in row_names(table)), said)
    for row in session.deleted:
        table = _table(type(row))
        if columns_of(table):
            _note(session, table, name_of(getattr(row, each.name) for each in row_names(table)), None)


def _changed(row: Any, columns: Iterable[Column[Any]], *, whole: bool) -> Iterator[tuple[str, Any]]:
    held = inspect(row)
    for each in columns:
        if whole or held.attrs[each.name].history.has_changes():
            yield each.name, getattr(row, each.name)
