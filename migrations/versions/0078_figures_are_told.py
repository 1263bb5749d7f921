"""What a row comes to say of amounts and days is told beside the events, and only ever added.

Why: history told every state, and the books every balance; a day or an amount that somebody altered on a row past the program was seen by
nothing. What stands today is told as it is: what was altered before cannot be known.
Locks: nothing that is written; each table with amounts or days is read once.

Revision: 0078, after 0077
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from runpy import run_path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

# The books are rebuilt from their own entries; what jobs and letters say follows from what they are about.
_BESIDE = {
    "accounts", "alembic_version", "bound_acts", "closing_balances", "dimension_sets", "dimensions", "entries", "entry_counts", "figures",
    "instrument_uses", "letters", "memos", "period_acts", "postings", "predictions", "sealed_entries", "sealed_tiles", "seals",
}
_REFUSED = "figures are only ever added"


def upgrade() -> None:
    """Make it so."""
    figures = op.create_table(
        "figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("row", sa.String(length=80), nullable=False),
        sa.Column("said", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
    )
    for rows in _standing(op.get_bind()):
        op.bulk_insert(figures, rows)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("create function figures_refuse() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin"
                   f" raise exception '{_REFUSED}: % refused', lower(tg_op) using errcode = 'restrict_violation'; end $$")
        op.execute("create trigger figures_refuse_changes before update or delete or truncate on figures"
                   " for each statement execute function figures_refuse()")
        return
    for verb in ("update", "delete"):
        op.execute(f"create trigger figures_refuse_{verb} before {verb} on figures"
                   f" begin select raise(abort, '{_REFUSED}: {verb} refused'); end")
    for statement in run_path(str(Path(__file__).with_name("0067_nothing_is_replaced.py")))["guards"](op.get_bind(), "figures").values():
        op.execute(statement)


def downgrade() -> None:
    """Undo it."""
    op.drop_table("figures")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("drop function figures_refuse()")


def _standing(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """The figures that stand, a thousand rows at a time."""
    tables = sa.MetaData()
    tables.reflect(connection, only=lambda name, _tables: name not in _BESIDE)
    for table in tables.sorted_tables:
        figures = [each for each in table.columns if isinstance(each.type, sa.Integer | sa.Date | sa.DateTime) and not each.primary_key]
        if not any(isinstance(each.type, sa.BigInteger | sa.Date) for each in figures):
            continue
        names = [table.c.reference] if "reference" in table.c else list(table.primary_key)
        for part in connection.execute(sa.select(*names, *figures)).partitions(1000):
            yield [{"id": uuid7(), "source": table.name, "row": " ".join(str(_plain(each)) for each in row[:len(names)]),
                    "said": {each.name: _plain(value) for each, value in zip(figures, row[len(names):], strict=True)}} for row in part]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value
