"""What waits for SMEs and providers."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, select

from voucher.amendments import Amendment, AmendmentState
from voucher.claims import LIVE, Claim, ClaimState
from voucher.deposits import Deposit, DepositState
from voucher.errors import _
from voucher.orders import CLAIMABLE, NOT_BEGUN, Order, OrderState
from voucher.people import Organisation, Role
from voucher.programmes.programmes import TermsVersion
from voucher.recoveries import Recovery, RecoveryState
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Actor
from workflows.portal.tasks import (
    MOST,
    TO_PAY,
    Group,
    claims,
    order_task,
    orders,
    recoveries,
    vouchers,
    without_account,
)
from workflows.surrender import is_awaited

# Its orders do not stand still because it is to be given back.
_GOES_ON = Voucher.state != VoucherState.SURRENDERING


def for_sme(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for SMEs."""
    mine = actor.organisations(Role.SME)
    own = col(Voucher.sme_id).in_(mine)
    yield vouchers(session, _("Answer the questions about your application"), Voucher.state == VoucherState.QUESTIONED, own)
    yield vouchers(session, _("Accept or decline the offered voucher"), Voucher.state == VoucherState.OFFERED, own)
    yield vouchers(session, _("Say your side of what is held against you"), Voucher.state == VoucherState.HEARING, own)
    yield from _claimed(session, mine)
    yield orders(session, _("Answer what is proposed for the order"), _proposed_by(Role.PROVIDER), own)
    awaited = exists().where(col(Deposit.order_id) == Order.id, col(Deposit.state) == DepositState.EXPECTED)
    yield orders(session, _("Pay your own part in"), awaited, own)
    yield orders(session, _("Name an account to which your own part can go back"), without_account(), own)
    yield orders(session, _("Accept the delivery"), Order.state == OrderState.DELIVERED, own, _GOES_ON)
    yield _to_claim(session, "sme", own)
    unused = ~exists().where(col(Order.voucher_id) == Voucher.id)
    asleep = col(Voucher.id).in_(_asleep(session, own))
    yield vouchers(session, _("Activate your voucher"), Voucher.state == VoucherState.ISSUED, own, asleep)
    yield vouchers(session, _("Order a service with your voucher"), Voucher.state == VoucherState.ISSUED, own, unused, ~asleep)


def _asleep(session: Session, own: ColumnElement[bool]) -> list[UUID]:
    """The vouchers that have to be activated before anything can be ordered."""
    rows = session.execute(select(Voucher.id, TermsVersion).join(TermsVersion, col(TermsVersion.id) == Voucher.terms_id)
                           .where(Voucher.state == VoucherState.ISSUED, col(Voucher.activated_on).is_(None), own)).all()
    return [voucher for voucher, version in rows if version.terms.validity.needs_activation]


def for_provider(session: Session, actor: Actor) -> Iterator[Group]:
    """What waits for providers."""
    mine = actor.organisations(Role.PROVIDER)
    own = col(Order.provider_id).in_(mine)
    yield from _claimed(session, mine)
    yield orders(session, _("Answer what is proposed for the order"), _proposed_by(Role.SME), own)
    yield orders(session, _("Say whether the voucher may be given back"), Voucher.state == VoucherState.SURRENDERING, is_awaited(), own)
    yield orders(session, _("Accept or decline the order"), Order.state == OrderState.PLACED, own, _GOES_ON)
    yield orders(session, _("Deliver the service"), col(Order.state).in_([*NOT_BEGUN, OrderState.STARTED]), own, _GOES_ON)
    yield orders(session, _("Deliver again what is disputed"), Order.state == OrderState.DISPUTED, own, _GOES_ON)
    yield _to_claim(session, "provider", own)


def _claimed(session: Session, mine: frozenset[UUID]) -> Iterator[Group]:
    """What waits for whoever claims, and for whom money is asked back from."""
    own, liable = col(Claim.claimant_id).in_(mine), col(Recovery.liable_id).in_(mine)
    yield claims(session, _("Answer the questions about the claim"), Claim.state == ClaimState.QUESTIONED, own)
    yield claims(session, _("Correct the claim and send it again"), Claim.state == ClaimState.RETURNED, own)
    yield recoveries(session, _("Say your side before it is decided whether you pay back"), Recovery.state == RecoveryState.OPENED, liable)
    yield recoveries(session, _("Pay back, or appeal in time"), col(Recovery.state).in_(TO_PAY), liable)


def _proposed_by(side: Role) -> ColumnElement[bool]:
    """Orders for which that side proposes something."""
    return exists().where(col(Amendment.order_id) == Order.id, col(Amendment.state) == AmendmentState.PROPOSED,
                          col(Amendment.side) == side.value)


def _to_claim(session: Session, payee: str, own: ColumnElement[bool]) -> Group:
    """Completed orders of which not all is claimed, where the terms let this side claim."""
    live = exists().where(col(Claim.order_id) == Order.id, col(Claim.final), col(Claim.state).in_(LIVE))
    rows = session.execute(
        select(Order, Organisation, TermsVersion).join(Voucher, col(Voucher.id) == Order.voucher_id)
        .join(Organisation, col(Organisation.id) == Voucher.sme_id).join(TermsVersion, col(TermsVersion.id) == Order.terms_id)
        .where(col(Order.state).in_(CLAIMABLE), ~live, own).order_by(col(Order.id))).all()
    mine = [order_task(order, sme) for order, sme, version in rows if version.terms.payee == payee]
    return Group(_("Submit the claim"), mine[:MOST], len(mine))
