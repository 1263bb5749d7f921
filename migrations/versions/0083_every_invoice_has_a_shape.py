"""Every line of a claim says under which shape doubles of its invoice are found, also what an appeal gave.

Why: a claim that an appeal gave was written without the shape of its invoices, so nobody found the same invoice, written otherwise, on
another claim. It takes that of its seller and number, and the database keeps no line without one.
Locks: claim_lines, for as long as it takes to fill the shapes and to look at all lines once.

Revision: 0083, after 0082
"""

import sqlalchemy as sa
from alembic import op

from voucher.checks.invoices import shape

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

_HAS_ONE = "ck_claim_lines_invoice_has_a_shape"


def upgrade() -> None:
    """Make it so."""
    connection = op.get_bind()
    lines = connection.execute(sa.text(
        "select l.id, s.country, s.number, l.invoice_number from claim_lines l join claims c on c.id = l.claim_id"
        " join orders o on o.id = c.order_id join organisations s on s.id = o.provider_id where l.invoice_shape = ''")).all()
    if lines:
        connection.execute(sa.text("update claim_lines set invoice_shape = :shape where id = :id"), [
            {"id": key, "shape": shape(f"{country}:{seller}", number)} for key, country, seller, number in lines])
    with op.batch_alter_table("claim_lines") as batch:
        batch.alter_column("invoice_shape", existing_type=sa.String(length=80), existing_nullable=False, server_default=None)
        batch.create_check_constraint(op.f(_HAS_ONE), "invoice_shape <> ''")


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("claim_lines") as batch:
        batch.drop_constraint(op.f(_HAS_ONE), type_="check")
        batch.alter_column("invoice_shape", existing_type=sa.String(length=80), existing_nullable=False, server_default="")
