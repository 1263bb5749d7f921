"""Tasks: rows of the database made into things to do, kind by kind. One question to the database for each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_
from sqlmodel import Session, col, select

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.deposits import Deposit, DepositState
from voucher.duties import Duty, DutyTaken
from voucher.findings import Finding
from voucher.listings import Listing
from voucher.money import Money
from voucher.objections import Objection
from voucher.orders import OFF, Order
from voucher.people import BankAccount, Organisation
from voucher.recoveries import Recovery, RecoveryState
from voucher.vouchers import Voucher
from voucher.work import Actor
from workflows.portal.speech import firm

MOST = 12

Condition = ColumnElement[bool] | bool


@dataclass(frozen=True)
class Task:
    """One thing to do: where, about whom, since when, how much, and the last day on which it is in time."""

    reference: str
    who: str
    url: str
    since: datetime | None = None
    amount: Money | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class Group:
    """Tasks of one kind; `count` says how many there are when not all are listed."""

    title: str
    tasks: list[Task]
    count: int
    more: str = ""


def group(session: Session, title: str, rows: Select[*tuple[Any, ...]], as_task: Callable[..., Task]) -> Group:
    """The rows of a question as tasks, the first MOST of them, and how many there are."""
    count = session.connection().execute(select(func.count()).select_from(rows.order_by(None).subquery())).scalar_one()
    found = session.execute(rows.limit(MOST)).all() if count else []
    return Group(title, [as_task(*row) for row in found], count)


def not_barred(actor: Actor, duty: Duty) -> ColumnElement[bool]:
    """Not the cases in which he already did something else: they wait for a colleague."""
    return ~exists().where(col(DutyTaken.voucher_id) == Voucher.id, col(DutyTaken.person_id) == actor.person_id,
                           col(DutyTaken.duty) != duty.value)


def vouchers(session: Session, title: str, *conditions: Condition) -> Group:
    """Vouchers, and applications for them."""
    rows = (select(Voucher, Organisation).join(Organisation, col(Organisation.id) == Voucher.sme_id)
            .where(*conditions).order_by(col(Voucher.id)))
    return group(session, title, rows, _voucher)


def _voucher(voucher: Voucher, sme: Organisation) -> Task:
    return Task(voucher.reference, firm(sme), url_for("cases.voucher", reference=voucher.reference), voucher.applied_at, voucher.amount)


def orders(session: Session, title: str, *conditions: Condition) -> Group:
    """Orders; conditions may speak of their vouchers."""
    rows = (select(Order, Organisation).join(Voucher, col(Voucher.id) == Order.voucher_id)
            .join(Organisation, col(Organisation.id) == Voucher.sme_id).where(*conditions).order_by(col(Order.id)))
    return group(session, title, rows, order_task)


def without_account() -> Condition:
    """Orders that came to nothing while the wallet holds the SME's money, which has no account to go back to."""
    came_from = exists().where(col(BankAccount.number) == Deposit.account_number, col(BankAccount.currency) == Deposit.currency)
    named = exists().where(col(BankAccount.organisation_id) == Voucher.sme_id, col(BankAccount.currency) == Order.currency,
                           col(BankAccount.active))
    held = exists().where(col(Deposit.order_id) == Order.id, col(Deposit.state) == DepositState.HELD, ~came_from)
    return and_(held, ~named, or_(col(Order.state).in_(OFF), col(Order.held_minor) == 0))


def order_task(order: Order, sme: Organisation) -> Task:
    """An order as a task."""
    return Task(order.reference, f"{order.title} · {firm(sme)}", url_for("cases.order", reference=order.reference),
                order.placed_at, order.voucher_part)


def claims(session: Session, title: str, *conditions: Condition) -> Group:
    """Claims; conditions may speak of their orders and vouchers."""
    return group(session, title, _of_claims(select(Claim, Organisation), conditions).order_by(col(Claim.id)), _claim)


def _of_claims(what: Any, conditions: tuple[Condition, ...]) -> Any:
    return (what.join(Organisation, col(Organisation.id) == Claim.claimant_id).join(Order, col(Order.id) == Claim.order_id)
            .join(Voucher, col(Voucher.id) == Order.voucher_id).where(*conditions))


def _claim(claim: Claim, claimant: Organisation) -> Task:
    return Task(claim.reference, firm(claimant), url_for("cases.claim", reference=claim.reference), claim.submitted_at, claim.requested)


def findings(session: Session, title: str, *conditions: Condition) -> Group:
    """What checks found; conditions may speak of the claims, their orders and vouchers."""
    rows = _of_claims(select(Finding, Organisation).join(Claim, col(Claim.id) == Finding.claim_id), conditions)
    return group(session, title, rows.order_by(col(Finding.id)), _finding)


def _finding(finding: Finding, claimant: Organisation) -> Task:
    return Task(finding.reference, firm(claimant), url_for("checks.finding", reference=finding.reference), finding.found_at)


def objections(session: Session, title: str, *conditions: Condition) -> Group:
    """Objections to claims; conditions may speak of the claims, their orders and vouchers."""
    rows = _of_claims(select(Objection, Organisation).join(Claim, col(Claim.id) == Objection.claim_id), conditions)
    return group(session, title, rows.order_by(col(Objection.id)), _objection)


def listing_objections(session: Session, title: str, *conditions: Condition) -> Group:
    """Objections to providers in notice."""
    rows = (select(Objection, Organisation).join(Listing, col(Listing.id) == Objection.listing_id)
            .join(Organisation, col(Organisation.id) == Listing.provider_id).where(*conditions).order_by(col(Objection.id)))
    return group(session, title, rows, _objection)


def _objection(objection: Objection, about: Organisation) -> Task:
    return Task(objection.reference, firm(about), url_for("notices.objection", reference=objection.reference), objection.filed_at)


def recoveries(session: Session, title: str, *conditions: Condition) -> Group:
    """Money asked back; conditions may speak of the vouchers."""
    rows = (select(Recovery, Organisation).join(Organisation, col(Organisation.id) == Recovery.liable_id)
            .outerjoin(Voucher, col(Voucher.id) == Recovery.voucher_id).where(*conditions).order_by(col(Recovery.id)))
    return group(session, title, rows, _recovery)


def _recovery(recovery: Recovery, liable: Organisation) -> Task:
    return Task(recovery.reference, firm(liable), url_for("recoveries.case", reference=recovery.reference), recovery.opened_at,
                recovery.principal)


def awards(session: Session, title: str, *conditions: Condition) -> Group:
    """Yearly awards of providers."""
    rows = (select(ProviderAward, Organisation).join(Organisation, col(Organisation.id) == ProviderAward.provider_id)
            .where(*conditions).order_by(col(ProviderAward.id)))
    return group(session, title, rows, _award)


def _award(award: ProviderAward, provider: Organisation) -> Task:
    return Task(award.reference, firm(provider), url_for("awards.case", reference=award.reference), award.asked_at,
                award.amount if award.amount_minor else None)


def listings(session: Session, title: str, *conditions: Condition) -> Group:
    """Providers who want to stand in the register."""
    rows = (select(Listing, Organisation).join(Organisation, col(Organisation.id) == Listing.provider_id)
            .where(*conditions).order_by(col(Listing.id)))
    return group(session, title, rows, _listing)


def _listing(listing: Listing, provider: Organisation) -> Task:
    return Task(listing.reference, firm(provider), url_for("register.provider", reference=listing.reference))


#: Recoveries in which whoever is liable has to pay.
TO_PAY = (RecoveryState.SERVED, RecoveryState.FINAL, RecoveryState.INSTALMENTS)
