"""Uses of instruments: what stands in the log behind the lines of a claim.

Why: thousands of small uses are claimed at once from a log; each is kept below the line of its invoice, and is claimed once.
Locks: nothing that stands.

Revision: 0032, after 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "instrument_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("use_number", sa.String(length=40), nullable=False),
        sa.Column("use_key", sa.String(length=80), nullable=True),
        sa.Column("instrument", sa.String(length=120), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("net_minor > 0 and vat_minor >= 0", name=op.f("ck_instrument_uses_amount_is_positive")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_instrument_uses_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_uses")),
        sa.UniqueConstraint("claim_id", "row", name=op.f("uq_instrument_uses_claim_id_row")),
        sa.UniqueConstraint("use_key", name=op.f("uq_instrument_uses_use_key")),
    )
    op.create_index("ix_instrument_uses_claim_line", "instrument_uses", ["claim_id", "line"], unique=False)
