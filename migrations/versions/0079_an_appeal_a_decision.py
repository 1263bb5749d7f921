"""An appeal is against a decision on a claim, not against the claim: each decision can be appealed against once.

Why: a claim whose approval is taken back after an objection is decided anew, and against what is cut then nobody could say anything who
had appealed before. The appeals there are go with the last decision on their claim before them.
Locks: appeals, which SQLite builds anew.

Revision: 0079, after 0078
"""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

_DECISIONS = ("update appeals set event_id = (select e.id from events e join claims c on c.reference = e.subject where c.id = appeals.claim_id"
              " and e.name in ('claim.approved', 'claim.refused') and e.at <= appeals.filed_at order by e.id desc limit 1)")


def upgrade() -> None:
    """Make it so."""
    op.add_column("appeals", sa.Column("event_id", sa.Uuid(), nullable=True))
    op.execute(_DECISIONS)
    with op.batch_alter_table("appeals") as batch:
        batch.alter_column("event_id", existing_type=sa.Uuid(), nullable=False)
        batch.create_foreign_key(op.f("fk_appeals_event_id"), "events", ["event_id"], ["id"])
        batch.drop_constraint(op.f("uq_appeals_claim_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_appeals_event_id"), ["event_id"])
    op.create_index(op.f("ix_appeals_claim_id"), "appeals", ["claim_id"])


def downgrade() -> None:
    """Undo it."""
    op.drop_index(op.f("ix_appeals_claim_id"), "appeals")
    with op.batch_alter_table("appeals") as batch:
        batch.drop_constraint(op.f("uq_appeals_event_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_appeals_claim_id"), ["claim_id"])
        batch.drop_constraint(op.f("fk_appeals_event_id"), type_="foreignkey")
        batch.drop_column("event_id")
