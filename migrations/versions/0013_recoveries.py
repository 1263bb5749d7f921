"""Recoveries of what was paid wrongly, with their moves and instalments; bans; and payouts that are set off.

Why: money that was paid wrongly is asked for again, case by case. What is decided stands by fund line; each move makes what
is outstanding smaller, and a move that stands is never changed but for the document by which it went to the treasury. Who
opened a case or heard the party cannot have decided it. A payout may go to the bank smaller, or not at all.
Locks: payouts and duties, for as long as it takes to read them once; bank lines for a moment.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_STATES = ("state in ('suspected', 'opened', 'heard', 'decided', 'served', 'appealed', 'final', 'instalments', 'write_off_asked', "
           "'dropped', 'annulled', 'closed')")
_PAYOUT_STATES = "state in ('payable', 'gathered', 'released', 'sent', 'settled', 'returned', 'replaced', 'offset')"
_DUTIES = "duty in ('claim', 'provide', 'review', 'issue', 'verify', 'approve', 'release', 'recover')"


def upgrade() -> None:
    """Make it so."""
    _tables()
    with op.batch_alter_table("bank_lines") as batch:
        batch.add_column(sa.Column("recovery_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_bank_lines_recovery_id"), "recoveries", ["recovery_id"], ["id"])
        batch.create_index(op.f("ix_bank_lines_recovery_id"), ["recovery_id"], unique=False)
    with op.batch_alter_table("payouts") as batch:
        batch.add_column(sa.Column("offset_minor", sa.BigInteger(), nullable=False, server_default="0"))
        for name in ("state_is_known", "amount_is_positive", "on_the_way_in_a_batch"):
            batch.drop_constraint(op.f(f"ck_payouts_{name}"), type_="check")
        batch.create_check_constraint(op.f("ck_payouts_state_is_known"), _PAYOUT_STATES)
        batch.create_check_constraint(op.f("ck_payouts_amount_is_positive"),
                                      "amount_minor > 0 or (amount_minor = 0 and state = 'offset')")
        batch.create_check_constraint(op.f("ck_payouts_offset_is_not_negative"), "offset_minor >= 0")
        batch.create_check_constraint(op.f("ck_payouts_on_the_way_in_a_batch"),
                                      "batch_id is not null or state in ('payable', 'returned', 'replaced', 'offset')")
    with op.batch_alter_table("duties") as batch:
        batch.drop_constraint(op.f("ck_duties_duty_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_duties_duty_is_known"), _DUTIES)


def _tables() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("liable_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("hearing", sa.Text(), nullable=False),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("heard_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("pay_by", sa.Date(), nullable=True),
        sa.Column("appeal_by", sa.Date(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("write_off_reason", sa.Text(), nullable=False),
        sa.Column("write_off_document", sa.String(length=100), nullable=False),
        sa.Column("write_off_asked_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("decided_on is not null or state in ('suspected', 'opened', 'heard', 'dropped')",
                           name=op.f("ck_recoveries_decided_on_a_day")),
        sa.CheckConstraint(_STATES,
                           name=op.f("ck_recoveries_state_is_known")),
        sa.CheckConstraint("decided_by is null or (decided_by <> opened_by and decided_by <> heard_by)",
                           name=op.f("ck_recoveries_decided_by_another")),
        sa.CheckConstraint("interest_minor >= 0", name=op.f("ck_recoveries_interest_is_not_negative")),
        sa.CheckConstraint("pay_by >= served_on", name=op.f("ck_recoveries_days_to_pay")),
        sa.CheckConstraint("principal_minor > 0", name=op.f("ck_recoveries_principal_is_positive")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_recoveries_decided_by")),
        sa.ForeignKeyConstraint(["heard_by"], ["people.id"], name=op.f("fk_recoveries_heard_by")),
        sa.ForeignKeyConstraint(["liable_id"], ["organisations.id"], name=op.f("fk_recoveries_liable_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["people.id"], name=op.f("fk_recoveries_opened_by")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_recoveries_payout_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_recoveries_voucher_id")),
        sa.ForeignKeyConstraint(["write_off_asked_by"], ["people.id"], name=op.f("fk_recoveries_write_off_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("reference", name=op.f("uq_recoveries_reference"))
    )
    op.create_index(op.f("ix_recoveries_liable_id"), "recoveries", ["liable_id"], unique=False)
    op.create_index(op.f("ix_recoveries_payout_id"), "recoveries", ["payout_id"], unique=False)
    op.create_index(op.f("ix_recoveries_state"), "recoveries", ["state"], unique=False)
    op.create_index(op.f("ix_recoveries_voucher_id"), "recoveries", ["voucher_id"], unique=False)
    op.create_index("uq_recoveries_one_live_recovery_a_payout", "recoveries", ["payout_id"], unique=True,
                    sqlite_where=sa.text("state not in ('dropped', 'annulled', 'closed')"),
                    postgresql_where=sa.text("state not in ('dropped', 'annulled', 'closed')"))
    op.create_table(
        "recovery_shares",
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("fund_line_id", sa.Uuid(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("principal_minor >= 0 and interest_minor >= 0", name=op.f("ck_recovery_shares_amounts_are_not_negative")),
        sa.ForeignKeyConstraint(["fund_line_id"], ["fund_lines.id"], name=op.f("fk_recovery_shares_fund_line_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_shares_recovery_id")),
        sa.PrimaryKeyConstraint("recovery_id", "fund_line_id", name=op.f("pk_recovery_shares"))
    )
    op.create_table(
        "recovery_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("principal_minor", sa.BigInteger(), nullable=False),
        sa.Column("interest_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column("prior", sa.Boolean(), nullable=False),
        sa.Column("remittance", sa.String(length=100), nullable=False),
        sa.CheckConstraint("kind in ('collected', 'offset', 'written_off')", name=op.f("ck_recovery_moves_kind_is_known")),
        sa.CheckConstraint("principal_minor >= 0 and interest_minor >= 0 and principal_minor + interest_minor > 0",
                           name=op.f("ck_recovery_moves_amount_is_positive")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_moves_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_moves")),
        sa.UniqueConstraint("recovery_id", "number", name=op.f("uq_recovery_moves_recovery_id_number"))
    )
    op.create_index(op.f("ix_recovery_moves_recovery_id"), "recovery_moves", ["recovery_id"], unique=False)
    op.create_table(
        "recovery_instalments",
        sa.Column("recovery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_recovery_instalments_amount_is_positive")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_instalments_recovery_id")),
        sa.PrimaryKeyConstraint("recovery_id", "number", name=op.f("pk_recovery_instalments"))
    )
    op.create_table(
        "bans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("recovery_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("banned_by", sa.Uuid(), nullable=True),
        sa.Column("banned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("lifted_by is null or lifted_by <> banned_by", name=op.f("ck_bans_lifted_by_another")),
        sa.CheckConstraint("until >= from_on", name=op.f("ck_bans_until_is_not_before")),
        sa.ForeignKeyConstraint(["banned_by"], ["people.id"], name=op.f("fk_bans_banned_by")),
        sa.ForeignKeyConstraint(["lifted_by"], ["people.id"], name=op.f("fk_bans_lifted_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_bans_organisation_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_bans_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bans"))
    )
    op.create_index(op.f("ix_bans_organisation_id"), "bans", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_bans_recovery_id"), "bans", ["recovery_id"], unique=False)
