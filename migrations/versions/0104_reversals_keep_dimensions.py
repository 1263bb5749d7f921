"""A reversal carries the dimensions of what it reverses.

Why: the database saw that it has the accounts and the opposite amounts of its original, posting by posting, and no more. So what was posted
for one voucher could be taken back for another, and could not be taken back again where it belongs. Whoever reverses by the program has always
kept the dimensions; this is for whoever writes past it. What stands is left as it is, and `voucher ledger verify` names it.
Locks: entries, for an instant.

Revision: 0104, after 0103
"""

from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

_NAME = "entries_reverse_dimensions"
_OTHER = """exists (select 1 from postings p join postings o on o.entry_id = new.reverses_id and o.number = p.number
 where p.entry_id = new.id and p.dimensions_id {is_not} o.dimensions_id)"""
_SAID = "ledger: a reversal inverts its original with the same dimensions"
_ALONG_KEYS = "set enable_seqscan = off set enable_mergejoin = off set enable_hashjoin = off set plan_cache_mode = force_generic_plan"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {_NAME} before insert on entries when new.reverses_id is not null begin"
                   f" select raise(abort, '{_SAID}') where {_OTHER.format(is_not='is not')}; end")
        return
    # After the statement, which writes the postings too; only whoever reverses pays for it.
    op.execute(f"create function ledger_check_reversal() returns trigger language plpgsql set search_path = public, pg_temp {_ALONG_KEYS}"
               f" as $body$ begin if {_OTHER.format(is_not='is distinct from')} then"
               f" raise exception '{_SAID}' using errcode = 'integrity_constraint_violation'; end if; return null; end $body$")
    op.execute(f"create trigger {_NAME} after insert on entries for each row when (new.reverses_id is not null)"
               " execute function ledger_check_reversal()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {_NAME}")
        return
    op.execute(f"drop trigger {_NAME} on entries")
    op.execute("drop function ledger_check_reversal()")
