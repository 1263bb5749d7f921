"""A waiting list: those who were approved when the money was gone, in their order.

Why: an application that no fund line covers may wait until money is freed. `waits_since` and `rank` say who is served
first; the state has a word for it.
Locks: vouchers, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_STATES = "state in ('submitted', 'reviewed', 'waitlisted', 'issued', 'rejected', 'withdrawn')"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("vouchers") as batch:
        batch.add_column(sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("rank", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("ck_vouchers_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_vouchers_state_is_known"), _STATES)
