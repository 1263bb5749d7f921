"""Revocations: the case that is made of a voucher, the states it goes through, and what the database refuses meanwhile.

Why: a voucher is revoked only after a hearing and by another person than opened the case. While a voucher is frozen or may be
revoked, nothing is ordered, claimed, approved or paid on it: the database refuses that too. Whoever releases a payout waits for
who freezes its voucher at the same instant, so that one of the two is first.
Locks: vouchers, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_STATES = ("state in ('submitted', 'questioned', 'reviewed', 'waitlisted', 'offered', 'offer_lapsed', 'issued', 'rejected', 'appealed', "
           "'dismissed', 'lapsed', 'frozen', 'surrendered', 'cancelled', 'hearing', 'heard', 'revoked', 'withdrawn')")

_STOPPED = "'frozen', 'hearing', 'heard', 'revoked'"
_OF_CLAIM = "(select o.voucher_id from orders o join claims c on c.order_id = o.id where c.id = new.claim_id)"

# Name, when, on what, the voucher, and in which of its states it is refused.
_GUARDS = (
    ("orders_on_a_voucher_in_use", "insert", "orders", "1 = 1", "new.voucher_id", f"{_STOPPED}, 'surrendered', 'cancelled'"),
    ("claims_on_a_voucher_in_use", "insert", "claims", "1 = 1", "(select voucher_id from orders where id = new.order_id)", _STOPPED),
    ("approvals_on_a_voucher_in_use", "update", "claims", "new.state = 'approved' and old.state <> 'approved'",
     "(select voucher_id from orders where id = new.order_id)", _STOPPED),
    ("payouts_on_a_voucher_in_use", "update", "payouts", "new.state = 'released' and old.state <> 'released'", _OF_CLAIM, _STOPPED),
)
_THERE_BEFORE = ("orders_on_a_voucher_in_use", "claims_on_a_voucher_in_use")


def upgrade() -> None:
    """Make it so."""
    _drop_guards()
    with op.batch_alter_table("vouchers") as batch:
        batch.drop_constraint(op.f("ck_vouchers_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_vouchers_state_is_known"), _STATES)
    op.create_table(
        "revocations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("hearing", sa.Text(), nullable=False),
        sa.Column("heard_on", sa.Date(), nullable=True),
        sa.Column("heard_by", sa.Uuid(), nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("not revoked or (ended_by <> opened_by and ended_by <> heard_by and heard_on is not null)",
                           name=op.f("ck_revocations_decided_by_another_after_a_hearing")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_revocations_voucher_id")),
        *(sa.ForeignKeyConstraint([column], ["people.id"], name=op.f(f"fk_revocations_{column}"))
          for column in ("opened_by", "heard_by", "ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocations")),
    )
    op.create_index(op.f("ix_revocations_voucher_id"), "revocations", ["voucher_id"])
    still_open = sa.text("ended_at is null")
    op.create_index("uq_revocations_one_open_a_voucher", "revocations", ["voucher_id"], unique=True, sqlite_where=still_open,
                    postgresql_where=still_open)
    for guard in _GUARDS:
        _refuse(*guard)


def _drop_guards() -> None:
    for name in _THERE_BEFORE:
        table = name.partition("_")[0]
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"drop trigger {name}")
        else:
            op.execute(f"drop trigger {name} on {table}")
            op.execute(f"drop function {name}()")


def _refuse(name: str, verb: str, table: str, when: str, voucher: str, states: str) -> None:
    said = f"no {name.partition('_')[0]} on a voucher that is not in use"
    found = f"exists (select 1 from vouchers v where v.id = {voucher} and v.state in ({states}))"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} and {found} begin select raise(abort, '{said}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ declare stands text; begin "
               f"if {when} then select v.state into stands from vouchers v where v.id = {voucher} for share; "
               f"if stands in ({states}) then raise exception '{said}' using errcode = 'restrict_violation'; end if; end if; "
               f"return new; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")
