"""The time of vouchers: expiry with its warnings, extensions, a freeze, and the ways in which a voucher ends before.

Why: what is left expires once, a warning is given once, an extension counts, a freeze has a first day. On a voucher that is
not in use nothing is ordered and nothing claimed: the database refuses that too, whoever asks.
Locks: vouchers, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_STATES = ("state in ('submitted', 'questioned', 'reviewed', 'waitlisted', 'offered', 'offer_lapsed', 'issued', 'rejected', 'appealed', "
           "'dismissed', 'lapsed', 'frozen', 'surrendered', 'cancelled', 'withdrawn')")

# What is written -> on a voucher in which states it is refused.
_REFUSED = {
    "orders": ("new.voucher_id", "'frozen', 'surrendered', 'cancelled'"),
    "claims": ("(select voucher_id from orders where id = new.order_id)", "'frozen'"),
}


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("vouchers") as batch:
        batch.add_column(sa.Column("extensions", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("frozen_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("warned_days", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("expired_on", sa.Date(), nullable=True))
        batch.drop_constraint(op.f("ck_vouchers_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_vouchers_state_is_known"), _STATES)
        batch.create_check_constraint(op.f("ck_vouchers_frozen_since_a_day"), "state <> 'frozen' or frozen_on is not null")
        batch.create_index("ix_vouchers_last_day", ["state", "use_by"])
    for table, (voucher, states) in _REFUSED.items():
        found = f"exists (select 1 from vouchers v where v.id = {voucher} and v.state in ({states}))"
        _refuse(table, found)


def _refuse(table: str, found: str) -> None:
    name, said = f"{table}_on_a_voucher_in_use", f"no {table} on a voucher that is not in use"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before insert on {table} when {found} begin select raise(abort, '{said}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin "
               f"if {found} then raise exception '{said}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before insert on {table} for each row execute function {name}()")
