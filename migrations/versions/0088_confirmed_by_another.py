"""No account is confirmed by who entered it, also where somebody else entered the same one again.

Why: only the row that was entered last was looked at. Who had entered an account before could confirm it himself after somebody had mended
its holder or its bank, and then sign payments to it.
Locks: account_confirmations, for an instant.

Revision: 0088, after 0087
"""

from alembic import op

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

_NAME = "accounts_confirmed_by_another"
_SAID = "who entered an account does not confirm it with the payee"
_BEFORE = "exists (select 1 from bank_accounts where id = new.account_id and entered_by = new.person_id)"
_NOW = ("exists (select 1 from bank_accounts a join bank_accounts s on s.organisation_id = a.organisation_id and s.currency = a.currency"
        " and s.bare_number = a.bare_number where a.id = new.account_id and s.entered_by = new.person_id)")


def upgrade() -> None:
    """Make it so."""
    _refuse(_NOW)


def downgrade() -> None:
    """Undo it."""
    _refuse(_BEFORE)


def _refuse(found: str) -> None:
    """Refuse a confirmation of which this is found, in the place of the rule before."""
    if op.get_bind().dialect.name == "sqlite":
        for when in ("insert", "update"):
            op.execute(f"drop trigger {_NAME}_on_{when}")
            op.execute(f"create trigger {_NAME}_on_{when} before {when} on account_confirmations when {found}"
                       f" begin select raise(abort, '{_SAID}'); end")
        return
    op.execute(f"create or replace function {_NAME}() returns trigger language plpgsql set search_path = public, pg_temp as $$"
               f" begin if {found} then raise restrict_violation using message = '{_SAID}'; end if; return new; end $$")
