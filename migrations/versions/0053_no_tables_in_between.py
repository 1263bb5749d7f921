"""What guards the books looks at our tables, and at none that a session puts in between.

Why: PostgreSQL looks for a table without a schema among the temporary tables of the session first, and anybody may make some. Whoever made
a temporary `accounts` or `postings` showed them to our trigger functions in place of the real ones, and an entry that the real ones refuse
stood. Each function of ours names the path on which it looks now: our schema, and temporary tables last (PostgreSQL's manual says so of
functions that must not be misled, "Writing SECURITY DEFINER Functions Safely"). SQLite's triggers see the tables of their own file only.
A later migration that writes a function anew has to set the path again; tests/house/test_triggers.py asks each of them.
Locks: none that anybody waits for.

Revision: 0053, after 0052
"""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_EACH = """do $body$ declare ours regprocedure; begin
  for ours in select oid from pg_proc where pronamespace = current_schema()::regnamespace and prokind = 'f'
      and not exists (select 1 from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e') loop
    execute format({command}, ours, current_schema());
  end loop;
end $body$"""


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_EACH.format(command="'alter function %s set search_path = %I, pg_temp'"))


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_EACH.format(command="'alter function %s reset search_path'"))
