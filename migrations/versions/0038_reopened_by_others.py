"""Closed days are opened again by nobody who closed any of them.

Why: the database looked at the last closing alone, so who had closed January could open it again as soon as somebody else had
closed February.
Locks: period_acts, for an instant.

Revision: 0038, after 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_SAID = "a period is reopened by another person than closed it"

# A closing covers the days after those that were closed before it, and what was opened since is no longer its.
_CLOSED_THEM = """
select 1 from period_acts p where new.kind = 'reopened' and p.kind = 'closed' and p.actor = new.actor
and (new.closed_through is null or p.closed_through > new.closed_through)
and not exists (
  select 1 from period_acts r where r.kind = 'reopened' and r.number > p.number
  and (r.closed_through is null or r.closed_through <= new.closed_through
       or r.closed_through <= (select b.closed_through from period_acts b where b.number = p.number - 1)))
"""
_CLOSED_LAST = ("select 1 from period_acts p where new.kind = 'reopened' and p.actor = new.actor and p.number ="
                " (select max(number) from period_acts where kind = 'closed')")


def upgrade() -> None:
    """Make it so."""
    _refuse(_CLOSED_THEM)


def downgrade() -> None:
    """Undo it."""
    _refuse(_CLOSED_LAST)


def _refuse(query: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger period_acts_check")
        op.execute("create trigger period_acts_check before insert on period_acts begin"
                   f" select raise(abort, 'ledger: {_SAID}') where exists ({query}); end")
    else:
        op.execute("create or replace function ledger_check_period() returns trigger language plpgsql as $body$ begin"
                   f" if exists ({query}) then raise exception 'ledger: {_SAID}'"
                   " using errcode = 'integrity_constraint_violation'; end if; return new; end $body$")
