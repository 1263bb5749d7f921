"""Whether a recovery stands is said neither by who was involved before nor by who acts as one with him.

Why: the database (0085) looked only at the person himself. Who bore a role of somebody involved, or had one of his borne by him, at any
instant since the case began, is refused by the program as no second person; past it he was not.
Locks: nothing that is read; a trigger is made anew.

Revision: 0092, after 0091
"""

from pathlib import Path
from runpy import run_path
from typing import Any

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

# Of an award the case begins when it was asked for, as its verbs have it.
_HANDS = """exists (select 1 from recoveries r join payouts p on p.id = r.payout_id left join awards a on a.id = r.award_id
 join people h on h.id in (a.proposed_by, a.decided_by)
  or h.id in (select d.person_id from duties d where d.voucher_id = r.voucher_id and d.duty in ('verify', 'approve', 'release'))
  or (new.name in ('recovery.annulled', 'recovery.appeal_dismissed') and h.id in (r.opened_by, r.heard_by, r.decided_by))
  or (new.name = 'recovery.written_off' and h.id = r.write_off_asked_by)
 where r.reference = new.subject and (p.state = 'settled' or new.name in ('recovery.written_off', 'recovery.appeal_dismissed')
  or (p.state = 'offset' and not exists (select 1 from events e where e.subject = p.reference and e.name = 'payout.rest_given_up')))
 and (h.id = new.person_id or exists (select 1 from delegations g where g.begins_at <= new.at and g.ends_at > g.begins_at
  and g.ends_at > case when h.id in (a.proposed_by, a.decided_by) then a.asked_at else r.opened_at end
  and ((g.deputy_id = new.person_id and g.person_id = h.id) or (g.person_id = new.person_id and g.deputy_id = h.id)))))"""


def upgrade() -> None:
    """Make it so."""
    before = _before()
    before["_let_off_by_another"](_HANDS, before["_SAID"])


def downgrade() -> None:
    """Undo it."""
    before = _before()
    before["_let_off_by_another"](before["_NOW"], before["_SAID"])


def _before() -> dict[str, Any]:
    return run_path(str(Path(__file__).with_name("0085_not_involved_before.py")))
