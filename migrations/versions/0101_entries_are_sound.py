"""An entry says for which fact it stands and what happened, on a day that the books know, with evidence by its SHA-256.

Why: an entry without a cause or an event, with a word for evidence, or for a day of the year 9999, was taken; nobody finds a paper by a word,
and a balance as of today leaves out what counts for a day that nobody will see. The program says all that is wrong at once; this is for whoever
writes past it. What stands is left as it is.
Locks: entries, for an instant.

Revision: 0101, after 0100
"""

from alembic import op

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

_SAYS = "trim(new.cause) <> '' and trim(new.event) <> '' and new.effective_on <= '2199-12-31'"
_NO_DIGEST = "e.type <> 'text' or length(e.value) <> 64 or e.value glob '*[^0-9a-f]*'"
_DIGESTS = """(new.evidence = '[]' or new.evidence ~ '^\\[("[0-9a-f]{64}",)*"[0-9a-f]{64}"\\]$')"""
_SAID = "ledger: an entry is sound: it says why, what and when, with evidence by its SHA-256"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        sound = f"{_SAYS} and not exists (select 1 from json_each(new.evidence) e where {_NO_DIGEST})"
        op.execute(f"create trigger entries_are_sound before insert on entries begin select raise(abort, '{_SAID}') where not ({sound}); end")
        return
    op.execute("create function ledger_refuse_unsound() returns trigger language plpgsql set search_path = public, pg_temp as $body$ begin"
               f" raise exception '{_SAID}' using errcode = 'integrity_constraint_violation'; end $body$")
    op.execute(f"create trigger entries_are_sound before insert on entries for each row when (not ({_SAYS} and {_DIGESTS}))"
               " execute function ledger_refuse_unsound()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger entries_are_sound")
        return
    op.execute("drop trigger entries_are_sound on entries")
    op.execute("drop function ledger_refuse_unsound()")
