"""Organisations and their bank accounts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marshmallow import fields
from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from voucher.database import fetch
from voucher.errors import NotFound
from voucher.history import events_of
from voucher.listings import ListedSpan, Listing, listed_ids
from voucher.looks import Seen, note_look
from voucher.people import BankAccount, Organisation, OrganisationKind, Role
from voucher.price_lists import prices_of
from voucher.programmes.programmes import Programme
from voucher.work import Actor, Work
from workflows import changing, providers, registration, sight
from workflows.access import acting, roles, signed_in
from workflows.api.acts import hang_acts
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Choice, Day, Instant, MoneyField, Part, Said, Text, Those, currency
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.payee_statement import account_of_payee
from workflows.providers import LISTING

organisations = Noun("api-organisations", __name__, description="SMEs, providers and the office.")


class OrganisationBody(Body):
    """A firm, a provider or the office."""

    kind = Choice(OrganisationKind, required=True)
    name = Text(200, required=True)
    number = Text(32, required=True, metadata={"description": "Its official number: in China the unified social credit code."})
    name_en = Text(200, load_default="")
    country = Text(2, load_default="CN", metadata={"description": "ISO 3166, two letters", "example": "CN"})
    category = Text(64, load_default="", metadata={"description": "The class of firm, as the terms name it.", "example": "technology_sme"})
    region = Text(16, load_default="")
    address = Text(300, load_default="")
    town = Text(100, load_default="")
    controller = Text(64, load_default="", metadata={
        "description": "The number of its actual controller; the firms of one controller count together under caps."})


class ChangeBody(Body):
    """What is entered of an organisation from now on; what is left out stays."""

    reason = Text(1000, required=True, metadata={"example": "Renamed in the commercial register on 2 March."})
    name = Text(200)
    name_en = Text(200)
    category = Text(64, metadata={"description": "The class of firm, for later applications.", "example": "technology_sme"})
    region = Text(16)
    address = Text(300)
    town = Text(100)
    controller = Text(64)


class AccountBody(Body):
    """A bank account."""

    currency = currency()
    number = Text(34, required=True, metadata={"description": "IBAN, or the bank's own number where there are none."})
    holder = Text(200, load_default="", metadata={"description": "The organisation's name when it is left out."})
    bank_name = Text(200, load_default="")
    bank_code = Text(35, load_default="", metadata={"description": "BIC, in China the 12-digit CNAPS code."})


class OrganisationQuery(Paged):
    """Which organisations."""

    after = after("N")
    kind = Choice(OrganisationKind)
    number = Text(32)


class OrganisationAnswer(Answer):
    """An organisation."""

    reference = Said(metadata={"example": "N-2026-00002-3"})
    kind = Said(metadata={"example": "sme"})
    name = Said()
    name_en = Said()
    country = Said()
    number = Said()
    category = Said()
    region = Said()
    address = Said()
    town = Said()
    controller = Said()
    listed = fields.Boolean(metadata={"description": "Whether a provider may take orders."})


class OrganisationChangeAnswer(Answer):
    """What was entered of an organisation before, and after, by field; and why."""

    at = Instant()
    by = Said()
    reason = Said()
    before = fields.Dict(keys=fields.String(), values=fields.String())
    after = fields.Dict(keys=fields.String(), values=fields.String())


class OrganisationChangesAnswer(Answer):
    """The changes of what is entered of an organisation, oldest first."""

    items = Those(Part(OrganisationChangeAnswer))


class Proposal(Body):
    """What a provider says of itself."""

    assessment = Text(5000, required=True, metadata={"example": "Two laboratories, since 2019; prices on our site."})


class AccountAnswer(Answer):
    """A bank account; only one of a currency is in force."""

    organisation = Said()
    currency = Said()
    holder = Said()
    number = Said()
    bank_name = Said()
    bank_code = Said()
    active = fields.Boolean()


class AccountsAnswer(Answer):
    """The accounts that an organisation named, the newest first."""

    items = Those(Part(AccountAnswer))


class PriceAnswer(Answer):
    """What one piece of a service costs at most without tax, from a day on; zero when it is not offered any more."""

    programme = Said(metadata={"example": "weihai"})
    service_type = Said(metadata={"example": "development"})
    item = Said()
    price = MoneyField()
    currency = Said(metadata={"example": "CNY"})
    from_on = Day()


class PricesAnswer(Answer):
    """A provider's price list."""

    items = Those(Part(PriceAnswer))


_FACTS = ("reference", "kind", "name", "name_en", "country", "number", "category", "region", "address", "town", "controller")


def told(work: Work, rows: Sequence[Organisation]) -> list[dict[str, Any]]:
    """Organisations; of a provider whether it is listed today."""
    listed = set(work.session.exec(listed_ids(work.today).where(col(ListedSpan.provider_id).in_([row.id for row in rows]))))
    return [facts(row, *_FACTS) | {"listed": row.id in listed} for row in rows]


def told_one(work: Work, row: Listing) -> dict[str, Any]:
    """The organisation of a listing."""
    return told(work, [work.session.get_one(Organisation, row.provider_id)])[0]


def _seen_by(actor: Actor, today: date) -> SelectOfScalar[Organisation]:
    """The organisations that somebody may see: the office all; a firm itself, and the providers that take orders."""
    shown = select(Organisation).order_by(col(Organisation.id).desc())
    if sight.from_office(actor):
        return shown
    return shown.where(or_(col(Organisation.id).in_(listed_ids(today)), col(Organisation.id).in_(actor.organisations())))


def _see(work: Work, reference: str) -> Organisation:
    row = work.session.exec(_seen_by(work.actor, work.today).where(Organisation.reference == reference)).first()
    if row is None:
        raise NotFound
    return row


