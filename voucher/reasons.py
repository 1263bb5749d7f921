"""Reasons that no person typed: sentences of our own, which each reader gets in his language.

What a person typed is his word. It is told as he typed it, even where our catalogs hold the same words.
"""

from voucher.errors import _
from voucher.languages import Translator

NOT_AWAITED = _("Nothing is awaited under this reference now.")
ANOTHER_AMOUNT = _("The amount is not what was asked for.")
ANOTHER_CURRENCY = _("It came in another currency.")
ANOTHER_ACCOUNT = _("It came from an account that is not the firm's.")
RETURNED_AFTER_REVOCATION = _("The voucher was revoked, so what the bank returned is not paid again.")
OBJECTION_UPHELD = _("An objection to the listing was upheld.")

_OURS = frozenset({NOT_AWAITED, ANOTHER_AMOUNT, ANOTHER_CURRENCY, ANOTHER_ACCOUNT, RETURNED_AFTER_REVOCATION, OBJECTION_UPHELD})


def reason_for(reason: str, say: Translator) -> str:
    """A reason for a reader: ours in his language, anybody else's as it was typed."""
    return say(reason) if reason in _OURS else reason
