"""For providers: the orders at their firm."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlmodel import col, select

from voucher.orders import Order
from voucher.people import Organisation, Role
from voucher.vouchers import Voucher
from workflows.access import looking, roles, who
from workflows.portal.listing import listing
from workflows.portal.pages import show

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
