"""Contradictions in terms whose every value can be read: words that nobody declared, rules that cannot both hold."""

from collections.abc import Iterator

from voucher.errors import Problem
from voucher.programmes.source import Path
from voucher.programmes.terms import Terms

Found = Iterator[tuple[Path, Problem]]


def contradictions(terms: Terms) -> Found:
    """Every contradiction with the path of the key to which it belongs."""
    yield from ()
