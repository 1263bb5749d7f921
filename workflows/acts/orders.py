"""The acts on an order."""

from voucher.errors import _
from voucher.orders import BINDING, Order, OrderState
from voucher.programmes.terms import Terms
from workflows.acts.act import Act, Ask, Kind
from workflows.amendment import (
    AMENDMENT,
    CHANGEABLE,
    agree_amendment,
    decline_amendment,
    propose_change,
    propose_termination,
    value_part_done,
    withdraw_amendment,
)
from workflows.delivery import deliver_again, dispute_delivery, reject_delivery, uphold_delivery
from workflows.issue import VOUCHER
from workflows.purchase import (
    LONGEST_DOCUMENT,
    ORDER,
    accept_delivery,
    accept_order,
    cancel_order,
    confirm_tax,
    decline_order,
    deliver_order,
    rate_order,
    register_contract,
    start_service,
)
from workflows.surrender import agree_to_surrender, refuse_surrender


def _wants_a_number(order: Order, terms: Terms) -> bool:
    return terms.contract_registration and not _awaits_tax(order)


def _has_its_number(order: Order, terms: Terms) -> bool:
    return (not terms.contract_registration or order.state != OrderState.ACCEPTED) and not _awaits_tax(order)


def _awaits_tax(order: Order) -> bool:
    return order.tax_first and order.tax_paid_on is None


_UNDER_WAY = (OrderState.PLACED, *BINDING)

_VALUE = (
    Ask("net", _("Price without tax of the part that is done"), Kind.MONEY, "40000.00", hint=_("0.00 when nothing is done.")),
    Ask("vat", _("Value added tax on it"), Kind.MONEY, "2400.00"),
)

_ON_WHAT_IS_PROPOSED = (
    Act(AMENDMENT, "agree_amendment", agree_amendment, "agree-amendment", _("Agree"),
        _("You agreed. The order is as it was proposed, and the version before is kept."),
        note=_("With your agreement it holds at once, and the voucher's part is found anew."), states=_UNDER_WAY),
    Act(AMENDMENT, "decline_amendment", decline_amendment, "decline-amendment", _("Do not agree"),
        _("You did not agree; the other side reads your reason."), (
            Ask("reason", _("Reason, told to the other side"), example="Too dear"),), kind="danger", states=_UNDER_WAY),
    Act(AMENDMENT, "withdraw_amendment", withdraw_amendment, "withdraw-amendment", _("Take the proposal back"),
        _("The proposal is taken back; the order stays as it is."), kind="second", whose="provider01", states=_UNDER_WAY),
    Act(AMENDMENT, "value_part_done", value_part_done, "value-part-done", _("Value the part that is done"),
        _("The part that is done is valued; the order ends with it."), (
            *_VALUE, Ask("reason", _("Reason, told to both sides"), example="Half of the tests are done")), whose="verifier1",
        states=BINDING),
)

_PROPOSALS = (
    Act(AMENDMENT, "propose_change", propose_change, "propose-change", _("Propose a change"),
        _("Your proposal is with the other side. The order stays as it is until it agrees."), (
            Ask("net", _("New price without tax"), Kind.MONEY, "120000.00", required=False),
            Ask("vat", _("New value added tax"), Kind.MONEY, "7200.00", required=False),
            Ask("title", _("What is ordered"), Kind.WORD, "Two buoys", required=False, longest=300),
            Ask("item", _("Sub-item"), Kind.WORD, "", required=False, longest=64,
                hint=_("Its code in the terms, where the service has some.")),
            Ask("quantity", _("Pieces"), Kind.NUMBER, "2", required=False, least=1),
            Ask("facts", _("What is true of this order"), Kind.FACTS, "", required=False),
            Ask("measures", _("Further amounts"), Kind.AMOUNTS, "", required=False),
            Ask("deliver_by", _("Day of delivery"), Kind.DAY, "2026-12-01", required=False),
            Ask("part", _("Part of the voucher"), Kind.MONEY, "20000.00", required=False,
                hint=_("Only when the voucher shall pay less than the terms would give.")),
            Ask("reason", _("Reason, told to the other side"), example="More samples than thought")), kind="second", states=CHANGEABLE),
    Act(AMENDMENT, "propose_termination", propose_termination, "propose-termination", _("Propose to end the order"),
        _("Your proposal is with the other side. If it does not agree, a verifier values the part that is done."), (
            *_VALUE, Ask("reason", _("Reason, told to the other side"), example="The project stops")), kind="second", states=BINDING),
)

_ON_GIVING_BACK = (
    Act(VOUCHER, "agree_to_surrender", agree_to_surrender, "agree-surrender", _("Agree: the voucher may be given back"),
        _("You agreed. Your order ends as soon as all who are asked have agreed."),
        note=_("The holder wants to give the voucher back, and this order ends with it: the voucher pays nothing of it. "
               "Who says nothing in time agrees."), whose="provider01", states=_UNDER_WAY),
    Act(VOUCHER, "refuse_surrender", refuse_surrender, "refuse-surrender", _("Do not agree: the order goes on"),
        _("You did not agree; the order goes on, and the SME reads your reason."), (
            Ask("reason", _("Reason, told to the SME"), example="Half of the samples are done"),), kind="danger", whose="provider01",
        states=_UNDER_WAY),
)