@organisations.reads("/organisations", page_of(OrganisationAnswer), OrganisationQuery)
@signed_in
def list_organisations(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List organisations: the office all of them, a firm itself and the listed providers."""
    shown = narrowed(_seen_by(work.actor, work.today), Organisation, query, "kind", "number")
    rows, following = page(work.session, shown, Organisation, query)
    return {"items": told(work, rows), "next": following}


@organisations.writes("/organisations", OrganisationAnswer, OrganisationBody, status=201)
@roles(Role.ADMINISTRATOR)
def register_organisation(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Enter a firm, a provider (listed from now on) or the office."""
    return told(work, [registration.register_organisation(
        work, OrganisationKind(body.pop("kind")), body.pop("name"), body.pop("number"), **body)])[0]


@organisations.reads("/organisations/<organisation>", OrganisationAnswer)
@signed_in
def show_organisation(work: Work, _query: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Show an organisation."""
    return told(work, [_see(work, organisation)])[0]


@organisations.writes("/organisations/<organisation>/change", OrganisationAnswer, ChangeBody)
@roles(Role.ADMINISTRATOR)
def change_organisation(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Enter something else of an organisation from now on, with a reason; its people are told."""
    return told(work, [changing.change_organisation(work, organisation, body.pop("reason"), **body)])[0]


@organisations.reads("/organisations/<organisation>/changes", OrganisationChangesAnswer)
@signed_in
def list_changes(work: Work, _query: dict[str, Any], organisation: str) -> dict[str, Any]:
    """List what was changed of one's own organisation; the office of any."""
    owner = _see(work, organisation)
    if not sight.from_office(work.actor) and owner.id not in work.actor.organisations():
        raise NotFound
    return {"items": [{"at": each.at, "by": each.actor, "reason": each.reason, "before": each.data["before"], "after": each.data["after"]}
                      for each in events_of(work.session, owner.reference) if each.name == "organisation.changed"]}


@organisations.reads("/organisations/<organisation>/accounts", AccountsAnswer)
@signed_in
def list_accounts(work: Work, _query: dict[str, Any], organisation: str) -> dict[str, Any]:
    """List the bank accounts of one's own organisation; the office those of any."""
    owner = _see(work, organisation)
    if not sight.from_office(work.actor) and owner.id not in work.actor.organisations():
        raise NotFound
    with acting() as noting:
        note_look(noting, Seen.REGISTER, owner.reference, owner.id)
    held = work.session.exec(select(BankAccount).where(BankAccount.organisation_id == owner.id).order_by(col(BankAccount.id).desc()))
    return {"items": _told(owner, held.all())}


def _told(owner: Organisation, rows: Sequence[BankAccount]) -> list[dict[str, Any]]:
    return [facts(row, "currency", "holder", "number", "bank_name", "bank_code", "active") | {"organisation": owner.reference}
            for row in rows]


@organisations.reads("/organisations/<organisation>/prices", PricesAnswer)
@signed_in
def list_prices(work: Work, _query: dict[str, Any], organisation: str) -> dict[str, Any]:
    """List what a provider published, every price with its day, the newest of each first."""
    rows = prices_of(work.session, _see(work, organisation).id)
    programmes = known(work.session, Programme, (row.programme_id for row in rows))
    return {"items": [facts(row, "service_type", "item", "price", "currency", "from_on") | {"programme": programmes[row.programme_id].code}
                      for row in rows]}


@organisations.writes("/organisations/<organisation>/accounts", AccountAnswer, AccountBody, status=201)
@roles(Role.ADMINISTRATOR)
def register_account(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Enter the account of an organisation for a currency; it takes the place of the one before."""
    held = registration.register_account(work, organisation, body.pop("currency"), body.pop("number"), **body)
    return _told(_see(work, organisation), [held])[0]


@organisations.writes("/organisations/<organisation>/propose-listing", OrganisationAnswer, Proposal)
@takers(LISTING, "propose_listing")
def propose_listing(work: Work, body: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Assess oneself as a provider and ask to be listed."""
    return told_one(work, providers.propose_listing(work, organisation, body["assessment"]))


class AccountQuery(Body):
    """From which day through which; by default this year until today."""

    since = Day()
    until = Day()


class AccountLineAnswer(Answer):
    """An entry: what it is about, how it changed what is owed, and what was owed after it."""

    on = Day()
    event = Said(metadata={"example": "payout.settled"})
    about = Said(metadata={"example": "Y-2026-00001-8"})
    cause = Said(metadata={"example": "payout.settled Y-2026-00001-8", "description": "The entry's name in the books."})
    amount = MoneyField()
    balance = MoneyField()


class PayeeAccountAnswer(Answer):
    """What is owed to a payee in one currency, entry by entry."""

    currency = Said(metadata={"example": "CNY"})
    since = Day()
    until = Day()
    opening = MoneyField()
    lines = Those(Part(AccountLineAnswer))
    closing = MoneyField()


class PayeeAccountsAnswer(Answer):
    """One account a currency."""

    items = Those(Part(PayeeAccountAnswer))


@organisations.reads("/organisations/<organisation>/statement", PayeeAccountsAnswer, AccountQuery)
@signed_in
def show_payee_account(work: Work, query: dict[str, Any], organisation: str) -> dict[str, Any]:
    """Show what the office owes a firm or provider, entry by entry: of one's own organisation, the office of any."""
    firm = fetch(work.session, Organisation, organisation)
    found = account_of_payee(work, firm, query.get("since"), query.get("until"))
    return {"items": [{"currency": each.currency, "since": each.since, "until": each.until, "opening": each.opening, "lines": each.lines,
                       "closing": each.closing} for each in found]}


hang_acts(organisations, "N", OrganisationAnswer, told_one)
