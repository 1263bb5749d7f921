"""One purchase cut into several, to stay under a band, a cap or a limit (F6)."""

from collections.abc import Iterator
from datetime import timedelta

from voucher.checks.facts import Facts, Found, Purchase, Threshold
from voucher.errors import _

#: Orders so many days around each other may be one purchase.
DAYS = 60

# Just below: at least two thirds of the threshold.
_NUMERATOR, _DENOMINATOR = 2, 3


def split(facts: Facts) -> Iterator[Found]:
    """Several orders of one SME with one provider for one service, each just below a threshold that they pass together."""
    near = [each for each in facts.orders if each.service == facts.order.service
            and abs(each.placed_on - facts.order.placed_on) <= timedelta(days=DAYS)]
    for threshold in facts.thresholds:
        below = [each for each in near if _just_below(each, threshold)]
        if below and _just_below(facts.order, threshold):
            orders = [facts.order, *below]
            yield Found(f"{threshold.of} {threshold.name}"[:180],
                        _("{count} orders with this provider within {days} days are each just below {amount} ({threshold}), and above it "
                          "together."),
                        {"count": str(len(orders)), "days": str(DAYS), "amount": str(threshold.amount), "threshold": threshold.name},
                        tuple(sorted(each.order for each in orders)))


def _just_below(order: Purchase, threshold: Threshold) -> bool:
    amount = order.net if threshold.of == "cost" else order.part
    if amount is None or amount.currency != threshold.amount.currency or amount > threshold.amount:
        return False
    return amount.minor * _DENOMINATOR >= threshold.amount.minor * _NUMERATOR
