"""What a posting points to is looked at once an entry and not once a posting.

Why: PostgreSQL looks up a foreign key by a query of its own for each row. Two of them for each posting - its account, its set of
dimensions - were most of what an entry of thousands of postings cost, and much of what posting in bulk does. The check of new entries goes
over their postings and accounts in one pass anyway; now it sees too that each account stands, and each set of dimensions. That is as much:
a posting never stands without an entry that was checked with it (the key to its entry stays, and the numbers of an entry's postings are all
taken when it stands), and accounts and sets of dimensions are never removed, nor get another key.
SQLite keeps its foreign keys, which cost it next to nothing.
Locks: postings, for as long as it takes to drop two constraints.

Revision: 0052, after 0051
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_STANDS = ("a posting is on an account that stands, of dimensions that stand",
           "select 1 from postings p left join accounts a on a.id = p.account_id left join dimension_sets d on d.id = p.dimensions_id"
           " where p.entry_id = {it}.id and (a.id is null or (p.dimensions_id is not null and d.id is null))")


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        return
    leaner = _migration("0029_leaner_posting")
    wrong = leaner.WRONG.replace("bool_or(", "bool_or(a.id is null or (p.dimensions_id is not null and d.id is null) or ", 1).replace(
        "left join accounts a on a.id = p.account_id",
        "left join accounts a on a.id = p.account_id left join dimension_sets d on d.id = p.dimensions_id")
    _check_entries(wrong, leaner.ALONG_KEYS, _STANDS)
    for column in ("account_id", "dimensions_id"):
        op.drop_constraint(f"fk_postings_{column}", "postings")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        return
    leaner = _migration("0029_leaner_posting")
    op.create_foreign_key("fk_postings_account_id", "postings", "accounts", ["account_id"], ["id"])
    op.create_foreign_key("fk_postings_dimensions_id", "postings", "dimension_sets", ["dimensions_id"], ["id"])
    _check_entries(leaner.WRONG, leaner.ALONG_KEYS)


def _check_entries(wrong: str, plans: str, *more: tuple[str, str]) -> None:
    """What looks at the entries that a statement added: one pass, and the rules in their words when it finds something."""
    books = _migration("0002_the_books")
    rules = "".join(books.refusal(sentence, books.set_based(query)) for sentence, query in (*more, *books.RULES))
    op.execute(f"create or replace function ledger_check_entries() returns trigger language plpgsql{plans} as $body$ begin"
               f" perform pg_advisory_xact_lock_shared({books.PERIOD_LOCK}); if {wrong} then {rules} end if; return new; end $body$")


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
