"""Postings are written with their entry, in one statement, and looked at once a statement.

Why: the key from each posting to its entry was checked by a query of its own for each posting, at the commit: a sixth of what an entry of
thousands of postings cost the server, an eighth of posting in bulk. Now one look a statement sees that each new posting stands under an
entry of its size. So both have to come in one statement, as `ledger_post` has always written them, and who writes postings alone is
refused at once and not at the commit. Entries are only ever added, so a posting keeps its entry; and no index is needed any more on which
a key to the entry and its size could rest.
What a call lays upon its accounts is worked out and written by one statement, where it went through lists before. A page of accounts is filled by half: so the
new version of a row finds room beside the old one, and no index of accounts has to learn where it is, even when all accounts of a page move
in one call. SQLite keeps its foreign key, which costs it next to nothing.
Locks: postings, entries and accounts, for as long as it takes to drop two constraints and make a trigger.

Revision: 0054, after 0053
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_ALONE = """create function ledger_check_postings() returns trigger language plpgsql{plans} as $body$ begin
  if exists (select 1 from (select distinct entry_id, size from added) a left join entries e on e.id = a.entry_id
             where e.size is distinct from a.size) then
    raise exception 'ledger: a posting is written with its entry, and repeats its size' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $body$"""

# As in 0029, but for its last statement: `laid` is what every posting does to its account, `beyond` the first entry that would leave an
# account out of its bounds; when there is one, nothing is written. What writes runs to its end whether its rows are read or not, and the
# triggers look at the end of all of it.
POST = """
create function ledger_post(
  ids uuid[], wanted json, exact boolean, causes text[], keys uuid[], days date[], instants bigint[], sizes int[], adjust boolean[],
  reversed uuid[], drafts json, numbers int[], places int[], held uuid[], amounts bigint[], carried uuid[],
  sets uuid[], members text[], words json
) returns json language plpgsql volatile set enable_seqscan = off set plan_cache_mode = force_generic_plan as $body$
declare
  answer json; found int; last_closed date; last_adjusting date; latest bigint;
  balances bigint[]; counts bigint[]; lowers bigint[]; uppers bigint[]; reached date[];
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
  with laid as materialized (
    select u.number, u.place, u.account_id, u.amount, u.dimensions_id, u.at, a.lower_minor, a.upper_minor,
      a.version + row_number() over account as version, (a.balance_minor + sum(u.amount) over account)::bigint as running,
      greatest(a.high_on, max(least(days[u.place], date '1970-01-01' + (instants[u.place] / 86400000000)::int)) over account) as high_on
    from unnest(numbers, places, held, amounts, carried) with ordinality u(number, place, account_id, amount, dimensions_id, at)
    join unnest(ids, balances, counts, lowers, uppers, reached) a(id, balance_minor, version, lower_minor, upper_minor, high_on)
      on a.id = u.account_id
    window account as (partition by u.account_id order by u.at rows unbounded preceding)),
  beyond as materialized (
    select json_build_array(m.account_id, case when m.after < m.lower_minor then m.lower_minor else m.upper_minor end,
      m.after - m.moved, m.after) as answer
    from (select l.place, l.account_id, l.lower_minor, l.upper_minor, min(l.at) as at, sum(l.amount) as moved,
            (array_agg(l.running order by l.at desc))[1] as after
          from laid l where l.account_id in (select account_id from laid where running < lower_minor or running > upper_minor)
          group by l.place, l.account_id, l.lower_minor, l.upper_minor) m
    where m.moved <> 0 and (m.after < m.lower_minor or m.after > m.upper_minor) order by m.at limit 1),
  fresh as (
    insert into dimension_sets (id, members)
    select u.id, u.members from unnest(sets, members) u(id, members) where not exists (select from beyond)
    on conflict do nothing returning dimension_sets.id, dimension_sets.members),
  found as (
    insert into dimensions (name, value, set_id)
    select each.key, each.value, fresh.id from fresh cross join lateral json_each_text(fresh.members::json) each),
  said as (
    insert into memos select m.* from json_populate_recordset(null::memos, words) m where not exists (select from beyond)),
  moved as (
    update accounts a set balance_minor = a.balance_minor + m.moved, version = a.version + m.times, high_on = m.high_on,
      recorded_us = m.recorded_us
    from (select l.account_id, sum(l.amount) as moved, count(*) as times, max(l.high_on) as high_on, max(instants[l.place]) as recorded_us
          from laid l group by l.account_id) m
    where a.id = m.account_id and not exists (select from beyond)),
  posted as (
    insert into postings (entry_id, number, size, account_id, amount_minor, effective_on, recorded_us, version, running_minor,
      high_on, dimensions_id)
    select keys[place], number, sizes[place], account_id, amount, days[place], instants[place], version, running, high_on, dimensions_id
    from laid where not exists (select from beyond)),
  written as (
    insert into entries (id, cause, event, effective_on, recorded_us, actor, size, adjusting, evidence, terms, reverses_id,
      memo_commitment, content_digest, digest)
    select u.id, u.cause, u.event, u.day, u.recorded_us, u.actor, u.size, u.adjusting, u.evidence, u.terms, u.reverses_id,
      u.memo_commitment, u.content_digest, sha256('\\x00'::bytea || convert_to(u.start || u.recorded_us || '"}', 'UTF8'))
    from rows from (unnest(keys), unnest(causes), unnest(days), unnest(instants), unnest(sizes), unnest(adjust), unnest(reversed),
      json_to_recordset(drafts) as (event text, actor text, evidence text, terms text, memo_commitment bytea, content_digest bytea,
                                    start text))
      u(id, cause, day, recorded_us, size, adjusting, reverses_id, event, actor, evidence, terms, memo_commitment, content_digest, start)
    where not exists (select from beyond))
  select b.answer into answer from beyond b;
  if answer is not null then
    return json_build_object('beyond', answer);
  end if;
  return json_build_object('at', latest);
end $body$
"""


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        return
    leaner = _migration("0029_leaner_posting")
    op.execute(_ALONE.format(plans=leaner.ALONG_KEYS))
    op.execute("create trigger postings_check after insert on postings referencing new table as added"
               " for each statement execute function ledger_check_postings()")
    op.drop_constraint("fk_postings_entry_id", "postings")
    op.drop_constraint("uq_entries_id_size", "entries")
    op.execute("alter table accounts set (fillfactor = 50)")
    op.execute("drop function ledger_post")
    op.execute(POST)
    _look_at_our_tables()


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("drop function ledger_post")
    op.execute(_migration("0029_leaner_posting").POST)
    op.execute("alter table accounts reset (fillfactor)")
    op.create_unique_constraint("uq_entries_id_size", "entries", ["id", "size"])
    op.create_foreign_key("fk_postings_entry_id", "postings", "entries", ["entry_id", "size"], ["id", "size"],
                          deferrable=True, initially="DEFERRED")
    op.execute("drop trigger postings_check on postings")
    op.execute("drop function ledger_check_postings()")
    _look_at_our_tables()


def _look_at_our_tables() -> None:
    """A function that is written anew has to be told again on which path it looks (0053)."""
    _migration("0053_no_tables_in_between").upgrade()


def _migration(name: str) -> ModuleType:
    """Another migration, by its path: they lie beside the package in a checkout and within it once it is installed."""
    found = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module
