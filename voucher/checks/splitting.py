"""One purchase cut into several, to stay under a band, a cap or a limit (F6)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import TypeVar

from voucher.checks.facts import Facts, Found, Purchase, Threshold
from voucher.errors import _
from voucher.money import Money, total

T = TypeVar("T")

#: Orders so many days around each other may be one purchase.
DAYS = 60

# How many parts, each of how much of the threshold at least, are one purchase: two just below it, or several that are not small.
_CUTS = ((2, Fraction(2, 3), True), (3, Fraction(1, 3), False))


def split(facts: Facts) -> Iterator[Found]:
    """Several orders or claims of one SME with one provider for one service, each below a threshold that they pass together: two just
    below it, or three and more of a third of it or more.
    """
    near = [each for each in facts.orders if each.service == facts.order.service and _soon(each.placed_on, facts.order.placed_on)]
    for threshold in facts.thresholds:
        if threshold.of == "claim":
            yield from _split_claims(facts, threshold)
            continue
        for parts, just in _parts(facts.order, near, partial(_amount, threshold=threshold), threshold):
            yield _found(threshold, [each.order for each in parts], _(
                "{count} orders with this provider within {days} days are each just below {amount} ({threshold}), and above it "
                "together.") if just else _("{count} orders with this provider within {days} days are each below {amount} ({threshold}), "
                                            "a third of it or more, and above it together."))


def _split_claims(facts: Facts, threshold: Threshold) -> Iterator[Found]:
    """Parts of one order count as much as claims on several."""
    asked = facts.asked
    if asked is None:
        return
    near = [each for each in facts.claims if each.service == asked.service and _soon(each.on, asked.on)]
    for parts, just in _parts(asked, near, lambda each: each.amount, threshold):
        yield _found(threshold, [each.claim for each in parts], _(
            "{count} claims with this provider within {days} days are each just below {amount} ({threshold}), and above it "
            "together.") if just else _("{count} claims with this provider within {days} days are each below {amount} ({threshold}), "
                                        "a third of it or more, and above it together."))


def _parts(own: T, others: Sequence[T], amount: Callable[[T], Money | None], threshold: Threshold) -> Iterator[tuple[list[T], bool]]:
    """The parts of one purchase, its own first, and whether each is just below the threshold; nothing where there is no cut."""
    for fewest, share, just in _CUTS:
        parts = [each for each in (own, *others) if _is_below(amount(each), threshold, share)]
        together = total((money for each in parts if (money := amount(each)) is not None), threshold.amount.currency)
        if len(parts) >= fewest and parts[0] is own and _reaches(together, threshold):
            yield parts, just
            return


def _found(threshold: Threshold, parts: list[str], what: str) -> Found:
    return Found(f"{threshold.of} {threshold.name}"[:180], what,
                 {"count": str(len(parts)), "days": str(DAYS), "amount": str(threshold.amount), "threshold": threshold.name},
                 tuple(sorted(parts)))


def _soon(one: date, other: date) -> bool:
    return abs(one - other) <= timedelta(days=DAYS)


def _amount(order: Purchase, threshold: Threshold) -> Money | None:
    return order.part if threshold.of == "part" else order.net


def _is_below(amount: Money | None, threshold: Threshold, share: Fraction) -> bool:
    return (amount is not None and amount.currency == threshold.amount.currency and not _reaches(amount, threshold)
            and amount.minor >= threshold.amount.minor * share)


def _reaches(amount: Money, threshold: Threshold) -> bool:
    """Whether an amount is beyond a threshold: a claim, and a cost from which more is asked for, from it on, anything else above it."""
    return amount > threshold.amount or (threshold.of in ("claim", "cost from") and amount == threshold.amount)
