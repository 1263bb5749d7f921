"""Payouts know from which day on their programme pays them, and predictions say so.

Why: programmes that pay monthly or on certain days of the year; no payout is gathered for an earlier day.
Locks: payouts and predictions, for an instant.

Revision: 0045, after 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_SAID = "its programme does not pay this before its day"
_EARLY = ("new.state in ('gathered', 'released') and new.not_before is not null"
          " and exists (select 1 from batches b where b.id = new.batch_id and b.execution_on < new.not_before)")


def upgrade() -> None:
    """Make it so."""
    op.add_column("payouts", sa.Column("not_before", sa.Date(), nullable=True))
    op.add_column("predictions", sa.Column("paid_from", sa.Date(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger payouts_wait_for_their_day before update of state on payouts when {_EARLY}"
                   f" begin select raise(abort, '{_SAID}'); end")
        return
    op.execute("create function payouts_wait_for_their_day() returns trigger language plpgsql as $body$ begin"
               f" if {_EARLY} then raise exception '{_SAID}' using errcode = 'integrity_constraint_violation'; end if;"
               " return new; end $body$")
    op.execute("create trigger payouts_wait_for_their_day before update of state on payouts for each row"
               " when (new.not_before is not null) execute function payouts_wait_for_their_day()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger payouts_wait_for_their_day")
    else:
        op.execute("drop trigger payouts_wait_for_their_day on payouts")
        op.execute("drop function payouts_wait_for_their_day()")
    op.drop_column("predictions", "paid_from")
    op.drop_column("payouts", "not_before")
