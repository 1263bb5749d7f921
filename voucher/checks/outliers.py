"""A claim that looks made up (F5): round sums, days on which nobody works, everything on one day, many at once."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found
from voucher.errors import _
from voucher.money import digits_of

#: How many of the signs make it worth a look; each alone is common.
SIGNS = 3

# A sum is round when it is a multiple of so many units, and not small.
_ROUND_UNITS, _SMALL_UNITS = 1000, 10_000

#: So many claims of one claimant on one day are many.
MANY_A_DAY = 10


def odd(facts: Facts) -> Iterator[Found]:
    """Several signs at once; which ones is said."""
    signs = list(_signs(facts))
    if len(signs) >= SIGNS:
        yield Found("odd", _("Several signs at once: {signs}."), {"signs": ", ".join(signs)})


def _signs(facts: Facts) -> Iterator[str]:
    if facts.lines and all(_is_round(line.net.minor, digits_of(line.net.currency)) for line in facts.lines):
        yield _("round sums")
    if any(line.issued_on in facts.free_days for line in facts.lines):
        yield _("an invoice of a day on which nobody works")
    if facts.delivered_on is not None and {facts.delivered_on, *(line.issued_on for line in facts.lines)} == {facts.order.placed_on}:
        yield _("ordered and delivered and invoiced on one day")
    if facts.same_day >= MANY_A_DAY:
        yield _("many claims of one claimant on one day")


def _is_round(minor: int, digits: int) -> bool:
    unit: int = 10 ** digits
    return minor >= _SMALL_UNITS * unit and minor % (_ROUND_UNITS * unit) == 0
