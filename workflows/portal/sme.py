"""For SMEs: apply for a voucher, order a service with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import col, select

from voucher.accounting import voucher_position, voucher_positions
from voucher.bans import bans_in_force
from voucher.cash import Cash, cash_of
from voucher.errors import _
from voucher.listings import listed_ids
from voucher.money import Money
from voucher.people import Organisation, Role
from voucher.price_lists import ListPrice, prices_in
from voucher.programmes.asking import MOST_PIECES, asking_of, measures_needed
from voucher.programmes.calculation import Sheet
from voucher.programmes.firm_size import FirmSize, asked_of
from voucher.programmes.programmes import Programme, ProgrammeState, terms_in_force
from voucher.programmes.terms import Mandate, Names, SubjectKind, Terms
from voucher.references import read_reference
from voucher.uses import most_for
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import issue, purchase
from workflows.access import acting, asking, door, looking, roles, who
from workflows.claiming import upload_file
from workflows.portal.forms import Typed
from workflows.portal.listing import listing
from workflows.portal.pages import done, or_show, show
from workflows.sight import see

portal = Blueprint("sme", __name__)


@portal.get("/my/vouchers")
@roles(Role.SME)
def vouchers() -> ResponseReturnValue:
    """The vouchers of one's own firm, the newest first."""
    mine = select(Voucher, Programme).join(Programme, col(Programme.id) == Voucher.programme_id).where(
        col(Voucher.sme_id).in_(who().organisations(Role.SME))).order_by(col(Voucher.id).desc())
    with looking() as session:
        listed = listing(session, mine)
        held = [voucher for voucher, _programme in listed.rows]
        return show("my_vouchers.html", listing=listed,
                    positions=dict(zip((each.id for each in held), voucher_positions(session, held), strict=True)))


@portal.get("/apply")
@roles(Role.SME)
def apply_form() -> ResponseReturnValue:
    """The application: for which programme, how much, for what."""
    with asking() as work:
        firms = list(work.session.exec(select(Organisation).where(
            col(Organisation.id).in_(who().organisations(Role.SME))).order_by(col(Organisation.name))))
        offers = [offer for firm in firms for offer in _offers(work, firm)]
        return show("apply.html", firms=firms, offers=offers, by_team=any(each.by_team for each in offers),
                    by_person=any(each.by_person for each in offers),
                    asked=frozenset(name for each in offers for name in each.asked),
                    mandate=any(each.mandate != Mandate.NOBODY for each in offers),
                    always=frozenset.intersection(*(each.asked for each in offers)) if offers else frozenset())


@dataclass(frozen=True)
class Offer:
    """What a firm may apply for: a programme, a type of voucher with its name where there are types, and how much at most."""

    programme: Programme
    voucher_type: str
    type_name: Names | None
    firm: Organisation
    most: Money
    by_team: bool
    by_person: bool
    asked: frozenset[str]
    mandate: Mandate

    @property
    def key(self) -> str:
        """What the form sends."""
        return f"{self.programme.reference} {self.voucher_type}".strip()


def _offers(work: Work, firm: Organisation) -> Iterator[Offer]:
    """Which open programme gives a firm at most how much now, in each of its types of voucher."""
    for programme in work.session.exec(
            select(Programme).where(Programme.state == ProgrammeState.OPEN).order_by(col(Programme.id))).all():
        terms = terms_in_force(work.session, programme, work.today).terms
        if firm.category in terms.firm_classes:
            for group in terms.voucher_types:
                most = most_for(work.session, terms, programme.id, firm.id, firm.category, work.today, group).result
                yield Offer(programme, group, terms.type_name(group), firm, most, terms.counts_by(SubjectKind.TEAM),
                            terms.counts_by(SubjectKind.PERSON), asked_of(terms, firm.category), terms.mandate)


@portal.post("/apply")
@roles(Role.SME)
@or_show(apply_form)
def apply_for_voucher() -> ResponseReturnValue:
    """Send the application."""
    form = Typed(request.form)
    with acting() as work:
        programme, _space, voucher_type = form.text("programme").partition(" ")
        sme = form.text("sme")
        held = work.session.exec(select(Programme).where(Programme.reference == programme)).first()
        amount = form.money("amount", held.currency if held else "CNY")
        purpose = form.text("purpose")
        team, person = form.text("team", required=False, longest=64), form.text("person", required=False, longest=64)
        size = FirmSize(form.number("employees", 0, 10**9) if request.form.get("employees", "").strip() else None,
                        form.money("turnover", held.currency if held else "CNY") if request.form.get("turnover", "").strip() else None,
                        form.day("founded_on") if request.form.get("founded_on", "").strip() else None)
        form.done()
        sent = request.files.get("mandate")
        signed = upload_file(work, door().files, sme, sent.filename, sent.read()).reference if sent and sent.filename else ""
        voucher = issue.apply_for_voucher(work, programme, sme, amount, purpose, voucher_type, team=team, person=person, size=size,
                                          mandate=signed)
    return done(_("Your application {reference} is with the office. Two officers decide on it."), _page(voucher.reference),
                reference=voucher.reference)


