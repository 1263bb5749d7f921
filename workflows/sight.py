"""Who sees what: the office sees every case, a firm its own. What is not yours does not exist."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.awards import ProviderAward
from voucher.claims import Claim
from voucher.deadlines import Deadline
from voucher.deposits import Deposit
from voucher.errors import NotFound
from voucher.files import FileKind, StoredFile
from voucher.orders import Order
from voucher.own_days import firms_of_case, keys_of_own_days, own_days_of
from voucher.papers import papers_on
from voucher.payouts import Payout
from voucher.people import OFFICE_ROLES, Role
from voucher.recoveries import Recovery, RecoveryState
from voucher.references import read_reference
from voucher.vouchers import Voucher
from voucher.work import Actor


def from_office(actor: Actor) -> bool:
    """Whether somebody works for the office, or is the system itself."""
    return actor.is_system or any(actor.holds(role) for role in OFFICE_ROLES)


def is_told(actor: Actor, event: str) -> bool:
    """Whether an event of a case that somebody sees is told to him: what the checks find, and the sheet of it, stay inside the office."""
    return from_office(actor) or not (event.startswith("finding.") or event == "claim.sheet_made")


def vouchers(actor: Actor) -> SelectOfScalar[Voucher]:
    """The vouchers that somebody may see, newest first: a firm its own, a provider those on which it has an order."""
    shown = select(Voucher).order_by(col(Voucher.id).desc())
    if from_office(actor):
        return shown
    served = select(Order.voucher_id).where(col(Order.provider_id).in_(actor.organisations(Role.PROVIDER)))
    return shown.where(or_(col(Voucher.sme_id).in_(actor.organisations(Role.SME)), col(Voucher.id).in_(served)))


def orders(actor: Actor) -> SelectOfScalar[Order]:
    """The orders that somebody may see, newest first."""
    shown = select(Order).order_by(col(Order.id).desc())
    if from_office(actor):
        return shown
    own = select(Voucher.id).where(col(Voucher.sme_id).in_(actor.organisations(Role.SME)))
    return shown.where(or_(col(Order.provider_id).in_(actor.organisations(Role.PROVIDER)), col(Order.voucher_id).in_(own)))


def deposits(actor: Actor) -> SelectOfScalar[Deposit]:
    """The deposits that somebody may see, newest first: an SME those of its own orders."""
    shown = select(Deposit).order_by(col(Deposit.id).desc())
    if from_office(actor):
        return shown
    own = select(Voucher.id).where(col(Voucher.sme_id).in_(actor.organisations(Role.SME)))
    return shown.where(col(Deposit.order_id).in_(select(Order.id).where(col(Order.voucher_id).in_(own))))


def claims(actor: Actor) -> SelectOfScalar[Claim]:
    """The claims that somebody may see, newest first."""
    shown = select(Claim).order_by(col(Claim.id).desc())
    if from_office(actor):
        return shown
    return shown.where(col(Claim.order_id).in_(orders(actor).order_by(None).with_only_columns(col(Order.id))))


def payouts(actor: Actor) -> SelectOfScalar[Payout]:
    """The payouts that somebody may see, newest first: a firm those that go to it."""
    shown = select(Payout).order_by(col(Payout.id).desc())
    if from_office(actor):
        return shown
    return shown.where(col(Payout.payee_id).in_(actor.organisations()))


def recoveries(actor: Actor) -> SelectOfScalar[Recovery]:
    """The recoveries that somebody may see, newest first: a firm those for which it is liable, once they are opened."""
    shown = select(Recovery).order_by(col(Recovery.id).desc())
    if from_office(actor):
        return shown
    return shown.where(col(Recovery.liable_id).in_(actor.organisations()), Recovery.state != RecoveryState.SUSPECTED,
                       Recovery.basis != "")


def awards(actor: Actor) -> SelectOfScalar[ProviderAward]:
    """The awards that somebody may see, newest first: a provider its own."""
    shown = select(ProviderAward).order_by(col(ProviderAward.id).desc())
    if from_office(actor):
        return shown
    return shown.where(col(ProviderAward.provider_id).in_(actor.organisations(Role.PROVIDER)))


def files(actor: Actor) -> SelectOfScalar[StoredFile]:
    """The files that somebody may see, newest first: a firm those that it owns."""
    shown = select(StoredFile).order_by(col(StoredFile.id).desc())
    if from_office(actor):
        return shown
    return shown.where(col(StoredFile.owner_id).in_(actor.organisations()))


def papers(actor: Actor, kind: FileKind, subject: str) -> SelectOfScalar[StoredFile]:
    """The papers of a kind about a thing that somebody may see, the newest first."""
    shown = papers_on(kind, subject)
    return shown if from_office(actor) else shown.where(col(StoredFile.owner_id).in_(actor.organisations()))


def deadlines(actor: Actor) -> SelectOfScalar[Deadline]:
    """The deadlines that somebody may see, the earliest due first: a firm those of its own vouchers, orders and claims."""
    shown = select(Deadline).order_by(col(Deadline.due_on), col(Deadline.id))
    if from_office(actor):
        return shown
    subject = col(Deadline.subject)
    return shown.where(or_(
        subject.in_(select(Voucher.reference).where(col(Voucher.sme_id).in_(actor.organisations(Role.SME)))),
        subject.in_(orders(actor).order_by(None).with_only_columns(col(Order.reference))),
        subject.in_(claims(actor).order_by(None).with_only_columns(col(Claim.reference))),
        subject.in_(recoveries(actor).order_by(None).with_only_columns(col(Recovery.reference)))))


def deadlines_in(session: Session, actor: Actor, voucher: Voucher) -> list[Deadline]:
    """The deadlines of a whole case that somebody may see, the earliest due first."""
    return list(session.exec(deadlines(actor).where(Deadline.case_reference == voucher.reference)))


def own_days_in(session: Session, actor: Actor, voucher: Voucher, now: datetime, zone: str) -> list[Deadline]:
    """The days of a case that are no deadlines of their own: of the voucher, of bans and changed accounts of its firms.

    The office sees all of them, a firm its own.
    """
    own, firms = actor.organisations(), firms_of_case(session, voucher)
    is_office = from_office(actor)
    return own_days_of(session, [voucher] if is_office or voucher.sme_id in own else [],
                       firms if is_office else firms.intersection(own), now, zone)


def keys_of_every_own_day(
    session: Session, actor: Actor, now: datetime, today: date, states: Collection[str], role: str = "",
) -> Select[str, UUID, date]:
    """What finds such days of every case: for the office all of them, for a firm its own."""
    return keys_of_own_days(session, now, today, states=states, role=role, firms=None if from_office(actor) else actor.organisations())


Case = Voucher | Order | Claim | Payout | StoredFile | Recovery | ProviderAward

_SIGHTS: Mapping[str, tuple[Any, Callable[[Actor], SelectOfScalar[Any]]]] = {
    "V": (Voucher, vouchers), "O": (Order, orders), "C": (Claim, claims), "Y": (Payout, payouts), "F": (StoredFile, files),
    "R": (Recovery, recoveries), "W": (ProviderAward, awards),
}


def see(session: Session, actor: Actor, reference: str) -> Case:
    """The voucher, order, claim, payout or file of this reference, if it is yours to see. Raises NotFound."""
    kind = reference.strip()[:1].upper()
    if kind not in _SIGHTS:
        raise NotFound
    table, shown = _SIGHTS[kind]
    row: Case | None = session.exec(shown(actor).where(table.reference == read_reference(reference, kind))).first()
    if row is None:
        raise NotFound
    return row
