"""That the bank did carry a payment out is said by nobody who had said that it did not.

Why: a rejection is the word of one person, and taking it back another's: the programs alone saw to that.
Locks: events, for an instant.

Revision: 0103, after 0102
"""

from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

_NAME = "events_rejection_undone_by_another"
_WHEN = "new.name = 'payout.rejection_undone'"
# Also who bore a role of him, or had one of his borne by him, at any instant since.
_OWN = """exists (select 1 from payouts p join events e on e.subject = p.reference and e.name = 'payout.rejected'
 where p.reference = new.subject and (e.person_id = new.person_id
 or exists (select 1 from delegations g where g.begins_at <= new.at and g.ends_at > g.begins_at and g.ends_at > e.at
  and ((g.deputy_id = new.person_id and g.person_id = e.person_id) or (g.person_id = new.person_id and g.deputy_id = e.person_id)))))"""
_SAID = "who said that the bank did not carry a payment out does not take that back"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {_NAME} before insert on events when {_WHEN} and {_OWN} begin select raise(abort, '{_SAID}'); end")
        return
    op.execute(f"create function {_NAME}() returns trigger language plpgsql set search_path = public, pg_temp as $body$"
               f" begin if {_OWN} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $body$")
    op.execute(f"create trigger {_NAME} before insert on events for each row when ({_WHEN}) execute function {_NAME}()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {_NAME}")
        return
    op.execute(f"drop trigger {_NAME} on events")
    op.execute(f"drop function {_NAME}()")
