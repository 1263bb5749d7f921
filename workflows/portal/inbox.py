"""What waits for somebody: the first page of who is signed in. One question to the database for each kind of task."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import ColumnElement, Select, exists, func
from sqlmodel import Session, col, select

from voucher.amendments import Amendment, AmendmentState
from voucher.checks.facts import Level
from voucher.claims import LIVE, Claim, ClaimState
from voucher.duties import Duty, DutyTaken
from voucher.errors import _
from voucher.findings import Finding, FindingState
from voucher.money import Money
from voucher.orders import CLAIMABLE, NOT_BEGUN, Order, OrderState
from voucher.payouts import Batch, BatchSignature, BatchState, Payout, PayoutState
from voucher.people import Organisation, Role
from voucher.programmes.programmes import TermsVersion
from voucher.statements import BankLine, LineState
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Actor

MOST = 12


@dataclass(frozen=True)
class Task:
    """One thing to do: where, about whom, since when, how much."""

    reference: str
    who: str
    url: str
    since: datetime | None = None
    amount: Money | None = None


@dataclass(frozen=True)
class Group:
    """Tasks of one kind; `count` says how many there are when not all are listed."""

    title: str
    tasks: list[Task]
    count: int
    more: str = ""


def tasks_for(session: Session, actor: Actor) -> list[Group]:
    """Everything that waits for this actor, kind by kind; kinds with nothing are left out."""
    groups = [group for role, ask in _QUESTIONS if actor.holds(role) for group in ask(session, actor)]
    unique = {(group.title, group.more): group for group in groups if group.count}
    return list(unique.values())


# -- SME and provider ------------------------------------------------------------------------------------------------

def _sme(session: Session, actor: Actor) -> Iterator[Group]:
    mine = actor.organisations(Role.SME)
    yield _orders(session, _("Answer what is proposed for the order"), _proposed_by(Role.PROVIDER), col(Voucher.sme_id).in_(mine))
    yield _orders(session, _("Accept the delivery"), Order.state == OrderState.DELIVERED, col(Voucher.sme_id).in_(mine))
    yield _to_claim(session, "sme", col(Voucher.sme_id).in_(mine))
    yield _unused(session, mine)


def _provider(session: Session, actor: Actor) -> Iterator[Group]:
    own = col(Order.provider_id).in_(actor.organisations(Role.PROVIDER))
    yield _orders(session, _("Answer what is proposed for the order"), _proposed_by(Role.SME), own)
    yield _orders(session, _("Accept or decline the order"), Order.state == OrderState.PLACED, own)
    yield _orders(session, _("Deliver the service"), col(Order.state).in_([*NOT_BEGUN, OrderState.STARTED]), own)
    yield _orders(session, _("Deliver again what is disputed"), Order.state == OrderState.DISPUTED, own)
    yield _to_claim(session, "provider", own)


def _proposed_by(side: Role) -> ColumnElement[bool]:
    """Orders for which that side proposes something."""
    return exists().where(col(Amendment.order_id) == Order.id, col(Amendment.state) == AmendmentState.PROPOSED,
                          col(Amendment.side) == side.value)


def _unused(session: Session, smes: frozenset[UUID]) -> Group:
    """Issued vouchers on which nothing was ordered yet."""
    rows = (select(Voucher, Organisation).join(Organisation, col(Organisation.id) == Voucher.sme_id)
            .where(Voucher.state == VoucherState.ISSUED, col(Voucher.sme_id).in_(smes),
                   ~exists().where(col(Order.voucher_id) == Voucher.id)).order_by(col(Voucher.id)))
    return _group(session, _("Order a service with your voucher"), rows, _voucher_task)


def _orders(session: Session, title: str, *conditions: ColumnElement[bool] | bool) -> Group:
    rows = (select(Order, Organisation).join(Voucher, col(Voucher.id) == Order.voucher_id)
            .join(Organisation, col(Organisation.id) == Voucher.sme_id).where(*conditions).order_by(col(Order.id)))
    return _group(session, title, rows, _order_task)


def _to_claim(session: Session, payee: str, own: ColumnElement[bool]) -> Group:
    """Completed orders of which not all is claimed, where the terms let this side claim."""
    live = exists().where(col(Claim.order_id) == Order.id, col(Claim.final), col(Claim.state).in_(LIVE))
    rows = session.execute(
        select(Order, Organisation, TermsVersion).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .join(Organisation, col(Organisation.id) == Voucher.sme_id).join(TermsVersion, col(TermsVersion.id) == Order.terms_id)
        .where(col(Order.state).in_(CLAIMABLE), ~live, own).order_by(col(Order.id))).all()
    mine = [_order_task(order, sme) for order, sme, version in rows if version.terms.payee == payee]
    return Group(_("Submit the claim"), mine[:MOST], len(mine))


# -- The office ------------------------------------------------------------------------------------------------------

def _reviewer(session: Session, actor: Actor) -> Iterator[Group]:
    yield _vouchers(session, _("Review the application"), VoucherState.SUBMITTED, actor, Duty.REVIEW)


def _approver(session: Session, actor: Actor) -> Iterator[Group]:
    yield _vouchers(session, _("Issue the voucher"), VoucherState.REVIEWED, actor, Duty.ISSUE)
    yield _claims(session, _("Approve the claim"), ClaimState.VERIFIED, actor, Duty.APPROVE)
    yield _findings(session, actor)


def _verifier(session: Session, actor: Actor) -> Iterator[Group]:
    yield _claims(session, _("Verify the claim"), ClaimState.SUBMITTED, actor, Duty.VERIFY)
    mine = _not_barred(actor, Duty.VERIFY)
    yield _orders(session, _("Decide the dispute"), Order.state == OrderState.DISPUTED, mine)
    referred = exists().where(col(Amendment.order_id) == Order.id, col(Amendment.state) == AmendmentState.REFERRED)
    yield _orders(session, _("Value the part that is done"), referred, mine)


def _finance(session: Session, actor: Actor) -> Iterator[Group]:
    yield _money(session, _("Gather payable payouts in a batch"), PayoutState.PAYABLE, url_for("finance.gather_form"))
    yield _money(session, _("Pay again what the bank returned"), PayoutState.RETURNED, url_for("finance.payouts", state="returned"))
    count = session.exec(select(func.count()).select_from(BankLine).where(BankLine.state == LineState.OPEN)).one()
    yield Group(_("Clear the open lines of the bank"), [], count, url_for("finance.reconciliation"))
    yield from _treasury(session, actor)


def _treasury(session: Session, actor: Actor) -> Iterator[Group]:
    signed = exists().where(col(BatchSignature.batch_id) == Batch.id, col(BatchSignature.person_id) == actor.person_id)
    rows = (select(Batch, Batch.gathered_at).where(
        col(Batch.state).in_([BatchState.GATHERED, BatchState.SIGNED]), Batch.gathered_by != actor.person_id, ~signed)
        .order_by(col(Batch.id)))
    yield _group(session, _("Release the batch"), rows, _batch_task)


def _money(session: Session, title: str, state: PayoutState, url: str) -> Group:
    count = session.exec(select(func.count()).select_from(Payout).where(Payout.state == state)).one()
    return Group(title, [], count, url)


def _vouchers(session: Session, title: str, state: VoucherState, actor: Actor, duty: Duty) -> Group:
    rows = (select(Voucher, Organisation).join(Organisation, col(Organisation.id) == Voucher.sme_id)
            .where(Voucher.state == state, _not_barred(actor, duty)).order_by(col(Voucher.id)))
    return _group(session, title, rows, _voucher_task)


def _claims(session: Session, title: str, state: ClaimState, actor: Actor, duty: Duty) -> Group:
    rows = (select(Claim, Organisation).join(Order, col(Order.id) == Claim.order_id)
            .join(Voucher, col(Voucher.id) == Order.voucher_id)
            .join(Organisation, col(Organisation.id) == Claim.claimant_id)
            .where(Claim.state == state, _not_barred(actor, duty)).order_by(col(Claim.id)))
    return _group(session, title, rows, _claim_task)


def _findings(session: Session, actor: Actor) -> Group:
    """What stops money until an approver decides."""
    rows = (select(Finding, Organisation).join(Claim, col(Claim.id) == Finding.claim_id)
            .join(Organisation, col(Organisation.id) == Claim.claimant_id).join(Order, col(Order.id) == Claim.order_id)
            .join(Voucher, col(Voucher.id) == Order.voucher_id)
            .where(Finding.state == FindingState.OPEN, Finding.level == Level.BLOCK, _not_barred(actor, Duty.APPROVE))
            .order_by(col(Finding.id)))
    return _group(session, _("Decide about what the checks found"), rows, _finding_task)


def _not_barred(actor: Actor, duty: Duty) -> ColumnElement[bool]:
    """Not the cases in which he already did something else: they wait for a colleague."""
    return ~exists().where(col(DutyTaken.voucher_id) == Voucher.id, col(DutyTaken.person_id) == actor.person_id,
                           col(DutyTaken.duty) != duty.value)


# -- Rows to tasks ---------------------------------------------------------------------------------------------------

def _group(session: Session, title: str, rows: Select[*tuple[Any, ...]], as_task: Callable[..., Task]) -> Group:
    count = session.connection().execute(select(func.count()).select_from(rows.order_by(None).subquery())).scalar_one()
    found = session.execute(rows.limit(MOST)).all() if count else []
    return Group(title, [as_task(*row) for row in found], count)


def _voucher_task(voucher: Voucher, sme: Organisation) -> Task:
    return Task(voucher.reference, sme.name, url_for("cases.voucher", reference=voucher.reference), voucher.applied_at, voucher.amount)


def _order_task(order: Order, sme: Organisation) -> Task:
    return Task(order.reference, f"{order.title} · {sme.name}", url_for("cases.order", reference=order.reference),
                order.placed_at, order.voucher_part)


def _claim_task(claim: Claim, claimant: Organisation) -> Task:
    return Task(claim.reference, claimant.name, url_for("cases.claim", reference=claim.reference), claim.submitted_at, claim.requested)


def _finding_task(finding: Finding, claimant: Organisation) -> Task:
    return Task(finding.reference, claimant.name, url_for("checks.finding", reference=finding.reference), finding.found_at)


def _batch_task(batch: Batch, gathered_at: datetime) -> Task:
    return Task(batch.reference, "", url_for("finance.batch", reference=batch.reference), gathered_at)


_QUESTIONS: tuple[tuple[Role, Callable[[Session, Actor], Iterator[Group]]], ...] = (
    (Role.SME, _sme), (Role.PROVIDER, _provider), (Role.REVIEWER, _reviewer), (Role.APPROVER, _approver),
    (Role.VERIFIER, _verifier), (Role.FINANCE, _finance), (Role.TREASURY, _treasury),
)
