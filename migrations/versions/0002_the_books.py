"""The books: accounts, entries, postings, and what the database itself holds about them.

Makes the tables of the ledger and the triggers that refuse an unbalanced entry, a change of a posted one and a posting
that does not continue the balance of its account. Locks nothing that exists.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LARGEST = 10**16

# Each rule once: when the query finds a row, the entry is refused with the sentence. {it} is the new row.
SIZE = ("an entry has as many postings as it says, and two at least",
        "select 1 where {it}.size < 2 or {it}.size <> (select count(*) from postings p where p.entry_id = {it}.id)")
BALANCE = ("an entry balances in every book and currency",
           "select 1 from postings p join accounts a on a.id = p.account_id where p.entry_id = {it}.id"
           " group by a.book, a.currency having sum(p.amount_minor) <> 0")
CHAIN = ("a posting continues the balance of its account",
         "select 1 from postings p join accounts a on a.id = p.account_id"
         " left join postings b on b.account_id = p.account_id and b.version = p.version - 1"
         " where p.entry_id = {it}.id and (p.effective_on <> {it}.effective_on or p.recorded_us <> {it}.recorded_us"
         " or p.version > a.version or (p.version = a.version and p.running_minor <> a.balance_minor)"
         " or p.running_minor - p.amount_minor <> coalesce(b.running_minor, 0)"
         " or (b.version is null and p.version <> 1)"
         " or b.recorded_us > p.recorded_us or b.high_on > p.high_on)")
REVERSAL = ("a reversal inverts its original posting by posting, and is not itself reversed",
            "select 1 from entries o where o.id = {it}.reverses_id and (o.reverses_id is not null or o.size <> {it}.size"
            " or exists (select 1 from postings p left join postings q on q.entry_id = o.id and q.number = p.number"
            " where p.entry_id = {it}.id and (q.account_id is null or q.account_id <> p.account_id"
            " or q.amount_minor <> -p.amount_minor)))")
PERIOD = ("the day is closed",
          "select 1 from period_acts p where p.number = (select max(number) from period_acts)"
          " and ({it}.effective_on <= p.closed_through or ({it}.effective_on <= p.adjusting_through and not {it}.adjusting))")
RULES = (SIZE, BALANCE, CHAIN, REVERSAL, PERIOD)

# Whoever posts holds this lock in common, whoever closes a period holds it alone; PostgreSQL only. The number is any.
PERIOD_LOCK = 7_402_002

KEEPS_NAME = ("an account keeps its name",
              "select 1 where (new.id, new.name, new.book, new.currency) <>"
              " (old.id, old.name, old.book, old.currency) or new.version < old.version")
ONLY_EMPTIED = ("memos are only ever emptied",
                "select 1 where new.entry_id <> old.entry_id or new.text <> '' or length(new.salt) > 0")

NO_REOPENING_ALONE = ("a period is reopened by another person than closed it",
                      "select 1 from period_acts p where new.kind = 'reopened' and p.actor = new.actor and p.number ="
                      " (select max(number) from period_acts where kind = 'closed')")

APPEND_ONLY = ("entries", "postings", "dimension_sets", "dimensions", "sealed_entries", "sealed_tiles", "seals",
               "period_acts", "closing_balances")


def upgrade() -> None:
    """Make the tables, then the triggers in the words of the engine."""
    _accounts()
    _dimensions()
    _entries()
    _postings()
    _memos()
    _seals()
    _period_acts()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Take the books away."""
    for table in ("closing_balances", "period_acts", "seals", "sealed_tiles", "sealed_entries", "memos", "postings", "entries", "dimensions", "dimension_sets",
                  "accounts"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("drop function ledger_open(json, json)")
        for function in ("ledger_refuse_change", "ledger_check_entries", "ledger_check_account", "ledger_check_memo",
                         "ledger_check_period"):
            op.execute(f"drop function {function}()")


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("book", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("lower_minor", sa.BigInteger()),
        sa.Column("upper_minor", sa.BigInteger()),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("high_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name", "currency", name=op.f("uq_accounts_name_currency")),
        sa.CheckConstraint("lower_minor is null or balance_minor >= lower_minor",
                           name=op.f("ck_accounts_not_below_its_lower_bound")),
        sa.CheckConstraint("upper_minor is null or balance_minor <= upper_minor",
                           name=op.f("ck_accounts_not_above_its_upper_bound")),
        sa.CheckConstraint("version > 0 or balance_minor = 0", name=op.f("ck_accounts_starts_at_zero")),
    )
    op.create_index("ix_accounts_book", "accounts", ["book"])


def _dimensions() -> None:
    op.create_table(
        "dimension_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dimension_sets")),
    )
    op.create_table(
        "dimensions",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", "value", "set_id", name=op.f("pk_dimensions")),
        sa.ForeignKeyConstraint(["set_id"], ["dimension_sets.id"], name=op.f("fk_dimensions_set_id")),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("event", sa.String(80), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("adjusting", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("terms", sa.String(64), nullable=False),
        sa.Column("reverses_id", sa.Uuid()),
        sa.Column("memo_commitment", sa.LargeBinary(32)),
        sa.Column("content_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("cause", name=op.f("uq_entries_cause")),
        sa.UniqueConstraint("id", "size", name=op.f("uq_entries_id_size")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_entries_reverses_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["entries.id"], name=op.f("fk_entries_reverses_id")),
        sa.CheckConstraint("size >= 2", name=op.f("ck_entries_has_two_postings")),
    )
    op.create_index("ix_entries_effective_on", "entries", ["effective_on"])
    op.create_index("ix_entries_recorded_us", "entries", ["recorded_us"])


def _postings() -> None:
    op.create_table(
        "postings",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("running_minor", sa.BigInteger(), nullable=False),
        sa.Column("high_on", sa.Date(), nullable=False),
        sa.Column("dimensions_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("entry_id", "number", name=op.f("pk_postings")),
        sa.ForeignKeyConstraint(["entry_id", "size"], ["entries.id", "entries.size"], name=op.f("fk_postings_entry_id"),
                                deferrable=True, initially="DEFERRED"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_postings_account_id")),
        sa.ForeignKeyConstraint(["dimensions_id"], ["dimension_sets.id"], name=op.f("fk_postings_dimensions_id")),
        sa.UniqueConstraint("account_id", "version", name=op.f("uq_postings_account_id_version")),
        sa.CheckConstraint("number between 1 and size", name=op.f("ck_postings_number_within_its_entry")),
        sa.CheckConstraint(f"amount_minor <> 0 and amount_minor between -{LARGEST} and {LARGEST}",
                           name=op.f("ck_postings_amount_says_something")),
    )
    op.create_index("ix_postings_high_on", "postings", ["account_id", "high_on", "version"])
    op.create_index("ix_postings_recorded_us", "postings", ["account_id", "recorded_us", "version"])
    late, early = sa.text("effective_on < high_on"), sa.text("effective_on > high_on")
    op.create_index("ix_postings_late", "postings", ["account_id", "version"], postgresql_where=late, sqlite_where=late)
    op.create_index("ix_postings_late_on", "postings", ["account_id", "effective_on"], postgresql_where=late,
                    sqlite_where=late)
    op.create_index("ix_postings_early", "postings", ["account_id", "effective_on"], postgresql_where=early,
                    sqlite_where=early)
    op.create_index("ix_postings_dimensions_id", "postings", ["dimensions_id"])


def _memos() -> None:
    op.create_table(
        "memos",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_memos")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_memos_entry_id"),
                                deferrable=True, initially="DEFERRED"),
    )


def _seals() -> None:
    op.create_table(
        "sealed_entries",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_sealed_entries")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_sealed_entries_entry_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_sealed_entries_entry_id")),
    )
    op.create_table(
        "sealed_tiles",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sealed_tiles")),
    )
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
        sa.UniqueConstraint("size", name=op.f("uq_seals_size")),
    )


