"""The tables in a database: how far the migrations have brought it, and bringing it up to date.

Migrations are plain Alembic, run from code: there is no alembic.ini to find, so they run the same from a checkout, from
an installed wheel and in the tests.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlalchemy.schema import SchemaItem

from voucher.database import Database
from voucher.places import place

# Any number, as long as every process that migrates takes the same one.
_MIGRATION_LOCK = 5_012_026


def upgrade(database: Database) -> tuple[str, str]:
    """Run every migration that has not run yet, all in one transaction; answers the revision before and after.

    Several processes may start at once: one migrates, the others wait and find nothing to do.
    """
    with _alone(database) as connection:
        before = _revision(connection)
        command.upgrade(_config(connection), "head")
        return before, _revision(connection)


def revision(database: Database) -> str:
    """The last migration that ran in the database; empty when none ever did."""
    with database.engine.execution_options(reading=True).connect() as connection:
        return _revision(connection)


def newest_revision() -> str:
    """The last migration that this version of the program brings along; empty when there is none."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def differences(database: Database, metadata: MetaData) -> list[Any]:
    """What the tables in the database have or lack against the models: Alembic's own descriptions, empty when equal.

    What the models mark as of one engine (`info={"only": "sqlite"}`) is expected there alone.
    """
    def is_expected(of: SchemaItem, _name: str | None, _kind: str, _reflected: bool, _other: SchemaItem | None) -> bool:
        return bool(of.info.get("only", connection.dialect.name) == connection.dialect.name)

    with database.engine.execution_options(reading=True).connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True, "include_object": is_expected})
        return list(compare_metadata(context, metadata))


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(place("migrations")).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction that no other migration shares, with SQLite's foreign keys left unwatched until its end."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            _watch_foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
                yield connection
                if database.is_sqlite:
                    _assert_foreign_keys_hold(connection)
        finally:
            if database.is_sqlite:
                _watch_foreign_keys(connection, "ON")


def _watch_foreign_keys(connection: Connection, switch: str) -> None:
    """Rebuilding a table drops it for a moment, which SQLite refuses while rows point to it.

    The pragma does nothing inside a transaction, so it goes past SQLAlchemy, which would begin one.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys={switch}")


def _assert_foreign_keys_hold(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    assert not broken, f"the migrations left rows that point nowhere: {broken[:5]}"
