"""The entries of orders."""

from collections.abc import Mapping
from datetime import date

from voucher.accounting.case import Case
from voucher.accounting.entries import Spread, less
from voucher.ledger import Draft
from voucher.money import Money, total
from voucher.orders import Order


def order_placed(case: Case, order: Order, on: date) -> Draft:
    """The voucher's part is reserved."""
    return _of_order(case, order, "order.placed", on, {"part": case.spread(order.id)})


def order_accepted(case: Case, order: Order, on: date) -> Draft:
    """A contract exists and a third party relies on it."""
    return _of_order(case, order, "order.accepted", on, {"part": case.spread(order.id)})


def order_off(
    case: Case, order: Order, event: str, on: date, *, obligated: bool, part: Spread | None = None, because: str = ""
) -> Draft:
    """An order comes to nothing: what it reserved, or obligated if the provider had accepted it, is the voucher's again.

    `part` is what is left of one that was paid in part; `because` of what, where that may happen more than once.
    """
    part = part or case.spread(order.id)
    return _of_order(case, order, event, on, {"part": part, "obligated" if obligated else "reserved": part},
                     f"{event} {order.reference} {because}" if because else "")


def order_unclaimed(case: Case, order: Order, part: Spread, on: date, *, obligated: bool, cause: str) -> Draft:
    """What nobody claimed of an order in time is the voucher's again, whose own time is over. It may happen twice: `cause` says which."""
    return _of_order(case, order, "order.unclaimed", on, {"part": part, "obligated" if obligated else "reserved": part}, cause)


def order_amended(case: Case, order: Order, before: Spread, on: date, *, obligated: bool) -> Draft:
    """The part of an order's new version in place of what the fund lines bore `before`: the difference alone moves."""
    more, fewer = (tuple(max(each, Money.zero(each.currency), key=lambda money: money.minor) for each in difference)
                   for difference in (less(case.spread(order.id), before), less(before, case.spread(order.id))))
    change = total(more, order.currency) - total(fewer, order.currency)
    up, down = ("obligated", "freed") if obligated else ("reserved", "unreserved")
    whole = Money(abs(change.minor), order.currency)
    return _of_order(case, order, "order.amended", on,
                     {up: more, down: fewer, "raised" if change.minor > 0 else "lowered": whole},
                     f"order.amended {order.reference} v{order.version}")


def _of_order(case: Case, order: Order, event: str, on: date, amounts: Mapping[str, Money | Spread], cause: str = "") -> Draft:
    return case.entry(event, order.reference, on, amounts, cause=cause, order=order.reference, service=order.service_type)
