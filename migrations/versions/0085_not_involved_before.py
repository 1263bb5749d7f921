"""Whether a recovery stands is said by nobody who was involved before, nobody allows the write-off for which he asked, and nobody signs
the batch that he gathered.

Why: the database looked only at who had let it be paid, so who opened a recovery, heard the party or decided could annul it or judge the
appeal, and who asked for a write-off could allow it, past the programs. Of a payout that was set off it did not look at who annuls.
What follows from giving up a payment, or the rest of one, is no decision of anybody and still not looked at. Batches refused the deputy of who gathered
them (0028), and not himself.
Locks: events and batch_signatures, for an instant each.

Revision: 0085, after 0084
"""

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

_LET_OFF = "('recovery.dropped', 'recovery.annulled', 'recovery.written_off', 'recovery.appeal_dismissed')"
# {paid}: of which payouts it is looked at who ends a recovery; {involved}: who else was involved before.
_HAD_A_PART = """exists (select 1 from recoveries r join payouts p on p.id = r.payout_id where r.reference = new.subject
 and ({paid} or new.name in ('recovery.written_off', 'recovery.appeal_dismissed'))
 and (exists (select 1 from duties d where d.voucher_id = r.voucher_id and d.person_id = new.person_id
              and d.duty in ('verify', 'approve', 'release'))
      or exists (select 1 from awards a where a.id = r.award_id and new.person_id in (a.proposed_by, a.decided_by)){involved}))"""
_BEFORE = _HAD_A_PART.format(paid="p.state = 'settled'", involved="")
_NOW = _HAD_A_PART.format(
    paid="p.state = 'settled' or (p.state = 'offset' and not exists (select 1 from events e where e.subject = p.reference"
         " and e.name = 'payout.rest_given_up'))",
    involved="""
      or (new.name in ('recovery.annulled', 'recovery.appeal_dismissed') and new.person_id in (r.opened_by, r.heard_by, r.decided_by))
      or (new.name = 'recovery.written_off' and new.person_id = r.write_off_asked_by)""")
_SAID_BEFORE = "recovery: who let it be paid lets nobody off"
_SAID = "recovery: who let it be paid, or was involved before, lets nobody off"
_GATHERED = "exists (select 1 from batches b where b.id = new.batch_id and b.gathered_by = new.person_id)"
_SAID_OF_BATCHES = "who gathered a batch does not release it"


def upgrade() -> None:
    """Make it so."""
    _let_off_by_another(_NOW, _SAID)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger batch_signatures_by_another before insert on batch_signatures when {_GATHERED}"
                   f" begin select raise(abort, '{_SAID_OF_BATCHES}'); end")
        return
    op.execute("create function batch_signatures_by_another() returns trigger language plpgsql set search_path = public, pg_temp"
               f" as $body$ begin if {_GATHERED} then raise exception '{_SAID_OF_BATCHES}' using errcode = 'restrict_violation'; end if;"
               " return new; end $body$")
    op.execute("create trigger batch_signatures_by_another before insert on batch_signatures for each row"
               " execute function batch_signatures_by_another()")


def downgrade() -> None:
    """Undo it."""
    _let_off_by_another(_BEFORE, _SAID_BEFORE)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger batch_signatures_by_another")
        return
    op.execute("drop trigger batch_signatures_by_another on batch_signatures")
    op.execute("drop function batch_signatures_by_another()")


def _let_off_by_another(refused: str, said: str) -> None:
    """Refuse the event that lets somebody off by this rule, in the place of the one before."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger events_let_off_by_another")
        op.execute(f"create trigger events_let_off_by_another before insert on events when new.name in {_LET_OFF} and {refused}"
                   f" begin select raise(abort, '{said}'); end")
        return
    op.execute("create or replace function events_let_off_by_another() returns trigger language plpgsql"
               f" set search_path = public, pg_temp as $body$ begin if {refused} then"
               f" raise exception '{said}' using errcode = 'restrict_violation'; end if; return new; end $body$")
