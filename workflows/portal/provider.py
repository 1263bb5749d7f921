"""For providers: take orders, register the contract, deliver."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, select

from voucher.errors import _
from voucher.orders import Order
from voucher.people import Organisation, Role
from voucher.vouchers import Voucher
from workflows import purchase
from workflows.access import acting, looking, roles, who
from workflows.portal import cases
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show

portal = Blueprint("provider", __name__)


@portal.get("/my/orders")
@roles(Role.PROVIDER)
def orders() -> ResponseReturnValue:
    """The orders at one's own firm, the newest first."""
    mine = (select(Order, Organisation).join(Voucher, col(Voucher.id) == Order.voucher_id)
            .join(Organisation, col(Organisation.id) == Voucher.sme_id)
            .where(col(Order.provider_id).in_(who().organisations(Role.PROVIDER))).order_by(col(Order.id).desc()))
    with looking() as session:
        return show("my_orders.html", listing=listing(session, mine))


def _page(reference: str) -> str:
    return url_for("cases.order", reference=reference)


@portal.post("/orders/<reference>/accept")
@roles(Role.PROVIDER)
@or_show(cases.order)
def accept_order(reference: str) -> ResponseReturnValue:
    """Take the order."""
    with acting() as work:
        purchase.accept_order(work, reference)
    return done(_("The order is accepted, and its money is obligated."), _page(reference))


@portal.post("/orders/<reference>/decline")
@roles(Role.PROVIDER)
@or_show(cases.order)
def decline_order(reference: str) -> ResponseReturnValue:
    """Do not take the order."""
    with acting() as work:
        purchase.decline_order(work, reference, request.form.get("reason", ""))
    return done(_("The order is declined."), _page(reference))


@portal.post("/orders/<reference>/contract")
@roles(Role.PROVIDER)
@or_show(cases.order)
def register_contract(reference: str) -> ResponseReturnValue:
    """Enter the number of the registered technology contract."""
    with acting() as work:
        purchase.register_contract(work, reference, request.form.get("contract_number", "").strip())
    return done(_("The contract number is entered."), _page(reference))


@portal.post("/orders/<reference>/deliver")
@roles(Role.PROVIDER)
@or_show(cases.order)
def deliver_order(reference: str) -> ResponseReturnValue:
    """Say that the service is delivered, and what."""
    with acting() as work:
        purchase.deliver_order(work, reference, request.form.get("note", ""))
    return done(_("The delivery is noted. The SME is asked to accept it."), _page(reference))
