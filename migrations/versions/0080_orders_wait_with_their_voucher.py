"""No order is accepted, nor takes more, on a voucher that is frozen, heard about or to be given back.

Why: an order that is accepted binds the budget, and one that is changed may take more of it; both were refused by the programs alone.
Locks: orders, for an instant.

Revision: 0080, after 0079
"""

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_NAME = "orders_wait_with_their_voucher"
_SAID = "no order is accepted or raised on a voucher that is not in use"
_TAKES_MORE = "(old.state = 'placed' and new.state = 'accepted') or new.voucher_part_minor > old.voucher_part_minor"
_STOPPED = "'frozen', 'surrendering', 'hearing', 'heard', 'revoked', 'surrendered', 'cancelled'"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {_NAME} before update on orders when ({_TAKES_MORE}) and exists (select 1 from vouchers v"
                   f" where v.id = new.voucher_id and v.state in ({_STOPPED})) begin select raise(abort, '{_SAID}'); end")
        return
    op.execute(f"create function {_NAME}() returns trigger language plpgsql set search_path = public, pg_temp as $body$"
               " declare stands text; begin select v.state into stands from vouchers v where v.id = new.voucher_id for share;"
               f" if stands in ({_STOPPED}) then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if;"
               " return new; end $body$")
    op.execute(f"create trigger {_NAME} before update on orders for each row when ({_TAKES_MORE}) execute function {_NAME}()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {_NAME}")
        return
    op.execute(f"drop trigger {_NAME} on orders")
    op.execute(f"drop function {_NAME}()")
