"""The shape of every line is written anew: zeros are left out of it, and signs of other keyboards are folded.

Why: invoices are the same now, too, when zeros lead a part of their number or when it is written in full-width or Cyrillic signs; under the
shapes of before nobody would find them.
Locks: claim_lines, for as long as it takes to write the shape of each line that stands.

Revision: 0084, after 0083
"""

import sqlalchemy as sa
from alembic import op

from voucher.checks.invoices import shape

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    connection = op.get_bind()
    lines = connection.execute(sa.text(
        "select l.id, l.invoice_shape, s.country, s.number, l.invoice_number from claim_lines l join claims c on c.id = l.claim_id"
        " join orders o on o.id = c.order_id join organisations s on s.id = o.provider_id")).all()
    anew = [{"id": key, "shape": made} for key, before, country, seller, number in lines
            if (made := shape(f"{country}:{seller}", number)) != before]
    if anew:
        connection.execute(sa.text("update claim_lines set invoice_shape = :shape where id = :id"), anew)


def downgrade() -> None:
    """Nothing to undo: the program of before looks under the shapes that it writes itself."""
