"""A payout whose money came back in a later year than it was paid says so.

Why: a law's books may take back in a year only what they booked in it. What the treasury gives again of an earlier year is spent
from there, and is no appropriation of the year.
Locks: payouts, for an instant. What came back before is booked as it was: it says no.

Revision: 0098, after 0097
"""

import sqlalchemy as sa
from alembic import op

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.add_column("payouts", sa.Column("restored", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("payouts", "restored")
