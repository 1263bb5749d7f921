"""`voucher deposit`: what SMEs pay into the wallets of their orders, and what goes back."""

import click
from sqlmodel import col, select

from voucher.database import fetch
from voucher.deposits import Deposit, DepositState
from voucher.orders import Order
from workflows.cli.answers import answer_all, facts
from workflows.cli.commands import as_json, look

_ABOUT = ("reference", "state", "amount", "left", "back", "currency", "received_on", "holder", "reason")


@click.group()
def deposit() -> None:
    """Deposits: what was asked for, what came in, what goes back and why."""


@deposit.command("list")
@click.option("--state", type=click.Choice([each.value for each in DepositState]), help="Only those in this state.")
@click.option("--order", help="Only those of this order.")
@as_json
def list_deposits(state: str | None, order: str | None, as_json: bool) -> None:
    """List deposits, the newest first.

    Example: voucher deposit list --state refused
    """
    wanted = select(Deposit, Order.reference).outerjoin(Order, col(Order.id) == Deposit.order_id).order_by(col(Deposit.id).desc())
    if state:
        wanted = wanted.where(Deposit.state == state)
    with look() as session:
        if order:
            wanted = wanted.where(Deposit.order_id == fetch(session, Order, order).id)
        rows = [facts(held, _ABOUT) | {"order": reference or ""} for held, reference in session.exec(wanted)]
    answer_all(rows, ("reference", "order", *_ABOUT[1:]), as_json)
