"""The entries of awards and payouts."""

from dataclasses import replace
from datetime import date

from voucher.accounting.causes import bank_cause
from voucher.accounting.entries import Spread
from voucher.accounting.owed import AwardOwed, Owed
from voucher.ledger import Draft
from voucher.payouts import Payout
from voucher.statutory.mapping import LATE, RESTORED


def award_decided(owed: AwardOwed, on: date) -> Draft:
    """A provider's award is owed, and an expense, out of what is free of the fund lines."""
    return owed.entry("decided", None, on, {"amount": owed.whole()})


def payout_released(owed: Owed, payout: Payout, replaces: str, on: date, *, recalled: int = 0) -> Draft:
    """The payment order goes out: what is owed is in transit. `replaces` names the returned payout, if it follows one.

    `recalled` is how often it was taken back before it left: each release is an entry of its own.
    """
    draft = owed.entry("reissued" if replaces else "released", payout, on, {"amount": owed.spread(payout)}, returned=replaces)
    return replace(draft, cause=f"{draft.cause} again {recalled}") if recalled else draft


def payout_recalled(owed: Owed, payout: Payout, replaces: str, on: date, *, recalled: int) -> Draft:
    """The payment order has not left the house and is taken back: owed as before. `recalled` is how often that happened before."""
    draft = owed.entry("recalled", payout, on, {"returned" if replaces else "approved": owed.spread(payout)}, returned=replaces)
    return replace(draft, cause=f"{draft.cause} {recalled + 1}")


def payout_settled(owed: Owed, payout: Payout, on: date, evidence: tuple[str, ...], *, undone: int = 0) -> Draft:
    """The bank confirms: paid in every book. `undone` is how often that was taken back before: each time is an entry of its own."""
    return owed.entry("settled", payout, on, {"amount": owed.spread(payout)}, evidence, bank_cause(payout, "settled", undone), returned="",
                      when=_restored(payout))


def payout_returned(owed: Owed, payout: Payout, on: date, evidence: tuple[str, ...], *, paid_on: date, undone: int = 0) -> Draft:
    """The bank sends it back: owed again, and no longer paid in any book. `paid_on` is the day for which the payment counts: a law's books
    may not take back what they closed with its year. `undone` as with `payout_settled`.
    """
    when = LATE if paid_on.year < on.year else _restored(payout)
    return owed.entry("returned", payout, on, {"amount": owed.spread(payout)}, evidence, bank_cause(payout, "returned", undone),
                      returned=payout.reference, when=when)


def _restored(payout: Payout) -> str:
    return RESTORED if payout.restored else ""


def payout_rejected(owed: Owed, payout: Payout, on: date, *, undone: int = 0) -> Draft:
    """The bank does not carry the payment order out: owed again, as what it sent back is. It was paid in no book. `undone` as above."""
    return owed.entry("rejected", payout, on, {"amount": owed.spread(payout)}, (), bank_cause(payout, "rejected", undone),
                      returned=payout.reference)


def payout_charged(owed: Owed, payout: Payout, charge: Spread, on: date, evidence: tuple[str, ...], *, undone: int) -> Draft:
    """The bank kept a charge of what it sent back: the fund lines bear it out of what they have free. `undone` as with `payout_settled`."""
    return owed.entry("charged", payout, on, {"charge": charge}, evidence, bank_cause(payout, "charged", undone), returned="")


def charge_undone(owed: Owed, payout: Payout, charge: Spread, on: date, *, undone: int) -> Draft:
    """It is taken back that the bank kept a charge; `undone` is how often that happened before."""
    draft = owed.entry("charge_undone", payout, on, {"charge": charge}, returned="")
    return replace(draft, cause=f"{draft.cause} {undone + 1}")


def payout_offset(owed: Owed, payout: Payout, replaces: str, part: Spread, recovery: str, number: int, on: date) -> Draft:
    """Part of what is owed is set off against a recovery. The money goes from fund line to fund line, past the bank.

    `replaces` names the returned payout, if it follows one.
    """
    owing = "returned" if replaces else "approved"
    draft = owed.entry("offset", payout, on, {"amount": part, owing: part}, returned=replaces, offset=recovery, when=_restored(payout))
    return replace(draft, cause=f"{draft.event} {payout.reference} {recovery} {number}")


def deposit_taken_back(owed: Owed, payout: Payout, returned: str, on: date) -> Draft:
    """A firm's own money that the bank brought back, as the payout named `returned`, is held again: nobody is owed it yet."""
    return owed.entry("taken_back", payout, on, {"amount": owed.spread(payout)}, returned=returned)
