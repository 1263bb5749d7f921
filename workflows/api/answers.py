"""What answers have in common: names, parties, amounts, calculation sheets, what happened, and which steps are open."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlmodel import col

from voucher.amendments import amendments_of
from voucher.claims import Claim
from voucher.history import Event, case_events
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import sight
from workflows.api.fields import Answer, Instant, MoneyField, Part, Said, Those
from workflows.machine import Machine, Parties


class NamesAnswer(Answer):
    """A name in both languages."""

    zh = Said()
    en = Said()


class PartyAnswer(Answer):
    """An organisation, in short."""

    reference = Said(metadata={"example": "N-2026-00002-3"})
    name = Said()


class SheetLineAnswer(Answer):
    """One line of a calculation sheet."""

    kind = Said(metadata={"example": "cap"})
    label = Part(NamesAnswer)
    amount = Said(allow_none=True, metadata={"example": "30000.00"})
    clause = fields.Dict(keys=Said(), values=Said(), allow_none=True)
    details = fields.Dict(keys=Said(), values=Said())


class SheetAnswer(Answer):
    """A calculation sheet: what a voucher pays, what remains for the SME, and why, line by line."""

    currency = Said(metadata={"example": "CNY"})
    result = Said(metadata={"example": "30000.00"})
    own_share = Said(metadata={"example": "270000.00"})
    funders = fields.Dict(keys=Said(), values=Said())
    instalments = fields.Dict(keys=Said(), values=Said())
    lines = Those(Part(SheetLineAnswer))


class EventAnswer(Answer):
    """Something that happened. `actor` is told to the office only."""

    at = Instant()
    name = Said(metadata={"example": "claim.submitted"})
    subject = Said(metadata={"example": "C-2026-00042-1"})
    from_state = Said()
    to_state = Said()
    reason = Said()
    actor = Said()


class StepsAnswer(Answer):
    """What everything that has a life answers: its state and the steps that whoever asks may take now."""

    state = Said(metadata={"example": "submitted"})
    steps = Those(Said(), metadata={"description": "The steps that you may take now, by the name of their operation."})


class PositionAnswer(Answer):
    """How a voucher stands, by the books: its face is the sum of all the others."""

    face = MoneyField()
    available = MoneyField()
    reserved = MoneyField()
    claimed = MoneyField()
    approved = MoneyField()
    paid = MoneyField()
    expired = MoneyField()
    cancelled = MoneyField()
    disallowed = MoneyField()
    clawed_back = MoneyField()






def facts(row: object, *names: str) -> dict[str, Any]:
    """The named facts about a row."""
    return {name: getattr(row, name) for name in names}


def party(organisation: Organisation) -> dict[str, str]:
    """An organisation, in short."""
    return {"reference": organisation.reference, "name": organisation.name}


# Steps that one operation takes beside another: it is the verb that knows which of the two it is.
WITHIN = {"sign_batch": "release_batch", "refuse_claim": "approve_claim", "republish_programme": "publish_programme",
          "republish_paused": "publish_programme", "announce_closing_paused": "announce_closing",
          "return_to_plan": "refuse_write_off",
          "terminate_order": "agree_amendment", "call_off_order": "agree_amendment", "dispute_termination": "decline_amendment",
          "replace_order": "place_order", "reopen_claim": "uphold_objection",
          "gather_payout": "gather_batch", "put_payout_back": "dissolve_batch",
          "recall_payout": "dissolve_batch",
          "revoke_claim": "revoke_voucher", "revoke_order": "revoke_voucher",
          "ask_surrender": "surrender_voucher", "stop_order": "revoke_voucher", "drop_amendment": "revoke_voucher",
          "release_payout": "release_batch", "settle_payout": "match_line", "return_payout": "match_line",
          "undo_settlement": "unmatch_line", "undo_return": "unmatch_line",
          "set_payout_off": "offset_recovery"}


def steps(work: Work, machine: Machine, state: str, parties: Parties) -> list[str]:
    """The operations that whoever is at work may take on a thing in this state."""
    return list(dict.fromkeys(WITHIN.get(step.name, step.name) for step in machine.open_to(work.actor, state, parties)))


def timeline(work: Work, voucher: Voucher) -> list[dict[str, Any]]:
    """What happened in a case, oldest first: to the office and the SME all of it, to a provider what is about its own part.

    Firms are not told which officer it was.
    """
    events = case_events(work.session, voucher.reference)
    if sight.from_office(work.actor):
        return [_event(event) | {"actor": event.actor} for event in events]
    if voucher.sme_id not in work.actor.organisations():
        own = _own_subjects(work, voucher.id)
        events = [event for event in events if event.subject in own]
    return [_event(event) for event in events if sight.is_told(work.actor, event.name)]


def _event(event: Event) -> dict[str, Any]:
    return facts(event, "at", "name", "subject", "from_state", "to_state", "reason")


def _own_subjects(work: Work, voucher_id: UUID) -> set[str]:
    """The references in a case that whoever is at work may see."""
    orders = list(work.session.exec(sight.orders(work.actor).where(Order.voucher_id == voucher_id)))
    claims = list(work.session.exec(sight.claims(work.actor).where(col(Claim.order_id).in_([each.id for each in orders]))))
    payouts = work.session.exec(sight.payouts(work.actor).where(col(Payout.claim_id).in_([each.id for each in claims])))
    proposals = [each for order in orders for each in amendments_of(work.session, order.id)]
    return {each.reference for each in (*orders, *proposals, *claims, *payouts)}


def about(events: Iterable[Mapping[str, Any]], *subjects: str) -> list[Mapping[str, Any]]:
    """What of a timeline is about these."""
    return [event for event in events if event["subject"] in subjects]
