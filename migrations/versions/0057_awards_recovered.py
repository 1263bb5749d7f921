"""Awards that were found wrong later are asked back; charges of the bank are booked by two; and refunds of old cases.

Why: a recovery hung on a voucher, so that an award which had been paid could never be asked back. It hangs on a voucher or on an award
now, and nobody who had a part in the award decides that it comes back. One person could take in a bank's file and write up to a tenth
of a payment off as the bank's charge; that is two people's now. That nobody confirms an account which he entered only the code said.
And 0043 refused to upgrade a database in which one person had annulled a recovery and refunded it; it leaves such rows out now, and here
the check of databases that have passed it follows.
Locks: recoveries, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0057, after 0056
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_BY_ANOTHER = "refund_document = '' or annulled_by is null or (refunded_by is not null and refunded_by <> annulled_by)"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("recoveries") as batch:
        batch.add_column(sa.Column("award_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_recoveries_award_id"), "awards", ["award_id"], ["id"])
        batch.alter_column("voucher_id", existing_type=sa.Uuid(), nullable=True)
        batch.drop_constraint(op.f("ck_recoveries_refunded_by_another"), type_="check")
        batch.create_check_constraint(op.f("ck_recoveries_refunded_by_another"), _BY_ANOTHER)
        batch.create_check_constraint(op.f("ck_recoveries_of_a_claim_or_an_award"), "(voucher_id is null) <> (award_id is null)")
    op.create_index(op.f("ix_recoveries_award_id"), "recoveries", ["award_id"], unique=False)
    _bank_charges()
    _refuse("recoveries", "recoveries_of_awards", "exists (select 1 from awards where id = new.award_id"
            " and (proposed_by = new.decided_by or decided_by = new.decided_by))",
            "who had a part in an award does not decide that it comes back")
    _refuse("account_confirmations", "accounts_confirmed_by_another", "exists (select 1 from bank_accounts"
            " where id = new.account_id and entered_by = new.person_id)", "who entered an account does not confirm it with the payee")


def _refuse(table: str, name: str, found: str, said: str) -> None:
    """Refuse rows of which something is found."""
    if op.get_context().dialect.name == "sqlite":
        for when in ("insert", "update"):
            op.execute(f"create trigger {name}_on_{when} before {when} on {table} when {found} begin select raise(abort, '{said}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $$"
               f" begin if {found} then raise restrict_violation using message = '{said}'; end if; return new; end $$")
    op.execute(f"create trigger {name} before insert or update on {table} for each row execute function {name}()")


def _bank_charges() -> None:
    op.create_table(
        "bank_charges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("booked_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("booked_by <> imported_by", name=op.f("ck_bank_charges_by_two")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_bank_charges_amount_is_positive")),
        sa.ForeignKeyConstraint(["line_id"], ["bank_lines.id"], name=op.f("fk_bank_charges_line_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_bank_charges_payout_id")),
        sa.ForeignKeyConstraint(["imported_by"], ["people.id"], name=op.f("fk_bank_charges_imported_by")),
        sa.ForeignKeyConstraint(["booked_by"], ["people.id"], name=op.f("fk_bank_charges_booked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_charges")),
    )
    for column in ("line_id", "payout_id"):
        op.create_index(op.f(f"ix_bank_charges_{column}"), "bank_charges", [column], unique=False)
