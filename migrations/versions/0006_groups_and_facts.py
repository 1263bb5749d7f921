"""The actual controller of an organisation; and of an order what its terms ask for: sub-item, pieces, facts, amounts.

Why: caps are counted over the firms of one controller too, and rates depend on more than the price. What stands is
one piece of no sub-item, of a firm that stands alone.
Locks: organisations and orders, for a moment; no row is rewritten.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.add_column("organisations", sa.Column("controller", sa.String(length=64), nullable=False, server_default=""))
    op.create_index(op.f("ix_organisations_controller"), "organisations", ["controller"], unique=False)
    op.add_column("orders", sa.Column("item", sa.String(length=64), nullable=False, server_default=""))
    op.execute("alter table orders add column quantity integer not null default 1 "
               "constraint ck_orders_quantity_is_positive check (quantity > 0)")
    op.add_column("orders", sa.Column("facts", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("orders", sa.Column("measures", sa.JSON(), nullable=False, server_default="{}"))
