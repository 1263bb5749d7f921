"""A ban names the rule on which it rests.

Why: a ban without a recovery said why, and on paper by which rule to nobody. Those for a recovery get the rule of it; of the others that
stand it was not written down, and stays empty. Who lays one from now on names it.
Locks: bans, for an instant.

Revision: 0090, after 0089
"""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

_NAME, _SAID = "bans_name_their_rule", "a ban names the rule on which it rests"
_UNNAMED = "trim(new.basis) = ''"


def upgrade() -> None:
    """Make it so."""
    op.add_column("bans", sa.Column("basis", sa.Text(), nullable=False, server_default=""))
    op.execute("update bans set basis = (select r.basis from recoveries r where r.id = bans.recovery_id) where recovery_id is not null")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {_NAME} before insert on bans when {_UNNAMED} begin select raise(abort, '{_SAID}'); end")
        op.execute(f"create trigger {_NAME}_still before update of basis on bans when new.basis <> old.basis"
                   f" begin select raise(abort, '{_SAID}, which stays'); end")
        return
    op.execute(f"create function {_NAME}() returns trigger language plpgsql set search_path = public, pg_temp as $body$ begin"
               f" if tg_op = 'INSERT' and {_UNNAMED} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if;"
               f" if tg_op = 'UPDATE' and new.basis is distinct from old.basis then raise exception '{_SAID}, which stays'"
               " using errcode = 'restrict_violation'; end if; return new; end $body$")
    op.execute(f"create trigger {_NAME} before insert or update on bans for each row execute function {_NAME}()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {_NAME}_still")
        op.execute(f"drop trigger {_NAME}")
    else:
        op.execute(f"drop trigger {_NAME} on bans")
        op.execute(f"drop function {_NAME}()")
    op.drop_column("bans", "basis")
