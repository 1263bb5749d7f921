"""Each call that moves an account is recorded later than the one before, and the day that an account has reached is the office's.

Why: entries that many people post at once on one account were recorded at one instant, the last that the account had seen, and no longer
knew in which order they had moved it. What reads entries by instant (a seal, an export) then told another order than the account, and
nobody could rebuild it from there. Now an entry is recorded now, or a microsecond after the last instant that any of its accounts has seen.
And `high_on` stopped at the day of recording in UTC: what an office east of Greenwich posted between its midnight and that of UTC counted as
dated ahead, and each balance as of an older day had to read all of it. It may reach one day further; any zone fits.
Locks: none that anybody waits for.

Revision: 0073, after 0072
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_CHANGED = (
    ("latest := greatest(latest, instants[1]);", "latest := greatest(latest + 1, instants[1]);"),
    ("date '1970-01-01' + (instants[u.place] / 86400000000)::int", "date '1970-01-02' + (instants[u.place] / 86400000000)::int"),
)


def post() -> str:
    """The function of 0054, but for two lines."""
    sql = str(_migration("0054_postings_with_their_entry").POST)
    for old, new in _CHANGED:
        assert sql.count(old) == 1, old
        sql = sql.replace(old, new)
    return sql


def upgrade() -> None:
    """Make it so."""
    _write(post())


def downgrade() -> None:
    """Undo it."""
    _write(_migration("0054_postings_with_their_entry").POST)


def _write(function: str) -> None:
    """Put this `ledger_post` in the place of the one that stands, and tell it on which path it looks (0053)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function ledger_post")
        op.execute(function)
        _migration("0053_no_tables_in_between").upgrade()


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
