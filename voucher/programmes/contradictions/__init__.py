"""Contradictions in terms whose every value can be read: words that nobody declared, rules that cannot both hold.

Each function looks at one part of the file and yields the path of a key with what is wrong there.
"""

from voucher.programmes.contradictions.whole import FORMAT, contradictions

__all__ = ["FORMAT", "contradictions"]
