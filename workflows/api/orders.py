"""Orders: an SME buys a service, a provider accepts and delivers it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields

from voucher.amendments import Amendment, amendments_of, open_amendments, order_versions
from voucher.cash import cash_of
from voucher.claims import approved_on
from voucher.database import get
from voucher.deposits import deposits_of
from voucher.orders import Order, OrderState
from voucher.people import Organisation
from voucher.programmes.programmes import terms_version
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
    party,
    timeline,
)
from workflows.api.fields import (
    Answer,
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
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.api.vouchers import Price
from workflows.purchase import ORDER
from workflows.surrender import steps_on

orders = Noun("api-orders", __name__, description="An SME's purchase of a service against a voucher.")


class OrderBody(Price):
    """What is ordered, from whom, at which price. `part` asks for less than the terms would give.

    `replaces` is an order at another provider in whose place this one stands; one that is not begun is cancelled by this, for
    the `reason`.
    """

    voucher = Reference("V", required=True, metadata={"example": "V-2026-00001-4"})
    provider = Reference("N", required=True, metadata={"example": "N-2026-00062-0"})
    title = Text(300, required=True, metadata={"example": "Salt spray test"})
    part = MoneyField(metadata={"example": "5000.00"})
    deliver_by = Day()
    replaces = Reference("O")
    reason = Text(1000)


class OrderQuery(Paged):
    """Which orders."""

    after = after("O")
    state = Choice(OrderState)
    voucher = Reference("V")
    provider = Reference("N")


class CashAnswer(Answer):
    """Who invoices whom, and what the SME pays and gets back. The office's invoice is zero where the SME is reimbursed."""

    invoice_to_office = MoneyField()
    invoice_to_sme = MoneyField()
    tax = MoneyField(metadata={"description": "The tax on the SME's invoice."})
    sme_pays = MoneyField()
    sme_gets_back = MoneyField()
    sme_bears = MoneyField()


class VersionAnswer(Answer):
    """A version of an order that another took the place of."""

    version = Number()
    title = Said()
    item = Said()
    quantity = Number()
    facts = Those(Said())
    measures = fields.Dict(keys=Said(), values=Said())
    net = Said(metadata={"example": "100000.00"})
    vat = Said(metadata={"example": "6000.00"})
    voucher_part = Said(metadata={"example": "21200.00"})
    deliver_by = Said(allow_none=True, metadata={"example": "2026-12-01"})
    sheet = Part(SheetAnswer)


class DepositAnswer(Answer):
    """What the SME was asked to pay in, or what came in, of an order with a wallet."""

    reference = Said(metadata={"example": "M-2026-00001-3"})
    state = Said(metadata={"example": "held"})
    amount = MoneyField()
    left = MoneyField(metadata={"description": "What of it is neither with the provider nor on its way back."})
    reason = Said(metadata={"description": "Why it goes back, where it came in wrong."})


class ChangeAnswer(Answer):
    """A field in which a version differs from the one before."""

    field = Said(metadata={"example": "net"})
    before = Said()
    after = Said()


class HistoryAnswer(Answer):
    """A version of an order: since and until when it held, what it changed, and why it ended."""

    version = Number()
    since = Day()
    until = Day(allow_none=True)
    why = Said()
    changes = Those(Part(ChangeAnswer))


class AmendmentAnswer(Answer):
    """A change or the end of an order, as one side proposed it. `replaced` is the version before, once it is made."""

    reference = Said(metadata={"example": "A-2026-00001-1"})
    number = Number()
    kind = Said(metadata={"example": "change"})
    state = Said(metadata={"example": "proposed"})
    side = Said(metadata={"example": "provider", "description": "Who proposed it: sme or provider."})
    reason = Said()
    title = Said()
    item = Said()
    quantity = Number()
    facts = Those(Said())
    measures = fields.Dict(keys=Said(), values=Said())
    net = MoneyField()
    vat = MoneyField()
    part = MoneyField(allow_none=True)
    deliver_by = Day(allow_none=True)
    proposed_on = Day()
    decided_on = Day(allow_none=True)
    replaced = Part(VersionAnswer, allow_none=True)


