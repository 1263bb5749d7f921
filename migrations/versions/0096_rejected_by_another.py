"""That the bank did not carry a payment out is written down by nobody who gathered or released it, or had another part in its case.

Why: a payment that is said not to have been carried out is paid again, so it must not be the word of one who had it paid.
Locks: events, for an instant.

Revision: 0096, after 0095
"""

from alembic import op

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

_NAME = "events_rejected_by_another"
_WHEN = "new.name = 'payout.rejected'"
# Also who bore a role of one of them, or had one of his borne by him, at any instant since it was gathered.
_OWN = """(exists (select 1 from payouts p join batches b on b.id = p.batch_id
 join people h on h.id = b.gathered_by or h.id in (select s.person_id from batch_signatures s where s.batch_id = b.id)
 where p.reference = new.subject and (h.id = new.person_id or exists (select 1 from delegations g
  where g.begins_at <= new.at and g.ends_at > g.begins_at and g.ends_at > b.gathered_at
  and ((g.deputy_id = new.person_id and g.person_id = h.id) or (g.person_id = new.person_id and g.deputy_id = h.id)))))
 or exists (select 1 from vouchers v join duties d on d.voucher_id = v.id
  where v.reference = new.case_reference and d.person_id = new.person_id and d.duty <> 'release'))"""
_SAID = "who had a payment made does not say that the bank did not carry it out"


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
