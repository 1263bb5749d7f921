"""A ban says whether it reaches the other firms of the people behind the one that is banned.

Why: who was banned went on through another firm of his. Bans of before reach nobody else.
Locks: bans, for an instant.

Revision: 0060, after 0059
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.add_column("bans", sa.Column("with_people", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("bans", "with_people")
