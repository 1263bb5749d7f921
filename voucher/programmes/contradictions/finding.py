"""What is found wrong, and where; and the small questions that many rules share."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from voucher.errors import Problem, _, problem
from voucher.programmes.source import Path, Verbatim
from voucher.programmes.terms import Condition

Found = Iterator[tuple[Path, Problem]]


def exactly_one(path: Path, ways: dict[str, bool]) -> Found:
    """One of several ways of saying something has to be said, and only one."""
    said = [name for name, present in ways.items() if present]
    if len(said) != 1:
        yield path, problem(_("Exactly one of {ways} has to be said; here stand {said}."), ways=Verbatim(", ".join(ways)),
                            said=Verbatim(", ".join(said)) if said else _("none of them"))


def only_services(when: Condition) -> bool:
    """Whether a condition speaks of services alone."""
    return when == Condition(services=when.services)


def decimal_of(number: Fraction) -> str:
    """A number as one writes it; a fraction where it has no end."""
    if (number * 10_000).denominator != 1:
        return str(number)
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"
