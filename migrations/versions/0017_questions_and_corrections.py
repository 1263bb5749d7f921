"""Questions asked of a claimant, claims returned and sent again, and payouts that wait or are cancelled.

Why: what is missing from a claim is asked for at most twice (a row a round, the check holds it); a corrected claim keeps its
number, and what it said before is kept as a version; a claim that is approved can still be withdrawn, which cancels its
payout.
Locks: claims and payouts, for as long as it takes to read them once (SQLite builds the tables anew).

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_CLAIMS = "state in ('submitted', 'questioned', 'returned', 'verified', 'approved', 'refused', 'withdrawn', 'lapsed')"
_FINAL = sa.text("final and state in ('submitted', 'questioned', 'returned', 'verified', 'approved')")
_PAYOUTS = ("state in ('waiting', 'payable', 'gathered', 'released', 'sent', 'settled', 'returned', 'replaced', 'offset', 'cancelled')")
_IN_A_BATCH = "batch_id is not null or state in ('waiting', 'payable', 'returned', 'replaced', 'offset', 'cancelled')"
_LIVE = sa.text("state not in ('replaced', 'cancelled')")


def upgrade() -> None:
    """Make it so."""
    _widen_claims()
    _widen_payouts()
    op.create_table(
        "claim_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_versions_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_versions")),
        sa.UniqueConstraint("claim_id", "number", name=op.f("uq_claim_versions_claim_id_number")),
    )
    op.create_index(op.f("ix_claim_versions_claim_id"), "claim_versions", ["claim_id"], unique=False)
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("round between 1 and 2", name=op.f("ck_questions_rounds_are_few")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_questions_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("claim_id", "round", name=op.f("uq_questions_claim_id_round")),
    )
    op.create_index(op.f("ix_questions_claim_id"), "questions", ["claim_id"], unique=False)


def _widen_claims() -> None:
    op.drop_index("uq_claims_one_final_claim_an_order", table_name="claims")
    with op.batch_alter_table("claims") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.drop_constraint(op.f("ck_claims_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_claims_state_is_known"), _CLAIMS)
    op.create_index("uq_claims_one_final_claim_an_order", "claims", ["order_id"], unique=True,
                    sqlite_where=_FINAL, postgresql_where=_FINAL)


def _widen_payouts() -> None:
    op.drop_index("uq_payouts_one_live_payout_a_claim", table_name="payouts")
    with op.batch_alter_table("payouts") as batch:
        batch.drop_constraint(op.f("ck_payouts_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_payouts_state_is_known"), _PAYOUTS)
        batch.drop_constraint(op.f("ck_payouts_on_the_way_in_a_batch"), type_="check")
        batch.create_check_constraint(op.f("ck_payouts_on_the_way_in_a_batch"), _IN_A_BATCH)
    op.create_index("uq_payouts_one_live_payout_a_claim", "payouts", ["claim_id"], unique=True,
                    sqlite_where=_LIVE, postgresql_where=_LIVE)
