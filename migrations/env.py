"""How a migration runs: on the connection and in the transaction that voucher/schema.py has opened.

There is no offline mode and no alembic.ini: `voucher db upgrade` is the way in.
"""

from typing import Any

from alembic import context
from sqlmodel import SQLModel

connection = context.config.attributes["connection"]
assert connection is not None, "migrations are run by `voucher db upgrade`"
is_sqlite = connection.dialect.name == "sqlite"


def triggers() -> dict[str, tuple[str, int, str]]:
    """The triggers that stand in a SQLite database: name -> table, where its definition lies, the trigger in SQL."""
    return {name: (table, row, sql) for name, table, row, sql in connection.exec_driver_sql(
        "select g.name, t.name, t.rowid, g.sql from sqlite_master g join sqlite_master t on t.type = 'table' and t.name = g.tbl_name"
        " where g.type = 'trigger'")}


def keep_triggers(*_about: Any, **_step: Any) -> None:
    """A table that a migration built anew has lost its triggers: put back what it did not put back itself.

    One that a migration drops by name stays dropped, as its table is the one it was.
    """
    tables = dict(connection.exec_driver_sql("select name, rowid from sqlite_master where type = 'table'").fetchall())
    for name in sorted(standing.keys() - triggers().keys()):
        table, row, sql = standing[name]
        if tables.get(table) not in (None, row):
            connection.exec_driver_sql(sql)
    standing.update(triggers())


standing: dict[str, tuple[str, int, str]] = {}
if is_sqlite:
    # A trigger may name a table that is being built anew: SQLite must not look at it before the table is there again.
    connection.exec_driver_sql("PRAGMA legacy_alter_table=ON")
    standing.update(triggers())

context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column: the table is built anew and filled
    compare_type=True,
    transactional_ddl=True,
    on_version_apply=keep_triggers if is_sqlite else None,
)
context.run_migrations()
