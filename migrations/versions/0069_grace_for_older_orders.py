"""Orders that were placed before anything held them to the last day of use have 60 days more.

Why: `validity.used_by` stood in terms and acted nowhere; now an order ends that has not come so far by the last day of use. Without this
the first look after the upgrade would end orders that were placed when money reserved for an order lived on, and nobody had warned their
sides. Where terms ask for an order in time only, the grace means nothing.
Locks: vouchers, for as long as it takes to write one column.

Revision: 0069, after 0068
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

# The longest of the warnings that a voucher gets before its last day.
_GRACE = timedelta(days=60)


def upgrade() -> None:
    """Make it so."""
    op.add_column("vouchers", sa.Column("grace_until", sa.Date(), nullable=True))
    vouchers = sa.table("vouchers", sa.column("use_by", sa.Date()), sa.column("grace_until", sa.Date()))
    until = datetime.now(UTC).date() + _GRACE
    op.execute(vouchers.update().where(vouchers.c.use_by < until).values(grace_until=until))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("vouchers", "grace_until")
