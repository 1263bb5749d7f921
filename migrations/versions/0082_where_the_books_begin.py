"""Where nothing is closed, the books begin with the year before that in which their first entry was recorded.

Why: until its first closing an office could post to any day from the year 1 on, by a slip of one digit. Now nothing counts for a day before
the year before the first recording, as if that had been closed; who has to go further back closes the day before his first day, and that
says where his books begin. Entries that stand are left as they are.
Locks: entries, for as long as it takes to make a trigger.

Revision: 0082, after 0081
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

# The day before the books begin, by the instant of the first recording (microseconds since 1970).
_EVE = "make_date(greatest(extract(year from timestamp 'epoch' + ({first}) / 1000000 * interval '1 second')::int - 2, 1), 12, 31)"
_EVE_ON_SQLITE = "printf('%04d-12-31', max(strftime('%Y', ({first}) / 1000000, 'unixepoch') - 2, 1))"
_CLOSED = "(select p.closed_through from period_acts p order by p.number desc limit 1)"
_FIRST = "select min(b.recorded_us) from entries b"
_SAID = "the day is closed"

# `ledger_post` takes that day for one that is closed.
_CHECKED = "  if last_closed is not null or last_adjusting is not null then\n"
_CHANGED = (_CHECKED, f"  last_closed := coalesce(last_closed, "
            f"{_EVE.format(first=f'least(({_FIRST}), (select min(i) from unnest(instants) i))')});\n{_CHECKED}")


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        eve = _EVE_ON_SQLITE.format(first=f"min(coalesce(({_FIRST}), new.recorded_us), new.recorded_us)")
        op.execute("create trigger entries_not_before_the_books before insert on entries begin"
                   f" select raise(abort, 'ledger: {_SAID}') where {_CLOSED} is null and new.effective_on <= {eve}; end")
        return
    instants, leaner = _migration("0073_instants_that_grow"), _migration("0029_leaner_posting")
    sql = instants["post"]()
    assert sql.count(_CHECKED) == 1
    instants["_write"](sql.replace(*_CHANGED))
    op.execute("create function ledger_check_beginning() returns trigger language plpgsql set search_path = public, pg_temp"
               f"{leaner['ALONG_KEYS']} as $body$ begin if exists (select 1 from added e where {_CLOSED} is null and "
               f"e.effective_on <= {_EVE.format(first=_FIRST)}) then raise exception 'ledger: {_SAID}' using errcode = 'integrity_constraint_violation';"
               " end if; return null; end $body$")
    op.execute("create trigger entries_not_before_the_books after insert on entries referencing new table as added"
               " for each statement execute function ledger_check_beginning()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger entries_not_before_the_books")
        return
    op.execute("drop trigger entries_not_before_the_books on entries")
    op.execute("drop function ledger_check_beginning()")
    instants = _migration("0073_instants_that_grow")
    instants["_write"](instants["post"]())


def _migration(name: str) -> dict[str, Any]:
    """What another migration has, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module: ModuleType = module_from_spec(found)
    found.loader.exec_module(module)
    return vars(module)
