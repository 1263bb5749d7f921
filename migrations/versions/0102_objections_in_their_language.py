"""An objection keeps the language of the page on which it was made.

Why: who objected on an English page was answered in Chinese.
Locks: objections, for an instant. Those of before are answered in the language of the office, as they were.

Revision: 0102, after 0101
"""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.add_column("objections", sa.Column("language", sa.String(12), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("objections", "language")
