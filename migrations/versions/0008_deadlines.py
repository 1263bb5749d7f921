"""Deadlines: every last day by which somebody has to do something, with its start, its pauses and what follows.

Why: nobody can see a deadline that is only reckoned. One rule has one standing deadline on a subject, and one that is over
does not change any more.
Locks: nothing that exists.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_reference", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("clause_zh", sa.String(length=200), nullable=False),
        sa.Column("clause_en", sa.String(length=200), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("length", sa.String(length=32), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("waits_for", sa.String(length=16), nullable=False),
        sa.Column("waits_for_id", sa.Uuid(), nullable=True),
        sa.Column("then", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(length = '') = (until is not null)", name=op.f("ck_deadlines_length_or_day")),
        sa.CheckConstraint("due_on >= started_on", name=op.f("ck_deadlines_due_after_the_start")),
        sa.CheckConstraint("state = 'missed' or (state in ('running', 'paused')) = (ended_at is null)",
                           name=op.f("ck_deadlines_ended_when_over")),
        sa.CheckConstraint("state in ('running', 'paused', 'met', 'missed', 'dropped')", name=op.f("ck_deadlines_state_is_known")),
        sa.CheckConstraint(
            "waits_for in ('sme', 'provider', 'reviewer', 'approver', 'verifier', 'finance', 'treasury', 'auditor', 'administrator')",
            name=op.f("ck_deadlines_waits_for_is_known")),
        sa.ForeignKeyConstraint(["waits_for_id"], ["organisations.id"], name=op.f("fk_deadlines_waits_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    op.create_index(op.f("ix_deadlines_case_reference"), "deadlines", ["case_reference"], unique=False)
    op.create_index("ix_deadlines_next", "deadlines", ["state", "due_on"], unique=False)
    op.create_index(op.f("ix_deadlines_waits_for"), "deadlines", ["waits_for"], unique=False)
    op.create_index(op.f("ix_deadlines_waits_for_id"), "deadlines", ["waits_for_id"], unique=False)
    op.create_index("uq_deadlines_one_standing_a_rule", "deadlines", ["subject", "rule"], unique=True,
                    sqlite_where=sa.text("ended_at is null"), postgresql_where=sa.text("ended_at is null"))
    _refuse_changes_of_what_is_over()


def _refuse_changes_of_what_is_over() -> None:
    """A deadline is never deleted, and one that has ended never changes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("create trigger deadlines_keep_their_end before update on deadlines when old.ended_at is not null "
                   "begin select raise(abort, 'a deadline that is over does not change'); end")
        op.execute("create trigger deadlines_refuse_delete before delete on deadlines "
                   "begin select raise(abort, 'deadlines are never deleted'); end")
        return
    op.execute("create function deadlines_refuse() returns trigger language plpgsql as $$ begin "
               "raise exception 'a deadline that is over does not change: % refused', lower(tg_op) using errcode = 'restrict_violation'; "
               "end $$")
    op.execute("create trigger deadlines_keep_their_end before update on deadlines for each row "
               "when (old.ended_at is not null) execute function deadlines_refuse()")
    op.execute("create trigger deadlines_refuse_delete before delete or truncate on deadlines "
               "for each statement execute function deadlines_refuse()")
