"""Deposits: what SMEs pay into the wallets of their orders, and what came in wrong and goes back."""

from typing import Any

from voucher.deposits import Deposit, DepositState
from voucher.orders import Order
from voucher.work import Work
from workflows import sight
from workflows.access import signed_in
from workflows.api.answers import facts
from workflows.api.fields import Answer, Choice, Day, MoneyField, Reference, Said
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, after, known, narrowed, page, page_of

deposits = Noun("api-deposits", __name__, description="What SMEs pay into the wallets of their orders, and what goes back.")


class DepositQuery(Paged):
    """Which deposits."""

    after = after("M")
    state = Choice(DepositState)
    order = Reference("O")


class ListedDepositAnswer(Answer):
    """What was asked for, or what came in. One that nobody awaited may name no order."""

    reference = Said(metadata={"example": "M-2026-00001-3"})
    order = Said(allow_none=True, metadata={"example": "O-2026-00001-2"})
    state = Said(metadata={"example": "held"})
    amount = MoneyField()
    left = MoneyField(metadata={"description": "What of it is neither with the provider nor on its way back."})
    back = MoneyField(metadata={"description": "What went back, or is on its way."})
    currency = Said(metadata={"example": "CNY"})
    received_on = Day(allow_none=True)
    holder = Said(metadata={"description": "Whose account it came from."})
    reason = Said(metadata={"description": "Why it goes back, where it came in wrong."})


@deposits.reads("/deposits", page_of(ListedDepositAnswer), DepositQuery)
@signed_in
def list_deposits(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List deposits: the office all, an SME its own."""
    shown = narrowed(sight.deposits(work.actor), Deposit, query, "state", order=Order)
    rows, following = page(work.session, shown, Deposit, query)
    orders = known(work.session, Order, (row.order_id for row in rows))
    return {"items": [facts(row, "reference", "state", "amount", "left", "back", "currency", "received_on", "holder", "reason") | {
        "order": orders[row.order_id].reference if row.order_id else None} for row in rows], "next": following}
