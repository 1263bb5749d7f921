"""Appeals against what was cut of a claim, and the claims that they give.

Why: who does not accept a cut or a refusal appeals; what was cut is held meanwhile, and an upheld appeal gives a claim of its own.
Locks: nothing that stands.

Revision: 0037, after 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("reserved_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("supplement_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("decided_at is null or (state <> 'filed' and answer <> '')", name=op.f("ck_appeals_decided_with_an_answer")),
        sa.CheckConstraint("reserved_minor >= 0", name=op.f("ck_appeals_reserved_is_not_negative")),
        sa.CheckConstraint("state in ('filed', 'upheld', 'dismissed')", name=op.f("ck_appeals_state_is_known")),
        sa.CheckConstraint("supplement_id is null or state = 'upheld'", name=op.f("ck_appeals_upheld_where_it_gave_a_claim")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_appeals_claim_id")),
        sa.ForeignKeyConstraint(["supplement_id"], ["claims.id"], name=op.f("fk_appeals_supplement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_appeals_claim_id")),
        sa.UniqueConstraint("supplement_id", name=op.f("uq_appeals_supplement_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_appeals_reference")),
    )
    op.create_index(op.f("ix_appeals_state"), "appeals", ["state"], unique=False)
