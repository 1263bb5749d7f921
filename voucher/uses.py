"""What was used already, in every scope in which caps count: by the firm, by its group, at the provider.

A use is an order that still counts: what it reserved or, once its claim is decided, what was approved. The questions
asked of the database are a fixed number, however many uses there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from voucher.accounting import voucher_positions
from voucher.money import Money
from voucher.orders import Order
from voucher.people import Organisation, bare
from voucher.programmes.asking import OWN_MEASURES
from voucher.programmes.calculation import Case, Sheet, Use, largest_voucher
from voucher.programmes.funding import FundLine, FundShare
from voucher.programmes.terms import Period, SubjectKind, Terms
from voucher.vouchers import HELD_STATES, Voucher, VoucherState


@dataclass(frozen=True)
class Scope:
    """Whose uses may count together with those of a case: the firms of its group, its own among them, and the provider.

    `firms` is the firm alone, and `seller` matters to no cap, when the terms do not count so widely; `team` and `person`, as they are
    compared, are empty then too.
    """

    firm: Organisation
    firms: tuple[UUID, ...]
    seller: Organisation | None
    counts_seller: bool
    team: str = ""
    person: str = ""


def scope_of(session: Session, terms: Terms, sme_id: UUID, seller_id: UUID | None = None, *, team: str = "", person: str = "",
             locked: bool = False) -> Scope:
    """The organisations that share a scope of these terms with a firm (its team, its person), read in one statement.

    `locked`: each of them is locked until the work ends, in the order of their ids, so that two orders that share any
    scope wait for each other and never take the last of a cap twice. The lock lets others refer to the organisations.
    """
    counts_seller = terms.counts_by(SubjectKind.PROVIDER)
    team = bare(team) if terms.counts_by(SubjectKind.TEAM) else ""
    person = bare(person) if terms.counts_by(SubjectKind.PERSON) else ""
    wanted = _of_group(session, sme_id) if terms.counts_by(SubjectKind.GROUP) else col(Organisation.id) == sme_id
    if team or person:
        wanted = or_(wanted, col(Organisation.id).in_(select(Voucher.sme_id).where(_of_people(team, person))))
    if counts_seller and seller_id is not None:
        wanted = or_(wanted, col(Organisation.id) == seller_id)
    statement = select(Organisation).where(wanted).order_by(col(Organisation.id))
    if locked:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = {each.id: each for each in session.exec(statement)}
    firm = found[sme_id]
    seller = None if seller_id is None else session.get_one(Organisation, seller_id)
    firms = tuple(each.id for each in found.values() if each.id == sme_id or each.group == firm.group)
    return Scope(firm, firms, seller, counts_seller, team, person)


def _of_people(team: str, person: str) -> ColumnElement[bool]:
    """The vouchers of a team or of a person, whichever firm holds them."""
    named = [col(Voucher.bare_team) == team] if team else []
    return or_(false(), *named, *([col(Voucher.bare_person) == person] if person else []))


def _of_group(session: Session, sme_id: UUID) -> ColumnElement[bool]:
    return or_(col(Organisation.id) == sme_id, col(Organisation.bare_group) == session.get_one(Organisation, sme_id).group)


def uses_of(
    session: Session, terms: Terms, programme_id: UUID, scope: Scope, before: UUID | None = None, *, without: UUID | None = None,
) -> tuple[Use, ...]:
    """What counts against the caps of these terms: one use an order, oldest first.

    `before` asks for those before an order, `without` for all but that one.
    """
    wanted = _orders_in(programme_id, scope, before, without)
    by_funder = _by_funder(session, wanted) if any(cap.funders for cap in terms.caps) else {}
    keeps_cost = any(rule.bands_over != Period.APPLICATION for rule in terms.rates)
    firm, seller = aliased(Organisation), aliased(Organisation)
    columns: list[Any] = [Order.id, Order.counted_on, Order.held_minor, Order.currency, Order.service_type, Order.item,
                          Order.quantity, Order.facts, Order.dated, firm.reference, firm.bare_group, seller.reference,
                          Voucher.bare_team, Voucher.bare_person]
    found = session.connection().execute(_select(*columns, *([Order.sheet] if keeps_cost else []))
        .join(Voucher, col(Voucher.id) == Order.voucher_id).join(firm, col(firm.id) == Voucher.sme_id)
        .join(seller, col(seller.id) == Order.provider_id).where(col(Order.id).in_(wanted)).order_by(col(Order.id)))
    return tuple(_use(row, by_funder.get(row[0], {})) for row in found)


def _select(*columns: Any) -> Select[Any]:
    statement: Select[Any] = select(*columns)
    return statement


def _use(row: Any, funders: Mapping[str, Money]) -> Use:
    _key, on, minor, currency, service, item, quantity, facts, dated, company, group, provider, team, person, *sheet = row
    return Use(on, Money(minor, currency), service, item, company=company, group=group, provider=provider, team=team,
               person=person, funders=funders, facts=frozenset(facts), quantity=quantity, undated=not dated, cost=_cost(*sheet))


def _cost(sheet: Mapping[str, Any] | None = None) -> Money | None:
    """The basis on which an order rested, by its stored sheet."""
    bases = [line["amount"] for line in (sheet or {}).get("lines", ()) if line["kind"] == "basis"]
    return Money.parse(bases[-1], sheet["currency"]) if sheet and bases else None


def _orders_in(programme_id: UUID, scope: Scope, before: UUID | None, without: UUID | None) -> Any:
    """The keys of the orders that count. Two ways to them, each along an index."""
    held = select(Order.id).join(Voucher, col(Voucher.id) == Order.voucher_id).where(
        Voucher.programme_id == programme_id, Order.held_minor > 0)
    if before is not None:
        held = held.where(Order.id < before)
    if without is not None:
        held = held.where(Order.id != without)
    own = held.where(_of_scope(scope))
    if not scope.counts_seller or scope.seller is None:
        return own
    return union(own, held.where(Order.provider_id == scope.seller.id))


def _of_scope(scope: Scope) -> ColumnElement[bool]:
    """The vouchers whose uses may count together with those of a firm, its team and its person."""
    firms = col(Voucher.sme_id).in_(scope.firms)
    return or_(firms, _of_people(scope.team, scope.person)) if scope.team or scope.person else firms


def _by_funder(session: Session, wanted: Any) -> dict[UUID, dict[str, Money]]:
    """What each funder bears of what each order holds."""
    found: dict[UUID, dict[str, Money]] = {}
    of_orders = _select(FundShare.subject_id, FundLine.funder, func.sum(FundShare.amount_minor), FundLine.currency).join(
        FundLine, col(FundLine.id) == FundShare.fund_line_id).where(col(FundShare.subject_id).in_(wanted)).group_by(
        col(FundShare.subject_id), col(FundLine.funder), col(FundLine.currency))
    for order, funder, minor, currency in session.connection().execute(of_orders):
        found.setdefault(order, {})[funder] = Money(int(minor), currency)
    return found


def case_in(
    terms: Terms, scope: Scope, on: date, firm_class: str, service: str, net: Money, vat: Money, used: Iterable[Use] = (), *,
    item: str = "", quantity: int = 1, facts: Iterable[str] = (), measures: Mapping[str, Money] | None = None,
    undated: bool = False,
) -> Case:
    """An order as the engine takes it, with who takes part and where they are, as far as the terms tell places apart."""
    seller, brought = scope.seller, measures or {}
    return Case(
        on=on, undated=undated, firm_class=firm_class, service=service, net=net, vat=vat, used=tuple(used), item=item, quantity=quantity,
        facts=frozenset(facts),
        measures={code: money for code, money in brought.items() if code not in OWN_MEASURES}, region=_region(terms, scope.firm),
        provider_region=_region(terms, seller), company=scope.firm.reference, group=scope.firm.group,
        team=scope.team, person=scope.person, provider=seller.reference if seller else "",
        own_cash=brought.get("own_cash"), own_kind=brought.get("own_kind"))


def case_of(session: Session, terms: Terms, voucher: Voucher, order: Order) -> Case:
    """An order that stands, as the engine takes it by these terms, after what was used before it."""
    scope = scope_of(session, terms, voucher.sme_id, order.provider_id, team=voucher.team, person=voucher.person)
    return case_in(
        terms, scope, order.counted_on, voucher.firm_class, order.service_type, order.net, order.vat,
        uses_of(session, terms, voucher.programme_id, scope, before=order.id), item=order.item, quantity=order.quantity, facts=order.facts,
        measures={code: order.money_of(text) for code, text in order.measures.items()}, undated=not order.dated)


def _region(terms: Terms, where: Organisation | None) -> str:
    """The region of an organisation; one that the terms do not name is none to them."""
    region = where.region if where else ""
    return region if not terms.regions or region in terms.regions else ""


def most_for(
    session: Session, terms: Terms, programme_id: UUID, sme_id: UUID, firm_class: str, on: date, group: str = "",
    *, team: str = "", person: str = "",
) -> Sheet:
    """The largest voucher (of a type) that a firm may get that day. What it holds unused counts under the caps on that alone.

    Raises NotValid when the terms set no limit at all.
    """
    scope = scope_of(session, terms, sme_id, team=team, person=person)
    most = largest_in(terms, scope, firm_class, on, uses_of(session, terms, programme_id, scope), group=group)
    on_vouchers = tuple(replace(limit, vouchers=False) for limit in terms.count_limits if limit.vouchers)
    if on_vouchers:
        given = vouchers_given(session, programme_id, scope, on)
        counted = largest_in(replace(terms, count_limits=on_vouchers, exclusions=()), scope, firm_class, on, given, group=group)
        if counted.refusals:
            return counted
    on_holding = tuple(cap for cap in terms.caps if cap.period == Period.HELD)
    if not on_holding:
        return most
    held = held_by(session, programme_id, scope, on)
    return min(most, largest_in(replace(terms, caps=on_holding, count_limits=()), scope, firm_class, on, held, group=group),
               key=lambda sheet: sheet.result.minor)


def largest_in(terms: Terms, scope: Scope, firm_class: str, on: date, used: Sequence[Use] = (), *, group: str = "") -> Sheet:
    """The largest voucher of a type that the terms give, whatever the firm then buys and wherever the provider is."""
    zero = Money.zero(terms.currency)
    like = case_in(terms, scope, on, firm_class, "", zero, zero)
    conditions = (*(rule.when for rule in terms.rates), *(cap.when for cap in terms.caps))
    places = dict.fromkeys(("", like.region, *(region for when in conditions for region in when.provider_regions)))
    services = terms.services_of(group)
    sheets = [largest_voucher(terms, firm_class, used, on, services=services, like=replace(like, provider_region=place))
              for place in places]
    return max(sheets, key=lambda sheet: sheet.result.minor)


def vouchers_given(session: Session, programme_id: UUID, scope: Scope, on: date) -> tuple[Use, ...]:
    """The vouchers that were issued, as uses of no money; one that was cancelled, or given back with nothing ordered on it, is none."""
    used = exists().where(col(Order.voucher_id) == Voucher.id, col(Order.held_minor) > 0)
    found = session.exec(select(Voucher, Organisation).join(Organisation, col(Organisation.id) == Voucher.sme_id).where(
        Voucher.programme_id == programme_id, _of_scope(scope), col(Voucher.issued_on).is_not(None), or_(
            col(Voucher.state).in_((*HELD_STATES, VoucherState.REVOKED)), and_(col(Voucher.state) == VoucherState.SURRENDERED, used)))
        .order_by(col(Voucher.id)))
    return tuple(
        Use(voucher.issued_on or on, Money.zero(voucher.currency), company=firm.reference, group=firm.group, team=voucher.bare_team,
            person=voucher.bare_person, held=voucher.state in HELD_STATES and voucher.use_by is not None and on <= voucher.use_by)
        for voucher, firm in found)


def held_by(session: Session, programme_id: UUID, scope: Scope, on: date) -> tuple[Use, ...]:
    """What is held that day by the books: issued and neither paid nor approved; what can be used no more is not held."""
    vouchers = session.exec(select(Voucher).where(
        Voucher.programme_id == programme_id, _of_scope(scope), col(Voucher.state).in_(HELD_STATES))
        .order_by(col(Voucher.id))).all()
    holders = {voucher.sme_id for voucher in vouchers}
    firms = {each.id: each for each in session.exec(select(Organisation).where(col(Organisation.id).in_(holders)))}
    held = []
    for voucher, position in zip(vouchers, voucher_positions(session, vouchers), strict=True):
        firm = firms[voucher.sme_id]
        amount = position.reserved + position.claimed
        if voucher.use_by is not None and on <= voucher.use_by:
            amount = amount + position.available
        if amount:
            held.append(Use(voucher.issued_on or on, amount, company=firm.reference, group=firm.group, team=voucher.bare_team,
                            person=voucher.bare_person, held=True))
    return tuple(held)
