"""Who has another duty in a case takes no step in it, and signs no batch with it: the database looks at each.

Why: that nobody has two duties in a case was held by the key of `duties`, and that a step asks for its duty by the programs alone: who
wrote an event or a signature by another road wrote no duty. Now the events of steps with a duty, and the signatures of batches, are
looked at: whoever has another duty on that voucher is refused.
Locks: events and batch_signatures, for an instant each.

Revision: 0068, after 0067
"""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

# The events of steps by the duty that they ask for, as the machines had it that day.
_STEPS = {
    "appeal": """appeal.dismissed appeal.upheld voucher.appeal_dismissed voucher.appeal_upheld voucher.measure_appeal_dismissed
        voucher.measure_appeal_upheld""",
    "approve": """claim.approved claim.refused claim.sent_back claim.signed finding.allowed finding.confirmed""",
    "claim": """order.cancelled order.completed order.disputed order.placed order.rated order.replaced voucher.activated
        voucher.answered voucher.appealed voucher.applied voucher.extension_asked voucher.measure_appealed
        voucher.offer_accepted voucher.offer_declined voucher.part_given_back voucher.revocation_answered
        voucher.surrender_asked voucher.surrender_withdrawn voucher.withdrawn""",
    "hear": """objection.admitted objection.dismissed objection.inadmissible objection.upheld""",
    "issue": """voucher.cancelled voucher.extended voucher.extension_refused voucher.issued voucher.refused voucher.waitlisted""",
    "provide": """order.accepted order.declined order.delivered order.delivered_again order.registered order.started
        order.tax_paid voucher.surrender_agreed voucher.surrender_refused""",
    "recover": """recovery.decided voucher.revoked""",
    "release": """finding.account_confirmed""",
    "review": """finding.seen_in_order finding.seen_not_in_order voucher.questioned voucher.rejected voucher.reviewed""",
    "verify": """amendment.valued claim.originals_seen claim.questioned claim.returned claim.verified finding.noted
        order.delivery_rejected order.delivery_upheld""",
}
_NAMES = ", ".join(f"'{name}'" for names in _STEPS.values() for name in names.split())
_DUTY = "case " + " ".join(
    f"when new.name in ({', '.join(repr(name) for name in names.split())}) then '{duty}'" for duty, names in _STEPS.items()) + " end"
_HAS_ANOTHER = ("exists (select 1 from vouchers v join duties d on d.voucher_id = v.id"
                f" where v.reference = new.case_reference and d.person_id = new.person_id and d.duty <> ({_DUTY}))")
_SIGNS_HIS_OWN = ("exists (select 1 from payouts p join claims c on c.id = p.claim_id join orders o on o.id = c.order_id"
                  " join duties d on d.voucher_id = o.voucher_id"
                  " where p.batch_id = new.batch_id and d.person_id = new.person_id and d.duty <> 'release')")
_LOOKS = (("events_by_one_duty", "events", f"new.name in ({_NAMES}) and new.person_id is not null", _HAS_ANOTHER),
          ("batch_signatures_by_one_duty", "batch_signatures", "new.person_id is not null", _SIGNS_HIS_OWN))
_SAID = "in one case, one person does one kind of thing"


def upgrade() -> None:
    """Make it so."""
    for name, table, when, refused in _LOOKS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"create trigger {name} before insert on {table} when {when} and {refused} begin select raise(abort, '{_SAID}'); end")
            continue
        op.execute(f"create function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $body$"
                   f" begin if {refused} then raise exception '{_SAID}' using errcode = 'restrict_violation'; end if; return new; end $body$")
        op.execute(f"create trigger {name} before insert on {table} for each row when ({when}) execute function {name}()")


def downgrade() -> None:
    """Undo it."""
    for name, table, _when, _refused in _LOOKS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"drop trigger {name}")
            continue
        op.execute(f"drop trigger {name} on {table}")
        op.execute(f"drop function {name}()")
