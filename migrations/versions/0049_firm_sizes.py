"""Applications keep what a firm says of its people, turnover and age.

Why: terms bound their classes of firms by these, and an application beyond a bound is refused.
Locks: vouchers, for an instant.

Revision: 0049, after 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_SAID = (("employees", sa.Integer()), ("turnover_minor", sa.BigInteger()), ("founded_on", sa.Date()))


def upgrade() -> None:
    """Make it so."""
    for name, kind in _SAID:
        op.add_column("vouchers", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Undo it."""
    for name, _kind in reversed(_SAID):
        op.drop_column("vouchers", name)
