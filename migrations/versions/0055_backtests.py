"""Trials of drafts of terms on the recorded orders of a programme.

Why: who writes a new version of the terms tries it in the portal before it is published, and finds what came out again. Nothing of it
touches the books or a case.
Locks: none that anybody waits for; the table is new.

Revision: 0055, after 0054
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "backtests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("budget_minor", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("of_cases", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("table_sha256", sa.String(length=64), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(finished_at is null) = (table_sha256 = '')", name=op.f("ck_backtests_finished_with_its_table")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_backtests_asked_by")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_backtests_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtests")),
    )
    op.create_index(op.f("ix_backtests_programme_id"), "backtests", ["programme_id"], unique=False)


def downgrade() -> None:
    """Undo it."""
    op.drop_table("backtests")