def _page(reference: str) -> str:
    return url_for("cases.voucher", reference=reference)


@portal.get("/vouchers/<reference>/order")
@roles(Role.SME)
def order_form(reference: str, priced: Sheet | None = None, cash: Cash | None = None) -> ResponseReturnValue:
    """The order: which service from whom at what price; `priced` is what the terms would pay of the price typed."""
    with asking() as work:
        held = see(work.session, work.actor, read_reference(reference, "V"))
        assert isinstance(held, Voucher)
        providers = list(work.session.exec(select(Organisation).where(
            col(Organisation.id).in_(listed_ids(work.today)), col(Organisation.id).not_in(bans_in_force(work.session, work.today)))
            .order_by(col(Organisation.name))))
        terms = purchase.terms_for_orders(work, held).terms
        return show("order_form.html", voucher=held, providers=providers, terms=terms, asked=asking_of(terms),
                    needed=measures_needed(terms), priced=priced, cash=cash,
                    prices=_prices_for(work, held, providers), replaces=request.args.get("replaces", ""),
                    position=voucher_position(work.session, held.reference, held.currency))


def _prices_for(work: Work, voucher: Voucher, listed: Sequence[Organisation]) -> list[tuple[ListPrice, Organisation]]:
    """What the listed providers publish for a voucher's programme today."""
    firms = {each.id: each for each in listed}
    return [(each, firms[each.provider_id]) for each in prices_in(work.session, voucher.programme_id, work.today)
            if each.provider_id in firms]


@portal.post("/vouchers/<reference>/order")
@roles(Role.SME)
@or_show(order_form)
def place_order(reference: str) -> ResponseReturnValue:
    """Place the order, or first see what the voucher would pay."""
    form = Typed(request.form)
    if "price" in request.form:
        return _price_order(reference, form)
    with acting() as work:
        held = see(work.session, work.actor, read_reference(reference, "V"))
        assert isinstance(held, Voucher)
        provider, service, title = form.text("provider"), form.text("service_type"), form.text("title", longest=300)
        net, vat = form.money("net", held.currency), form.money("vat", held.currency)
        beside = _beside_the_price(form, purchase.terms_for_orders(work, held).terms)
        deliver_by = form.day("deliver_by") if form.text("deliver_by", required=False) else None
        part = form.money("part", held.currency) if form.text("part", required=False) else None
        replaces, reason = form.text("replaces", required=False), form.text("reason", required=False)
        form.done()
        order = purchase.place_order(work, held.reference, provider, service, title, net, vat, part, deliver_by=deliver_by,
                                     replaces=replaces,
                                     reason=reason, **beside)
    return done(_("The order {reference} is placed, and the voucher's part is reserved. The provider is asked to accept it."),
                url_for("cases.order", reference=order.reference), reference=order.reference)


def _price_order(reference: str, form: Typed) -> ResponseReturnValue:
    with asking() as work:
        held = see(work.session, work.actor, read_reference(reference, "V"))
        assert isinstance(held, Voucher)
        service = form.text("service_type")
        net, vat = form.money("net", held.currency), form.money("vat", held.currency)
        beside = _beside_the_price(form, purchase.terms_for_orders(work, held).terms)
        form.done()
        priced = purchase.price_order(work, held, service, net, vat, provider=form.text("provider", required=False), **beside)
        cash = cash_of(purchase.terms_for_orders(work, held).terms.model, net, vat, priced.result)
    return order_form(reference, priced, cash)


def _beside_the_price(form: Typed, terms: Terms) -> dict[str, Any]:
    """What the terms ask for beside the price, as far as the form asked it; an amount that may be left out, if typed."""
    asked, needed = asking_of(terms), measures_needed(terms)
    typed = [code for code in asked.measures if code in needed or form.text(f"measures.{code}", required=False)]
    return {
        "item": form.text("item", required=False), "facts": [code for code in asked.facts if form.text(f"facts.{code}", required=False)],
        "quantity": form.number("quantity", 1, MOST_PIECES) if asked.pieces else 1,
        "measures": {code: form.money(f"measures.{code}", terms.currency) for code in typed}}