def _period_acts() -> None:
    op.create_table(
        "period_acts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("closed_through", sa.Date()),
        sa.Column("adjusting_through", sa.Date()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_period_acts")),
        sa.CheckConstraint("kind in ('adjusting', 'closed', 'reopened')", name=op.f("ck_period_acts_kind_is_known")),
    )
    op.create_table(
        "closing_balances",
        sa.Column("act_number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("act_number", "account_id", name=op.f("pk_closing_balances")),
        sa.ForeignKeyConstraint(["act_number"], ["period_acts.number"], name=op.f("fk_closing_balances_act_number")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_closing_balances_account_id")),
    )


# A stray word in a column of numbers is refused too: SQLite keeps what it is given, whatever the column says.
_WHOLE_NUMBERS = {
    "postings": ("number", "size", "amount_minor", "recorded_us", "version", "running_minor"),
    "entries": ("size", "recorded_us"),
    "accounts": ("balance_minor", "version", "recorded_us"),
}


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("update", "delete"):
            _refuse_sqlite(f"{table}_refuse_{change}", f"before {change} on {table}",
                           (f"{table} are only ever added", "select 1"))
    for table, columns in _WHOLE_NUMBERS.items():
        wrong = " or ".join(f"typeof(new.{column}) <> 'integer'" for column in columns)
        for change in ("insert", "update"):
            _refuse_sqlite(f"{table}_whole_numbers_on_{change}", f"before {change} on {table}",
                           ("amounts are whole numbers of minor units", f"select 1 where {wrong}"))
    _refuse_sqlite("entries_check", "before insert on entries", *((said, query.format(it="new")) for said, query in RULES))
    _refuse_sqlite("period_acts_check", "before insert on period_acts", NO_REOPENING_ALONE)
    _refuse_sqlite("accounts_refuse_delete", "before delete on accounts",
                   ("accounts are only ever added", "select 1"))
    _refuse_sqlite("accounts_keep_their_name", "before update on accounts", KEEPS_NAME)
    _refuse_sqlite("memos_refuse_delete", "before delete on memos", (ONLY_EMPTIED[0], "select 1"))
    _refuse_sqlite("memos_only_emptied", "before update on memos", ONLY_EMPTIED)


def _refuse_sqlite(name: str, when: str, *rules: tuple[str, str]) -> None:
    """A trigger that refuses with the sentence of the first rule whose query finds a row."""
    steps = "".join(f" select raise(abort, 'ledger: {said}') where exists ({query});" for said, query in rules)
    op.execute(f"create trigger {name} {when} begin{steps} end")


def _guard_postgresql() -> None:
    _function("ledger_refuse_change", "raise exception 'ledger: % are only ever added', tg_table_name"
                                      " using errcode = 'integrity_constraint_violation';")
    for table in APPEND_ONLY:
        op.execute(f"create trigger {table}_refuse_change before update or delete or truncate on {table}"
                   " for each statement execute function ledger_refuse_change()")
    for table in ("accounts", "memos"):
        op.execute(f"create trigger {table}_refuse_delete before delete or truncate on {table}"
                   " for each statement execute function ledger_refuse_change()")
    rules = "".join(refusal(sentence, set_based(query)) for sentence, query in RULES)
    _function("ledger_check_entries", f"perform pg_advisory_xact_lock_shared({PERIOD_LOCK}); {rules}")
    op.execute("create trigger entries_check after insert on entries referencing new table as added"
               " for each statement execute function ledger_check_entries()")
    _function("ledger_check_period", refusal(*NO_REOPENING_ALONE))
    op.execute("create trigger period_acts_check before insert on period_acts"
               " for each row execute function ledger_check_period()")
    _function("ledger_check_account", refusal(*KEEPS_NAME))
    op.execute("create trigger accounts_keep_their_name before update on accounts"
               " for each row execute function ledger_check_account()")
    op.execute("create function ledger_open(wanted json, causes json) returns json language plpgsql volatile"
               f" as $body$ {OPEN} $body$")
    _function("ledger_check_memo", refusal(*ONLY_EMPTIED))
    op.execute("create trigger memos_only_emptied before update on memos"
               " for each row execute function ledger_check_memo()")


# One journey for all that has to be known before an entry is written. Each statement of the function sees what has been
# committed up to then; so the causes, which are asked after the locks, include that of a twin for which we have just waited.
# Nobody holds a lock on an account while he makes another one, and locks are taken in the order of keys: no circle.
OPEN = """
declare
  ids uuid[] := array(select (each->>'id')::uuid from json_array_elements(wanted) each);
  answer json;
begin
  if (select count(*) from accounts a where a.id = any(ids)) < cardinality(ids) then
    insert into accounts (id, name, book, currency, lower_minor, upper_minor, balance_minor, version, recorded_us)
    select v.id, v.name, v.book, v.currency, v.lower_minor, v.upper_minor, 0, 0, 0
    from json_populate_recordset(null::accounts, wanted) v order by v.id on conflict do nothing;
  end if;
  select json_agg(json_build_array(a.id, a.lower_minor, a.upper_minor, a.balance_minor, a.version, a.recorded_us, a.high_on))
  into answer
  from (select * from accounts where id = any(ids) order by id for update) a;
  return json_build_object(
    'accounts', answer,
    'causes', (select coalesce(json_agg(e.cause), '[]') from entries e
               where e.cause in (select value from json_array_elements_text(causes))),
    'period', (select json_build_array(p.closed_through, p.adjusting_through) from period_acts p order by p.number desc limit 1));
end
"""


def set_based(query: str) -> str:
    """One pass over all the entries that a statement added."""
    return f"select 1 from added e cross join lateral ({query.format(it='e')}) broken"


def refusal(sentence: str, query: str) -> str:
    return (f"if exists ({query}) then raise exception 'ledger: {sentence}'"
            " using errcode = 'integrity_constraint_violation'; end if; ")


def _function(name: str, body: str) -> None:
    op.execute(f"create function {name}() returns trigger language plpgsql as"
               f" $body$ begin {body} return new; end $body$")