ORDER_ACTS = (
    *_ON_GIVING_BACK,
    *_ON_WHAT_IS_PROPOSED,
    Act(ORDER, "accept_order", accept_order, "accept", _("Accept the order"),
        _("The order is accepted, and its money is obligated."),
        note=_("With your acceptance the money is obligated to this order."), whose="provider01"),
    Act(ORDER, "register_contract", register_contract, "register-contract", _("Enter the contract number"),
        _("The contract number is entered."), (
            Ask("contract_number", _("Contract registration number"), Kind.WORD, "2026371000000123", longest=16,
                hint=_("Sixteen digits, from the registration office.")),
            Ask("contract_on", _("Day of registration"), Kind.DAY, "2026-03-02", required=False),
            Ask("amount", _("Amount of the contract"), Kind.MONEY, "106000.00", required=False),
            Ask("income", _("Recognised technology income"), Kind.MONEY, "100000.00", required=False,
                hint=_("As the registration office recognised it."))), when=_wants_a_number, whose="provider01"),
    Act(ORDER, "confirm_tax", confirm_tax, "confirm-tax", _("The tax has come in"),
        _("It is noted. Now you may begin."), (
            Ask("paid_on", _("Day on which the SME paid it"), Kind.DAY, "2026-03-10"),
            Ask("document", _("Invoice or receipt"), Kind.WORD, "INV-2026-0041", longest=LONGEST_DOCUMENT)),
        note=_("By the terms the SME pays its tax before work begins."), when=lambda order, _terms: _awaits_tax(order),
        whose="provider01"),
    Act(ORDER, "start_service", start_service, "start", _("Work has begun"),
        _("The beginning is noted. From now on the order ends by agreement only."), when=_has_its_number, kind="second",
        whose="provider01"),
    Act(ORDER, "deliver_order", deliver_order, "deliver", _("Note the delivery"),
        _("The delivery is noted. The SME is asked to accept it."), (
            Ask("note", _("What was delivered"), example="Report of 12 pages"),), when=_has_its_number, whose="provider01"),
    Act(ORDER, "accept_delivery", accept_delivery, "accept-delivery", _("Accept the delivery"),
        _("The delivery is accepted. Now it can be claimed."), (
            Ask("note", _("Remarks"), example="The appendix follows", required=False,
                hint=_("What you have to remark although you accept; it is kept with the acceptance.")),),
        note=_("Accept only what you have and have checked: with it the claim becomes possible.")),
    Act(ORDER, "rate_order", rate_order, "rate", _("Rate the service"), _("Thank you: your rating counts in the provider's score."), (
            Ask("stars", _("Stars, one to five"), Kind.NUMBER, example="4", least=1, most=5),
            Ask("words", _("In your own words"), example="Quick and thorough", required=False)), kind="second",
        note=_("Once for each order. The office sees it; the provider sees the average.")),
    Act(ORDER, "dispute_delivery", dispute_delivery, "dispute", _("Dispute the delivery"),
        _("The delivery is disputed. Nothing is claimed until that is settled."), (
            Ask("reason", _("Reason, told to the provider"), example="Half of the samples are missing"),), kind="danger"),
    Act(ORDER, "deliver_again", deliver_again, "deliver-again", _("Deliver again"),
        _("The delivery is noted. The SME is asked to accept it."), (
            Ask("note", _("What was delivered"), example="Report with all samples"),), whose="provider01"),
    Act(ORDER, "uphold_delivery", uphold_delivery, "uphold-delivery", _("Decide for the provider"),
        _("Decided: the delivery counts as accepted."), (
            Ask("reason", _("Reason, told to both sides"), example="The report has all that was ordered"),), kind="second",
        whose="verifier1"),
    Act(ORDER, "reject_delivery", reject_delivery, "reject-delivery", _("Decide for the SME"),
        _("Decided: the provider has to deliver again, or the two end the order."), (
            Ask("reason", _("Reason, told to both sides"), example="Half of the samples are missing"),), kind="second",
        whose="verifier1"),
    Act(ORDER, "decline_order", decline_order, "decline", _("Decline the order"), _("The order is declined."), (
        Ask("reason", _("Reason, told to the SME"), example="No free laboratory"),), kind="danger", whose="provider01"),
    Act(ORDER, "cancel_order", cancel_order, "cancel", _("Cancel the order"),
        _("The order is cancelled; what it reserved is free again."), (
            Ask("reason", _("Reason, told to the provider"), example="Project stopped"),), kind="danger"),
    *_PROPOSALS,
)
