"""Retention: which cases are past the time for which their terms keep papers.

A case ends with the last thing that happened in it; from that day its terms count. What is past is told and listed. Nothing is
erased by itself: papers hang on decisions and books that are only ever added to, and an archive law may want them longer.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from voucher.claims import Claim, ClaimEvidence
from voucher.history import Event
from voucher.orders import Order
from voucher.programmes.programmes import TermsVersion
from voucher.vouchers import Voucher

#: Says that a case is past its time; it does not lengthen it.
OVER = "retention.over"


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
        .where(Voucher.terms_id == version.id).group_by(col(Voucher.reference)).having(last < before)).all()
    papers = dict(session.exec(
        select(Voucher.reference, func.count(func.distinct(ClaimEvidence.file_id))).join(Order, col(Order.voucher_id) == Voucher.id)
        .join(Claim, col(Claim.order_id) == Order.id).join(ClaimEvidence, col(ClaimEvidence.claim_id) == Claim.id)
        .where(col(Voucher.reference).in_([reference for reference, _last, _told in rows])).group_by(col(Voucher.reference))).all())
    return [PastRetention(reference, at.astimezone(zone).date(), terms.retention.after(at.astimezone(zone).date(), terms.calendar),
                          papers.get(reference, 0), said is not None and said > at) for reference, at, said in rows]
