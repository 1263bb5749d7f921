"""Leaner posting, and seals that are checked once a statement.

Why: `ledger_post` spent much of its time on beginning and ending statements, of which it needed fewer: what the locks answer is
kept and not read again, three statements that write became one, and what is rarely asked (a closed day, a reversal) is asked
only when there is something to ask. The check of new entries could be planned, by a server that had last seen small tables, as
a walk through all postings; now it follows keys only, and it no longer goes rule by rule as soon as a period was ever closed.
Each sealed entry was looked up by a foreign key of its own, which took half of the time of a seal; now one look a statement sees
that each entry stands (entries are never deleted), and that it was sealed with the hash that it has.
Locks: sealed_entries, for as long as it takes to drop a constraint; SQLite copies that table.

Revision: 0029, after 0028
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Each statement sees what has been committed up to then; so the causes, which are asked after the locks, include that of a
# twin for which we have just waited. Nobody holds a lock on an account while he makes another one, and locks are taken in
# the order of keys: no circle. Arrays run over accounts (`ids`, and what is found of them), over entries (`causes` to `reversed`),
# over postings (`numbers` to `carried`, where `places` say to which entry each belongs), or over sets of dimensions.
POST = """
create function ledger_post(
  ids uuid[], wanted json, exact boolean, causes text[], keys uuid[], days date[], instants bigint[], sizes int[], adjust boolean[],
  reversed uuid[], drafts json, numbers int[], places int[], held uuid[], amounts bigint[], carried uuid[],
  sets uuid[], members text[], words json
) returns json language plpgsql volatile set enable_seqscan = off set plan_cache_mode = force_generic_plan as $body$
declare
  answer json; found int; last_closed date; last_adjusting date; latest bigint; beyond boolean;
  balances bigint[]; counts bigint[]; lowers bigint[]; uppers bigint[]; reached date[];
  versions bigint[]; runnings bigint[]; highs date[];
begin
  if cardinality(ids) = 0 then
    ids := array(select distinct u from unnest(held) u);
  elsif (select count(*) from accounts a where a.id = any(ids)) < cardinality(ids) then
    insert into accounts (id, name, book, currency, lower_minor, upper_minor, balance_minor, version, recorded_us)
    select v.id, v.name, v.book, v.currency, v.lower_minor, v.upper_minor, 0, 0, 0
    from json_populate_recordset(null::accounts, wanted) v order by v.id on conflict do nothing;
  end if;
  select array_agg(a.id), array_agg(a.balance_minor), array_agg(a.version), array_agg(a.lower_minor), array_agg(a.upper_minor),
    array_agg(a.high_on), max(a.recorded_us)
  into ids, balances, counts, lowers, uppers, reached, latest
  from (select * from accounts where id = any(ids) order by id for no key update) a;

  select json_agg(e.cause) into answer from entries e where e.cause = any(causes);
  if answer is not null then
    return json_build_object('standing', answer);
  end if;
  select p.closed_through, p.adjusting_through into last_closed, last_adjusting from period_acts p order by p.number desc limit 1;
  if last_closed is not null or last_adjusting is not null then
    select min(u.place) into found from unnest(days, adjust) with ordinality u(day, adjusting, place)
    where u.day <= last_closed or (u.day <= last_adjusting and not u.adjusting);
    if found is not null then
      return json_build_object('closed', found - 1, 'closed_through', last_closed, 'adjusting_through', last_adjusting);
    end if;
  end if;
  if reversed is not null then
    select min(u.place) into found from unnest(reversed) with ordinality u(original, place)
    join entries e on (e.id = u.original and e.reverses_id is not null) or e.reverses_id = u.original;
    if found is not null then
      return json_build_object('unreversible', found - 1);
    end if;
  end if;

  latest := greatest(latest, instants[1]);
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
    from unnest(places, held, amounts) with ordinality u(place, account_id, amount, at)
    join unnest(ids, balances, counts, lowers, uppers, reached) a(id, balance_minor, version, lower_minor, upper_minor, high_on)
      on a.id = u.account_id
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

  if sets is not null then
    with fresh as (
      insert into dimension_sets (id, members) select u.id, u.members from unnest(sets, members) u(id, members)
      on conflict do nothing returning dimension_sets.id, dimension_sets.members)
    insert into dimensions (name, value, set_id)
    select each.key, each.value, fresh.id from fresh cross join lateral json_each_text(fresh.members::json) each;
  end if;
  if words is not null then
    insert into memos select * from json_populate_recordset(null::memos, words);
  end if;
  with moved as (
    update accounts a set balance_minor = a.balance_minor + m.moved, version = a.version + m.times, high_on = m.high_on,
      recorded_us = m.recorded_us
    from (select u.account_id, sum(u.amount) as moved, count(*) as times, max(u.high_on) as high_on, max(instants[u.place]) as recorded_us
          from unnest(places, held, amounts, highs) u(place, account_id, amount, high_on) group by u.account_id) m
    where a.id = m.account_id),
  posted as (
    insert into postings (entry_id, number, size, account_id, amount_minor, effective_on, recorded_us, version, running_minor,
      high_on, dimensions_id)
    select keys[place], number, sizes[place], account_id, amount, days[place], instants[place], version, running, high_on, dimensions_id
    from unnest(numbers, places, held, amounts, versions, runnings, highs, carried)
      u(number, place, account_id, amount, version, running, high_on, dimensions_id))
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