class OrderAnswer(StepsAnswer):
    """An order. `cash`, `guaranteed`, `sheet`, `amendments` and `events` come when one order is asked for."""

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
    version = Number(metadata={"description": "Counts from 1; each change that both sides agreed to makes the next."})
    deliver_by = Day(allow_none=True)
    contract_number = Said()
    contract_on = Day(allow_none=True)
    contract_amount = MoneyField(allow_none=True)
    recognised_income = MoneyField(allow_none=True, metadata={"description": "Of the contract, as the registration office recognised it."})
    delivered_on = Day(allow_none=True)
    delivery_note = Said()
    accepted_on = Day(allow_none=True)
    tax_first = fields.Boolean(required=True, metadata={"description": "Whether the SME pays its tax before work begins."})
    tax_paid_on = Day(allow_none=True)
    started_on = Day(allow_none=True)
    acceptance_note = Said()
    replaces = Said(allow_none=True, metadata={"example": "O-2026-00001-1"})
    guaranteed = MoneyField(metadata={"description": "What was approved by now; voucher_part is what it may come to at most."})
    cash = Part(CashAnswer)
    deposits = Those(Part(DepositAnswer))
    sheet = Part(SheetAnswer)
    amendments = Those(Part(AmendmentAnswer))
    versions = Those(Part(HistoryAnswer))
    events = Those(Part(EventAnswer))


_FACTS = ("reference", "state", "service_type", "item", "quantity", "facts", "measures", "title", "net", "vat", "voucher_part",
          "own_part", "currency", "placed_on", "version", "deliver_by", "contract_number", "contract_on",
          "contract_amount", "recognised_income", "delivered_on", "delivery_note", "accepted_on",
          "tax_first", "tax_paid_on", "started_on", "acceptance_note")


def told(work: Work, rows: Sequence[Order]) -> list[dict[str, Any]]:
    """Orders, as whoever is at work is told of them."""
    vouchers = known(work.session, Voucher, (row.voucher_id for row in rows))
    firms = known(work.session, Organisation, [*(row.provider_id for row in rows), *(each.sme_id for each in vouchers.values())])
    proposed = open_amendments(work.session, [row.id for row in rows])
    replaced = known(work.session, Order, (row.replaces_id for row in rows if row.replaces_id))
    return [_told(work, row, vouchers[row.voucher_id], firms, proposed.get(row.id))
            | {"replaces": replaced[row.replaces_id].reference if row.replaces_id else None} for row in rows]


def _told(
    work: Work, row: Order, voucher: Voucher, firms: Mapping[UUID, Organisation], proposed: Amendment | None
) -> dict[str, Any]:
    return facts(row, *_FACTS) | {
        "voucher": voucher.reference, "sme": party(firms[voucher.sme_id]), "provider": party(firms[row.provider_id]),
        "steps": [step.name for step in steps_on(work.session, work.actor, voucher, row, proposed)]}


_OF_AMENDMENT = ("reference", "number", "kind", "state", "side", "reason", "title", "item", "quantity", "facts", "measures", "net",
                 "vat", "part", "deliver_by", "proposed_on", "decided_on")


def told_one(work: Work, row: Order) -> dict[str, Any]:
    """An order with the sheet behind its part, and what happened."""
    events = timeline(work, get(work.session, Voucher, row.voucher_id))
    amendments = amendments_of(work.session, row.id)
    terms = terms_version(work.session, row.terms_id).terms
    cash = cash_of(terms.model, row.net, row.vat, row.voucher_part)
    return told(work, [row])[0] | {
        "guaranteed": approved_on(work.session, row),
        "cash": facts(cash, "invoice_to_office", "invoice_to_sme", "tax", "sme_pays", "sme_gets_back", "sme_bears"),
        "deposits": [facts(each, "reference", "state", "amount", "left", "reason") for each in deposits_of(work.session, row.id)],
        "sheet": row.sheet, "events": about(events, row.reference, *(each.reference for each in amendments)),
        "versions": [{"version": each.number, "since": each.since, "until": each.until, "why": each.why,
                      "changes": [dict(zip(("field", "before", "after"), change, strict=True)) for change in each.changes]}
                     for each in order_versions(work.session, row)],
        "amendments": [facts(each, *_OF_AMENDMENT) | {"replaced": each.replaced or None} for each in amendments]}


@orders.reads("/orders", page_of(OrderAnswer), OrderQuery)
@signed_in
def list_orders(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List orders: the office all of them, a firm those in which it takes part."""
    shown = narrowed(sight.orders(work.actor), Order, query, "state", voucher=Voucher, provider=Organisation)
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
