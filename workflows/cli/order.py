"""`voucher order`: an SME buys a service with a voucher, and a provider delivers it."""

from collections.abc import Callable
from typing import Any

import click
from sqlmodel import col, select

from voucher.amendments import OrderVersion, order_versions
from voucher.database import fetch, get
from voucher.deposits import deposits_of
from voucher.errors import NotFound
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation
from voucher.vouchers import Voucher
from workflows.cli.acts import add_acts, amounts_by_code
from workflows.cli.answers import LANGUAGE, answer, answer_all, facts, print_sheet
from workflows.cli.commands import as_json, as_person, begin_work, look, print_json
from workflows.purchase import (
    place_order,
    price_order,
)
from workflows.sight import see

ABOUT = ("reference", "state", "title", "service_type", "item", "quantity", "facts", "measures", "net", "vat",
         "voucher_part", "own_part", "currency", "version", "deliver_by", "contract_number", "contract_on", "contract_amount",
         "recognised_income", "placed_on", "delivered_on", "accepted_on")


@click.group()
def order() -> None:
    """Orders: place, accept, register, deliver, accept the delivery."""


def _wish(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is ordered, at which price."""
    for option in reversed((
        click.option("--service", required=True, metavar="CODE", help="A service of the programme's terms."),
        click.option("--net", required=True, metavar="AMOUNT", help="The price without tax."),
        click.option("--vat", required=True, metavar="AMOUNT", help="The value added tax on it; 0.00 when there is none."),
        click.option("--item", default="", metavar="CODE", help="A sub-item of the service, where it has some."),
        click.option("--quantity", type=int, default=1, show_default=True, help="How many pieces."),
        click.option("--fact", "true_facts", multiple=True, metavar="CODE",
                     help="A fact that holds, by its code in the terms; as often as needed."),
        click.option("--measure", "measures", multiple=True, metavar="CODE=AMOUNT",
                     help="A further amount that the terms ask for; as often as needed."),
    )):
        command = option(command)
    return command


@order.command("place")
@click.argument("voucher")
@click.option("--provider", required=True, metavar="N-..", help="A listed provider.")
@click.option("--title", required=True, help="What is ordered.")
@_wish
@as_person
@as_json
def place(voucher: str, provider: str, title: str, service: str, net: str, vat: str, item: str, quantity: int,
          true_facts: tuple[str, ...], measures: tuple[str, ...], as_json: bool) -> None:
    """Order a service against a voucher; its part is reserved.

    Example: voucher order place V-2026-00001-8 --as sme01@voucher.example --provider N-2026-00074-6 --service
    development --title "Buoy" --net 100000.00 --vat 6000.00
    """
    with begin_work() as work:
        currency = fetch(work.session, Voucher, voucher).currency
        made = place_order(work, voucher, provider, service, title, Money.parse(net, currency), Money.parse(vat, currency),
                           item=item, quantity=quantity, facts=true_facts, measures=amounts_by_code(measures, currency))
        told = facts(made, ABOUT)
    answer(told, as_json)


@order.command("quote")
@click.argument("voucher")
@click.option("--provider", default="", metavar="N-..", help="From whom; without it, no limit that counts by provider is applied.")
@_wish
@LANGUAGE
@as_person
@as_json
def quote(voucher: str, provider: str, service: str, net: str, vat: str, item: str, quantity: int, true_facts: tuple[str, ...],
          measures: tuple[str, ...], language: str, as_json: bool) -> None:
    """Show what a voucher would pay of a price today, line by line. Orders nothing.

    Example: voucher order quote V-2026-00001-8 --as sme01@voucher.example --service development --net 100000.00
    --vat 6000.00
    """
    with begin_work() as work:
        held = see(work.session, work.actor, voucher)
        if not isinstance(held, Voucher):
            raise NotFound
        sheet = price_order(work, held, service, Money.parse(net, held.currency), Money.parse(vat, held.currency),
                            provider=provider, item=item, quantity=quantity, facts=true_facts,
                            measures=amounts_by_code(measures, held.currency))
    if as_json:
        print_json(sheet.as_json())
    else:
        print_sheet(voucher, sheet, language)


@order.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show an order with all its versions, and what each of them changed.

    Example: voucher order show O-2026-00001-2
    """
    with look() as session:
        found = fetch(session, Order, reference)
        told = facts(found, ABOUT) | {"voucher": get(session, Voucher, found.voucher_id).reference,
                                      "provider": get(session, Organisation, found.provider_id).name}
        versions = [_told_version(each) for each in order_versions(session, found)]
        deposits = [facts(each, ("reference", "state", "amount", "left", "reason")) for each in deposits_of(session, found.id)]
    if as_json:
        answer(told | {"versions": versions, "deposits": deposits}, as_json)
        return
    answer(told, as_json)
    if deposits:
        answer_all(deposits, ("reference", "state", "amount", "left", "reason"), as_json)
    answer_all([each | {"changes": "; ".join(f"{one['field']}: {one['before']} -> {one['after']}" for one in each["changes"])}
                for each in versions], ("version", "since", "until", "net", "voucher_part", "changes", "why"), as_json)


def _told_version(version: OrderVersion) -> dict[str, Any]:
    return {"version": version.number, "since": version.since, "until": version.until, "why": version.why,
            "changes": [{"field": name, "before": before, "after": after} for name, before, after in version.changes],
            **{name: version.content[name] for name in ("title", "net", "vat", "voucher_part", "deliver_by")}}


@order.command("list")
@click.option("--state", help="Only those in this state.")
@as_json
def list_orders(state: str | None, as_json: bool) -> None:
    """List orders.

    Example: voucher order list --state placed
    """
    names = ("reference", "state", "net", "vat", "voucher_part", "currency", "title")
    wanted = select(Order).order_by(col(Order.reference))
    if state:
        wanted = wanted.where(Order.state == state)
    with look() as session:
        rows = [facts(found, names) for found in session.exec(wanted)]
    answer_all(rows, names, as_json)


add_acts(order, "O", ABOUT)
