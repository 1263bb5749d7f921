"""An account is made empty, with the bounds that the manual gives it, and stands where its last posting says, whoever writes its row.

Why: the bounds of an account came from the first draft that named it. A row that somebody had put there beforehand without bounds was
taken as it stood, and the account could be overdrawn. Now the bounds of each kind are rows (`account_kinds`, from the manual's chart; a
test compares), and the database takes no account of a kind with other ones. Accounts that have other bounds though nobody changed them by
an act get those of their kind, unless they stand beyond them: `voucher ledger verify` names these.
As an account begins with the bounds of its kind, an export has to say when each change came: an act keeps how many postings its account
had. For acts of before these are counted by their instants.
Nor did anything hold the rest of a row of `accounts`: it could be made with a balance, or in another book than its name says, which an entry
of that book then balanced; and whoever counted one posting more gave it any balance. Each had the next entry on it refused, for ever. Now a
row begins with nothing, and follows the posting of its version. (On SQLite postings are written before their accounts for it. PostgreSQL
looks once a statement.)
Locks: accounts and bound_acts, for as long as it takes to look at them once.

Revision: 0081, after 0080
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

# The accounts of the manual that stand on the debit side only, and those that stand on the credit side only.
DEBIT = """
entitlement:issued budget:appropriated budget:over-issue financial:asset:treasury financial:asset:other-funders
financial:expense:subsidy financial:expense:awards financial:expense:bank-charges financial:expense:written-off
financial:asset:recoveries financial:asset:other-levels financial:asset:other-regions financial:asset:wallet
"""
CREDIT = """
entitlement:available entitlement:reserved entitlement:claimed entitlement:approved entitlement:paid entitlement:expired
entitlement:cancelled entitlement:disallowed entitlement:clawed-back budget:unallotted budget:free budget:over-issue-left budget:offered
budget:committed budget:uncovered budget:reserved budget:obligated budget:delivered-unpaid budget:paid budget:recovered budget:lent
budget:charges budget:carried-forward budget:lapsed financial:payable:other-funders financial:payable:treasury financial:payable:accrued
financial:equity:unexpended financial:revenue:appropriation-used financial:revenue:transfers financial:expense:recovered
financial:payable:claims financial:payable:disputed financial:asset:payments-in-transit financial:payable:returned
financial:payable:awards financial:payable:refunds financial:payable:other-regions financial:payable:own-share
financial:payable:unmatched-deposits
"""

# The name up to its last part: what is left when everything but colons is taken from its end.
_PREFIX = "rtrim({it}.name, replace({it}.name, ':', ''))"
_KIND = "account_kinds k where k.prefix = " + _PREFIX
_DIFFERS = "(k.lower_minor is distinct from {it}.lower_minor or k.upper_minor is distinct from {it}.upper_minor)"
_SAID = "ledger: an account is made empty, in the book of its name, with the bounds of its kind"
_NOT_EMPTY = ("{it}.balance_minor <> 0 or {it}.version <> 0 or {it}.recorded_us <> 0 or {it}.high_on is not null"
              " or {it}.name not like '_%' || ':' || '_%' or {it}.book <> {first}")
_MOVES = "ledger: an account moves by its postings only"
_MOVED = ("{it}.version {test} and not exists (select 1 from postings p where p.account_id = {it}.id and p.version = {it}.version"
          " and p.running_minor = {it}.balance_minor and p.recorded_us = {it}.recorded_us and p.high_on = {it}.high_on)")

# (SQLite knows these words since 3.39 only.)
_ON_SQLITE = "is distinct from", "is not"

_MEND = f"""
update accounts set (lower_minor, upper_minor) = (select k.lower_minor, k.upper_minor from {_KIND.format(it="accounts")})
where exists (select 1 from {_KIND.format(it="accounts")} and {_DIFFERS.format(it="accounts")}
  and accounts.balance_minor between coalesce(k.lower_minor, accounts.balance_minor) and coalesce(k.upper_minor, accounts.balance_minor))
and not exists (select 1 from bound_acts b where b.account_id = accounts.id)
"""
_COUNT = """
update bound_acts set version = (select count(*) from postings p
  where p.account_id = bound_acts.account_id and p.recorded_us <= bound_acts.recorded_us)
