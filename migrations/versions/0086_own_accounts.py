"""Nobody signs a payment to an account that he entered, unless its payee confirmed it.

Why: only the confirmation asked for another person (0057). Who enters accounts and signs batches could have one entered, wait until its
days were over, and be one of the two who let money go to it. A deputy counts for whom he stands in.
Whom the system entered at set-up nobody entered.
Locks: batch_signatures, for an instant.

Revision: 0086, after 0085
"""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

_NAME = "batch_signatures_not_to_own_accounts"
_OWN = """exists (select 1 from payouts p join bank_accounts a on a.organisation_id = p.payee_id and a.currency = p.currency
 and a.number = p.account_number where p.batch_id = new.batch_id and (a.entered_by = new.person_id or exists (
  select 1 from delegations d where d.deputy_id = new.person_id and d.person_id = a.entered_by and d.begins_at <= new.at
  and d.ends_at > new.at and d.duties like '%,release,%'))
 and not exists (select 1 from bank_accounts s join account_confirmations c on c.account_id = s.id
  where s.organisation_id = a.organisation_id and s.currency = a.currency and s.number = a.number))"""
_SAID = "who entered an account that nobody confirmed signs no payment to it"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {_NAME} before insert on batch_signatures when {_OWN} begin select raise(abort, '{_SAID}'); end")
        return
    op.execute(f"create function {_NAME}() returns trigger language plpgsql set search_path = public, pg_temp as $body$"
               f" begin if {_OWN} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $body$")
    op.execute(f"create trigger {_NAME} before insert on batch_signatures for each row execute function {_NAME}()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {_NAME}")
        return
    op.execute(f"drop trigger {_NAME} on batch_signatures")
    op.execute(f"drop function {_NAME}()")
