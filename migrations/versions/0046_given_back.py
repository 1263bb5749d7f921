"""A voucher can be given back while orders on it are open, once their providers agree or say nothing in time.

Why: while they are asked nothing is ordered and nothing claimed on it; and no voucher is given back over the head of an order that is
open. The database refuses that too.
Locks: vouchers, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0046, after 0045
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_STATES = ("state in ('submitted', 'questioned', 'reviewed', 'waitlisted', 'offered', 'offer_lapsed', 'issued', 'rejected', 'appealed', "
           "'dismissed', 'lapsed', 'frozen', 'surrendering', 'surrendered', 'cancelled', 'hearing', 'heard', 'revoked', 'withdrawn')")

_STOPPED = "'frozen', 'surrendering', 'hearing', 'heard', 'revoked'"

# The table, the voucher of its new row, and in which states of that voucher the row is refused.
_GUARDS = (
    ("orders", "new.voucher_id", f"{_STOPPED}, 'surrendered', 'cancelled'"),
    ("claims", "(select voucher_id from orders where id = new.order_id)", _STOPPED),
)

_GIVEN_BACK = "new.state = 'surrendered' and old.state <> 'surrendered'"
_OPEN = ("exists (select 1 from orders o where o.voucher_id = new.id and o.state in "
         "('placed', 'accepted', 'registered', 'started', 'delivered', 'disputed'))")
_SAID = "no voucher is given back over an open order"


def upgrade() -> None:
    """Make it so."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("vouchers") as batch:
        batch.drop_constraint(op.f("ck_vouchers_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_vouchers_state_is_known"), _STATES)
    for guard in _GUARDS:
        _guard_anew(*guard, is_sqlite=is_sqlite)
    if is_sqlite:
        op.execute(f"create trigger vouchers_given_back_whole before update of state on vouchers when {_GIVEN_BACK} and {_OPEN}"
                   f" begin select raise(abort, '{_SAID}'); end")
        return
    op.execute("create function vouchers_given_back_whole() returns trigger language plpgsql as $body$ begin"
               f" if {_OPEN} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $body$")
    op.execute(f"create trigger vouchers_given_back_whole before update of state on vouchers for each row when ({_GIVEN_BACK})"
               " execute function vouchers_given_back_whole()")


def _guard_anew(table: str, voucher: str, states: str, *, is_sqlite: bool) -> None:
    """The guards of 0027, with the new state among those in which they refuse."""
    name, said = f"{table}_on_a_voucher_in_use", f"no {table} on a voucher that is not in use"
    if is_sqlite:
        op.execute(f"drop trigger {name}")
        op.execute(f"create trigger {name} before insert on {table} when exists (select 1 from vouchers v where v.id = {voucher} "
                   f"and v.state in ({states})) begin select raise(abort, '{said}'); end")
        return
    op.execute(f"create or replace function {name}() returns trigger language plpgsql as $$ declare stands text; begin "
               f"select v.state into stands from vouchers v where v.id = {voucher} for share; "
               f"if stands in ({states}) then raise exception '{said}' using errcode = 'restrict_violation'; end if; "
               f"return new; end $$")
