"""Ties between firms, people and things, with their time; when an account was entered, by whom, and that the payee confirmed it.

Why: the checks follow ties from an SME to a provider, and hold a payout to an account that was changed a short time ago.
Locks: bank_accounts, for a moment; no row is rewritten (SQLite builds the table anew).

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TIES = ("same_controller", "shareholder", "officer", "employee", "family", "same_address", "same_phone", "same_bank_account",
         "partnership_before")


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("bank_accounts") as batch:
        batch.add_column(sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("entered_by", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_bank_accounts_entered_by"), "people", ["entered_by"], ["id"])
        batch.create_index(op.f("ix_bank_accounts_number"), ["number"], unique=False)
    op.create_table(
        "account_confirmations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["bank_accounts.id"], name=op.f("fk_account_confirmations_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_account_confirmations_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_confirmations")),
        sa.UniqueConstraint("account_id", name=op.f("uq_account_confirmations_account_id")),
    )
    op.create_table(
        "ties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("left_node", sa.String(length=200), nullable=False),
        sa.Column("left_name", sa.String(length=200), nullable=False),
        sa.Column("tie", sa.String(length=24), nullable=False),
        sa.Column("right_node", sa.String(length=200), nullable=False),
        sa.Column("right_name", sa.String(length=200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"tie in ({', '.join(repr(each) for each in _TIES)})", name=op.f("ck_ties_tie_is_known")),
        sa.CheckConstraint("until_on is null or from_on is null or until_on >= from_on", name=op.f("ck_ties_ends_after_its_start")),
        sa.CheckConstraint("left_node <> right_node", name=op.f("ck_ties_joins_two")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_ties_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ties")),
        sa.UniqueConstraint("left_node", "tie", "right_node", "from_on", name=op.f("uq_ties_left_node_tie_right_node_from_on")),
    )
    for column in ("left_node", "right_node"):
        op.create_index(op.f(f"ix_ties_{column}"), "ties", [column], unique=False)
