"""First digits that do not fall as they do by themselves (F5): sums that somebody made up, by Benford's law.

Of sums that grow by themselves, over several orders of size, three in ten begin with a 1 and one in twenty with a 9 (F. Benford, 1938).
People who make sums up spread them evenly, or keep them below a limit. Fixed prices do not fall so either: what was ordered from a price
list is left out, and sums of one size are not judged. It says nothing of one invoice, and stops nothing by itself.
"""

from collections.abc import Iterator
from fractions import Fraction

from voucher.checks.facts import Digits, Facts, Found
from voucher.errors import _

#: Fewer lines than these say nothing.
FEWEST = 100

#: The largest has to be so many times the smallest.
SPAN = 100

#: Of a hundred thousand sums so many begin with 1, 2, .. 9: log10(1 + 1/d).
EXPECTED = (30103, 17609, 12494, 9691, 7918, 6695, 5799, 5115, 4576)

#: Chi-squared with eight degrees of freedom: by chance it is passed once in a thousand providers.
_LIMIT = Fraction("26.12")


def odd_digits(facts: Facts) -> Iterator[Found]:
    """The sums of the provider's invoices of a year begin with other digits than chance gives; which one stands out is said."""
    seen = facts.digits
    if seen is None or seen.many < FEWEST or seen.largest < SPAN * max(seen.smallest, 1) or distance(seen) <= _LIMIT:
        return
    excess = [Fraction(count, seen.many) - Fraction(usual, 100_000) for count, usual in zip(seen.counts, EXPECTED, strict=True)]
    digit = excess.index(max(excess))
    yield Found("digits", _("Of {count} invoice lines of this provider within a year, {share} % begin with a {digit}; of sums that nobody "
                            "chose, about {usual} % would. Sums that are made up look so, but fixed prices do too."),
                {"count": str(seen.many), "share": str(round(Fraction(100 * seen.counts[digit], seen.many))), "digit": str(digit + 1),
                 "usual": str(round(Fraction(EXPECTED[digit], 1000)))})


def distance(seen: Digits) -> Fraction:
    """How far the digits are from what is expected of as many: chi-squared, exact."""
    usual = [Fraction(seen.many * each, 100_000) for each in EXPECTED]
    return sum(((count - each) ** 2 / each for count, each in zip(seen.counts, usual, strict=True)), Fraction(0))
