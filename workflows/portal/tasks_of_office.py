"""What waits for the people of the office, role by role."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlmodel import Session, col, select

from voucher.amendments import Amendment, AmendmentState
from voucher.appeals import Appeal, AppealState
from voucher.awards import AwardState, ProviderAward
from voucher.bound_requests import BoundRequest, BoundRequestState
from voucher.checks.facts import Level
from voucher.claims import Claim, ClaimState
from voucher.deadlines import Deadline
from voucher.duties import Duty
from voucher.errors import _
from voucher.findings import Finding, FindingState
from voucher.listings import Listing, ListingState
from voucher.measure_appeals import MeasureAppeal
from voucher.objections import OPEN as OPEN_OBJECTIONS
from voucher.objections import Objection, ObjectionState
from voucher.orders import Order, OrderState
from voucher.payouts import Batch, BatchSignature, BatchState, Payout, PayoutState, held_back
from voucher.recoveries import Recovery, RecoveryState, refund_is_due
from voucher.statements import BankLine, LineState
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Actor
from workflows.access import door
from workflows.expiry import EXTENSION
from workflows.portal.tasks import (
    Group,
    Task,
    awards,
    claims,
    findings,
    group,
    listing_objections,
    listings,
    not_barred,
    objections,
    orders,
    recoveries,
    vouchers,
    without_account,
)

# Nothing is approved before a verifier took note of it or an approver decided.
_WARNS = col(Finding.level) == Level.WARN


def for_reviewer(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for reviewers."""
    yield vouchers(session, _("Review the application"), Voucher.state == VoucherState.SUBMITTED, not_barred(actor, Duty.REVIEW))
    yield awards(session, _("Check the figures of the award"), ProviderAward.state == AwardState.ASKED)
    yield _drawn(session, actor)


