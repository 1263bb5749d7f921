"""One purchase cut into several, to stay under a band, a cap or a limit (F6)."""

from collections.abc import Iterator
from datetime import date, timedelta

from voucher.checks.facts import Facts, Found, Purchase, Threshold
from voucher.errors import _
from voucher.money import Money

#: Orders so many days around each other may be one purchase.
DAYS = 60

# Just below: at least two thirds of the threshold.
_NUMERATOR, _DENOMINATOR = 2, 3


def split(facts: Facts) -> Iterator[Found]:
    """Several orders or claims of one SME with one provider for one service, each just below a threshold that they pass together."""
    near = [each for each in facts.orders if each.service == facts.order.service and _soon(each.placed_on, facts.order.placed_on)]
    for threshold in facts.thresholds:
        if threshold.of == "claim":
            yield from _split_claims(facts, threshold)
            continue
        below = [each for each in near if _just_below(_amount(each, threshold), threshold)]
        if below and _just_below(_amount(facts.order, threshold), threshold):
            yield _found(threshold, [each.order for each in (facts.order, *below)],
                         _("{count} orders with this provider within {days} days are each just below {amount} ({threshold}), and above it "
                           "together."))


def _split_claims(facts: Facts, threshold: Threshold) -> Iterator[Found]:
    """Parts of one order count as much as claims on several."""
    asked = facts.asked
    if asked is None or not _just_below(asked.amount, threshold):
        return
    below = [each for each in facts.claims if each.service == asked.service and _soon(each.on, asked.on)
             and _just_below(each.amount, threshold)]
    if below:
        yield _found(threshold, [each.claim for each in (asked, *below)],
                     _("{count} claims with this provider within {days} days are each just below {amount} ({threshold}), and above it "
                       "together."))


def _found(threshold: Threshold, parts: list[str], what: str) -> Found:
    return Found(f"{threshold.of} {threshold.name}"[:180], what,
                 {"count": str(len(parts)), "days": str(DAYS), "amount": str(threshold.amount), "threshold": threshold.name},
                 tuple(sorted(parts)))


def _soon(one: date, other: date) -> bool:
    return abs(one - other) <= timedelta(days=DAYS)


def _amount(order: Purchase, threshold: Threshold) -> Money | None:
    return order.net if threshold.of == "cost" else order.part


def _just_below(amount: Money | None, threshold: Threshold) -> bool:
    if amount is None or amount.currency != threshold.amount.currency or amount > threshold.amount:
        return False
    if threshold.of == "claim" and amount == threshold.amount:  # from it on, not above it
        return False
    return amount.minor * _DENOMINATOR >= threshold.amount.minor * _NUMERATOR
