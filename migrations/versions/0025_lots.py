"""Lots: claims that were drawn for a closer look, from which list, with which seed.

Why: random checks have to be random, and anybody has to be able to draw again. Rows are only ever added.
Locks: nothing that exists.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=200), nullable=False),
        sa.Column("rate", sa.String(length=32), nullable=False),
        sa.Column("list_digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_lots_programme_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_lots_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_lots_programme_id_number")),
    )
    op.create_index(op.f("ix_lots_programme_id"), "lots", ["programme_id"], unique=False)
    op.create_table(
        "lot_claims",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_lot_claims_claim_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_claims_lot_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_lot_claims")),
    )
    op.create_index(op.f("ix_lot_claims_lot_id"), "lot_claims", ["lot_id"], unique=False)
    for table in ("lots", "lot_claims"):
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    """Let the database itself refuse to change or delete a row of the table."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("update", "delete"):
            op.execute(f"create trigger {table}_refuse_{verb} before {verb} on {table} "
                       f"begin select raise(abort, '{table} are only ever added: {verb} refused'); end")
        return
    op.execute(f"create function {table}_refuse() returns trigger language plpgsql as "
               f"$$ begin raise exception '{table} are only ever added: % refused', lower(tg_op) using errcode = 'restrict_violation'; end $$")
    op.execute(f"create trigger {table}_refuse_changes before update or delete or truncate on {table} "
               f"for each statement execute function {table}_refuse()")
