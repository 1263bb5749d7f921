"""One purchase cut into several, to stay under a band, a cap or a limit (F6)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from voucher.checks.facts import Facts, Found, Purchase, Threshold
from voucher.errors import _
from voucher.money import Money, total

T = TypeVar("T")

#: Orders, and claims, so many days around each other may be one purchase.
DAYS = 60


def split(facts: Facts) -> Iterator[Found]:
    """Several orders or claims of one SME with one provider for one service, each below a threshold that they pass together."""
    near = [each for each in facts.orders if each.service == facts.order.service and soon(each.placed_on, facts.order.placed_on)]
    for threshold in facts.thresholds:
        if threshold.of == "claim":
            yield from _split_claims(facts, threshold)
        elif parts := _parts(facts.order, near, partial(_amount, threshold=threshold), threshold):
            yield _found(threshold, [each.order for each in parts], _(
                "{count} orders with this provider within {days} days are each below {amount} ({threshold}), and above it together."))


def _split_claims(facts: Facts, threshold: Threshold) -> Iterator[Found]:
    """Parts of one order count as much as claims on several, but for instalments of it, which the terms cut."""
    asked = facts.asked
    if asked is None:
        return
    near = [each for each in facts.claims if each.service == asked.service and soon(each.on, asked.on)
            and not (each.order == asked.order and each.stage and asked.stage)]
    if parts := _parts(asked, near, lambda each: each.amount, threshold):
        yield _found(threshold, [each.claim for each in parts], _(
            "{count} claims with this provider within {days} days are each below {amount} ({threshold}), and above it together."))


def _parts(own: T, others: Sequence[T], amount: Callable[[T], Money | None], threshold: Threshold) -> list[T]:
    """The parts of one purchase, its own first; none where there is no cut."""
    parts = [each for each in (own, *others) if _is_below(amount(each), threshold)]
    together = total((money for each in parts if (money := amount(each)) is not None), threshold.amount.currency)
    return parts if len(parts) > 1 and parts[0] is own and _reaches(together, threshold) else []


def _found(threshold: Threshold, parts: list[str], what: str) -> Found:
    return Found(f"{threshold.of} {threshold.name}"[:180], what,
                 {"count": str(len(parts)), "days": str(DAYS), "amount": str(threshold.amount), "threshold": threshold.name},
                 tuple(sorted(parts)))


def soon(one: date, other: date) -> bool:
    """Whether what is of these days may be one purchase."""
    return abs(one - other) <= timedelta(days=DAYS)


def _amount(order: Purchase, threshold: Threshold) -> Money | None:
    return order.part if threshold.of == "part" else order.net


def _is_below(amount: Money | None, threshold: Threshold) -> bool:
    return amount is not None and bool(amount) and amount.currency == threshold.amount.currency and not _reaches(amount, threshold)


def _reaches(amount: Money, threshold: Threshold) -> bool:
    """Whether an amount is beyond a threshold: a claim, and a cost from which more is asked for, from it on, anything else above it."""
    return amount > threshold.amount or (threshold.of in ("claim", "cost from") and amount == threshold.amount)
