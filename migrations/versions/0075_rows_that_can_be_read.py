"""The books take no row that nobody can read, and an account moves by its postings only.

Why: an entry for a day or at an instant that no calendar has (PostgreSQL's 'infinity', a number of microseconds beyond the year 9999), or
with evidence that is no list in JSON, passed every guard; from then on every export, statement and verification ended in an error, for
ever, as no entry can be removed. And whoever may write could move the day or the instant that an account has reached, so that the next
entries were recorded in another year, or stood on no balance as of a day. (Who counts one posting more as well has the next entry
refused, as before.)
Locks: entries and dimension_sets, for as long as it takes to look at them once.

Revision: 0075, after 0074
"""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

# The years 1 to 9999, of which calendars (and Python's) know, in days and in microseconds since 1970.
_DAYS = "between '0001-01-01' and '9999-12-31'"
_INSTANTS = "between -62135596800000000 and 253402300799999999"

_CHECKS = {
    "entries": f"recorded_us {_INSTANTS} and effective_on {_DAYS} and json_typeof(evidence::json) = 'array'",
    "dimension_sets": "json_typeof(members::json) = 'object'",
}
_CAN_BE_READ = {
    "entries": f"new.recorded_us {_INSTANTS} and new.effective_on {_DAYS} and new.effective_on = date(new.effective_on)"
               " and json_type(new.evidence) = 'array'",
    "dimension_sets": "json_type(new.members) = 'object'",
}
_MOVES = "new.version = old.version and ({})"
_MOVED = ("balance_minor", "recorded_us", "high_on")
_SAID = "ledger: an account moves by its postings only"


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        for table, condition in _CAN_BE_READ.items():
            op.execute(f"create trigger {table}_can_be_read before insert on {table} when ({condition}) is not 1"
                       f" begin select raise(abort, 'ledger: what is written in {table} can be read'); end")
        moves = _MOVES.format(" or ".join(f"new.{each} is not old.{each}" for each in _MOVED))
        op.execute("create trigger accounts_move_by_postings before update of balance_minor, recorded_us, high_on on accounts"
                   f" when {moves} begin select raise(abort, '{_SAID}'); end")
        return
    for table, condition in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{table}_can_be_read"), table, condition)
    op.execute("create function ledger_refuse_move() returns trigger language plpgsql set search_path = public, pg_temp as $body$ begin"
               f" raise exception '{_SAID}' using errcode = 'integrity_constraint_violation'; end $body$")
    moves = _MOVES.format(" or ".join(f"new.{each} is distinct from old.{each}" for each in _MOVED))
    op.execute(f"create trigger accounts_move_by_postings before update on accounts for each row when ({moves})"
               " execute function ledger_refuse_move()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        for table in _CAN_BE_READ:
            op.execute(f"drop trigger {table}_can_be_read")
        op.execute("drop trigger accounts_move_by_postings")
        return
    op.execute("drop trigger accounts_move_by_postings on accounts")
    op.execute("drop function ledger_refuse_move()")
    for table in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_can_be_read"), table)
