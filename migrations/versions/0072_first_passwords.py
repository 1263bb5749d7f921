"""A password that somebody else typed is to be changed before anything else.

Why: an administrator types the first password of everybody, and its owner could not change it, so the administrator could sign in as each
of two who have to sign. Whoever was entered before is not asked: what stands says nothing of who chose it; an administrator may give him
a new first password.
Locks: people, for an instant.

Revision: 0072, after 0071
"""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.add_column("people", sa.Column("has_first_password", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("people", "has_first_password")
