"""An act upon the periods follows the one before it, moves the days as its kind says, and a reopening says why.

Why: the database itself took a reopening without a reason, an act with a number that left a gap, and one that was called a closing and
opened days. `verify` named the first two afterwards; now nobody gets that far. That nobody opens days that he closed stands as in 0038.
Locks: period_acts, for an instant.

Revision: 0071, after 0070
"""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_BY_ANOTHER = ("a period is reopened by another person than closed it", """
select 1 from period_acts p where new.kind = 'reopened' and p.kind = 'closed' and p.actor = new.actor
and (new.closed_through is null or p.closed_through > new.closed_through)
and not exists (
  select 1 from period_acts r where r.kind = 'reopened' and r.number > p.number
  and (r.closed_through is null or r.closed_through <= new.closed_through
       or r.closed_through <= (select b.closed_through from period_acts b where b.number = p.number - 1)))
""")
# What takes the place of another is refused as that, by its key.
_NEW = "not exists (select 1 from period_acts p where p.number = new.number)"
_WITHOUT_A_GAP = ("acts upon periods are numbered without a gap",
                  f"select 1 where {_NEW} and new.number <> 1 + coalesce((select max(number) from period_acts), 0)")
# (What stands between the quotes is all that counts for nothing: blanks, breaks of lines, and the wide blank of Chinese.)
_WITH_A_REASON = ("a period is reopened with a reason",
                  "select 1 where new.kind = 'reopened' and trim(new.reason, ' \t\r\n\u00a0\u3000') = ''")
_NEVER, _STOOD = "'0001-01-01'", ("coalesce((select p.closed_through from period_acts p"
                                  " where p.number = (select max(number) from period_acts)), '0001-01-01')")
_AS_ITS_KIND = ("a closing closes more days, a reopening fewer, and adjusting none", f"""
select 1 where {_NEW} and ((new.kind = 'closed' and coalesce(new.closed_through, {_NEVER}) <= {_STOOD})
or (new.kind = 'reopened' and coalesce(new.closed_through, {_NEVER}) >= {_STOOD})
or (new.kind = 'adjusting' and (coalesce(new.closed_through, {_NEVER}) <> {_STOOD} or coalesce(new.adjusting_through, {_NEVER}) <= {_STOOD})))
""")


def upgrade() -> None:
    """Make it so."""
    _refuse(_WITHOUT_A_GAP, _WITH_A_REASON, _AS_ITS_KIND, _BY_ANOTHER)


def downgrade() -> None:
    """Undo it."""
    _refuse(_BY_ANOTHER)


def _refuse(*rules: tuple[str, str]) -> None:
    """Have the database refuse an act with the sentence of the first rule whose query finds a row."""
    if op.get_bind().dialect.name == "sqlite":
        steps = "".join(f" select raise(abort, 'ledger: {said}') where exists ({query});" for said, query in rules)
        op.execute("drop trigger period_acts_check")
        op.execute(f"create trigger period_acts_check before insert on period_acts begin{steps} end")
    else:
        steps = "".join(f" if exists ({query}) then raise exception 'ledger: {said}' using errcode = 'integrity_constraint_violation'; end if;"
                        for said, query in rules)
        op.execute("create or replace function ledger_check_period() returns trigger language plpgsql"
                   f" set search_path = public, pg_temp as $body$ begin{steps} return new; end $body$")
