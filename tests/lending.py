"""One PostgreSQL database for each process of tests, which goes from test to test.

To clone the template makes a thousand files and takes a third of a second; to take away again what a test has written takes some
milliseconds. So a database is lent anew as long as a test has only written rows, and not many: whoever changed its shape (a table, a
trigger, a function, a setting) or what the migrations wrote keeps what he made of it, and the next test gets a new clone. It gets one now
and then anyway, so that what was taken away does not pile up.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url

# Whoever changes anything of these writes a row anew, and its xmin says so; PostgreSQL's own counting leaves it alone.
_CATALOGS = ("pg_class", "pg_attribute", "pg_trigger", "pg_proc", "pg_constraint", "pg_index")
_SHAPE = " union all ".join([
    *(f"select '{each}', count(*), max(xmin::text::bigint) from {each}" for each in _CATALOGS),
    "select 'settings', count(*), 0 from pg_db_role_setting"
    " where setdatabase = (select oid from pg_database where datname = current_database())"])
_TOUCHED = ("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            " and pg_relation_size(oid) > 0 and relname <> all(%s) order by relname")
_END_OTHERS = ("select pg_terminate_backend(pid, 10000) from pg_stat_activity"
               " where datname = current_database() and pid <> pg_backend_pid()")
# A fresh one has 12 MB, and no statistics: plans, and what they cost, are to be those of small tables of which nothing is known.
_IS_WORN = ("select pg_database_size(current_database()) > 20 * 1024 * 1024"
            " or exists (select from pg_statistic join pg_class on pg_class.oid = starelid where relname = any(%s))")

Rows = Mapping[str, bytes]
"""What tables hold, as COPY writes it."""


class Template:
    """A migrated database of which others are clones: its shape, and what the migrations wrote."""

    def __init__(self, url: str) -> None:
        with _connected(url) as connection:
            self._shape = connection.execute(_SHAPE).fetchall()
            self._written = {name: _content(connection, name) for name in _touched(connection)}

    def has_back(self, url: str) -> bool:
        """Whether a clone could be made as it was: nobody is connected any more, and no row is left that somebody wrote."""
        with _connected(url) as connection:
            connection.execute(_END_OTHERS)
            if not self._is_that_of(connection) or self._is_worn(connection):
                return False
            self._empty(connection)
        return True

    def rows_of(self, connection: psycopg.Connection) -> Rows | None:
        """Every row of a clone that the migrations have not written; None when it differs in more than rows."""
        if not self._is_that_of(connection):
            return None
        return {name: _content(connection, name) for name in _touched(connection, *self._written)}

    def fill(self, connection: psycopg.Connection, rows: Rows) -> None:
        """Have a clone hold these rows and no others."""
        self._empty(connection)
        for name, content in rows.items():
            with connection.cursor() as cursor, cursor.copy(_about("copy {} from stdin (format binary)", name)) as copy:
                copy.write(content)

    def _is_that_of(self, connection: psycopg.Connection) -> bool:
        return (connection.execute(_SHAPE).fetchall() == self._shape
                and all(_content(connection, name) == rows for name, rows in self._written.items()))

    def _is_worn(self, connection: psycopg.Connection) -> bool:
        return connection.execute(_IS_WORN, [_touched(connection, *self._written)]).fetchone() == (True,)

    def _empty(self, connection: psycopg.Connection) -> None:
        """Take away every row that the migrations have not written; until the transaction ends no trigger sees anything."""
        connection.execute("set local session_replication_role = replica")
        for name in _touched(connection, *self._written):
            connection.execute(_about("delete from {}", name))


class Lender:
    """Lends one clone of a template for a test after the other."""

    OFTEN = 30
    """So many tests get one clone."""

    def __init__(self, template: Template, clone: Callable[[], AbstractContextManager[str]]) -> None:
        self._template, self._clone = template, clone
        self._held, self._url, self._left = ExitStack(), "", 0

    def lend(self) -> str:
        """The address of a database as it is after the migrations."""
        if not self._left or not self._template.has_back(self._url):
            self.close()
            self._url, self._left = self._held.enter_context(self._clone()), self.OFTEN
        self._left -= 1
        return self._url

    def close(self) -> None:
        """Leave nothing on the server."""
        self._held.close()


def _touched(connection: psycopg.Connection, *but: str) -> list[str]:
    """The tables in which there ever was a row."""
    return [name for name, in connection.execute(_TOUCHED, [list(but)])]


def _content(connection: psycopg.Connection, name: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(_about("copy {} to stdout (format binary)", name)) as copy:
        return b"".join(copy)


def _about(words: LiteralString, name: str) -> sql.Composed:
    return sql.SQL(words).format(sql.Identifier(name))


def _connected(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
