"""Performance: what a provider did in a year, from recorded facts alone, and the score that follows from it.

Each part of the score is a share of what could have been good: orders in time, orders without a dispute, what stood of what
was claimed, the stars of the SMEs. A part of which there is nothing to say does not count, so nobody loses points by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.appeals import Appeal
from voucher.claims import Claim
from voucher.errors import _
from voucher.history import Event
from voucher.money import Money, total
from voucher.orders import CLAIMABLE, Order
from voucher.payouts import Payout, PayoutState
from voucher.programmes.calculation import Sheet
from voucher.ratings import MOST_STARS, OrderRating
from voucher.recoveries import Recovery, RecoveryState
from voucher.vouchers import Voucher

#: How much each part of the score weighs, in points of a hundred.
WEIGHTS = {"on_time": 30, "undisputed": 20, "uncut": 20, "rating": 30}
WORDS = {"on_time": _("Delivered in time"), "undisputed": _("Without a dispute"), "uncut": _("Approved of what was claimed"),
         "rating": _("Stars of the SMEs")}


#: From how many on the stars are shown: below, one could tell what a single firm thought.
FEWEST_RATINGS = 3


def percent_shown(part: str, good: int, of: int) -> int | None:
    """How much of a part of the score was good, in whole per cent; None where there is nothing to say, or too little to show."""
    fewest = FEWEST_RATINGS * MOST_STARS if part == "rating" else 1
    return _rounded(Fraction(100 * good, of)) if of >= fewest else None


@dataclass(frozen=True)
class Part:
    """One part of the score: `good` of `of`; nothing to say where `of` is zero."""

    name: str
    good: int
    of: int

    @property
    def share(self) -> Fraction | None:
        """How much of it was good."""
        return Fraction(self.good, self.of) if self.of else None

    @property
    def label(self) -> str:
        """What it is, a marked sentence."""
        return WORDS[self.name]

    @property
    def percent(self) -> int | None:
        """How much of it was good, in whole per cent, as far as it is shown."""
        return percent_shown(self.name, self.good, self.of)


@dataclass(frozen=True)
class Performance:
    """A provider in a programme and a year. `orders` were accepted by their SMEs in it, `paid` was confirmed by the bank in it,
    less what had to come back of it by a decision.
    """

    year: int
    orders: int
    contract_value: Money
    paid: Money
    parts: tuple[Part, ...]

    @property
    def score(self) -> int | None:
        """Points of a hundred, rounded half up; None when there is nothing to judge by."""
        judged = [(WEIGHTS[part.name], part.share) for part in self.parts if part.share is not None]
        points = sum((weight * share for weight, share in judged), Fraction(0))
        return _rounded(points * 100 / sum(weight for weight, _share in judged)) if judged else None

    def as_json(self) -> dict[str, Any]:
        """For storing with what was decided by it."""
        return {"year": self.year, "orders": self.orders, "contract_value": str(self.contract_value), "paid": str(self.paid),
                "score": self.score, "parts": [[part.name, part.good, part.of] for part in self.parts]}


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def performance_of(
    session: Session, programme_id: UUID, provider_id: UUID, year: int, currency: str, rated_by: datetime | None = None,
) -> Performance:
    """What a provider did in a year, as far as it is recorded; with the stars of all SMEs, or of those who gave them by an instant."""
    (first, last), mine = _days_of(year), _orders_of(programme_id, provider_id)
    orders = list(session.exec(mine.where(col(Order.accepted_on).between(first, last), col(Order.state).in_(CLAIMABLE))))
    every = mine.with_only_columns(col(Order.id))
    claims = session.exec(select(Claim).where(col(Claim.order_id).in_(every), col(Claim.approved_on).between(first, last))).all()
    given = dict(session.exec(select(Appeal.supplement_id, Appeal.claim_id).where(
        col(Appeal.supplement_id).in_([claim.id for claim in claims]))).all())
    paid = paid_for(session, programme_id, provider_id, year)
    rated = select(OrderRating.stars).where(col(OrderRating.order_id).in_([order.id for order in orders]))
    stars = session.exec(rated if rated_by is None else rated.where(col(OrderRating.given_at) <= rated_by)).all()
    dated = [order for order in orders if order.deliver_by and order.delivered_on]
    return Performance(
        year, len(orders), total((order.net for order in orders), currency),
        total((payout.whole for payout in paid), currency) - _asked_back(session, paid, currency),
        (Part("on_time", sum(_in_time(order) for order in dated), len(dated)),
         Part("undisputed", len(orders) - _disputed(session, orders), len(orders)),
         Part("uncut", sum(claim.approved_minor or 0 for claim in claims),
              sum(_asked_for(claim).minor for claim in claims if given.get(claim.id) not in {each.id for each in claims})),
         Part("rating", sum(stars), MOST_STARS * len(stars))))


def _asked_for(claim: Claim) -> Money:
    """What a claim asked for at first: one that is decided anew asks for what was approved before, and what an appeal gives was asked for
    with the first claim.
    """
    return Sheet.from_json(claim.sheet["requested"]).result


def paid_for(session: Session, programme_id: UUID, provider_id: UUID, year: int) -> Sequence[Payout]:
    """The payouts that were confirmed by the bank in a year for work of a provider, whoever was paid, in their order."""
    every = _orders_of(programme_id, provider_id).with_only_columns(col(Order.id))
    return session.exec(select(Payout).where(
        col(Payout.claim_id).in_(select(Claim.id).where(col(Claim.order_id).in_(every))), col(Payout.settled_on).between(*_days_of(year)),
        col(Payout.state).in_([PayoutState.SETTLED, PayoutState.OFFSET])).order_by(col(Payout.id))).all()


def _orders_of(programme_id: UUID, provider_id: UUID) -> Any:
    return (select(Order).join(Voucher, col(Voucher.id) == Order.voucher_id)
            .where(Voucher.programme_id == programme_id, Order.provider_id == provider_id))


def _days_of(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _asked_back(session: Session, payouts: Sequence[Payout], currency: str) -> Money:
    """What was decided to come back of these payouts, whether it has come or not; nothing of what an appeal annulled."""
    return total((case.principal for case in session.exec(select(Recovery).where(
        col(Recovery.payout_id).in_([payout.id for payout in payouts]), col(Recovery.decided_on).is_not(None),
        Recovery.state != RecoveryState.ANNULLED))), currency)


def _in_time(order: Order) -> bool:
    assert order.deliver_by is not None and order.delivered_on is not None
    return order.delivered_on <= order.deliver_by


def _disputed(session: Session, orders: Sequence[Order]) -> int:
    """How many of these orders were ever in dispute, whatever became of it."""
    return len(set(session.exec(select(Event.subject).where(
        Event.name == "order.disputed", col(Event.subject).in_([order.reference for order in orders])))))
