"""Claims drawn by lot for a closer look: anybody who knows the seed and the list draws the same ones."""

import hashlib
from collections.abc import Collection, Iterator
from fractions import Fraction

from voucher.checks.facts import Facts, Found
from voucher.errors import _


def list_digest(references: Collection[str]) -> str:
    """The SHA-256 of the list from which is drawn: the references in order, each on a line of its own."""
    return hashlib.sha256("".join(f"{each}\n" for each in sorted(references)).encode()).hexdigest()


def how_many(listed: int, rate: Fraction) -> int:
    """How many of so many are drawn: the part that the rate says, rounded up."""
    return -(-listed * rate.numerator // rate.denominator)


def draw(seed: str, references: Collection[str], count: int) -> list[str]:
    """Those of the list whose SHA-256 with the seed in front is smallest, so many of them.

    >>> draw("8 15 22 31 40", ["C-1", "C-2", "C-3", "C-4"], 1)
    ['C-1']
    """
    lots = sorted(references, key=lambda each: hashlib.sha256(f"{seed}\n{each}".encode()).digest())
    return sorted(lots[:count])


def drawn(facts: Facts) -> Iterator[Found]:
    """The claim was drawn by lot: it is looked at on the spot before it is approved."""
    if facts.drawn:
        yield Found(facts.drawn, _("Drawn by lot ({lot}). It is looked at on the spot before it is approved."), {"lot": facts.drawn})
