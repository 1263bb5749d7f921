"""Posting in one journey: a function of PostgreSQL does what a post needs, from the locks to the last row; better indexes.

Why: a hot account is locked only while the server works on it, and not while answers travel. The checks of the entries'
trigger become one pass, and an account that keeps its name costs no call of a function. SQLite has no journeys, so there
Python does the same steps. A page of a statement read past every posting that was late; now those that are on time have
an index of their own, and the late and early ones are added up without looking at their rows. Reading all entries page
by page sorted every entry of one instant anew for each page; now the index has their order.
Locks: accounts, for as long as it takes to change a trigger (PostgreSQL); postings and entries, while indexes are made.

Revision: 0016, after 0015
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# By its path: the migrations lie beside the package in a checkout and within it once it is installed.
_FOUND = spec_from_file_location("the_books", Path(__file__).with_name("0002_the_books.py"))
assert _FOUND is not None and _FOUND.loader is not None
_BOOKS = module_from_spec(_FOUND)
_FOUND.loader.exec_module(_BOOKS)

# Whoever posts holds this lock in common, whoever closes a period holds it alone.
_PERIOD_LOCK = 7_402_002

# Is anything wrong with the entries that a statement added? One pass; only when it finds something, rule after rule says what.
WRONG = """
exists (
  select 1 from added e left join postings p on p.entry_id = e.id left join accounts a on a.id = p.account_id
  left join postings b on b.account_id = p.account_id and b.version = p.version - 1
  group by e.id, a.book, a.currency
  having coalesce(sum(p.amount_minor), 1) <> 0
    or bool_or(p.effective_on <> e.effective_on or p.recorded_us <> e.recorded_us or p.version > a.version
               or (p.version = a.version and p.running_minor <> a.balance_minor)
               or p.running_minor - p.amount_minor <> coalesce(b.running_minor, 0)
               or (b.version is null and p.version <> 1) or b.recorded_us > p.recorded_us or b.high_on > p.high_on))
or exists (
  select 1 from added e where e.size < 2 or e.reverses_id is not null
  or e.size <> (select count(*) from postings p where p.entry_id = e.id))
or exists (select 1 from period_acts)
"""

# Each statement sees what has been committed up to then; so the causes, which are asked after the locks, include that of a
# twin for which we have just waited. Nobody holds a lock on an account while he makes another one, and locks are taken in
# the order of keys: no circle. Arrays run over entries (`causes` to `reversed`) or over postings (`numbers` to `carried`,
# where `places` say to which entry each belongs).
POST = """
create function ledger_post(
  wanted json, exact boolean, causes text[], keys uuid[], days date[], instants bigint[], sizes int[], adjust boolean[],
  reversed uuid[], drafts json, numbers int[], places int[], held uuid[], amounts bigint[], carried uuid[],
  sets json, members json, words json
) returns json language plpgsql volatile set enable_seqscan = off set plan_cache_mode = force_generic_plan as $body$
declare
  ids uuid[] := array(select (each->>'id')::uuid from json_array_elements(wanted) each);
  answer json; found int; last_closed date; last_adjusting date; latest bigint; beyond boolean;
  versions bigint[]; runnings bigint[]; highs date[];
