"""Several claims on one order, each for a part of it.

Why: long work is invoiced in parts, and a claim may be for one of them. Only one live claim of an order is the final one;
so far every claim was. `milestone` names the part, where an order has parts with names.
Locks: claims, for an instant, and while the index is built.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LIVE = sa.text("final and state in ('submitted', 'verified', 'approved')")


def upgrade() -> None:
    """Make it so."""
    op.drop_index("uq_claims_one_live_claim_an_order", table_name="claims")
    op.add_column("claims", sa.Column("final", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("claims", sa.Column("milestone", sa.String(length=64), nullable=False, server_default=""))
    op.create_index("uq_claims_one_final_claim_an_order", "claims", ["order_id"], unique=True,
                    sqlite_where=_LIVE, postgresql_where=_LIVE)
