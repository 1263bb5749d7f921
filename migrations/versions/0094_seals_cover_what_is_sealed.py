"""A seal follows the one before it and covers what was sealed since, all of it and nothing else.

Why: a row by hand in `seals` that left out numbers, or covered more or fewer entries than have a place in the tree, was taken; `verify` named
it, and every later seal began at a wrong place. That its root is the root over the entries is for `verify` alone: it takes the whole tree.
What it costs: a seal counts the entries that it covers, along the key of their places.
Locks: seals, for an instant.

Revision: 0094, after 0093
"""

from alembic import op

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

# What takes the place of another is refused as that, by its key.
_NEW = "not exists (select 1 from seals s where s.number = new.number)"
_BEFORE = "coalesce((select max(size) from seals), 0)"
_RULES = (
    ("seals are numbered without a gap", f"select 1 where {_NEW} and new.number <> 1 + coalesce((select max(number) from seals), 0)"),
    ("a seal covers the entries that were sealed since the one before, and no others", f"""
select 1 where {_NEW} and (new.size <= {_BEFORE} or new.size <> 1 + coalesce((select max(position) from sealed_entries), -1)
or new.size - {_BEFORE} <> (select count(*) from sealed_entries e where e.position >= {_BEFORE}))"""),
    ("the root of a seal is a hash of 32 bytes", "select 1 where length(new.root) <> 32"),
)


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        steps = "".join(f" select raise(abort, 'ledger: {said}') where exists ({query});" for said, query in _RULES)
        op.execute(f"create trigger seals_check before insert on seals begin{steps} end")
        return
    steps = "".join(f" if exists ({query}) then raise exception 'ledger: {said}' using errcode = 'integrity_constraint_violation'; end if;"
                    for said, query in _RULES)
    op.execute("create function ledger_check_seal() returns trigger language plpgsql set search_path = public, pg_temp set enable_seqscan = off"
               f" as $body$ begin{steps} return new; end $body$")
    op.execute("create trigger seals_check before insert on seals for each row execute function ledger_check_seal()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger seals_check")
        return
    op.execute("drop trigger seals_check on seals")
    op.execute("drop function ledger_check_seal()")