def for_approver(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for approvers."""
    issue, approve, judge = (not_barred(actor, duty) for duty in (Duty.ISSUE, Duty.APPROVE, Duty.APPEAL))
    hear, recover = not_barred(actor, Duty.HEAR), not_barred(actor, Duty.RECOVER)
    yield vouchers(session, _("Issue the voucher"), Voucher.state == VoucherState.REVIEWED, issue)
    yield claims(session, _("Approve the claim"), Claim.state == ClaimState.VERIFIED, approve)
    yield findings(session, _("Decide about what the checks found"), Finding.state == FindingState.OPEN,
                   or_(col(Finding.level) == Level.BLOCK, and_(_WARNS, col(Claim.state) == ClaimState.VERIFIED)),
                   Finding.check_name != "changed_account", approve)  # of which finance asks the payee
    yield vouchers(session, _("Decide on the appeal against a rejection"), Voucher.state == VoucherState.APPEALED, judge)
    measured = exists().where(col(MeasureAppeal.voucher_id) == Voucher.id, col(MeasureAppeal.ended_at).is_(None))
    yield vouchers(session, _("Decide on the appeal of a holder"), measured, judge)
    appealed = exists().where(col(Appeal.claim_id) == Claim.id, col(Appeal.state) == AppealState.FILED)
    yield claims(session, _("Decide on the appeal against a cut"), appealed, judge)
    yield objections(session, _("Decide whether the objection is heard"), Objection.state == ObjectionState.FILED, hear)
    yield objections(session, _("Decide on the objection"), Objection.state == ObjectionState.ADMITTED, hear)
    yield listing_objections(session, _("Decide on the objection to a provider"), col(Objection.state).in_(OPEN_OBJECTIONS),
                             _by_another(Objection.listing_begun_by, actor))
    longer = exists().where(col(Deadline.subject) == Voucher.reference, col(Deadline.rule) == EXTENSION, col(Deadline.ended_at).is_(None))
    yield vouchers(session, _("Decide on more time for the voucher"), Voucher.state == VoucherState.ISSUED, longer, issue)
    yield vouchers(session, _("Decide whether the voucher is revoked"), Voucher.state == VoucherState.HEARD, recover)
    yield recoveries(session, _("Decide whether the money comes back"), Recovery.state == RecoveryState.HEARD, recover,
                     _by_another(Recovery.opened_by, actor), _by_another(Recovery.heard_by, actor))
    yield recoveries(session, _("Decide on the appeal against the recovery"), Recovery.state == RecoveryState.APPEALED,
                     _by_another(Recovery.decided_by, actor))
    yield recoveries(session, _("Decide whether it is written off"), Recovery.state == RecoveryState.WRITE_OFF_ASKED)
    yield awards(session, _("Decide on the award"), ProviderAward.state == AwardState.PROPOSED,
                 _by_another(ProviderAward.proposed_by, actor))
    yield listings(session, _("Decide whether the provider is listed"), Listing.state == ListingState.PROPOSED)


def _by_another(did: Any, actor: Actor) -> ColumnElement[bool]:
    """Not what he did himself: the next step is another's."""
    return col(did).is_distinct_from(actor.person_id)


def for_verifier(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for verifiers."""
    mine = not_barred(actor, Duty.VERIFY)
    yield claims(session, _("Verify the claim"), Claim.state == ClaimState.SUBMITTED, mine)
    yield findings(session, _("Take note of the warning"), Finding.state == FindingState.OPEN, _WARNS,
                   col(Claim.state).in_((ClaimState.SUBMITTED, ClaimState.VERIFIED)), mine)
    yield orders(session, _("Decide the dispute"), Order.state == OrderState.DISPUTED, mine)
    referred = exists().where(col(Amendment.order_id) == Order.id, col(Amendment.state) == AmendmentState.REFERRED)
    yield orders(session, _("Value the part that is done"), referred, mine)


def for_auditor(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for auditors."""
    yield recoveries(session, _("Take the suspicion up, or drop it"), Recovery.state == RecoveryState.SUSPECTED)
    yield _drawn(session, actor)


def _drawn(session: Session, actor: Actor) -> Group:
    """What was drawn by lot, so that somebody has to look on the spot."""
    return findings(session, _("Look on the spot at what was drawn by lot"), Finding.state == FindingState.OPEN,
                    Finding.check_name == "drawn", not_barred(actor, Duty.REVIEW))


def for_finance(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for the finance office."""
    yield _money(session, _("Gather payable payouts in a batch"), PayoutState.PAYABLE, url_for("finance.gather_form"),
                 or_(col(Payout.not_before).is_(None), col(Payout.not_before) <= door().today()))
    yield _money(session, _("Pay again what the bank returned"), PayoutState.RETURNED, url_for("finance.payouts", state="returned"))
    yield Group(_("Look at what the bank returned on a revoked voucher, and what was partly set off before"), [], _stuck(session),
                url_for("finance.payouts", state="returned"))
    count = session.exec(select(func.count()).select_from(BankLine).where(BankLine.state == LineState.OPEN)).one()
    yield Group(_("Clear the open lines of the bank"), [], count, url_for("finance.reconciliation"))
    yield orders(session, _("Ask the firm to name an account: its own part cannot go back"), without_account())
    yield recoveries(session, _("Serve the notice that asks money back"), Recovery.state == RecoveryState.DECIDED)
    yield recoveries(session, _("Pay back what came in on a decision that was annulled"), refund_is_due(),
                     _by_another(Recovery.annulled_by, actor))
    yield from for_treasury(session, actor)


def for_treasury(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for the treasury."""
    signed = exists().where(col(BatchSignature.batch_id) == Batch.id, col(BatchSignature.person_id) == actor.person_id)
    rows = (select(Batch, Batch.gathered_at).where(
        col(Batch.state).in_([BatchState.GATHERED, BatchState.SIGNED]), Batch.gathered_by != actor.person_id, ~signed)
        .order_by(col(Batch.id)))
    yield group(session, _("Release the batch"), rows, _batch)
    yield group(session, _("Dissolve the batch that is held back, or have lifted what stands in its way"),
                select(Batch, Batch.gathered_at).where(held_back()).order_by(col(Batch.id)), _batch)
    yield findings(session, _("Ask the payee about the changed account"), Finding.state == FindingState.OPEN,
                   Finding.check_name == "changed_account", not_barred(actor, Duty.RELEASE))
    asked = select(func.count()).select_from(BoundRequest).where(
        BoundRequest.state == BoundRequestState.ASKED, BoundRequest.asked_by != actor.person_id)
    yield Group(_("Decide on the bounds of an account"), [], session.exec(asked).one(), url_for("bounds.requests"))


def _stuck(session: Session) -> int:
    """How many payouts the bank returned that are neither paid again, as the voucher was revoked, nor given up, as a part was set off."""
    return session.exec(
        select(func.count()).select_from(Payout).join(Claim, col(Claim.id) == Payout.claim_id).join(Order, col(Order.id) == Claim.order_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id)
        .where(Payout.state == PayoutState.RETURNED, Payout.offset_minor > 0, Voucher.state == VoucherState.REVOKED)).one()


def _money(session: Session, title: str, state: PayoutState, url: str, *also: ColumnElement[bool]) -> Group:
    count = session.exec(select(func.count()).select_from(Payout).where(Payout.state == state, *also)).one()
    return Group(title, [], count, url)


def _batch(batch: Batch, gathered_at: datetime) -> Task:
    return Task(batch.reference, "", url_for("finance.batch", reference=batch.reference), gathered_at)
