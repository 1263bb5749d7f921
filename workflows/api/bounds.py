"""Bounds of accounts: what they are, how they came about, and requests to change them."""

from typing import Any

from voucher.bound_requests import BoundRequest, BoundRequestState, bound_requests
from voucher.ledger.bounds import bounds_of
from voucher.money import Money
from voucher.people import OFFICE_ROLES
from voucher.work import Work
from workflows import bounding
from workflows.access import roles
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Instant, MoneyField, Nothing, Part, Said, Text, Those, currency
from workflows.api.nouns import Noun, takers
from workflows.bounding import BOUNDS

bounds = Noun("api-bounds", __name__, description="Bounds of accounts, and who changed them.")

_ACCOUNT = {"example": "budget:free:L-2026-00001-3"}


class BoundsQuery(Body):
    """Of which account."""

    account = Text(200, required=True, metadata=_ACCOUNT)
    currency = currency()


class BoundsBody(Body):
    """The bounds that an account is to have, debit positive; null is no bound."""

    account = Text(200, required=True, metadata=_ACCOUNT)
    currency = currency()
    lower = MoneyField(load_default=None, allow_none=True, metadata={"example": "-500.00"})
    upper = MoneyField(load_default=None, allow_none=True, metadata={"example": "0.00"})
    reason = Text(1000, required=True, metadata={"example": "Bridging until the allotment of July, letter 2026-14"})


class BoundsRefusal(Body):
    """Why the account keeps its bounds."""

    reason = Text(1000, required=True, metadata={"example": "The allotment came in"})


class BoundRequestAnswer(Answer):
    """What was asked for, and what became of it."""

    reference = Said(metadata={"example": "U-2026-00001-5"})
    state = Said(metadata={"enum": [each.value for each in BoundRequestState]})
    account = Said()
    currency = Said()
    lower = MoneyField(allow_none=True)
    upper = MoneyField(allow_none=True)
    reason = Said()
    asked_at = Instant()
    decided_at = Instant(allow_none=True)
    answer = Said()


class BoundActAnswer(Answer):
    """A change of bounds that was made."""

    lower_before = MoneyField(allow_none=True)
    upper_before = MoneyField(allow_none=True)
    lower = MoneyField(allow_none=True)
    upper = MoneyField(allow_none=True)
    recorded_at = Instant()
    reason = Said()


class BoundsAnswer(Answer):
    """An account with its bounds, debit positive; null is no bound."""

    account = Said()
    currency = Said()
    balance = MoneyField()
    lower = MoneyField(allow_none=True)
    upper = MoneyField(allow_none=True)
    acts = Those(Part(BoundActAnswer))
    requests = Those(Part(BoundRequestAnswer))


def told(made: BoundRequest) -> dict[str, Any]:
    """A request as it is answered."""
    return facts(made, "reference", "state", "account", "currency", "lower", "upper", "reason", "asked_at", "decided_at", "answer")


@bounds.reads("/ledger/bounds", BoundsAnswer, BoundsQuery)
@roles(*OFFICE_ROLES)
def show_bounds(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show the bounds of an account, every change of them, and the requests to change them."""
    name, currency = query["account"], query["currency"]
    held = bounding.account_of(work.session, name, currency)

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    acts = [facts(each, "recorded_at", "reason") | {side: money(getattr(each, side)) for side in (
        "lower_before", "upper_before", "lower", "upper")} for each in bounds_of(work.session, name, currency)]
    return facts(held, "account", "balance", "lower", "upper") | {
        "currency": currency, "acts": acts, "requests": [told(each) for each in bound_requests(work.session, name, currency)]}


@bounds.writes("/ledger/bounds", BoundRequestAnswer, BoundsBody, status=201)
@takers(BOUNDS, "ask_bounds")
def ask_bounds(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for other bounds of an account; another person decides."""
    return told(bounding.ask_bounds(work, **body))


@bounds.writes("/ledger/bounds/<reference>/grant", BoundRequestAnswer, Nothing)
@takers(BOUNDS, "grant_bounds")
def grant_bounds(work: Work, _body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Give an account the bounds that somebody else has asked for."""
    return told(bounding.grant_bounds(work, reference))


@bounds.writes("/ledger/bounds/<reference>/refuse", BoundRequestAnswer, BoundsRefusal)
@takers(BOUNDS, "refuse_bounds")
def refuse_bounds(work: Work, body: dict[str, Any], reference: str) -> dict[str, Any]:
    """Leave an account the bounds that it has."""
    return told(bounding.refuse_bounds(work, reference, body["reason"]))
