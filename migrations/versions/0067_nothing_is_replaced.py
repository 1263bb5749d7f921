"""What is only ever added is not replaced either (SQLite).

Why: `insert or replace` deletes the rows that stand in its way, and by default SQLite tells no trigger: it walked past every guard of the
append-only tables. Our own connections ask for `recursive_triggers`, which has the guards against deleting told. This is for whatever
other program opens the file: a row that would take the place of another under any unique key, or under SQLite's own row number, is
refused before it comes. A plain second row of a key is refused by the same trigger, in words that name the key as SQLite does.
Locks: nothing that is read, triggers are made.

Revision: 0067, after 0066
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        for table in guarded(op.get_bind()):
            for statement in guards(op.get_bind(), table).values():
                op.execute(statement)


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        for table in guarded(op.get_bind()):
            for name in guards(op.get_bind(), table):
                op.execute(f"drop trigger {name}")


def guarded(connection: sa.Connection) -> list[str]:
    """The tables from which some trigger keeps rows from being deleted."""
    return list(connection.execute(sa.text(
        "select distinct tbl_name from sqlite_master where type = 'trigger' and sql like '%before delete on%' order by 1")).scalars())


def guards(connection: sa.Connection, table: str) -> dict[str, str]:
    """The triggers that keep a row of a table from taking the place of another, by name. Whoever gives such a table a key makes them anew."""
    coming, moving = [], []
    for said, same, moved in _keys(connection, table):
        refusal = f"select raise(abort, '{table} are only ever added, and this row would replace one: UNIQUE {said}') where "
        coming.append(f"{refusal}exists (select 1 from {table} where {same});")
        moving.append(f"{refusal}{moved} and exists (select 1 from {table} where {same} and {table}.rowid <> old.rowid);")
    return {f"{table}_replace_nothing_on_{change}": f"CREATE TRIGGER {table}_replace_nothing_on_{change} before {change} on {table}"
            f" begin {' '.join(rules)} end" for change, rules in (("insert", coming), ("update", moving))}


def _keys(connection: sa.Connection, table: str) -> Iterator[tuple[str, str, str]]:
    """Each key: its columns as SQLite names them, what makes a row that stands one of the same key, and what may bring a row to another.

    (A row number that is not given is -1 before the row is there.)
    """
    yield f"{table}.rowid", f"{table}.rowid = new.rowid", "new.rowid <> old.rowid"
    row = ", ".join(f'new."{column}" as "{column}"' for column in _read(connection, "select name from pragma_table_info(:it) order by cid", table))
    seen: list[set[str]] = []
    for index in _read(connection, 'select name from pragma_index_list(:it) where "unique" order by partial, name', table):
        columns = _read(connection, "select name from pragma_index_info(:it) order by seqno", index)
        if any(key <= set(columns) for key in seen):
            continue
        said = ", ".join(f"{table}.{column}" for column in columns)
        same = " and ".join(f"{table}.{column} = new.{column}" for column in columns)
        _before, _where, among = (_read(connection, "select sql from sqlite_master where name = :it", index)[0] or "").partition(" WHERE ")
        if among:  # a key of some rows only: both have to be among them
            yield said, f"{same} and ({among}) and exists (select 1 from (select {row}) where {among})", "true"
        else:
            seen.append(set(columns))
            yield said, same, "(" + " or ".join(f"new.{column} is not old.{column}" for column in columns) + ")"


def _read(connection: sa.Connection, query: str, it: str) -> list[str]:
    return list(connection.execute(sa.text(query), {"it": it}).scalars())
