"""For which team and person a voucher is, and the day by which limits count an order.

Why: limits may be counted by team or person, whichever firm holds the voucher (`team`, `person`); and the terms say which
day of a case decides its year (`counted_on`), which for orders that stand is the day on which they were placed.
Locks: vouchers and orders, for as long as it takes to write one column.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    for column in ("team", "person"):
        op.add_column("vouchers", sa.Column(column, sa.String(length=64), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_vouchers_{column}"), "vouchers", [column], unique=False)
    op.add_column("orders", sa.Column("counted_on", sa.Date(), nullable=False, server_default="1970-01-01"))
    op.execute("update orders set counted_on = placed_on")
