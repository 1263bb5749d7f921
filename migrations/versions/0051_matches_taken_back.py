"""Matches of bank lines that were wrong are taken back, by another person than made them.

Why: a line that was matched with the wrong payout or deposit, or set aside wrongly, stayed so for good. Each correction is a row of its
own: what the line was matched with, by whom, and who took it back and why.
Locks: bank lines, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0051, after 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_FINDINGS = ("finding in ('', 'no_reference', 'unknown_reference', 'amount_differs', 'currency_differs', 'already_settled', 'not_sent', "
             "'return_of_unsettled', 'return_of_recovered', 'payer_unknown', 'taken_back')")


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "matches_taken_back",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("deposit_id", sa.Uuid(), nullable=True),
        sa.Column("matched_by", sa.Uuid(), nullable=False),
        sa.Column("taken_back_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("taken_back_by <> matched_by", name=op.f("ck_matches_taken_back_by_another")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_matches_taken_back_for_a_reason")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_matches_taken_back_line_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_matches_taken_back_payout_id")),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name=op.f("fk_matches_taken_back_deposit_id")),
        sa.ForeignKeyConstraint(["matched_by"], ["people.id"], name=op.f("fk_matches_taken_back_matched_by")),
        sa.ForeignKeyConstraint(["taken_back_by"], ["people.id"], name=op.f("fk_matches_taken_back_taken_back_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches_taken_back")),
    )
    for column in ("line_id", "payout_id", "deposit_id"):
        op.create_index(op.f(f"ix_matches_taken_back_{column}"), "matches_taken_back", [column], unique=False)
    with op.batch_alter_table("bank_lines") as batch:
        batch.drop_constraint(op.f("ck_bank_lines_finding_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_bank_lines_finding_is_known"), _FINDINGS)
