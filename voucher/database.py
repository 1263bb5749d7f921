"""The base of every table, column types, the engine (SQLite or PostgreSQL).

Both engines run the same code. On SQLite a piece of work takes the one write lock when it begins (BEGIN IMMEDIATE), so
that nobody reads what he will then not be able to change; on PostgreSQL rows are locked as they are first read.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from select import POLLIN, poll
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    bindparam,
    create_engine,
    event,
    exists,
    inspect,
    make_url,
    not_,
    or_,
)
from sqlalchemy import select as sa_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DisconnectionError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, Session, SQLModel, select
from uuid_utils.compat import uuid7

from voucher.errors import NotFound, NotValid, problem

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

T = TypeVar("T", bound=SQLModel)


class Row(SQLModel):
    """A row of any table: a time-ordered id that could have been made on any machine (UUIDv7, RFC 9562)."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)


def minor_units(**options: Any) -> Any:
    """A column of minor units: 64 bits on both engines. A bare `int` becomes 32 bits on PostgreSQL."""
    return Field(sa_type=BigInteger, **options)


def currency_code(**options: Any) -> Any:
    """A column with an ISO 4217 code."""
    return Field(sa_type=String(3), **options)


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """The constraint that a column holds one of the words of an enumeration."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_is_known")


class _Listed(TypeDecorator[Any]):
    """Many values of one type as one parameter: an array on PostgreSQL, a JSON list on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return self.impl_instance if dialect.name == "sqlite" else postgresql.ARRAY(self.item)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name != "sqlite":
            return value
        keep = self.item.dialect_impl(dialect).bind_processor(dialect)
        return json.dumps([keep(each) if keep else each for each in value])


class _Among(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_Among, "postgresql")
def _among_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = any({values})"


@compiles(_Among, "sqlite")
def _among_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} in (select value from json_each({values}))"


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """`column in (values)` for any number of values, which travel as one parameter: PostgreSQL takes no more than 65,535 of those."""
    return _Among(column, bindparam(None, list(values), type_=_Listed(column.type)))


def insert_unless_there(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert rows, all with the same columns, and leave alone those that stand already under some unique key; answers how many were new."""
    if not rows:
        return 0
    if session.get_bind().dialect.name == "sqlite":
        fresh = sqlite.insert(table).from_select(list(rows[0]), _not_there(table, rows[0]))
        statement: sqlite.Insert | postgresql.Insert = fresh.on_conflict_do_nothing()
    else:
        statement = postgresql.insert(table).on_conflict_do_nothing()
        if len(rows) == 1:
            statement, rows = statement.values(rows[0]), []
    # Without preserve_rowcount the count is read after the cursor is closed: on PostgreSQL that is -1, but not always.
    return session.connection().execute(statement, rows or None, execution_options={"preserve_rowcount": True}).rowcount


def _not_there(table: type[SQLModel], columns: Iterable[str]) -> Select[Any]:
    """A row that comes, if none stands under one of its keys: the guards against replacing look before SQLite sees a conflict."""
    held = inspect(table).local_table
    assert isinstance(held, Table)
    coming = {name: bindparam(name, type_=held.c[name].type) for name in columns}
    keys = [list(each.columns) for each in held.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    same = [and_(*(column == coming[column.name] for column in key)) for key in keys if all(column.name in coming for column in key)]
    return sa_select(*coming.values()).where(not_(exists().where(or_(*same))))


class Database:
    """The engine behind an address, and sessions on it."""

    def __init__(self, url: str, *, echo: bool = False) -> None:
        """`url` as SQLAlchemy writes it: sqlite:////path/to/file or postgresql+psycopg://..."""
        address = make_url(url)
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        self.url = address
        if self.is_sqlite and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(address, echo=echo)
        if self.is_sqlite:
            _teach_sqlite(self.engine)
        else:
            _look_before_use(self.engine)
        self._engines = self._of_both_kinds()

    def _of_both_kinds(self) -> dict[bool, Engine]:
        """The engine as sessions use it: the one for reading and the one for work."""
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return {True: self.engine.execution_options(reading=True, **snapshot), False: self.engine.execution_options(reading=False)}

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded engine."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def session(self, *, reading: bool = False) -> Iterator[Session]:
        """A session; `reading` ones see one instant however much they read, take no lock, and end in a rollback.

        On SQLite any transaction sees one instant; PostgreSQL is asked for it, and refuses a write.
        """
        with Session(self._engines[reading], expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _teach_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin ourselves, below
        # (recursive_triggers: what `insert or replace` takes away is taken away before the eyes of the triggers)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _look_before_use(engine: Engine) -> None:
    """Leave a connection that the server has ended and take another. Nothing comes unasked but that end, so a look whether
    something has come is enough, and costs no journey as a ping would.
    """
    @event.listens_for(engine, "checkout")
    def _look(connection: psycopg.Connection, _record: object, _proxy: object) -> None:
        came = poll()
        came.register(connection.fileno(), POLLIN)
        if came.poll(0):
            raise DisconnectionError


def fetch(session: Session, table: type[T], reference: str) -> T:
    """The row with this reference. Raises NotFound."""
    row = session.exec(select(table).where(table.reference == reference)).first()  # type: ignore[attr-defined]
    if row is None:
        raise NotFound
    return row


def lock(session: Session, table: type[T], reference: str, *, whole: bool = False) -> T:
    """The row with this reference, locked until the work ends. Raises NotFound.

    Lock at the first read, in the order of the story (programme, fund line, organisation, voucher, order, claim,
    payout, batch), and nobody waits for each other in a circle. The lock leaves alone who only writes a row that points
    here (PostgreSQL: FOR NO KEY UPDATE): such a row would else wait for this one out of that order, unseen. `whole` keeps
    those off too (FOR UPDATE), and whoever shares it by `share_by_id`: for what ends a thing for everybody.
    """
    row = session.exec(
        select(table).where(table.reference == reference).with_for_update(key_share=not whole)  # type: ignore[attr-defined]
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound
    return row


def lock_by_id(session: Session, table: type[T], key: UUID) -> T:
    """The row with this id, locked until the work ends; it must be there."""
    return session.exec(
        select(table).where(table.id == key).with_for_update(key_share=True)  # type: ignore[attr-defined]
        .execution_options(populate_existing=True)
    ).one()


def share_by_id(session: Session, table: type[T], key: UUID) -> T:
    """The row with this id, which nobody locks whole until the work ends; it must be there. Many may share it at once.

    Who locks it to change something else of it goes on beside (PostgreSQL: FOR KEY SHARE).
    """
    return session.exec(
        select(table).where(table.id == key).with_for_update(read=True, key_share=True)  # type: ignore[attr-defined]
        .execution_options(populate_existing=True)
    ).one()


def flush_unique(session: Session, column: str, said: str, where: str) -> None:
    """Write what is pending; a value of `column` that somebody else took at the same instant is refused as `said`.

    The work is over then: it can only be rolled back. Raises NotValid.
    """
    try:
        session.flush()
    except IntegrityError as error:
        if column not in str(error.orig):
            raise
        raise NotValid(problems=[problem(said, where)]) from error


def get(session: Session, table: type[T], key: UUID) -> T:
    """The row with this id; it must be there."""
    row = session.get(table, key)
    assert row is not None, (table, key)
    return row


