"""A programme can be paused for a while, and settled when all of it is over.

Why: an office stopped applications by publishing other terms, and nothing said that a programme was at its very end. In a paused programme
nothing is applied for or issued; what was offered before may be taken up. A settled one is as a closed one. The database holds to that.
Locks: programmes and vouchers, for an instant (SQLite builds programmes anew).

Revision: 0062, after 0061
"""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_SAID = "in a closed programme nothing is applied for or issued"
_SAID_PAUSED = "in a paused programme nothing is applied for or issued"

# The trigger, when it looks, in which states of the programme it refuses, and what it says then.
_GUARDS = (
    ("vouchers_begin_open", "insert", "true", "'closed', 'settled'", _SAID),
    ("vouchers_go_on_open", "update of state", "old.issued_on is null and new.state <> old.state and new.state <> 'lapsed'",
     "'closed', 'settled'", _SAID),
    ("vouchers_begin_unpaused", "insert", "true", "'paused'", _SAID_PAUSED),
    ("vouchers_go_on_unpaused", "update of state",
     "old.issued_on is null and new.state <> old.state and new.state in ('issued', 'offered') and old.state <> 'offered'", "'paused'",
     _SAID_PAUSED),
)


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("programmes") as batch:
        batch.drop_constraint(op.f("ck_programmes_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_programmes_state_is_known"), "state in ('open', 'paused', 'closed', 'settled')")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("vouchers_begin_open", "vouchers_go_on_open"):
        op.execute(f"drop trigger {name}" + ("" if is_sqlite else " on vouchers"))
    if not is_sqlite:
        op.execute("drop function vouchers_need_open_programme()")
    for name, when, looks, states, said in _GUARDS:
        found = f"exists (select 1 from programmes p where p.id = new.programme_id and p.state in ({states}))"
        if is_sqlite:
            op.execute(f"create trigger {name} before {when} on vouchers when {looks} and {found} begin select raise(abort, '{said}'); end")
            continue
        op.execute(f"create function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $body$ begin"
                   f" if {found} then raise exception '{said}' using errcode = 'integrity_constraint_violation'; end if;"
                   " return new; end $body$")
        op.execute(f"create trigger {name} before {when} on vouchers for each row"
                   + ("" if looks == "true" else f" when ({looks})") + f" execute function {name}()")