# Is anything wrong with the entries that a statement added? One pass; only when it finds something, rule after rule says what.
WRONG = """
exists (
  select 1 from (
    select e.id, e.size, sum(p.amount_minor) as amount, count(p.entry_id) as many,
      bool_or(p.effective_on <> e.effective_on or p.recorded_us <> e.recorded_us or p.version > a.version
              or (p.version = a.version and p.running_minor <> a.balance_minor)
              or p.running_minor - p.amount_minor <> coalesce(b.running_minor, 0)
              or (b.version is null and p.version <> 1) or b.recorded_us > p.recorded_us or b.high_on > p.high_on) as broken
    from added e left join postings p on p.entry_id = e.id left join accounts a on a.id = p.account_id
    left join postings b on b.account_id = p.account_id and b.version = p.version - 1
    group by e.id, e.size, a.book, a.currency) g
  group by g.id, g.size having g.size < 2 or g.size <> sum(g.many) or bool_or(g.amount <> 0) or bool_or(g.broken))
or exists (select 1 from added e where e.reverses_id is not null)
or exists (
  select 1 from added e, (select * from period_acts order by number desc limit 1) p
  where e.effective_on <= p.closed_through or (e.effective_on <= p.adjusting_through and not e.adjusting))
"""

ALONG_KEYS = " set enable_seqscan = off set enable_mergejoin = off set enable_hashjoin = off set plan_cache_mode = force_generic_plan"
_SEALED = "an entry is sealed with the hash that it has"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("sealed_entries") as sealed:
        sealed.drop_constraint("fk_sealed_entries_entry_id")
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes()
        op.execute("create trigger sealed_entries_check before insert on sealed_entries begin"
                   f" select raise(abort, 'ledger: {_SEALED}') where not exists"
                   " (select 1 from entries e where e.id = new.entry_id and e.digest = new.leaf); end")
        return
    op.execute("drop function ledger_post")
    op.execute(POST)
    _check_entries(WRONG, ALONG_KEYS)
    op.execute("create function ledger_check_sealed() returns trigger language plpgsql set enable_seqscan = off as $body$ begin"
               " if exists (select 1 from added s left join entries e on e.id = s.entry_id where e.digest is distinct from s.leaf) then"
               f" raise exception 'ledger: {_SEALED}' using errcode = 'integrity_constraint_violation'; end if;"
               " return null; end $body$")
    op.execute("create trigger sealed_entries_check after insert on sealed_entries referencing new table as added"
               " for each statement execute function ledger_check_sealed()")


def downgrade() -> None:
    """Undo it."""
    with op.batch_alter_table("sealed_entries") as sealed:
        sealed.create_foreign_key("fk_sealed_entries_entry_id", "entries", ["entry_id"], ["id"])
    if op.get_bind().dialect.name == "sqlite":
        _refuse_changes()
        return
    journey = _migration("0016_posting_in_one_journey")
    op.execute("drop trigger sealed_entries_check on sealed_entries")
    op.execute("drop function ledger_check_sealed()")
    op.execute("drop function ledger_post")
    op.execute(journey.POST)
    _check_entries(journey.WRONG, " set enable_seqscan = off set plan_cache_mode = force_generic_plan")


def _refuse_changes() -> None:
    """The triggers of a table that SQLite has just copied."""
    for change in ("update", "delete"):
        op.execute(f"create trigger sealed_entries_refuse_{change} before {change} on sealed_entries"
                   " begin select raise(abort, 'ledger: sealed_entries are only ever added'); end")


def _check_entries(wrong: str, plans: str) -> None:
    """What looks at the entries that a statement added: one pass, and the rules in their words when it finds something."""
    books = _migration("0002_the_books")
    rules = "".join(books.refusal(sentence, books.set_based(query)) for sentence, query in books.RULES)
    op.execute(f"create or replace function ledger_check_entries() returns trigger language plpgsql{plans} as $body$ begin"
               f" perform pg_advisory_xact_lock_shared({books.PERIOD_LOCK}); if {wrong} then {rules} end if; return new; end $body$")


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
