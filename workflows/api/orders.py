"""Orders: an SME buys a service, a provider accepts and delivers it."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlmodel import col

from voucher.database import get
from voucher.orders import Order, OrderState
from voucher.people import Organisation
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import purchase, sight
from workflows.access import signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import (
    EventAnswer,
    PartyAnswer,
    SheetAnswer,
    StepsAnswer,
    about,
    facts,
    named,
    party,
    steps,
    timeline,
)
from workflows.api.fields import (
    Choice,
    Day,
    MoneyField,
    Number,
    Part,
    Reference,
    Said,
    Text,
    Those,
)
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, page, page_of
from workflows.api.vouchers import Price
from workflows.purchase import ORDER, parties_of

orders = Noun("api-orders", __name__, description="An SME's purchase of a service against a voucher.")


class OrderBody(Price):
    """What is ordered, from whom, at which price. `part` asks for less than the terms would give."""

    voucher = Reference("V", required=True, metadata={"example": "V-2026-00001-4"})
    provider = Reference("N", required=True, metadata={"example": "N-2026-00062-0"})
    title = Text(300, required=True, metadata={"example": "Salt spray test"})
    part = MoneyField(metadata={"example": "5000.00"})


class OrderQuery(Paged):
    """Which orders."""

    after = after("O")
    state = Choice(OrderState)
    voucher = Reference("V")
    provider = Reference("N")


class OrderAnswer(StepsAnswer):
    """An order. `sheet` and `events` come when one order is asked for."""

    reference = Said(metadata={"example": "O-2026-00001-1"})
    voucher = Said(metadata={"example": "V-2026-00001-4"})
    sme = Part(PartyAnswer)
    provider = Part(PartyAnswer)
    service_type = Said(metadata={"example": "development"})
    item = Said()
    quantity = Number()
    facts = Those(Said())
    measures = fields.Dict(keys=Said(), values=Said())
    title = Said()
    net = MoneyField()
    vat = MoneyField()
    voucher_part = MoneyField(metadata={"description": "What the voucher pays at most."})
    own_part = MoneyField(metadata={"description": "What the SME bears when all goes as ordered."})
    currency = Said(metadata={"example": "CNY"})
    placed_on = Day()
    contract_number = Said()
    delivered_on = Day(allow_none=True)
    delivery_note = Said()
    accepted_on = Day(allow_none=True)
    sheet = Part(SheetAnswer)
    events = Those(Part(EventAnswer))


_FACTS = ("reference", "state", "service_type", "item", "quantity", "facts", "measures", "title", "net", "vat", "voucher_part",
          "own_part", "currency", "placed_on", "contract_number", "delivered_on", "delivery_note", "accepted_on")


def told(work: Work, rows: Sequence[Order]) -> list[dict[str, Any]]:
    """Orders, as whoever is at work is told of them."""
    vouchers = known(work.session, Voucher, (row.voucher_id for row in rows))
    firms = known(work.session, Organisation, [*(row.provider_id for row in rows), *(each.sme_id for each in vouchers.values())])
    return [_told(work, row, vouchers[row.voucher_id], firms[vouchers[row.voucher_id].sme_id], firms[row.provider_id])
            for row in rows]


def _told(work: Work, row: Order, voucher: Voucher, sme: Organisation, provider: Organisation) -> dict[str, Any]:
    return facts(row, *_FACTS) | {
        "voucher": voucher.reference, "sme": party(sme), "provider": party(provider),
        "steps": steps(work, ORDER, row.state, parties_of(voucher, row))}


def told_one(work: Work, row: Order) -> dict[str, Any]:
    """An order with the sheet behind its part, and what happened."""
    events = timeline(work, get(work.session, Voucher, row.voucher_id))
    return told(work, [row])[0] | {"sheet": row.sheet, "events": about(events, row.reference)}


@orders.reads("/orders", page_of(OrderAnswer), OrderQuery)
@signed_in
def list_orders(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List orders: the office all of them, a firm those in which it takes part."""
    shown = sight.orders(work.actor)
    if "state" in query:
        shown = shown.where(Order.state == query["state"])
    if "voucher" in query:
        shown = shown.where(col(Order.voucher_id) == named(work.session, Voucher, query["voucher"]))
    if "provider" in query:
        shown = shown.where(col(Order.provider_id) == named(work.session, Organisation, query["provider"]))
    rows, following = page(work.session, shown, Order, query)
    return {"items": told(work, rows), "next": following}


@orders.writes("/orders", OrderAnswer, OrderBody, status=201)
@takers(ORDER, "place_order")
def place_order(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Order a service, as an SME: what the voucher pays of it at most is reserved at once."""
    del body["currency"]  # every amount has it already
    return told_one(work, purchase.place_order(work, **body))


@orders.reads("/orders/<order>", OrderAnswer)
@signed_in
def show_order(work: Work, _query: dict[str, Any], order: str) -> dict[str, Any]:
    """Show an order."""
    row = sight.see(work.session, work.actor, order)
    assert isinstance(row, Order)
    return told_one(work, row)


hang_acts(orders, "O", OrderAnswer, told_one)
