"""What stops a payment is lifted neither by who let it pay nor by who acts for a firm in its case, or is tied to one.

Why: that a hold, a freeze, a revocation and a ban are lifted by somebody without an interest was held by the programs alone. The database
looks at the event, or at the row of the ban; what the clock ends names nobody. It finds who is tied by what was entered: to the firm, its
group or its address, directly or through one that is no firm. Longer ways the programs alone find.
Days begin at different instants, so a tie counts here that held the day before and holds the day after too; and a delegation from the
day after it began, where only a day is known.
Locks: events and bans, for an instant each.

Revision: 0097, after 0096
"""

from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

_LETTING_PAY = "('verify', 'approve', 'release')"
_ONE = "((g.deputy_id = {person} and g.person_id = {other}) or (g.person_id = {person} and g.deputy_id = {other}))"
# Who acts for the firm o, or is tied to it, or stands in for somebody who is.
_ACTS_FOR = "exists (select 1 from memberships m where m.organisation_id = o.id and m.person_id = {person} and m.role in ('sme', 'provider'))"
_HOLDS = "({tie}.from_on is null or {tie}.from_on < {day}) and ({tie}.until_on is null or {tie}.until_on > {day})"
_OTHER = "case when t.left_node = {node} then t.right_node else t.left_node end"
_NODE = "('person:' || replace(replace(replace(lower(p.email), '.', ''), ',', ''), ';', ''))"
_OF_FIRM = "('org:' || upper(o.country) || ':' || o.bare_number, 'group:' || o.bare_group, o.place)"
_TIED = f"""exists (select 1 from people p join ties t on {_NODE} in (t.left_node, t.right_node) and {_HOLDS.format(tie="t", day="{day}")}
 where (p.id = {{person}} or p.id in (select g.person_id from delegations g where g.deputy_id = {{person}} and {{now}}
   and (g.duties like '%,review,%' or g.duties like '%,verify,%' or g.duties like '%,approve,%' or g.duties like '%,release,%')))
  and (t.left_node in {_OF_FIRM} or t.right_node in {_OF_FIRM} or exists (select 1 from ties u
   where {_OTHER.format(node=_NODE)} not like 'org:%' and {_OTHER.format(node=_NODE)} in (u.left_node, u.right_node)
    and {_HOLDS.format(tie="u", day="{day}")} and (u.left_node in {_OF_FIRM} or u.right_node in {_OF_FIRM}))))"""

_NAMES = "('claim.released', 'voucher.unfrozen', 'voucher.freeze_ended', 'voucher.revocation_dropped')"
_NOW = "g.begins_at <= new.at and g.ends_at > new.at"
_LIFTED = f"""exists (select 1 from vouchers v where v.reference = new.case_reference and (
 exists (select 1 from duties d where d.voucher_id = v.id and d.duty in {_LETTING_PAY} and (d.person_id = new.person_id
  or exists (select 1 from delegations g where g.begins_at <= new.at and g.ends_at > g.begins_at
   and g.ends_at > (select min(s.at) from duties s where s.voucher_id = v.id and s.duty in {_LETTING_PAY})
   and {_ONE.format(person="new.person_id", other="d.person_id")})))
 or exists (select 1 from organisations o where (o.id = v.sme_id or o.id in (select r.provider_id from orders r where r.voucher_id = v.id))
  and ({_ACTS_FOR.format(person="new.person_id")} or {_TIED.format(person="new.person_id", day="{day}", now=_NOW)}))))"""

_BANS = f"""(exists (select 1 from delegations g where {{began}} < new.lifted_on and g.ends_at > g.begins_at and g.ends_at > new.banned_at
  and {_ONE.format(person="new.lifted_by", other="new.banned_by")})
 or exists (select 1 from organisations o where o.id = new.organisation_id and ({_ACTS_FOR.format(person="new.lifted_by")}
  or {_TIED.format(person="new.lifted_by", day="new.lifted_on", now="{began} < new.lifted_on and {ended} > new.lifted_on")})))"""

_LOOKS = (
    ("events_lifted_by_another", "insert", "events", f"new.name in {_NAMES} and new.person_id is not null", _LIFTED,
     "who let it pay or has an interest in it lifts nothing that stops it"),
    ("bans_lifted_by_another", "update", "bans", "new.lifted_by is not null and old.lifted_by is null", _BANS,
     "who has an interest in it or stood in for who laid it lifts no ban"),
)


def upgrade() -> None:
    """Make it so."""
    lite = op.get_bind().dialect.name == "sqlite"
    days = {each: (f"date({column})" if lite else f"({column} at time zone 'UTC')::date")
            for each, column in (("day", "new.at"), ("began", "g.begins_at"), ("ended", "g.ends_at"))}
    for name, verb, table, when, found, said in _LOOKS:
        refused = found.format(**days)
        if lite:
            op.execute(f"create trigger {name} before {verb} on {table} when {when} and {refused} begin select raise(abort, '{said}'); end")
            continue
        op.execute(f"create function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $body$"
                   f" begin if {refused} then raise exception '{said}' using errcode = 'restrict_violation'; end if; return new; end $body$")
        op.execute(f"create trigger {name} before {verb} on {table} for each row when ({when}) execute function {name}()")


def downgrade() -> None:
    """Undo it."""
    for name, _verb, table, *_rule in _LOOKS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"drop trigger {name}")
            continue
        op.execute(f"drop trigger {name} on {table}")
        op.execute(f"drop function {name}()")
