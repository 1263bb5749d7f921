"""The acts on an order."""

from voucher.errors import _
from voucher.orders import Order, OrderState
from voucher.programmes.terms import Terms
from workflows.acts.act import Act, Ask, Kind
from workflows.purchase import (
    ORDER,
    accept_delivery,
    accept_order,
    cancel_order,
    decline_order,
    deliver_order,
    register_contract,
)


def _wants_a_number(_order: Order, terms: Terms) -> bool:
    return terms.contract_registration


def _has_its_number(order: Order, terms: Terms) -> bool:
    return not terms.contract_registration or order.state != OrderState.ACCEPTED


ORDER_ACTS = (
    Act(ORDER, "accept_order", accept_order, "accept", _("Accept the order"),
        _("The order is accepted, and its money is obligated."),
        note=_("With your acceptance the money is obligated to this order."), whose="provider01"),
    Act(ORDER, "register_contract", register_contract, "register-contract", _("Enter the contract number"),
        _("The contract number is entered."), (
            Ask("contract_number", _("Contract registration number"), Kind.WORD, "2026371000000123", longest=16,
                hint=_("Sixteen digits, from the registration office.")),), when=_wants_a_number, whose="provider01"),
    Act(ORDER, "deliver_order", deliver_order, "deliver", _("Note the delivery"),
        _("The delivery is noted. The SME is asked to accept it."), (
            Ask("note", _("What was delivered"), example="Report of 12 pages"),), when=_has_its_number, whose="provider01"),
    Act(ORDER, "accept_delivery", accept_delivery, "accept-delivery", _("Accept the delivery"),
        _("The delivery is accepted. Now it can be claimed."),
        note=_("Accept only what you have and have checked: with it the claim becomes possible.")),
    Act(ORDER, "decline_order", decline_order, "decline", _("Decline the order"), _("The order is declined."), (
        Ask("reason", _("Reason, told to the SME"), example="No free laboratory"),), kind="danger", whose="provider01"),
    Act(ORDER, "cancel_order", cancel_order, "cancel", _("Cancel the order"),
        _("The order is cancelled; what it reserved is free again."), (
            Ask("reason", _("Reason, told to the provider"), example="Project stopped"),), kind="danger"),
)