begin
  if cardinality(ids) > 0 then
    if (select count(*) from accounts a where a.id = any(ids)) < cardinality(ids) then
      insert into accounts (id, name, book, currency, lower_minor, upper_minor, balance_minor, version, recorded_us)
      select v.id, v.name, v.book, v.currency, v.lower_minor, v.upper_minor, 0, 0, 0
      from json_populate_recordset(null::accounts, wanted) v order by v.id on conflict do nothing;
    end if;
    perform 1 from accounts where id = any(ids) order by id for no key update;
  end if;

  select json_agg(e.cause) into answer from entries e where e.cause = any(causes);
  if answer is not null then
    return json_build_object('standing', answer);
  end if;
  select p.closed_through, p.adjusting_through into last_closed, last_adjusting from period_acts p order by p.number desc limit 1;
  select min(u.place) into found from unnest(days, adjust) with ordinality u(day, adjusting, place)
  where u.day <= last_closed or (u.day <= last_adjusting and not u.adjusting);
  if found is not null then
    return json_build_object('closed', found - 1, 'closed_through', last_closed, 'adjusting_through', last_adjusting);
  end if;
  select min(u.place) into found from unnest(reversed) with ordinality u(original, place)
  join entries e on (e.id = u.original and e.reverses_id is not null) or e.reverses_id = u.original;
  if found is not null then
    return json_build_object('unreversible', found - 1);
  end if;

  latest := greatest((select max(a.recorded_us) from accounts a where a.id = any(held)), (select max(u) from unnest(instants) u));
  if not exact then
    instants := array_fill(latest, array[cardinality(keys)]);
  end if;
  select array_agg(l.version order by l.at), array_agg(l.running order by l.at), array_agg(l.high_on order by l.at),
    bool_or(l.running < l.lower_minor or l.running > l.upper_minor)
  into versions, runnings, highs, beyond
  from (
    select u.at, a.lower_minor, a.upper_minor, a.version + row_number() over account as version,
      (a.balance_minor + sum(u.amount) over account)::bigint as running,
      greatest(a.high_on, max(least(days[u.place], date '1970-01-01' + (instants[u.place] / 86400000000)::int)) over account) as high_on
    from unnest(places, held, amounts) with ordinality u(place, account_id, amount, at) join accounts a on a.id = u.account_id
    window account as (partition by u.account_id order by u.at)) l;
  if beyond then
    select json_build_array(a.id, case when m.after < a.lower_minor then a.lower_minor else a.upper_minor end,
      m.after - m.moved, m.after) into answer
    from (select u.place, u.account_id, min(u.at) as at, sum(u.amount) as moved, (array_agg(u.running order by u.at desc))[1] as after
          from unnest(places, held, amounts, runnings) with ordinality u(place, account_id, amount, running, at)
          group by u.place, u.account_id) m
    join accounts a on a.id = m.account_id
    where m.moved <> 0 and (m.after < a.lower_minor or m.after > a.upper_minor) order by m.at limit 1;
    if answer is not null then
      return json_build_object('beyond', answer);
    end if;
  end if;

  update accounts a set balance_minor = a.balance_minor + m.moved, version = a.version + m.times, high_on = m.high_on,
    recorded_us = m.recorded_us
  from (select u.account_id, sum(u.amount) as moved, count(*) as times, max(u.high_on) as high_on, max(instants[u.place]) as recorded_us
        from unnest(places, held, amounts, highs) u(place, account_id, amount, high_on) group by u.account_id) m
  where a.id = m.account_id;
  if sets is not null then
    insert into dimension_sets select * from json_populate_recordset(null::dimension_sets, sets) on conflict do nothing;
    insert into dimensions select * from json_populate_recordset(null::dimensions, members) on conflict do nothing;
  end if;
  insert into postings (entry_id, number, size, account_id, amount_minor, effective_on, recorded_us, version, running_minor,
    high_on, dimensions_id)
  select keys[place], number, sizes[place], account_id, amount, days[place], instants[place], version, running, high_on, dimensions_id
  from unnest(numbers, places, held, amounts, versions, runnings, highs, carried)
    u(number, place, account_id, amount, version, running, high_on, dimensions_id);
  if words is not null then
    insert into memos select * from json_populate_recordset(null::memos, words);
  end if;
  insert into entries (id, cause, event, effective_on, recorded_us, actor, size, adjusting, evidence, terms, reverses_id,
    memo_commitment, content_digest, digest)
  select u.id, u.cause, u.event, u.day, u.recorded_us, u.actor, u.size, u.adjusting, u.evidence, u.terms, u.reverses_id,
    u.memo_commitment, u.content_digest, sha256('\\x00'::bytea || convert_to(u.start || u.recorded_us || '"}', 'UTF8'))
  from rows from (unnest(keys), unnest(causes), unnest(days), unnest(instants), unnest(sizes), unnest(adjust), unnest(reversed),
    json_to_recordset(drafts) as (event text, actor text, evidence text, terms text, memo_commitment bytea, content_digest bytea,
                                  start text))
    u(id, cause, day, recorded_us, size, adjusting, reverses_id, event, actor, evidence, terms, memo_commitment, content_digest, start);
  return json_build_object('at', latest);
