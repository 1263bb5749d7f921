"""The day on which the holder of a voucher activated it.

Why: some programmes count a voucher's time from its activation, which must come within some weeks of its issue.
Locks: vouchers, shortly.

Revision: 0040, after 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("vouchers") as batch:
        batch.add_column(sa.Column("activated_on", sa.Date(), nullable=True))
        batch.create_check_constraint(op.f("ck_vouchers_activated_after_its_issue"), "activated_on is null or activated_on >= issued_on")
