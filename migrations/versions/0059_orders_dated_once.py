"""An order whose day is still to come takes room in every year, and is dated once.

Why: terms may count a case by what comes after its order (`dated_by: delivery`). Such an order was counted by its own day until then and
moved into another year afterwards, in which nobody had kept room for it: two years' orders could both be paid under the cap of one. Now it
is not `dated` until its day has come, counts in every year from its order on, and keeps the day that it has then. The terms of the orders
that stand are read for whether their day is still to come.
Locks: orders, for as long as it takes to write one column (SQLite: to build the table anew).

Revision: 0059, after 0058
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

# By what terms may date an order, and by what one sees that it has not happened.
_TO_COME = {"contract": "state = 'placed'", "delivery": "delivered_on is null and state in ('placed', 'accepted', 'registered', 'started')"}
_UNCLAIMED = "not exists (select 1 from claims where claims.order_id = orders.id)"

_DATED_ANEW = ("(old.dated and (not new.dated or new.counted_on <> old.counted_on)) or new.counted_on < old.counted_on")
_SAID = "an order is dated once, and never by a day before it took room"


def upgrade() -> None:
    """Make it so."""
    op.add_column("orders", sa.Column("dated", sa.Boolean(), nullable=False, server_default=sa.true()))
    for key, source in op.get_bind().execute(sa.text("select id, source from terms_versions")).all():
        found = re.search(r"^dated_by:[ \t]*[\"']?(contract|delivery|invoice|payment|claim)\b", source, re.MULTILINE)
        if found:
            op.get_bind().execute(sa.text(
                f"update orders set dated = false where terms_id = :terms and held_minor > 0 and {_TO_COME.get(found[1], _UNCLAIMED)}"),
                {"terms": key})
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger orders_dated_once before update on orders when {_DATED_ANEW}"
                   f" begin select raise(abort, '{_SAID}'); end")
        return
    op.execute(f"create function orders_dated_once() returns trigger language plpgsql set search_path = public, pg_temp as $$"
               f" begin if {_DATED_ANEW} then raise restrict_violation using message = '{_SAID}'; end if; return new; end $$")
    op.execute("create trigger orders_dated_once before update on orders for each row execute function orders_dated_once()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger orders_dated_once")
    else:
        op.execute("drop trigger orders_dated_once on orders")
        op.execute("drop function orders_dated_once()")
    op.drop_column("orders", "dated")
