"""Claims drawn by lot for a closer look: anybody who knows the seed and the list draws the same ones."""

import hashlib
from collections.abc import Collection, Iterator
from fractions import Fraction

from voucher.checks.facts import Facts, Found
from voucher.errors import _


def list_digest(references: Collection[str]) -> str:
    """The SHA-256 of the list from which is drawn: the references in order, each on a line of its own."""
    return hashlib.sha256("".join(f"{each}\n" for each in sorted(references)).encode()).hexdigest()


def draw(seed: str, references: Collection[str], rate: Fraction) -> list[str]:
    """Those of the list whose SHA-256 with the seed in front is smallest: the part that the rate says, rounded up.

    >>> draw("8 15 22 31 40", ["C-1", "C-2", "C-3", "C-4"], Fraction(1, 4))
    ['C-1']
    """
    count = -(-len(references) * rate.numerator // rate.denominator)
    lots = sorted(references, key=lambda each: hashlib.sha256(f"{seed}\n{each}".encode()).digest())
    return sorted(lots[:count])


def drawn(facts: Facts) -> Iterator[Found]:
    """The claim was drawn by lot: it is looked at on the spot before it is approved."""
    if facts.drawn:
        yield Found(facts.drawn, _("Drawn by lot ({lot}). It is looked at on the spot before it is approved."), {"lot": facts.drawn})
