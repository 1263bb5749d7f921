"""Retention: which cases are past the time for which their terms keep papers.

A case is over when its voucher is at an end, or past its last day to claim, and nothing on it is awaited any more; its terms count
from the last thing that happened in it. What is past is told and listed. Nothing is erased by itself: papers hang on decisions and
books that are only ever added to, and an archive law may want them longer.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, func, or_, select

from voucher.appeals import Appeal, AppealState
from voucher.claims import LIVE, Claim, ClaimEvidence, ClaimState
from voucher.deposits import Deposit, DepositState
from voucher.history import Event
from voucher.orders import BINDING, Order, OrderState
from voucher.payouts import OUT_OF_HAND, Payout, PayoutState
from voucher.programmes.programmes import TermsVersion
from voucher.recoveries import AS_AGREED, Recovery, RecoveryState
from voucher.recoveries import OVER as RECOVERED
from voucher.vouchers import ENDED_STATES, Voucher, VoucherState

#: Says that a case is past its time; it does not lengthen it.
OVER = "retention.over"

_NEVER_ISSUED = (VoucherState.REJECTED, VoucherState.DISMISSED, VoucherState.LAPSED, VoucherState.OFFER_LAPSED, VoucherState.WITHDRAWN)
_WORK = (OrderState.PLACED, *BINDING)
_CLAIMS = tuple(state for state in LIVE if state != ClaimState.APPROVED)
_MONEY = tuple(state for state in PayoutState if state not in OUT_OF_HAND)


@dataclass(frozen=True)
class PastRetention:
    """A case whose papers need not be kept any longer: its last day, until when they were kept, and how many papers lie with its claims.

    `told` is whether that was told since the last that happened in it.
    """

    voucher: str
    ended_on: date
    kept_until: date
    papers: int
    told: bool


def past_retention(session: Session, today: date) -> list[PastRetention]:
    """The cases past their retention, the longest over first; a question for each version of terms that has some."""
    found = [each for version in session.exec(select(TermsVersion).order_by(col(TermsVersion.id)))
             for each in _of(session, version, today)]
    return sorted(found, key=lambda each: (each.kept_until, each.voucher))


def _of(session: Session, version: TermsVersion, today: date) -> list[PastRetention]:
    terms = version.terms
    zone = ZoneInfo(terms.zone)
    before = datetime.combine(terms.retention.before(today), time(), zone).astimezone(UTC)
    last, told = func.max(Event.at).filter(col(Event.name) != OVER), func.max(Event.at).filter(col(Event.name) == OVER)
    rows = session.exec(
        select(Voucher.reference, last, told).join(Event, col(Event.case_reference) == Voucher.reference)
        .where(Voucher.terms_id == version.id, _ended(today), ~_awaited()).group_by(col(Voucher.reference)).having(last < before)).all()
    papers = dict(session.exec(
        select(Voucher.reference, func.count(func.distinct(ClaimEvidence.file_id))).join(Order, col(Order.voucher_id) == Voucher.id)
        .join(Claim, col(Claim.order_id) == Order.id).join(ClaimEvidence, col(ClaimEvidence.claim_id) == Claim.id)
        .where(col(Voucher.reference).in_([reference for reference, _last, _told in rows])).group_by(col(Voucher.reference))).all())
    return [PastRetention(reference, at.astimezone(zone).date(), terms.retention.after(at.astimezone(zone).date(), terms.calendar),
                          papers.get(reference, 0), said is not None and said > at) for reference, at, said in rows]


def _ended(today: date) -> ColumnElement[bool]:
    """Nothing can be ordered or claimed any more."""
    return or_(col(Voucher.state).in_((*_NEVER_ISSUED, *ENDED_STATES)),
               (col(Voucher.state) == VoucherState.ISSUED) & (col(Voucher.claim_by) < today))


def still_running(session: Session, programme_id: UUID, today: date) -> list[str]:
    """The vouchers of a programme that are not over; one of which nothing is awaited but money that comes back as agreed is over."""
    return list(session.exec(select(Voucher.reference).where(
        Voucher.programme_id == programme_id, or_(~_ended(today), _awaited(AS_AGREED))).order_by(col(Voucher.reference))))


def _awaited(but: tuple[RecoveryState, ...] = ()) -> ColumnElement[bool]:
    """An order, a claim, an appeal, a payout, a recovery or money paid in on the voucher is under way; `but` names states of recoveries
    that are not.
    """
    of_it = exists().where(col(Order.voucher_id) == Voucher.id).correlate(Voucher)
    claimed, paid_in = of_it.where(col(Claim.order_id) == Order.id), of_it.where(col(Deposit.order_id) == Order.id)
    return or_(
        of_it.where(col(Order.state).in_(_WORK)), claimed.where(col(Claim.state).in_(_CLAIMS)),
        claimed.where(col(Appeal.claim_id) == Claim.id, col(Appeal.state) == AppealState.FILED),
        claimed.where(col(Payout.claim_id) == Claim.id, col(Payout.state).in_(_MONEY)),
        paid_in.where(col(Deposit.state).in_((DepositState.EXPECTED, DepositState.HELD))),
        paid_in.where(col(Payout.deposit_id) == Deposit.id, col(Payout.state).in_(_MONEY)),
        exists().where(col(Recovery.voucher_id) == Voucher.id, col(Recovery.state).not_in((*RECOVERED, *but))).correlate(Voucher))
