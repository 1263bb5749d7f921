"""One payment shown as the own share of two purchases (F4)."""

from collections.abc import Iterator

from voucher.checks.facts import Facts, Found, Payment
from voucher.checks.invoices import plain_number
from voucher.errors import _


def same_payment(facts: Facts) -> Iterator[Found]:
    """The payment by which the SME proves its own share proves that of an earlier claim on another order too.

    One payment may prove the parts of one order, and cover the prices of several: then somebody sees on the bank's paper that it does.
    """
    mine = facts.payment
    if mine is None:
        return
    for other in facts.other_payments:
        if other.order != mine.order and plain_number(other.reference) == plain_number(mine.reference) and _may_be_one(mine, other):
            yield Found(other.claim, _("The payment {number} of {day} proves the own share of the claim {claim} ({programme}) too."),
                        {"number": mine.reference, "day": mine.paid_on.isoformat(), "claim": other.claim, "programme": other.programme},
                        (other.claim,))


def _may_be_one(mine: Payment, other: Payment) -> bool:
    """Whether both sides are the same, whatever day the claims say; or one of them, on the same day: banks number each for itself."""
    same = (mine.sme == other.sme) + (mine.provider == other.provider)
    return same == 2 or (same == 1 and mine.paid_on == other.paid_on)