end $body$
"""


_LATE, _EARLY, _ON_TIME = "effective_on < high_on", "effective_on > high_on", "effective_on >= high_on"


def _index(name: str, columns: list[str], where: str = "") -> None:
    only = {f"{engine}_where": sa.text(where) for engine in ("postgresql", "sqlite")} if where else {}
    op.create_index(f"ix_postings_{name}", "postings", ["account_id", *columns], **only)


def upgrade() -> None:
    """Make it so."""
    for name in ("high_on", "late_on", "early"):
        op.drop_index(f"ix_postings_{name}", "postings")
    op.drop_index("ix_entries_recorded_us", "entries")
    op.create_index("ix_entries_recorded_us", "entries", ["recorded_us", "id"])
    _index("on_time", ["high_on", "version"], _ON_TIME)
    _index("late_on", ["effective_on", "version", "amount_minor"], _LATE)
    _index("early_on", ["effective_on", "version", "amount_minor"], _EARLY)
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(POST)
    op.execute("drop function ledger_open(json, json)")
    rules = "".join(_BOOKS.refusal(sentence, _BOOKS.set_based(query)) for sentence, query in _BOOKS.RULES)
    _replace("ledger_check_entries", f"perform pg_advisory_xact_lock_shared({_PERIOD_LOCK}); if {WRONG} then {rules} end if;")
    _replace("ledger_check_account",
             f"raise exception 'ledger: {_BOOKS.KEEPS_NAME[0]}' using errcode = 'integrity_constraint_violation';")
    op.execute("drop trigger accounts_keep_their_name on accounts")
    op.execute("create trigger accounts_keep_their_name before update on accounts for each row"
               " when ((new.id, new.name, new.book, new.currency) is distinct from (old.id, old.name, old.book, old.currency)"
               " or new.version < old.version) execute function ledger_check_account()")


def downgrade() -> None:
    """Undo it."""
    for name in ("on_time", "late_on", "early_on"):
        op.drop_index(f"ix_postings_{name}", "postings")
    op.drop_index("ix_entries_recorded_us", "entries")
    op.create_index("ix_entries_recorded_us", "entries", ["recorded_us"])
    _index("high_on", ["high_on", "version"])
    _index("late_on", ["effective_on"], _LATE)
    _index("early", ["effective_on"], _EARLY)
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("drop function ledger_post")
    op.execute("create function ledger_open(wanted json, causes json) returns json language plpgsql volatile"
               f" as $body$ {_BOOKS.OPEN} $body$")
    rules = "".join(_BOOKS.refusal(sentence, _BOOKS.set_based(query)) for sentence, query in _BOOKS.RULES)
    _replace("ledger_check_entries", f"perform pg_advisory_xact_lock_shared({_PERIOD_LOCK}); {rules}")
    _replace("ledger_check_account", _BOOKS.refusal(*_BOOKS.KEEPS_NAME))
    op.execute("drop trigger accounts_keep_their_name on accounts")
    op.execute("create trigger accounts_keep_their_name before update on accounts"
               " for each row execute function ledger_check_account()")


def _replace(name: str, body: str) -> None:
    op.execute(f"create or replace function {name}() returns trigger language plpgsql"
               " set enable_seqscan = off set plan_cache_mode = force_generic_plan as"
               f" $body$ begin {body} return new; end $body$")
