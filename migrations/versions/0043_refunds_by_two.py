"""Who takes a recovery back does not pay back what had come in on it.

Why: by annulling a decision somebody makes money due; by recording its refund the money leaves. One person who held both offices could
do both, and only history said so. Both are kept with the recovery now, and they differ.
Locks: recoveries, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0043, after 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_BY_ANOTHER = "refund_document = '' or annulled_by is null or (refunded_by is not null and refunded_by <> annulled_by)"


def upgrade() -> None:
    """Make it so. What is annulled or refunded already has its person from history.

    What one person did both of stood before this rule: it keeps who refunded it, and history who annulled it.
    """
    with op.batch_alter_table("recoveries") as batch:
        for column in ("annulled_by", "refunded_by"):
            batch.add_column(sa.Column(column, sa.Uuid(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_recoveries_{column}"), "people", [column], ["id"])
    for column, event in (("annulled_by", "recovery.annulled"), ("refunded_by", "recovery.refunded")):
        op.execute(f"update recoveries set {column} = (select events.person_id from events where events.subject = recoveries.reference"
                   f" and events.name = '{event}' order by events.id desc limit 1)")
    op.execute("update recoveries set annulled_by = null where refund_document <> ''"
               " and (refunded_by is null or refunded_by = annulled_by)")
    with op.batch_alter_table("recoveries") as batch:
        batch.create_check_constraint(op.f("ck_recoveries_refunded_by_another"), _BY_ANOTHER)
