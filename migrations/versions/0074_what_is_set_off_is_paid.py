"""What is set off against a recovery is paid: not against a finding that stops it, nor by who had another part in the case.

Why: the database let a payout be set off that no batch may bring to the bank, because the checks found something that stops the money,
and by somebody who had approved the claim, or who had decided the recovery. The move names the payout; the events name the person.
Locks: recovery_moves and events, for an instant each.

Revision: 0074, after 0073
"""

from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_STOPPED = """exists (select 1 from payouts p join findings f on f.claim_id = p.claim_id where p.reference = new.document
 and f.level = 'block' and (f.state = 'open' or (f.state = 'confirmed' and f.stage = 'release')))"""
_OWN = """exists (select 1 from vouchers v join duties d on d.voucher_id = v.id
 where new.name <> 'recovery.offset' and v.reference = new.case_reference and d.person_id = new.person_id and d.duty <> 'release')
 or exists (select 1 from recoveries r where new.name = 'recovery.offset' and r.reference = new.subject and r.decided_by = new.person_id)
 or exists (select 1 from payouts p join awards a on a.id = p.award_id where p.reference = new.subject
 and new.person_id in (a.proposed_by, a.decided_by))"""
_RULES = (
    ("recovery_moves_wait_for_findings", "recovery_moves", "new.kind = 'offset'", _STOPPED,
     "recovery: a finding stops this payout, so it is not set off"),
    ("events_set_off_by_another", "events", "new.name in ('payout.set_off', 'payout.reduced', 'recovery.offset')", _OWN,
     "recovery: what is set off is paid, by one person who does nothing else in the case"),
)


def upgrade() -> None:
    """Make it so."""
    for name, table, when, refused, said in _RULES:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"create trigger {name} before insert on {table} when {when} and ({refused}) begin select raise(abort, '{said}'); end")
            continue
        op.execute(f"create function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $body$"
                   f" begin if {refused} then raise exception '{said}' using errcode = 'restrict_violation'; end if; return new; end $body$")
        op.execute(f"create trigger {name} before insert on {table} for each row when ({when}) execute function {name}()")


def downgrade() -> None:
    """Undo it."""
    for name, table, _when, _refused, _said in _RULES:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"drop trigger {name}")
            continue
        op.execute(f"drop trigger {name} on {table}")
        op.execute(f"drop function {name}()")
