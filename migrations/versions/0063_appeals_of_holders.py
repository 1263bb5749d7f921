"""The holder of a voucher appeals against its freeze, its cancellation or its revocation.

Why: against these nothing could be said within the office. Who decides is neither who took the decision nor who appealed, and against one
decision there is one appeal: the table holds both.
Locks: nothing that is read, a table is made.

Revision: 0063, after 0062
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "measure_appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("renewed_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("measure in ('freeze', 'cancellation', 'revocation')", name=op.f("ck_measure_appeals_measure")),
        sa.CheckConstraint("upheld is null or (ended_at is not null and ended_by is not null and answer <> '' "
                           "and ended_by <> taken_by and ended_by <> filed_by)", name=op.f("ck_measure_appeals_decided_by_another")),
        sa.CheckConstraint("renewed_id is null or (upheld and measure <> 'freeze')",
                           name=op.f("ck_measure_appeals_renewed_where_it_was_upheld")),
        *(sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_measure_appeals_{column}")) for column, table in (
            ("voucher_id", "vouchers"), ("event_id", "events"), ("taken_by", "people"), ("filed_by", "people"), ("ended_by", "people"),
            ("renewed_id", "vouchers"))),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure_appeals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_measure_appeals_event_id")),
        sa.UniqueConstraint("renewed_id", name=op.f("uq_measure_appeals_renewed_id")))
    op.create_index(op.f("ix_measure_appeals_voucher_id"), "measure_appeals", ["voucher_id"])
    still = sa.text("ended_at is null")
    op.create_index("uq_measure_appeals_one_open_a_voucher", "measure_appeals", ["voucher_id"], unique=True, sqlite_where=still,
                    postgresql_where=still)


def downgrade() -> None:
    """Undo it."""
    op.drop_table("measure_appeals")
