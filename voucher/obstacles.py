"""Obstacles: what keeps a claim from being paid although its turn may come, and until which day, where anybody knows one."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.bans import bans_on
from voucher.checks.facts import Level
from voucher.claims import Claim
from voucher.deadlines import Deadline
from voucher.findings import Finding, FindingState
from voucher.holds import Hold
from voucher.orders import Order
from voucher.vouchers import STOPPED_STATES, Voucher, VoucherState

#: The clock of a freeze; it ends the freeze on its last day.
FREEZE = "freeze"


def obstacles(session: Session, claims: Collection[UUID], today: date) -> dict[UUID, list[date | None]]:
    """The last day of each thing that stands in the way of paying these claims; None is one that ends when somebody decides.

    Holds (a public notice, an objection, a decision of the office), a frozen voucher, the hearing before one is revoked, findings
    that stop the money, bans of the parties. Five questions, however many claims there are; a claim without obstacles is left out.
    """
    found: dict[UUID, list[date | None]] = defaultdict(list)
    for claim, until in (*_held(session, claims), *_stopped(session, claims), *_found(session, claims), *_banned(session, claims, today)):
        found[claim].append(until)
    return dict(found)


def _held(session: Session, claims: Collection[UUID]) -> Iterator[tuple[UUID, date | None]]:
    yield from session.exec(select(Hold.claim_id, col(Hold.until)).where(col(Hold.claim_id).in_(claims), col(Hold.ended_at).is_(None)))


def _stopped(session: Session, claims: Collection[UUID]) -> Iterator[tuple[UUID, date | None]]:
    rows = session.exec(
        select(col(Claim.id), col(Voucher.state), col(Deadline.due_on)).join(Order, col(Order.id) == Claim.order_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id)
        .outerjoin(Deadline, (col(Deadline.subject) == Voucher.reference) & (col(Deadline.rule) == FREEZE)
                   & col(Deadline.ended_at).is_(None))
        .where(col(Claim.id).in_(claims), col(Voucher.state).in_(STOPPED_STATES)))
    for claim, state, until in rows:
        yield claim, until if state == VoucherState.FROZEN else None


def _found(session: Session, claims: Collection[UUID]) -> Iterator[tuple[UUID, date | None]]:
    for claim in session.exec(select(Finding.claim_id).where(
            col(Finding.claim_id).in_(claims), Finding.level == Level.BLOCK, Finding.state == FindingState.OPEN)):
        yield claim, None


def _banned(session: Session, claims: Collection[UUID], today: date) -> Iterator[tuple[UUID, date | None]]:
    parties = session.exec(
        select(Claim.id, Voucher.sme_id, Order.provider_id).join(Order, col(Order.id) == Claim.order_id)
        .join(Voucher, col(Voucher.id) == Order.voucher_id).where(col(Claim.id).in_(claims))).all()
    bans = bans_on(session, {firm for _claim, *both in parties for firm in both}, today)
    for claim, *both in parties:
        yield from ((claim, bans[firm].until) for firm in both if firm in bans)
