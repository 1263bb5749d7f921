"""Programmes whose caps count widely, and firms of one group: the Weihai rules with other limits."""

from typing import Any

from tests.builders import PROVIDERS, SMES, House, who
from tests.scenes import scene
from voucher.database import Database, fetch
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation
from voucher.programmes.library import example
from voucher.work import Work, read
from workflows.demo.data import OrganisationData
from workflows.funding import allot, record_appropriation
from workflows.issue import apply_for_voucher, issue_voucher, review_voucher
from workflows.publishing import publish_programme
from workflows.purchase import place_order

CAPS = """caps:
  - {name: {zh: 上限, en: the cap}, amount: 100000.00, subject: %s, period: calendar_year}
"""


def yuan(text: str) -> Money:
    """An amount of yuan."""
    return Money.parse(text, "CNY")


def weihai_with(caps: str, code: str = "weihai") -> bytes:
    """The Weihai rules with these caps in place of their own, each of which is one mapping under the key `caps`."""
    text = example("weihai").decode()
    before, rest = text.split("\ncaps:\n", 1)
    lines = rest.splitlines(keepends=True)
    after = "".join(lines[next(at for at, line in enumerate(lines) if line.strip() and not line.startswith(" ")):])
    return f"{before}\n{caps}\n{after}".replace("code: weihai", f"code: {code}").encode()


@scene
def publish(house: House, source: bytes, *, funders: tuple[str, ...] = ("city",), allotted: str = "10000000.00",
            types: tuple[str, ...] = ("",)) -> str:
    """A published programme with that much money of each funder (for each of these types of voucher); its reference."""
    with house.work("approver1") as work:
        made = publish_programme(work, source)
    for funder in funders:
        for each in types:
            with house.work("finance1") as work:
                amount = Money.parse(allotted, made.currency)
                line = record_appropriation(work, made.reference, house.today.year, amount, f"Decision {funder}", funder, each)
                allot(work, line.reference, amount, f"Notice {funder}")
    return made.reference


def change(house: House, reference: str, **about: Any) -> None:
    """Change what is known of an organisation."""
    with house.work() as work:
        held = fetch(work.session, Organisation, reference)
        for name, value in about.items():
            setattr(held, name, value)
        work.session.add(held)


@scene
def an_application_for(house: House, programme: str, amount: str, sme: OrganisationData = SMES[0], group: str = "") -> str:
    """An application that a first officer recommends."""
    with house.work(who(sme)) as work:
        made = apply_for_voucher(work, programme, house.references[sme.number], yuan(amount), "Research", group).reference
    with house.work("reviewer1") as work:
        review_voucher(work, made)
    return made


def issue(house: House, voucher: str) -> None:
    """The second officer issues a reviewed application."""
    with house.work("approver1") as work:
        issue_voucher(work, voucher)


@scene
def voucher_for(house: House, programme: str, sme: OrganisationData = SMES[0], amount: str = "100000.00") -> str:
    """An issued voucher."""
    made = an_application_for(house, programme, amount, sme)
    issue(house, made)
    return made


def order(work: Work, house: House, voucher: str, net: str, *, provider: OrganisationData = PROVIDERS[0],
          service: str = "development", **about: Any) -> Order:
    """An order without tax."""
    return place_order(work, voucher, house.references[provider.number], service, "Part", yuan(net), yuan("0.00"),
                       **about)


def part_of(house: House, voucher: str, net: str, sme: OrganisationData = SMES[0], **about: Any) -> Money:
    """What the voucher pays of an order that is placed now."""
    with house.work(who(sme)) as work:
        return order(work, house, voucher, net, **about).voucher_part


def held_of(database: Database, reference: str) -> int:
    """What still counts of an order, in minor units."""
    with read(database) as session:
        return fetch(session, Order, reference).held_minor
