"""What belongs to an entry, a seal or a closing comes with it, and is not put beside it afterwards.

Why: nothing in these tables is changed or removed, but rows could be added. Words beside an entry that came without any were shown as if they
had been written with it, and emptied again without a trace. A set of dimensions was found under one that it has not. A root in `sealed_tiles`
before its 256 entries were sealed, or a place in the tree beyond the next, ended all sealing. A kind of accounts kept the program from
making any. Balances could be added to a closing (`verify` named these). Now each row is held against what it belongs to: words against the
commitment of their entry, which on SQLite too is written before them; dimensions against their set; a place against the one before; the
root of a stretch against the last seal, which is written before it; the balances of a closing are written before its act, and none after it.
Kinds are for migrations alone: one that brings some takes the guard away for as long as it writes.
PostgreSQL looks once a statement, and sees so what two foreign keys looked up row by row: that the entry of words stands, and the set of
dimensions. They go there.
Locks: the tables named, for an instant each; on SQLite closing_balances is copied.

Revision: 0100, after 0099
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None

_WORDS = "memos are only ever written with their entry, which commits to them"
_FOUND = "dimensions are those of their set"
_PLACES = "an entry is sealed at the next place in the tree"
_STRETCH = "a root is written down of the next stretch of 256 entries that a seal covers"
_KEPT = "closing_balances are only ever kept with their closing"
_KINDS = "account_kinds are only ever added by a migration"

_COVERED = "({last} + 1) * 256 > coalesce((select max(size) from seals), 0)"

# By table, what is wrong with a row; what takes the place of another is refused as that, by its key.
_ON_SQLITE = {
    "memos": (_WORDS, "select 1 where not exists (select 1 from entries e where e.id = new.entry_id and e.memo_commitment is not null)"),
    "dimensions": (_FOUND, "select 1 where not exists (select 1 from dimension_sets s, json_each(s.members) m"
                   " where s.id = new.set_id and m.key = new.name and m.value = new.value)"),
    "sealed_entries": (_PLACES, "select 1 where not exists (select 1 from sealed_entries s where s.position = new.position)"
                       " and new.position <> 1 + coalesce((select max(position) from sealed_entries), -1)"),
    "sealed_tiles": (_STRETCH, "select 1 where not exists (select 1 from sealed_tiles s where s.number = new.number)"
                     " and (new.number <> 1 + coalesce((select max(number) from sealed_tiles), -1) or length(new.root) <> 32"
                     f" or {_COVERED.format(last='new.number')})"),
    "closing_balances": (_KEPT, "select 1 from period_acts p where p.number = new.act_number"),
    "account_kinds": (_KINDS, "select 1"),
}

# The same over all that a statement has added. What was there is without a gap: so the first of what came stands behind the last of it.
_IN_A_ROW = ("select 1 from (select min({key}) as first, max({key}) as last, count(*) as many from added) a where a.last - a.first + 1 <> a.many"
             " or a.first < 0 or (a.first > 0 and not exists (select 1 from {table} t where t.{key} = a.first - 1))")
_ON_POSTGRESQL = {
    "memos": (_WORDS, "select 1 from added a left join entries e on e.id = a.entry_id where e.memo_commitment is null"),
    "dimensions": (_FOUND, "select 1 from added a left join dimension_sets s on s.id = a.set_id"
                   " where s.members::json ->> a.name is distinct from a.value"),
    "sealed_entries": (_PLACES, _IN_A_ROW.format(key="position", table="sealed_entries")),
    "sealed_tiles": (_STRETCH, f"{_IN_A_ROW.format(key='number', table='sealed_tiles')} or {_COVERED.format(last='a.last')}"
                     " or exists (select 1 from added where length(root) <> 32)"),
    "closing_balances": (_KEPT, "select 1 from added a join period_acts p on p.number = a.act_number"),
    "account_kinds": (_KINDS, "select 1 from added"),
}

_LOOKED_UP = (("memos", "entry_id", "entries", {"deferrable": True, "initially": "DEFERRED"}),
              ("dimensions", "set_id", "dimension_sets", {}))
_ACT = "fk_closing_balances_act_number"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        _copy_closing_balances(deferrable=True, initially="DEFERRED")
        for table, (said, query) in _ON_SQLITE.items():
            op.execute(f"create trigger {table}_belong before insert on {table} begin"
                       f" select raise(abort, 'ledger: {said}') where exists ({query}); end")
        return
    plans = _migration("0029_leaner_posting").ALONG_KEYS
    op.execute(f"alter table closing_balances alter constraint {_ACT} deferrable initially deferred")
    for table, (said, query) in _ON_POSTGRESQL.items():
        op.execute(f"create function ledger_{table}_belong() returns trigger language plpgsql set search_path = public, pg_temp{plans}"
                   f" as $body$ begin if exists ({query}) then raise exception 'ledger: {said}' using errcode = 'integrity_constraint_violation';"
                   " end if; return null; end $body$")
        op.execute(f"create trigger {table}_belong after insert on {table} referencing new table as added"
                   f" for each statement execute function ledger_{table}_belong()")
    for table, column, _whose, _options in _LOOKED_UP:
        op.drop_constraint(f"fk_{table}_{column}", table)


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _ON_SQLITE:
            op.execute(f"drop trigger {table}_belong")
        _copy_closing_balances()
        return
    for table, column, whose, options in _LOOKED_UP:
        op.create_foreign_key(f"fk_{table}_{column}", table, whose, [column], ["id"], **options)
    for table in _ON_POSTGRESQL:
        op.execute(f"drop trigger {table}_belong on {table}")
        op.execute(f"drop function ledger_{table}_belong()")
    op.execute(f"alter table closing_balances alter constraint {_ACT} not deferrable")


def _copy_closing_balances(**options: object) -> None:
    """Have SQLite look for the act of a balance at the commit, or at once; a copy keeps the triggers."""
    triggers = list(op.get_bind().execute(sa.text(
        "select sql from sqlite_master where type = 'trigger' and tbl_name = 'closing_balances'")).scalars())
    with op.batch_alter_table("closing_balances") as kept:
        kept.drop_constraint(_ACT)
        kept.create_foreign_key(_ACT, "period_acts", ["act_number"], ["number"], **options)
    for sql in triggers:
        op.execute(sql)


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
