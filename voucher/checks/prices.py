"""A price far above what this provider takes from others, or publishes itself (F1, F5)."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.errors import _
from voucher.money import Money

#: Fewer other prices than these say nothing.
FEWEST = 5

# A price stands out above the median by more than so many median deviations, and by a quarter at least.
_DEVIATIONS = 5


def high_price(facts: Facts) -> Iterator[Found]:
    """One piece costs far more than the median of what the provider's other orders for this service cost."""
    others = sorted(minor for _order, minor in facts.prices)
    if len(others) < FEWEST:
        return
    middle = median(others)
    spread = median(sorted(abs(minor - middle) for minor in others))
    piece = facts.order.piece_minor
    if piece > middle + _DEVIATIONS * spread and 4 * piece > 5 * middle:
        currency = facts.order.net.currency
        yield Found("price", _("One piece costs {price} here; the median of {count} other orders with this provider for this service is "
                               "{median}."),
                    {"price": str(Money(piece, currency)), "median": str(Money(middle, currency)), "count": str(len(others))},
                    (facts.order.order,))


def above_list(facts: Facts) -> Iterator[Found]:
    """One piece costs far more than the provider's own list had it between the order and the claim.

    An order above the list of its day is refused, so this is about lists that came, or became lower, after the order.
    """
    piece = facts.order.piece_minor
    lowest = min(facts.listed, key=lambda each: each[1], default=None)
    if lowest is not None and 4 * piece > 5 * lowest[1]:
        currency = facts.order.net.currency
        yield Found("price", _("One piece costs {price} here; the provider published {listed} for it from {day} on."),
                    {"price": str(Money(piece, currency)), "listed": str(Money(lowest[1], currency)), "day": lowest[0].isoformat()},
                    (facts.order.order,))


def median(values: list[int]) -> int:
    """The middle of sorted values; of two, the lower one.

    >>> median([1, 2, 9]), median([1, 2, 3, 9])
    (2, 2)
    """
    return values[(len(values) - 1) // 2]
