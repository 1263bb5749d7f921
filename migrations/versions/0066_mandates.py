"""An application may carry a mandate signed by the firm.

Why: terms may want one of who applies for others, so that nobody applies for a firm that knows nothing of it; until now it was asked for
at the claim only.
Locks: vouchers, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0066, after 0065
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("vouchers") as batch:
        batch.add_column(sa.Column("mandate_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_vouchers_mandate_id"), "files", ["mandate_id"], ["id"])
