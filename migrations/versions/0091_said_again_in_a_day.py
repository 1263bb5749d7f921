"""What is said of the day of a payment may be said again on the same day.

Why: one prediction a day was kept, so that a payment that was held at noon was told the morning's day until the next one.
Locks: predictions, which SQLite builds anew.

Revision: 0091, after 0090
"""

from pathlib import Path
from runpy import run_path

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

_COLUMNS = "claim_id, made_on, stage, likely_on, late_on, likely_days, late_days, ahead, queue_days, paid_from, sample"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name != "sqlite":
        op.add_column("predictions", sa.Column("number", sa.Integer(), nullable=False, server_default="1"))
        op.drop_constraint(op.f("pk_predictions"), "predictions")
        op.create_primary_key(op.f("pk_predictions"), "predictions", ["claim_id", "made_on", "number"])
        return
    _build_anew(f"{_COLUMNS}, number", f"{_COLUMNS}, 1", sa.Column("number", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    """Undo it; of a day the last prediction stays."""
    last = "where number = (select max(o.number) from predictions o where o.claim_id = p.claim_id and o.made_on = p.made_on)"
    if op.get_bind().dialect.name != "sqlite":
        op.execute("alter table predictions disable trigger predictions_refuse_delete")
        op.execute(f"delete from predictions p where not exists (select 1 from predictions q {last.replace('p.', 'q.')}"
                   " and q.claim_id = p.claim_id and q.made_on = p.made_on and q.number = p.number)")
        op.execute("alter table predictions enable trigger predictions_refuse_delete")
        op.drop_constraint(op.f("pk_predictions"), "predictions")
        op.drop_column("predictions", "number")
        op.create_primary_key(op.f("pk_predictions"), "predictions", ["claim_id", "made_on"])
        return
    _build_anew(_COLUMNS, _COLUMNS, source=f"predictions p {last}")


def _build_anew(columns: str, taken: str, *more: sa.Column[int], source: str = "predictions") -> None:
    """Build the table anew (SQLite), with its guards."""
    op.create_table(
        "predictions_anew",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        *more,
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("likely_on", sa.Date(), nullable=False),
        sa.Column("late_on", sa.Date(), nullable=False),
        sa.Column("likely_days", sa.Integer(), nullable=False),
        sa.Column("late_days", sa.Integer(), nullable=False),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("queue_days", sa.Integer(), nullable=False),
        sa.Column("paid_from", sa.Date(), nullable=True),
        sa.Column("sample", sa.Integer(), nullable=False),
        sa.CheckConstraint("stage in ('verification', 'approval', 'payment', 'bank')", name=op.f("ck_predictions_stage_is_known")),
        sa.CheckConstraint("late_on >= likely_on and likely_on >= made_on", name=op.f("ck_predictions_in_order")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_predictions_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", "made_on", *(each.name for each in more), name=op.f("pk_predictions")),
    )
    op.execute(f"insert into predictions_anew ({columns}) select {taken} from {source}")
    op.execute("drop table predictions")
    op.execute("alter table predictions_anew rename to predictions")
    for verb in ("update", "delete"):
        op.execute(f"create trigger predictions_refuse_{verb} before {verb} on predictions when true"
                   " begin select raise(abort, 'predictions are only ever added'); end")
    for statement in run_path(str(Path(__file__).with_name("0067_nothing_is_replaced.py")))["guards"](op.get_bind(), "predictions").values():
        op.execute(statement)
