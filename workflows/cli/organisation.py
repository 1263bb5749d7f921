"""`voucher organisation`: firms, providers and the office, and their bank accounts."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlmodel import col, select

from voucher.bans import Ban
from voucher.database import fetch, get
from voucher.documents import payee_account as paper
from voucher.listings import Listing
from voucher.people import Organisation, OrganisationKind
from voucher.price_lists import prices_of
from voucher.programmes.programmes import Programme
from workflows.banning import ban_organisation, lift_ban
from workflows.changing import change_organisation
from workflows.cli.acts import add_acts
from workflows.cli.answers import DAY, LANGUAGE, answer, answer_all, facts
from workflows.cli.commands import as_json, as_person, begin_work, look
from workflows.cli.saving import save
from workflows.payee_statement import account_of_payee, as_csv, as_pdf
from workflows.providers import propose_listing
from workflows.registration import register_account, register_organisation

ABOUT = ("reference", "kind", "name", "name_en", "country", "number", "category", "region", "address", "town", "controller")
BAN_ABOUT = ("from_on", "until", "lifted_on", "with_people", "reason", "basis")
LISTING_ABOUT = ("reference", "state", "notice_until", "reason")


@click.group()
def organisation() -> None:
    """Organisations: enter a firm, a provider or the office, and its account."""


@organisation.command("create")
@click.option("--kind", required=True, type=click.Choice([str(each) for each in OrganisationKind]), help="What it is to us.")
@click.option("--name", required=True, help="Its name as registered.")
@click.option("--number", required=True, help="Unified social credit code, elsewhere the VAT number.")
@click.option("--name-en", default="", help="Its English name.")
@click.option("--country", default="CN", show_default=True, help="ISO 3166-1 code.")
@click.option("--category", default="", help="Class of firm, as the terms call it.")
@click.option("--region", default="", help="Place code.")
@click.option("--address", default="", help="Postal address.")
@click.option("--town", default="", help="Town, for the bank's file.")
@click.option("--controller", default="", help="Number of its actual controller; firms of one controller count together.")
@click.option("--unlisted", is_flag=True, help="A provider that is not on the list yet: it proposes itself.")
@as_person
@as_json
def create(kind: str, as_json: bool, name: str, number: str, unlisted: bool, **about: Any) -> None:
    """Enter an organisation. The first one, the office, needs no --as.

    Example: voucher organisation create --kind office --name "Sample Bureau" --number 11371000MADM9000XJ
    """
    with begin_work(or_system=True) as work:
        told = facts(register_organisation(work, OrganisationKind(kind), name, number, listed=not unlisted, **about), ABOUT)
    answer(told, as_json)


@organisation.command("change")
@click.argument("reference")
@click.option("--name", help="Its name as registered.")
@click.option("--name-en", help="Its English name.")
@click.option("--category", help="Class of firm, as the terms call it, for later applications.")
@click.option("--region", help="Place code.")
@click.option("--address", help="Postal address.")
@click.option("--town", help="Town, for the bank's file.")
@click.option("--controller", help="Number of its actual controller; firms of one controller count together.")
@click.option("--reason", required=True, help="Why; its people are told.")
@as_person
@as_json
def change(reference: str, reason: str, as_json: bool, **entered: str | None) -> None:
    """Enter something else of an organisation from now on; what is left out stays.

    Example: voucher organisation change N-2026-00002-1 --name "Sample Nets Group Co." --reason "Renamed" --as
    administrator1@voucher.example
    """
    with begin_work(or_system=True) as work:
        named = {field: value for field, value in entered.items() if value is not None}
        told = facts(change_organisation(work, reference, reason, **named), ABOUT)
    answer(told, as_json)


@organisation.command("account")
@click.argument("reference")
@click.option("--currency", required=True, help="ISO 4217 code.")
@click.option("--number", required=True, help="IBAN, in China the bank's own number.")
@click.option("--holder", default="", help="Whose account; without it, the organisation's name.")
@click.option("--bank-name", default="", help="Name of the bank or branch.")
@click.option("--bank-code", default="", help="BIC, in China the 12 digits of the branch.")
@as_person
@as_json
def account(reference: str, currency: str, number: str, as_json: bool, **about: str) -> None:
    """Enter an organisation's bank account; it takes the place of the one before.

    Example: voucher organisation account N-2026-00002-1 --as administrator1@voucher.example --currency CNY --number
    6299000000000000001 --bank-code 999465000010
    """
    with begin_work(or_system=True) as work:
        told = facts(register_account(work, reference, currency, number, **about),
                     ("currency", "holder", "number", "bank_name", "bank_code"))
    answer(told, as_json)


@organisation.command("list")
@click.option("--kind", type=click.Choice([str(each) for each in OrganisationKind]), help="Only those of this kind.")
@as_json
def list_organisations(kind: str | None, as_json: bool) -> None:
    """List organisations.

    Example: voucher organisation list --kind provider
    """
    names = ("reference", "kind", "name", "number", "category", "town", "listing")
    wanted = select(Organisation).order_by(col(Organisation.reference))
    if kind:
        wanted = wanted.where(Organisation.kind == kind)
    with look() as session:
        states = dict(session.exec(select(Listing.provider_id, Listing.state)).all())
        rows = [{**facts(found, names[:-1]), "listing": states.get(found.id, "")} for found in session.exec(wanted)]
    answer_all(rows, names, as_json)


@organisation.command("propose-listing")
@click.argument("reference")
@click.option("--assessment", required=True, help="What you offer, since when, and where your prices stand.")
@as_person
@as_json
def propose(reference: str, assessment: str, as_json: bool) -> None:
    """Assess yourself and ask to be listed.

    Example: voucher organisation propose-listing N-2026-00003-8 --as provider01@voucher.example --assessment "Two laboratories"
    """
    with begin_work() as work:
        told = facts(propose_listing(work, reference, assessment), LISTING_ABOUT)
    answer(told, as_json)


@organisation.command("statement")
@click.argument("reference")
@click.option("--since", type=DAY, help="The first day; without it, the first of the year.")
@click.option("--until", type=DAY, help="The last day; without it, today.")
@click.option("--pdf", "pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write it as PDF to this file.")
@click.option("--csv", "csv", is_flag=True, help="As CSV.")
@LANGUAGE
@as_person
@as_json
def statement(reference: str, since: date | None, until: date | None, pdf: Path | None, csv: bool, language: str, as_json: bool) -> None:
    """What the office owes a firm or provider, entry by entry.

    Example: voucher organisation statement N-2026-00003-8 --since 2026-01-01 --as finance1@voucher.example
    """
    with begin_work() as work:
        firm = fetch(work.session, Organisation, reference)
        found = account_of_payee(work, firm, since, until)
        last = until or work.today
        described = as_pdf(work, firm, found, since or date(last.year, 1, 1), last, language) if pdf else None
    if pdf and described:
        save(pdf, paper.render(described))
    if csv:
        click.echo(as_csv(found), nl=False)
        return
    rows = [{"currency": each.currency, "on": line.on, "event": line.event, "entry": line.cause, "amount": line.amount,
             "balance": line.balance}
            for each in found for line in each.lines]
    answer_all(rows, ("on", "event", "entry", "amount", "balance", "currency"), as_json)


@organisation.command("prices")
@click.argument("reference")
@as_json
def prices(reference: str, as_json: bool) -> None:
    """List what a provider published, every price with its day.

    Example: voucher organisation prices N-2026-00003-8
    """
    names = ("programme", "service_type", "item", "price", "currency", "from_on")
    with look() as session:
        rows = [{"programme": get(session, Programme, each.programme_id).code, **facts(each, names[1:])}
                for each in prices_of(session, fetch(session, Organisation, reference).id)]
    answer_all(rows, names, as_json)


@organisation.command("ban")
@click.argument("reference")
@click.option("--until", type=DAY, required=True, help="The last day of the ban.")
@click.option("--reason", required=True, help="Why; the organisation is told.")
@click.option("--basis", required=True, help="The rule on which it rests.")
@click.option("--with-people", is_flag=True, help="Also the other firms of the people behind it.")
@as_person
@as_json
def ban(reference: str, until: date, reason: str, basis: str, with_people: bool, as_json: bool) -> None:
    """Ban an SME or provider from today: it cannot apply, take orders or be paid.

    Example: voucher organisation ban N-2026-00003-8 --until 2029-12-31 --reason "It sold the voucher" --basis "Article 21" --as
    approver1@voucher.example
    """
    with begin_work() as work:
        told = facts(ban_organisation(work, reference, until, reason, basis, with_people=with_people), BAN_ABOUT)
    answer(told, as_json)


@organisation.command("lift-ban")
@click.argument("reference")
@click.option("--reason", required=True, help="Why; the organisation is told.")
@as_person
@as_json
def unban(reference: str, reason: str, as_json: bool) -> None:
    """Lift every ban of an organisation from today on; another person than who banned it.

    Example: voucher organisation lift-ban N-2026-00003-8 --reason "It was another firm" --as approver2@voucher.example
    """
    with begin_work() as work:
        rows = [facts(each, BAN_ABOUT) for each in lift_ban(work, reference, reason)]
    answer_all(rows, BAN_ABOUT, as_json)


@organisation.command("bans")
@click.argument("reference", required=False)
@as_json
def bans(reference: str | None, as_json: bool) -> None:
    """List every ban, or those of one organisation, the newest first.

    Example: voucher organisation bans N-2026-00003-8
    """
    wanted = select(Ban, Organisation).join(Organisation, col(Organisation.id) == Ban.organisation_id).order_by(col(Ban.id).desc())
    with look() as session:
        rows = [{"organisation": firm.reference, **facts(each, BAN_ABOUT)}
                for each, firm in session.exec(wanted.where(Organisation.reference == reference) if reference else wanted)]
    answer_all(rows, ("organisation", *BAN_ABOUT), as_json)


add_acts(organisation, "N", LISTING_ABOUT)
