"""The entries of money that is asked back, of a claim or of an award."""

from datetime import date

from voucher.accounting.entries import Spread
from voucher.accounting.owed import ClaimOwed, Recoverable
from voucher.accounting.rules import EVENTS
from voucher.ledger import Draft
from voucher.recoveries import Sum
from voucher.statutory.mapping import LATE, RESTORED


def recovery_decided(case: Recoverable, recovery: str, owed: Sum, on: date, *, prior: bool) -> Draft:
    """Money is asked back; of an earlier year it belongs to the treasury."""
    return _of_recovery(case, recovery, "decided", on, owed, prior)


def recovery_annulled(case: Recoverable, recovery: str, owed: Sum, on: date, *, prior: bool) -> Draft:
    """The decision does not stand: nothing is asked back."""
    return _of_recovery(case, recovery, "annulled", on, owed, prior)


def recovery_refund_due(case: Recoverable, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> tuple[Draft, ...]:
    """What came in by one move on a decision that does not stand has to go back: it is owed, out of the budget that it had gone to.

    What a law's books ask for besides of an expense of an earlier year is an entry of its own, and none where no law asks.
    """
    late = _is_late(case, on, prior)
    drafts = [_of_recovery(case, recovery, "refund_due", on, part, prior, f" {number}", when=LATE if late else "")]
    if late:
        cause = f"recovery.adjustment_closed {recovery} {number} back"
        drafts.append(case.recovering("recovery.adjustment_closed", recovery, on, {"back": part.principal}, cause, when=LATE))
    return tuple(draft for draft in drafts if draft.lines)


def recovery_refunded(case: Recoverable, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> Draft:
    """It has gone back: the payment stands as if nothing had been asked for."""
    return _of_recovery(case, recovery, "refunded", on, part, prior, f" {number}", clawed=part.principal if prior else ())


def recovery_collected(
    case: Recoverable, recovery: str, number: int, part: Sum, on: date, evidence: tuple[str, ...] = (), *, prior: bool, restored: bool
) -> tuple[Draft, ...]:
    """Money comes back, from the bank or from a payout of the same party: the voucher kept that much less.

    It is `restored` if it was paid out of what had come back in a later year. What a law's books ask for besides of an expense of an
    earlier year are entries of their own, and none where no law asks.
    """
    late, restored = _is_late(case, on, prior), restored and not prior
    when = RESTORED if restored else LATE if late else ""
    also = ["recovery.adjustment_closed"] * late + ["recovery.left_to_treasury"] * restored
    drafts = [_of_recovery(case, recovery, "collected", on, part, prior, f" {number}", part.principal if prior else (), evidence, when)]
    drafts += [case.recovering(event, recovery, on, {"amount": part.principal}, f"{event} {recovery} {number}", when=when)
               for event in also]
    return tuple(draft for draft in drafts if draft.lines)


def _is_late(case: Recoverable, on: date, prior: bool) -> bool:
    """Whether the expense is of a year that is closed in a law's books, though the payment is of this one (`prior` is where it is not)."""
    return not prior and case.owed_since.year < on.year


def recovery_written_off(case: Recoverable, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> Draft:
    """What does not come back is given up."""
    return _of_recovery(case, recovery, "written_off", on, part, prior, f" {number}")


def recovery_carried(case: Recoverable, recovery: str, left: Sum, on: date) -> Draft:
    """What was decided in the year of the payment and did not come in that year belongs to the treasury from now on."""
    return case.recovering("recovery.carried", recovery, on, {"principal": left.principal}, f"recovery.carried {recovery}")


def recovery_remitted(case: Recoverable, recovery: str, number: int, part: Sum, on: date, *, prior: bool) -> tuple[Draft, ...]:
    """What came in for the treasury by one move is handed over: interest, and principal of earlier years.

    What a law's books have to close before is an entry of its own, and none where no law asks.
    """
    kinds = {**(dict.fromkeys(("prior.closed", "prior.remitted"), part.principal) if prior else {}), "interest.remitted": part.interest}
    drafts = (case.recovering(event, recovery, on, {"amount": spread}, f"{event} {recovery} {number}")
              for event, spread in kinds.items() if any(spread))
    return tuple(draft for draft in drafts if draft.lines)


def _of_recovery(
    case: Recoverable, recovery: str, what: str, on: date, part: Sum, prior: bool, number: str = "", clawed: Spread = (),
    evidence: tuple[str, ...] = (), when: str = "",
) -> Draft:
    event = f"prior.{what}" if prior else f"recovery.{what}"
    amounts = {"amount" if prior else "principal": part.principal, "interest": part.interest, **({"clawed": clawed} if clawed else {})}
    if isinstance(case, ClaimOwed) and "used" in EVENTS[event].amounts:  # an award uses nothing of a voucher
        amounts["used"] = part.principal
    return case.recovering(event, recovery, on, amounts, f"{event} {recovery}{number}", evidence, when)
