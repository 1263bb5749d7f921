"""Deposits: what SMEs pay into the wallets of their orders, and money that came in wrong and goes back.

Why: where the terms want the SME's part before work begins, the bank's statement says whether it came; exactly what was asked for lets
the order go on, anything else goes back by a payout of its own. A payout has one source: a claim, an award or a deposit. A line that
names a deposit but not the account it came from waits for a person (payer_unknown).
Locks: payouts and bank_lines, which SQLite builds anew.

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_ONE_SOURCE = " + ".join(f"case when {column} is null then 0 else 1 end" for column in ("claim_id", "award_id", "deposit_id")) + " = 1"
_FINDINGS = ("", "no_reference", "unknown_reference", "amount_differs", "currency_differs", "already_settled", "not_sent",
             "return_of_unsettled", "return_of_recovered", "payer_unknown")
_EXPECTED = sa.text("state = 'expected'")


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "deposits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("left_minor", sa.BigInteger(), nullable=False),
        sa.Column("back_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("account_number", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('expected', 'held', 'spent', 'refused', 'dropped')", name=op.f("ck_deposits_state_is_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_deposits_amount_is_positive")),
        sa.CheckConstraint("left_minor >= 0 and back_minor >= 0 and left_minor + back_minor <= amount_minor",
                           name=op.f("ck_deposits_parts_are_within")),
        sa.CheckConstraint("(received_on is null) = (state in ('expected', 'dropped'))", name=op.f("ck_deposits_received_on_a_day")),
        sa.CheckConstraint("order_id is not null or state = 'refused'", name=op.f("ck_deposits_of_an_order")),
        sa.CheckConstraint("state <> 'refused' or (reason <> '' and account_number <> '')", name=op.f("ck_deposits_refused_for_a_reason")),
        sa.CheckConstraint("(left_minor = 0) = (state in ('spent', 'refused', 'dropped'))", name=op.f("ck_deposits_left_while_held")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_deposits_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposits")),
        sa.UniqueConstraint("reference", name=op.f("uq_deposits_reference")),
    )
    for column in ("order_id", "state"):
        op.create_index(op.f(f"ix_deposits_{column}"), "deposits", [column], unique=False)
    op.create_index("uq_deposits_one_expected_an_order", "deposits", ["order_id"], unique=True, sqlite_where=_EXPECTED,
                    postgresql_where=_EXPECTED)
    with op.batch_alter_table("payouts") as batch:
        batch.add_column(sa.Column("deposit_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_payouts_deposit_id"), "deposits", ["deposit_id"], ["id"])
        batch.drop_constraint(op.f("ck_payouts_has_one_source"), type_="check")
        batch.create_check_constraint(op.f("ck_payouts_has_one_source"), _ONE_SOURCE)
        batch.create_check_constraint(op.f("ck_payouts_deposits_are_not_set_off"), "deposit_id is null or offset_minor = 0")
    op.create_index(op.f("ix_payouts_deposit_id"), "payouts", ["deposit_id"], unique=False)
    known = ", ".join(f"'{each}'" for each in _FINDINGS)
    with op.batch_alter_table("bank_lines") as batch:
        batch.add_column(sa.Column("deposit_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_bank_lines_deposit_id"), "deposits", ["deposit_id"], ["id"])
        batch.create_unique_constraint(op.f("uq_bank_lines_deposit_id"), ["deposit_id"])
        batch.drop_constraint(op.f("ck_bank_lines_finding_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_bank_lines_finding_is_known"), f"finding in ({known})")
