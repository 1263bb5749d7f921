"""Who let a payment through lets nobody off its recovery; what the bank kept, and what was taken back of a match, is only ever added.

Why: that a recovery is dropped, annulled, written off, or its appeal judged by somebody without a part in the payment was held by the
programs alone. The database looks at the event, which names the person: without the event there is no step. What the system does in the
wake of a return is no decision of anybody, so a payout that is not settled is not looked at. The other two tables are evidence.
Locks: events, bank_charges and matches_taken_back, for an instant each.

Revision: 0065, after 0064
"""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_LET_OFF = "('recovery.dropped', 'recovery.annulled', 'recovery.written_off', 'recovery.appeal_dismissed')"
_HAD_A_PART = """exists (select 1 from recoveries r join payouts p on p.id = r.payout_id where r.reference = new.subject
 and (p.state = 'settled' or new.name in ('recovery.written_off', 'recovery.appeal_dismissed'))
 and (exists (select 1 from duties d where d.voucher_id = r.voucher_id and d.person_id = new.person_id
              and d.duty in ('verify', 'approve', 'release'))
      or exists (select 1 from awards a where a.id = r.award_id and new.person_id in (a.proposed_by, a.decided_by))))"""
_SAID = "recovery: who let it be paid lets nobody off"
_KEPT = ("bank_charges", "matches_taken_back")


def upgrade() -> None:
    """Make it so."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger events_let_off_by_another before insert on events when new.name in {_LET_OFF} and {_HAD_A_PART}"
                   f" begin select raise(abort, '{_SAID}'); end")
        for table in _KEPT:
            for verb in ("update", "delete"):
                op.execute(f"create trigger {table}_refuse_{verb} before {verb} on {table}"
                           f" begin select raise(abort, '{table} are only ever added'); end")
        return
    path = "language plpgsql set search_path = public, pg_temp"
    op.execute(f"create function events_let_off_by_another() returns trigger {path} as $body$ begin if {_HAD_A_PART} then"
               f" raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $body$")
    op.execute(f"create trigger events_let_off_by_another before insert on events for each row when (new.name in {_LET_OFF})"
               " execute function events_let_off_by_another()")
    for table in _KEPT:
        op.execute(f"create function {table}_refuse_change() returns trigger {path} as $body$ begin"
                   f" raise exception '{table} are only ever added' using errcode = 'restrict_violation'; end $body$")
        op.execute(f"create trigger {table}_refuse_change before update or delete or truncate on {table}"
                   f" for each statement execute function {table}_refuse_change()")


def downgrade() -> None:
    """Undo it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger events_let_off_by_another")
        for table in _KEPT:
            for verb in ("update", "delete"):
                op.execute(f"drop trigger {table}_refuse_{verb}")
        return
    op.execute("drop trigger events_let_off_by_another on events")
    op.execute("drop function events_let_off_by_another()")
    for table in _KEPT:
        op.execute(f"drop trigger {table}_refuse_change on {table}")
        op.execute(f"drop function {table}_refuse_change()")
