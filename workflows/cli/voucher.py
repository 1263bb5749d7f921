"""`voucher voucher`: from an application to an issued voucher, and how it stands."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session, col, select

from voucher.accounting import voucher_position
from voucher.database import fetch, get
from voucher.errors import NotFound, _
from voucher.money import Money
from voucher.people import Organisation
from voucher.programmes.firm_size import FirmSize
from voucher.programmes.programmes import Programme
from voucher.references import is_reference
from voucher.vouchers import Voucher
from voucher.waiting import outlook
from voucher.work import ZONE
from workflows.cli.acts import add_acts
from workflows.cli.answers import answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look, surroundings
from workflows.issue import (
    apply_for_voucher,
)

ABOUT = ("reference", "state", "amount", "currency", "firm_class", "service_group", "issued_on", "activated_on", "use_by", "claim_by",
         "waits_since", "rank", "purpose")


@click.group()
def voucher() -> None:
    """Vouchers: apply, review, issue, and how one stands."""


def programme_named(session: Session, text: str) -> Programme:
    """The programme with this reference or this code. Raises NotFound."""
    if is_reference(text, "P"):
        return fetch(session, Programme, text)
    found = session.exec(select(Programme).where(Programme.code == text)).first()
    if found is None:
        raise NotFound(_("There is no programme {text}. `voucher programme list` names them."), text=text)
    return found


@voucher.command("apply")
@click.option("--programme", required=True, metavar="CODE", help="Code or reference of the programme.")
@click.option("--sme", required=True, metavar="N-..", help="The firm that applies.")
@click.option("--amount", required=True, metavar="AMOUNT", help="How much, in the programme's currency: 30000.00")
@click.option("--purpose", required=True, help="What for, in a sentence.")
@click.option("--team", default="", help="The team for which it is, where limits are counted by team.")
@click.option("--person", default="", help="The person for whom it is, where limits are counted by person.")
@click.option("--employees", type=click.IntRange(0), default=None, help="People of the firm, where its class has bounds.")
@click.option("--turnover", default="", metavar="AMOUNT", help="A year's turnover of the firm, likewise.")
@click.option("--founded-on", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="DAY", help="The day of its foundation, likewise.")
@click.option("--mandate", default="", metavar="F-..", help="A mandate signed by the firm, where the terms ask for it.")
@click.option("--type", "service_group", default="", help="The type of voucher, where the terms cut the money by types.")
@as_person
@as_json
def apply(programme: str, sme: str, amount: str, purpose: str, service_group: str, team: str, person: str,
          employees: int | None, turnover: str, founded_on: datetime | None, mandate: str, as_json: bool) -> None:
    """Apply for a voucher on behalf of an SME.

    Example: voucher voucher apply --as sme01@voucher.example --programme weihai --sme N-2026-00002-1 --amount
    30000.00 --purpose "Salt spray test"
    """
    with begin_work() as work:
        terms_of = programme_named(work.session, programme)
        made = apply_for_voucher(work, terms_of.reference, sme, Money.parse(amount, terms_of.currency), purpose, service_group,
                                 team=team, person=person, size=FirmSize(
                                     employees, Money.parse(turnover, terms_of.currency) if turnover else None,
                                     founded_on.date() if founded_on else None), mandate=mandate)
        told = facts(made, ABOUT)
    answer(told, as_json)


@voucher.command("show")
@click.argument("reference")
@as_json
def show(reference: str, as_json: bool) -> None:
    """Show a voucher: what is paid and what is left, by the books.

    Example: voucher voucher show V-2026-00001-8
    """
    with look() as session:
        found = fetch(session, Voucher, reference)
        position = voucher_position(session, found.reference, found.currency)
        waits = outlook(session, found, surroundings().clock().astimezone(ZoneInfo(ZONE)).date())
        told = facts(found, ABOUT) | {"sme": get(session, Organisation, found.sme_id).name} | (vars(waits) if waits else {})
    answer(told | vars(position), as_json)


@voucher.command("list")
@click.option("--state", help="Only those in this state.")
@as_json
def list_vouchers(state: str | None, as_json: bool) -> None:
    """List vouchers and applications.

    Example: voucher voucher list --state submitted
    """
    wanted = select(Voucher, Organisation).join(Organisation, col(Organisation.id) == Voucher.sme_id).order_by(col(Voucher.reference))
    if state:
        wanted = wanted.where(Voucher.state == state)
    names = ("reference", "state", "amount", "currency", "sme", "purpose")
    with look() as session:
        rows = [facts(found, names[:4]) | {"sme": sme.name, "purpose": found.purpose} for found, sme in session.exec(wanted)]
    answer_all(rows, names, as_json)


add_acts(voucher, "V", ABOUT)