"""


def upgrade() -> None:
    """Make it so."""
    kinds = op.create_table(
        "account_kinds",
        sa.Column("prefix", sa.String(200), nullable=False),
        sa.Column("lower_minor", sa.BigInteger()),
        sa.Column("upper_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_account_kinds")),
    )
    assert kinds is not None
    op.bulk_insert(kinds, [{"prefix": f"{name}:", "lower_minor": lower, "upper_minor": upper}
                           for names, lower, upper in ((DEBIT, 0, None), (CREDIT, None, 0)) for name in names.split()])
    op.execute("alter table bound_acts add column version bigint not null default 0")
    if op.get_bind().dialect.name == "sqlite":
        _past_a_guard("bound_acts_refuse_update", _COUNT)
        _past_a_guard("accounts_bounds_by_act", _MEND.replace(*_ON_SQLITE))
        _guard_sqlite()
        return
    for table, guard, statement in (("bound_acts", "bound_acts_refuse_change", _COUNT), ("accounts", "accounts_bounds_by_act", _MEND)):
        op.execute(f"alter table {table} disable trigger {guard}")
        op.execute(statement)
        op.execute(f"alter table {table} enable trigger {guard}")
    op.execute("create trigger account_kinds_refuse_change before update or delete or truncate on account_kinds"
               " for each statement execute function ledger_refuse_change()")
    wrong = _NOT_EMPTY.format(it="a", first="split_part(a.name, ':', 1)")
    _look_postgresql("accounts_begin", "insert", _SAID, f"select 1 from added a left join {_KIND.format(it='a').replace(' where ', ' on ')}"
                     f" where {wrong} or (k.prefix is not null and {_DIFFERS.format(it='a')})")
    _look_postgresql("accounts_follow_postings", "update", _MOVES, f"select 1 from added a where {_MOVED.format(it='a', test='> 0')}")


def downgrade() -> None:
    """Undo it."""
    on_server = op.get_bind().dialect.name != "sqlite"
    for trigger in ("accounts_begin", "accounts_follow_postings"):
        op.execute(f"drop trigger {trigger}" + (" on accounts" if on_server else ""))
        if on_server:
            op.execute(f"drop function ledger_{trigger}()")
    op.execute("alter table bound_acts drop column version")
    op.drop_table("account_kinds")


def _look_postgresql(name: str, change: str, said: str, query: str) -> None:
    """Look once at all the accounts that a statement has added or moved."""
    plans = vars(_migration("0029_leaner_posting"))["ALONG_KEYS"]
    op.execute(f"create function ledger_{name}() returns trigger language plpgsql set search_path = public, pg_temp{plans} as $body$ begin"
               f" if exists ({query}) then raise exception '{said}' using errcode = 'integrity_constraint_violation'; end if;"
               " return null; end $body$")
    op.execute(f"create trigger {name} after {change} on accounts referencing new table as added"
               f" for each statement execute function ledger_{name}()")


def _guard_sqlite() -> None:
    """Kinds are only ever added, and an account has the bounds of its kind."""
    for change in ("update", "delete"):
        op.execute(f"create trigger account_kinds_refuse_{change} before {change} on account_kinds"
                   " begin select raise(abort, 'ledger: account_kinds are only ever added'); end")
    for statement in vars(_migration("0067_nothing_is_replaced"))["guards"](op.get_bind(), "account_kinds").values():
        op.execute(statement)
    differs = _DIFFERS.format(it="new").replace(*_ON_SQLITE)
    wrong = _NOT_EMPTY.format(it="new", first="substr(new.name, 1, instr(new.name, ':') - 1)")
    op.execute(f"create trigger accounts_begin before insert on accounts begin select raise(abort, '{_SAID}')"
               f" where {wrong} or exists (select 1 from {_KIND.format(it='new')} and {differs}); end")
    op.execute("create trigger accounts_follow_postings before update of balance_minor, version, recorded_us, high_on on accounts begin"
               f" select raise(abort, '{_MOVES}') where {_MOVED.format(it='new', test='<> old.version')}; end")


def _past_a_guard(guard: str, statement: str) -> None:
    """Do what a trigger of SQLite refuses everybody else."""
    sql = op.get_bind().execute(sa.text("select sql from sqlite_master where name = :guard"), {"guard": guard}).scalar_one()
    op.execute(f"drop trigger {guard}")
    op.execute(statement)
    op.execute(sql)


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
