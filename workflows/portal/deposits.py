"""Deposits: for the office all that SMEs were asked to pay in and all that came in, for an SME its own."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlmodel import col

from voucher.deposits import Deposit, DepositState
from voucher.orders import Order
from voucher.people import OFFICE_ROLES, Organisation, Role
from voucher.vouchers import Voucher
from workflows import sight
from workflows.access import looking, roles, who
from workflows.portal.listing import listing
from workflows.portal.pages import show

portal = Blueprint("deposits", __name__, url_prefix="/deposits")


@portal.get("")
@roles(Role.SME, *OFFICE_ROLES)
def deposits() -> ResponseReturnValue:
    """All deposits that one may see, or those in one state, the newest first."""
    state = request.args.get("state", "")
    rows = (sight.deposits(who()).add_columns(Order, Organisation).outerjoin(Order, col(Order.id) == Deposit.order_id)
            .outerjoin(Voucher, col(Voucher.id) == Order.voucher_id).outerjoin(Organisation, col(Organisation.id) == Voucher.sme_id))
    with looking() as session:
        return show("deposits.html", state=state, states=list(DepositState),
                    listing=listing(session, rows.where(col(Deposit.state) == state) if state else rows))
