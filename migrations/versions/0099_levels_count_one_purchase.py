"""Towards the levels of approval, claims of one purchase count together.

Why: two claims of one firm with one provider for one service, each a little over half of a level, passed it together with one approver
each. Now the live ones within sixty days of each other count as one, in the code and here. What is approved already stays so.
Locks: claims, for an instant.

Revision: 0099, after 0098
"""

from alembic import op

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None

_NAME = "claims_want_their_level"
_SAID = "a claim is approved by fewer than its terms ask for"
_NEAR = {
    "sqlite": "date(c.submitted_at) between date(new.submitted_at, '-60 days') and date(new.submitted_at, '+60 days')",
    "postgresql": "abs((c.submitted_at at time zone 'UTC')::date - (new.submitted_at at time zone 'UTC')::date) <= 60"}
_BESIDE = """coalesce((select sum(case c.state when 'approved' then c.approved_minor else c.requested_minor end)
 from claims c join orders o on o.id = c.order_id join vouchers v on v.id = o.voucher_id join vouchers mine on mine.id = orders.voucher_id
 where c.id <> new.id and c.state in ('submitted', 'questioned', 'returned', 'verified', 'approved') and c.currency = new.currency
 and v.sme_id = mine.sme_id and o.provider_id = orders.provider_id and o.service_type = orders.service_type and {near}), 0)"""
_LACKS_ONE = """new.state = 'approved' and old.state <> 'approved' and exists (select 1 from approval_levels as level
 join orders on orders.terms_id = level.terms_id where orders.id = new.order_id and level.from_minor <= new.approved_minor{more}
 and level.approvers > (select count(*) from claim_signatures where claim_id = new.id and digest = new.approval_digest))"""


def upgrade() -> None:
    """Make it so."""
    _hold(" + " + _BESIDE.format(near=_NEAR[op.get_bind().dialect.name]))


def _hold(more: str) -> None:
    """The trigger anew, with so much `more` counted towards a level."""
    when = _LACKS_ONE.format(more=more)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"drop trigger {_NAME}")
        op.execute(f"create trigger {_NAME} before update on claims when {when} begin select raise(abort, '{_SAID}'); end")
        return
    op.execute(f"create or replace function {_NAME}() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin"
               f" if {when} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $$")


def downgrade() -> None:
    """Undo it."""
    _hold("")
