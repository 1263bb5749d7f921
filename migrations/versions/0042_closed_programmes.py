"""In a closed programme nothing begins, and nothing is issued.

Why: closing ends every application in the same transaction; the database holds to it, whatever road somebody takes.
Locks: vouchers, for an instant.

Revision: 0042, after 0041
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SAID = "in a closed programme nothing is applied for or issued"
_CLOSED = "exists (select 1 from programmes p where p.id = new.programme_id and p.state = 'closed')"
_GOES_ON = "old.issued_on is null and new.state <> old.state and new.state <> 'lapsed'"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger vouchers_begin_open before insert on vouchers when {_CLOSED}"
                   f" begin select raise(abort, '{_SAID}'); end")
        op.execute(f"create trigger vouchers_go_on_open before update of state on vouchers when {_GOES_ON} and {_CLOSED}"
                   f" begin select raise(abort, '{_SAID}'); end")
        return
    op.execute("create function vouchers_need_open_programme() returns trigger language plpgsql as $body$ begin"
               f" if {_CLOSED} then raise exception '{_SAID}' using errcode = 'integrity_constraint_violation'; end if;"
               " return new; end $body$")
    op.execute("create trigger vouchers_begin_open before insert on vouchers for each row"
               " execute function vouchers_need_open_programme()")
    op.execute(f"create trigger vouchers_go_on_open before update of state on vouchers for each row when ({_GOES_ON})"
               " execute function vouchers_need_open_programme()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger vouchers_begin_open")
        op.execute("drop trigger vouchers_go_on_open")
        return
    op.execute("drop trigger vouchers_begin_open on vouchers")
    op.execute("drop trigger vouchers_go_on_open on vouchers")
    op.execute("drop function vouchers_need_open_programme()")
