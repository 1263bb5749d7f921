"""Entries are counted as they come, so that a seal need not count all of them.

Why: whoever seals looks at what was recorded lately, and has to know whether anything is missing: an entry whose work was long in
committing. For that each seal counted all entries that there are, ever more of them. Now each statement that adds entries leaves a row with
their number beside it - a row of its own, so nobody who posts waits for anybody - and a seal adds these rows up and leaves one in their
place. Both are committed together, so the sum is the number of entries that can be seen. If somebody meddles with it, `voucher ledger
verify` says that it is too small, and if it is too large, seals only look further than they need.
Locks: entries, for as long as it takes to make a trigger and to count them for the last time.

Revision: 0058, after 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table("entry_counts", sa.Column("many", sa.BigInteger(), nullable=False),
                    sa.CheckConstraint("many > 0", name=op.f("ck_entry_counts_counts_something")))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("create trigger entries_count after insert on entries begin insert into entry_counts (many) values (1); end")
        op.execute("create trigger entry_counts_refuse_update before update on entry_counts begin"
                   " select raise(abort, 'ledger: entry_counts are only ever added up'); end")
    else:
        path = "set search_path = public, pg_temp"
        op.execute(f"create function ledger_count_entries() returns trigger language plpgsql {path} as $body$ begin"
                   " insert into entry_counts (many) select count(*) from added having count(*) > 0; return null; end $body$")
        op.execute("create trigger entries_count after insert on entries referencing new table as added"
                   " for each statement execute function ledger_count_entries()")
        op.execute(f"create function ledger_refuse_recount() returns trigger language plpgsql {path} as $body$ begin"
                   " raise exception 'ledger: entry_counts are only ever added up' using errcode = 'integrity_constraint_violation';"
                   " end $body$")
        op.execute("create trigger entry_counts_refuse_update before update on entry_counts"
                   " for each statement execute function ledger_refuse_recount()")
    op.execute("insert into entry_counts (many) select count(*) from entries having count(*) > 0")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger entries_count")
    else:
        op.execute("drop trigger entries_count on entries")
    op.drop_table("entry_counts")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("drop function ledger_count_entries()")
        op.execute("drop function ledger_refuse_recount()")
