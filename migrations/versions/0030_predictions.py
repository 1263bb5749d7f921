"""By when each claim is probably paid, as it was said on a day; so that the error is known afterwards.

Why: who waits for money is told a day, and the office answers for how good its days are. What was said is never changed.
Locks: nothing that stands is touched.

Revision: 0030, after 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "predictions",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("likely_on", sa.Date(), nullable=False),
        sa.Column("late_on", sa.Date(), nullable=False),
        sa.Column("likely_days", sa.Integer(), nullable=False),
        sa.Column("late_days", sa.Integer(), nullable=False),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("queue_days", sa.Integer(), nullable=False),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.CheckConstraint("stage in ('verification', 'approval', 'payment', 'bank')", name=op.f("ck_predictions_stage_is_known")),
        sa.CheckConstraint("late_on >= likely_on and likely_on >= made_on", name=op.f("ck_predictions_in_order")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_predictions_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", "made_on", name=op.f("pk_predictions")),
    )
    for verb in ("update", "delete"):
        _hold(f"predictions_refuse_{verb}", verb, "predictions", "true", "predictions are only ever added")


def _hold(name: str, verb: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")
