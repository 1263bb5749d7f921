"""The entries of claims and appeals."""

from dataclasses import dataclass, replace
from datetime import date

from voucher.accounting.case import Case
from voucher.accounting.entries import Spread
from voucher.claims import Claim
from voucher.ledger import Draft
from voucher.money import Money, total
from voucher.orders import Order
from voucher.statutory.mapping import LATE


def claim_submitted(case: Case, order: Order, claim: Claim, on: date, evidence: tuple[str, ...]) -> Draft:
    """What is asked for is set apart."""
    return _of_claim(case, order, claim, "claim.submitted", on, evidence, requested=claim.requested)


def claim_resubmitted(case: Case, order: Order, claim: Claim, before: Money, on: date, evidence: tuple[str, ...]) -> Draft:
    """A corrected claim asks for something else than `before`: as much more or less is set apart."""
    change = claim.requested - before
    amounts: dict[str, Money | Spread] = {"more": change} if change.minor > 0 else {"less": before - claim.requested}
    return replace(_of_claim(case, order, claim, "claim.resubmitted", on, evidence, **amounts),
                   cause=f"claim.resubmitted {claim.reference} {claim.version}")


def approval_undone(
    case: Case, order: Order, claim: Claim, on: date, *, because: str, claimed: bool, disputed: bool = False, returned: str = "",
    restored: bool = False, part: Spread | None = None,
) -> tuple[Draft, ...]:
    """Liability and expense are taken back; the amount is claimed again, or only reserved. `because` of what, once each.

    `returned` is the payout that the bank sent back, if it did: the liability is towards its payee since then; and it is `restored`, if
    that was in a later year than it was paid. `part` is what is taken back, where that is not all of the claim. What a law's books ask
    for besides of an approval of an earlier year are entries of their own, and none where no law asks.
    """
    assert claim.approved_on is not None, "what is taken back was approved"
    late = claim.approved_on.year < on.year
    approved = part or case.spread(claim.id)
    amounts: dict[str, Money | Spread] = {
        "approved": approved, "claimed" if claimed else "reserved": total(approved, claim.currency),
        "returned" if returned else "disputed" if disputed else "undisputed": approved}

    def taken_back(event: str, **amounts: Money | Spread) -> Draft:
        return case.entry(event, claim.reference, on, amounts, party=claim.claimant_id, order=order.reference, claim=claim.reference,
                          service=order.service_type, returned=returned, cause=f"{event} {claim.reference} {because}",
                          when=LATE if late else "")

    drafts = [taken_back("approval.undone", **amounts)]
    drafts += [taken_back("approval.closed", amount=approved)] if late else []
    drafts += [taken_back("approval.left_to_treasury", amount=approved)] if restored else []
    return tuple(draft for draft in drafts if draft.lines)


def claim_disputed(case: Case, order: Order, claim: Claim, on: date, objection: str, *, disputed: bool) -> Draft:
    """What is owed on a claim is disputed by an objection, or so no more."""
    event = "claim.disputed" if disputed else "claim.undisputed"
    amounts: dict[str, Money | Spread] = {"amount": total(case.spread(claim.id), claim.currency)}
    return replace(_of_claim(case, order, claim, event, on, (), **amounts), cause=f"{event} {claim.reference} {objection}")


def claim_withdrawn(case: Case, order: Order, claim: Claim, on: date) -> Draft:
    """What was asked for is only reserved again."""
    return _of_claim(case, order, claim, "claim.withdrawn", on, (), requested=claim.requested)


def claim_appealed(case: Case, order: Order, claim: Claim, appeal: str, on: date, **sources: Spread) -> Draft:
    """What was cut is held once more while an appeal is decided: of what is left to use, else of what ended (the names of the rule)."""
    return replace(_of_claim(case, order, claim, "claim.appealed", on, (), **sources), cause=f"claim.appealed {claim.reference} {appeal}")


def appeal_ended(case: Case, order: Order, appeal: str, on: date, part: Spread, *, lapses: bool) -> Draft:
    """What was held for an appeal and is not given is free again, or lapses by the terms."""
    return case.entry("appeal.ended", appeal, on, {"lapsed" if lapses else "part": part}, order=order.reference, service=order.service_type)


@dataclass(frozen=True)
class Released:
    """What an order holds no more once a claim on it is decided: what was `cut` of the claim, and what nobody asked for.

    Of both together the fund lines bore `freed`, which is the voucher's again, and `lapsed`, which is gone: all of what was
    cut, or nothing.
    """

    cut: Money
    unasked: Money
    freed: Spread
    lapsed: Spread

    @property
    def amounts(self) -> dict[str, Money | Spread]:
        """The amounts of an entry by their names."""
        gone = total(self.lapsed, self.cut.currency)
        return {"cut": self.cut - gone, "unasked": self.unasked, "freed": self.freed, "lapsed": self.lapsed}


def claim_refused(case: Case, order: Order, claim: Claim, on: date, released: Released) -> Draft:
    """Nothing is paid of it."""
    return _of_claim(case, order, claim, "claim.refused", on, (), **released.amounts)


def claim_approved(
    case: Case, order: Order, claim: Claim, on: date, evidence: tuple[str, ...], released: Released, *, undone: int = 0
) -> Draft:
    """The conditions are met: liability and expense. What was cut, and what nobody asks for any more, is released.

    `undone` is how often the claim was approved before and that was taken back: each approval is an entry of its own.
    """
    approved = case.spread(claim.id)
    draft = _of_claim(case, order, claim, "claim.approved", on, evidence, approved=approved, own=approved, **released.amounts)
    return replace(draft, cause=f"{draft.cause} again {undone}") if undone else draft


def _of_claim(
    case: Case, order: Order, claim: Claim, event: str, on: date, evidence: tuple[str, ...], **amounts: Money | Spread
) -> Draft:
    return case.entry(event, claim.reference, on, amounts, evidence, party=claim.claimant_id, order=order.reference,
                      claim=claim.reference, service=order.service_type)
