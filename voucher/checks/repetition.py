"""The same test again and again (F13): production or legally required testing passed off as research."""

from collections.abc import Iterator
from datetime import timedelta

from voucher.checks.facts import Facts, Found
from voucher.errors import _

#: So many orders of one thing in so many days.
TIMES, DAYS = 5, 90


def repeated(facts: Facts) -> Iterator[Found]:
    """Orders with this provider whose titles are the same but for numbers and dates."""
    same = [each for each in facts.orders if each.service == facts.order.service and _plain(each.title) == _plain(facts.order.title)
            and abs(each.placed_on - facts.order.placed_on) <= timedelta(days=DAYS)]
    if _plain(facts.order.title) and len(same) + 1 >= TIMES:
        yield Found("repeated", _("{count} orders for the same thing within {days} days: {title}."),
                    {"count": str(len(same) + 1), "days": str(DAYS), "title": facts.order.title},
                    tuple(sorted([facts.order.order, *(each.order for each in same)])))


def _plain(title: str) -> str:
    return "".join(char for char in title.casefold() if char.isalpha())
