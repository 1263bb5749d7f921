"""Bounding: finance asks that an account gets other bounds, and another person of finance or treasury grants or refuses it.

Bounds are what keeps an account from being overdrawn, so nobody moves them alone, and every change stays on record.
"""

from typing import Any

from sqlmodel import Session

from voucher.absences import act_as_one
from voucher.bound_requests import BoundRequest, BoundRequestState, bound_requests
from voucher.database import lock
from voucher.duties import Duty
from voucher.errors import NotAllowed, NotFound, NotNow, Problem, _, problem, refuse_if_any
from voucher.history import given
from voucher.ledger.bounds import Bounded, bind, bounded
from voucher.money import Money
from voucher.numbering import next_reference
from voucher.people import Role
from voucher.references import year_of
from voucher.work import Work
from workflows.machine import Machine, Step

BOUNDS = Machine(
    "bounds",
    Step("ask_bounds", (), BoundRequestState.ASKED, "bounds.asked", by=(Role.FINANCE,)),
    Step("grant_bounds", (BoundRequestState.ASKED,), BoundRequestState.GRANTED, "bounds.granted", by=(Role.FINANCE, Role.TREASURY)),
    Step("refuse_bounds", (BoundRequestState.ASKED,), BoundRequestState.REFUSED, "bounds.refused", by=(Role.FINANCE, Role.TREASURY)),
)


def account_of(session: Session, account: str, currency: str) -> Bounded:
    """An account with its bounds. Raises NotFound."""
    held = bounded(session, account, currency)
    if held is None:
        raise NotFound(_("There is no account {account} in {currency}."), account=account, currency=currency)
    return held


def ask_bounds(work: Work, account: str, currency: str, lower: Money | None, upper: Money | None, reason: str) -> BoundRequest:
    """Ask for other bounds of an account, debit positive; None is no bound. Another person decides.

    Raises NotAllowed, NotFound, NotValid, and NotNow while another request for the account is open.
    """
    BOUNDS.allow(work, "ask_bounds", {})
    held = account_of(work.session, account, currency)
    refuse_if_any(_unfit(held, lower, upper))
    reference = next_reference(work.session, "U", year_of(work.today))  # whoever asks at the same instant waits here
    if any(each.state == BoundRequestState.ASKED for each in bound_requests(work.session, account, currency)):
        raise NotNow(_("Other bounds have been asked for already. They are to be decided first."))
    assert work.actor.person_id is not None
    made = BoundRequest(
        reference=reference, state="", account=account, currency=currency,
        lower_minor=None if lower is None else lower.minor, upper_minor=None if upper is None else upper.minor,
        reason=given(reason), asked_by=work.actor.person_id, asked_at=work.now)
    BOUNDS.begin(work, made, "ask_bounds", {}, reason=made.reason, **_told(made))
    return made


def _unfit(held: Bounded, lower: Money | None, upper: Money | None) -> list[Problem]:
    """What is wrong with the bounds: the same as now, or the account stands beyond them."""
    if (lower, upper) == (held.lower, held.upper):
        return [problem(_("These are the bounds that it has."), "lower")]
    said = _("The account stands at {balance} {currency}, beyond this bound.")
    about: dict[str, Any] = {"balance": str(held.balance), "currency": held.balance.currency}
    return [*([problem(said, "lower", **about)] if lower is not None and held.balance < lower else []),
            *([problem(said, "upper", **about)] if upper is not None and held.balance > upper else [])]


def grant_bounds(work: Work, reference: str) -> BoundRequest:
    """Give an account the bounds that somebody else has asked for.

    Raises NotAllowed, NotFound, NotNow when it was decided before or the account stands beyond the bounds by now.
    """
    made = _decide(work, reference, "grant_bounds", "")
    bind(work, made.account, made.currency, made.lower_minor, made.upper_minor, f"{made.reference}: {made.reason}")
    return made


def refuse_bounds(work: Work, reference: str, reason: str) -> BoundRequest:
    """Leave an account its bounds, for a reason. Raises NotAllowed, NotFound, NotValid, NotNow."""
    return _decide(work, reference, "refuse_bounds", given(reason))


def _decide(work: Work, reference: str, step: str, answer: str) -> BoundRequest:
    BOUNDS.allow(work, step, {})
    made = lock(work.session, BoundRequest, reference)
    person = work.actor.person_id
    assert person is not None
    if person == made.asked_by:
        raise NotAllowed(_("You asked for these bounds, so another person decides."))
    if act_as_one(work.session, person, Duty.RELEASE, work.now, [(made.asked_by, made.asked_at)]):
        raise NotAllowed(_("Who stands in for another signs as one person with him, so a third person has to sign."))
    if made.state == BoundRequestState.ASKED:
        made.decided_by, made.decided_at, made.answer = person, work.now, answer
    BOUNDS.advance(work, made, step, {}, reason=answer, **_told(made))
    return made


def _told(made: BoundRequest) -> dict[str, Any]:
    return {"account": made.account, "currency": made.currency, "lower": str(made.lower or ""), "upper": str(made.upper or "")}
