"""Purchase: an SME orders a service, a provider accepts it, delivers it; the SME accepts delivery."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import select

from voucher import accounting, ledger
from voucher.amendments import open_amendment
from voucher.bans import refuse_banned
from voucher.claims import ClaimState, live_claims_on
from voucher.database import fetch, flush_unique, get, lock
from voucher.deadlines import allowed, cited, drop_clocks, start_clock, stop_clock
from voucher.duties import Duty
from voucher.errors import NotFound, NotNow, NotValid, Problem, _, problem, refuse_if_any
from voucher.history import given
from voucher.kinder import last_days
from voucher.ledger import Draft
from voucher.listings import is_listed
from voucher.money import Money, split_within, total
from voucher.numbering import next_reference
from voucher.orders import BINDING, CLAIMABLE, NOT_BEGUN, OFF, Order, OrderState, count_on, lock_order, shares_held
from voucher.people import Organisation, OrganisationKind, Role
from voucher.posting import post
from voucher.programmes.asking import answer_problems
from voucher.programmes.calculation import Sheet, calculate
from voucher.programmes.cases import Case, own_share_of
from voucher.programmes.durations import Duration
from voucher.programmes.funding import keep_shares
from voucher.programmes.programmes import Programme, TermsVersion, terms_in_force, terms_version
from voucher.programmes.terms import Happening, Terms
from voucher.ratings import MOST_STARS, OrderRating
from voucher.references import year_of
from voucher.use_in_time import day_for, refuse_late, was_delivered
from voucher.uses import Scope, case_in, scope_of, uses_of
from voucher.vouchers import Voucher, VoucherState, refuse_frozen, refuse_given_back
from voucher.work import Work
from workflows.claim_check import oldest_cost
from workflows.machine import Machine, Parties, Step
from workflows.price_list import above_list
from workflows.wallet import ask_deposit, refuse_unpaid

_BOTH = (Role.SME, Role.PROVIDER)

ORDER = Machine(
    "order",
    Step("place_order", (), OrderState.PLACED, "order.placed", by=(Role.SME,), duty=Duty.CLAIM),
    Step("accept_order", (OrderState.PLACED,), OrderState.ACCEPTED, "order.accepted", by=(Role.PROVIDER,), duty=Duty.PROVIDE),
    Step("decline_order", (OrderState.PLACED,), OrderState.DECLINED, "order.declined", by=(Role.PROVIDER,),
         duty=Duty.PROVIDE),
    Step("cancel_order", (OrderState.PLACED, *NOT_BEGUN), OrderState.CANCELLED, "order.cancelled", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("register_contract", (OrderState.ACCEPTED,), OrderState.REGISTERED, "order.registered", by=(Role.PROVIDER,),
         duty=Duty.PROVIDE),
    Step("confirm_tax", (OrderState.ACCEPTED,), OrderState.ACCEPTED, "order.tax_paid", by=(Role.PROVIDER,), duty=Duty.PROVIDE),
    Step("start_service", NOT_BEGUN, OrderState.STARTED, "order.started", by=(Role.PROVIDER,), duty=Duty.PROVIDE),
    Step("deliver_order", (*NOT_BEGUN, OrderState.STARTED), OrderState.DELIVERED, "order.delivered", by=(Role.PROVIDER,),
         duty=Duty.PROVIDE),
    Step("accept_delivery", (OrderState.DELIVERED, OrderState.DISPUTED), OrderState.COMPLETED, "order.completed", by=(Role.SME,),
         duty=Duty.CLAIM),
    Step("rate_order", (OrderState.COMPLETED,), OrderState.COMPLETED, "order.rated", by=(Role.SME,), duty=Duty.CLAIM),
    Step("deem_accepted", (OrderState.DELIVERED,), OrderState.COMPLETED, "order.deemed_accepted"),
    Step("dispute_delivery", (OrderState.DELIVERED,), OrderState.DISPUTED, "order.disputed", by=(Role.SME,), duty=Duty.CLAIM),
    Step("deliver_again", (OrderState.DISPUTED,), OrderState.DELIVERED, "order.delivered_again", by=(Role.PROVIDER,),
         duty=Duty.PROVIDE),
    Step("uphold_delivery", (OrderState.DISPUTED,), OrderState.COMPLETED, "order.delivery_upheld", by=(Role.VERIFIER,),
         duty=Duty.VERIFY),
    Step("reject_delivery", (OrderState.DISPUTED,), OrderState.STARTED, "order.delivery_rejected", by=(Role.VERIFIER,),
         duty=Duty.VERIFY),
    Step("lapse_order", (OrderState.PLACED, *NOT_BEGUN), OrderState.LAPSED, "order.lapsed"),
    Step("lapse_unclaimed", (OrderState.PLACED, *BINDING, *CLAIMABLE), OrderState.LAPSED, "order.unclaimed"),
    Step("replace_order", (OrderState.PLACED, *NOT_BEGUN), OrderState.CANCELLED, "order.replaced", by=(Role.SME,), duty=Duty.CLAIM),
    Step("terminate_order", BINDING, OrderState.TERMINATED, "order.terminated", by=(*_BOTH, Role.VERIFIER)),
    Step("revoke_order", (OrderState.PLACED, *BINDING, OrderState.COMPLETED, OrderState.TERMINATED), OrderState.CANCELLED,
         "order.revoked", by=(Role.APPROVER,)),
    Step("stop_order", BINDING, OrderState.TERMINATED, "order.stopped", by=(Role.APPROVER,)),
    Step("give_order_back", (OrderState.PLACED, *BINDING), OrderState.CANCELLED, "order.given_back"),
    Step("call_off_order", BINDING, OrderState.CANCELLED, "order.called_off", by=(*_BOTH, Role.VERIFIER)),
)

LONGEST_TITLE = 300
LONGEST_DOCUMENT = 64

# The rules of the deadlines of an order, as terms name them, each with what is usual.
ANSWER, START, ACCEPTANCE, REMINDER, DISPUTE = "order_answer", "order_start", "acceptance", "acceptance_reminder", "dispute"
USUAL = {ANSWER: "10 working days", START: "3 months", ACCEPTANCE: "10 working days", REMINDER: "5 working days",
         DISPUTE: "15 working days"}

# 技术合同认定登记编号: sixteen digits, given by the registration office.
_CONTRACT_NUMBER = re.compile(r"[0-9]{16}", re.ASCII)


_ANOTHER_CARRIES_IT = _("Another order already carries this contract number.")


_MORE_PROMISED = _("More was promised from this programme's money than is allotted by now, and all that is allotted is ordered for. "
                   "Order again when money is allotted or freed.")


class NotEnoughLeft(NotNow):
    """The voucher has {left} {currency} left, and this order would take {wanted}. Order for less, or ask for a smaller part."""


def parties_of(voucher: Voucher, order: Order) -> Parties:
    """Whose case an order is."""
    return {Role.SME: voucher.sme_id, Role.PROVIDER: order.provider_id}


@dataclass(frozen=True)
class Wish:
    """What an SME wants to order, at which price, and what the terms ask for beside it."""

    service_type: str
    net: Money
    vat: Money
    item: str = ""
    quantity: int = 1
    facts: tuple[str, ...] = ()
    measures: Mapping[str, Money] = field(default_factory=dict)


def terms_for_orders(work: Work, voucher: Voucher) -> TermsVersion:
    """The version by which an order of today is judged: the one in force today."""
    return terms_in_force(work.session, get(work.session, Programme, voucher.programme_id), work.today)


def price_order(
    work: Work, voucher: Voucher, service_type: str, net: Money, vat: Money, *, provider: str = "", item: str = "",
    quantity: int = 1, facts: Sequence[str] = (), measures: Mapping[str, Money] | None = None,
) -> Sheet:
    """What the terms would pay of a price today, line by line, before anything is ordered. Changes nothing.

    Without a provider, no limit that counts by provider is applied. Raises NotValid with every problem.
    """
    terms = terms_for_orders(work, voucher).terms
    wish = Wish(service_type, net, vat, item, quantity, tuple(facts), measures or {})
    seller = fetch(work.session, Organisation, provider).id if provider else None
    refuse_if_any(each for some in wish_problems(voucher, terms, wish) for each in some)
    scope = scope_of(work.session, terms, voucher.sme_id, seller, team=voucher.team, person=voucher.person)
    return calculate(terms, _case(work, voucher, terms, wish, scope))


def _case(work: Work, voucher: Voucher, terms: Terms, wish: Wish, scope: Scope) -> Case:
    used = uses_of(work.session, terms, voucher.programme_id, scope)
    return case_in(
        terms, scope, _counted_on(work, voucher, terms), voucher.firm_class, wish.service_type, wish.net, wish.vat, used, item=wish.item,
        quantity=wish.quantity, facts=wish.facts, measures=wish.measures, undated=terms.dated_ahead)


def _counted_on(work: Work, voucher: Voucher, terms: Terms) -> date:
    """The day by which limits count an order that is placed today: of its application or issue, where the terms say so."""
    if terms.dated_by == Happening.APPLICATION:
        return voucher.applied_at.astimezone(work.zone).date()
    first = {Happening.ISSUE: voucher.issued_on, Happening.ACTIVATION: voucher.activated_on or voucher.issued_on}
    return first.get(terms.dated_by) or work.today


def place_order(
    work: Work, voucher: str, provider: str, service_type: str, title: str, net: Money, vat: Money,
    part: Money | None = None, *, item: str = "", quantity: int = 1, facts: Sequence[str] = (),
    measures: Mapping[str, Money] | None = None, deliver_by: date | None = None, replaces: str = "", reason: str = "",
) -> Order:
    """An SME orders a service at a price; what the voucher pays of it at most is reserved at once.

    `part` asks for less than the terms would give; `item`, `quantity`, `facts` and `measures` (amounts by name) are what
    the terms ask for. `replaces` is an order of the same voucher at another provider in whose place this one stands: one
    that came to nothing, ended with a part done, or is not begun and cancelled by this, for the `reason`. Raises NotValid
    with every problem, NotEnoughLeft.
    """
    wish = Wish(service_type, net, vat, item, quantity, tuple(dict.fromkeys(facts)), measures or {})
    seen, seller = fetch(work.session, Voucher, voucher), fetch(work.session, Organisation, provider)
    version = terms_for_orders(work, seen)
    scope = scope_of(work.session, version.terms, seen.sme_id, seller.id, team=seen.team, person=seen.person, locked=True)
    held = lock(work.session, Voucher, voucher)
    ORDER.allow(work, "place_order", {Role.SME: held.sme_id})
    _check_order(work, held, seller, version.terms, wish, title, deliver_by)
    old = _give_way(work, held, seller, replaces, reason) if replaces else None
    case = _case(work, held, version.terms, wish, scope)
    sheet = calculate(version.terms, case)
    order = _write_order(work, held, seller, version, wish, title, part_of(sheet, part), sheet, deliver_by, old,
                         tax_first=_pays_tax_first(version.terms, case))
    divide_order(work, held, order, sheet)
    post_order(work, held, order, accounting.order_placed(accounting.case_of(work.session, held, order.id), order, work.today))
    wait_for(work, held, order, ANSWER, Role.PROVIDER, then="lapse_order")
    return order


def wait_for(
    work: Work, voucher: Voucher, order: Order, rule: str, whom: Role, then: str = "", length: Duration | None = None
) -> None:
    """Start the clock of an order by which one of its parties, or the office, has to do something, as long as the terms say."""
    terms = terms_version(work.session, order.terms_id).terms
    start_clock(work, order.reference, rule, case=voucher.reference, waits_for=whom,
                length=length or allowed(terms, rule, USUAL[rule]),
                clause=cited(terms, rule),
                firm=parties_of(voucher, order).get(whom), then=then)


def _give_way(work: Work, voucher: Voucher, seller: Organisation, replaces: str, reason: str) -> Order:
    """The order in whose place another one comes: over already, or cancelled now."""
    old = lock(work.session, Order, replaces)
    if old.voucher_id != voucher.id:
        raise NotFound
    if old.provider_id == seller.id:
        raise NotValid(problems=[problem(_("This is the provider of the order that is replaced. Propose a change of that order."),
                                         "provider")])
    if old.state in (OrderState.PLACED, *NOT_BEGUN):
        _off(work, voucher, old, "replace_order", given(reason))
    elif work.session.exec(select(Order.id).where(Order.replaces_id == old.id)).first() is not None:
        raise NotNow(_("This order is replaced already."))
    elif old.state not in (*OFF, OrderState.TERMINATED):
        raise NotNow(_("Work on this order has begun. End it first, with the part that is done."))
    return old


def divide_order(work: Work, voucher: Voucher, order: Order, sheet: Sheet) -> None:
    """Write down what each fund line bears of the order: as the sheet divides it over the funders, and never more than is left of what
    the line bears of the voucher. Of a funder's lines of several years each keeps what it bears already, and the earliest takes more.
    """
    approved = [each.id for each in live_claims_on(work.session, order.id) if each.state == ClaimState.APPROVED]
    case = accounting.case_of(work.session, voucher, order.id, *approved)
    used = shares_held(work.session, voucher.id, without=order.id)
    left = [each - order.money(used.get(line.id, 0)) for line, each in zip(case.funds, case.spread(voucher.id), strict=True)]
    if order.voucher_part > total(left, order.currency):
        raise _not_enough(work, voucher, order)
    owed = [order.money(sum(case.shares[claim].get(line.id, 0) for claim in approved)) for line in case.funds]
    by_funder: dict[str, list[int]] = {}
    for at, line in enumerate(case.funds):
        by_funder.setdefault(line.funder, []).append(at)
    parts = split_within(order.voucher_part, [sheet.funders[funder].minor if funder in sheet.funders else 0 for funder in by_funder],
                         [total((left[at] for at in lines), order.currency) for lines in by_funder.values()])
    borne = dict[int, Money]()
    for lines, part in zip(by_funder.values(), parts, strict=True):
        limits = ([each[at] for at in lines] for each in (owed, case.spread(order.id), left))
        borne |= zip(lines, _over_years(part, *limits), strict=True)
    keep_shares(work.session, order.id, case.funds, [borne[at] for at in range(len(case.funds))])


def _over_years(part: Money, *limits: Sequence[Money]) -> list[Money]:
    """A part over the lines of one funder: up to the first limits of all of them, then up to the next, the earliest line first."""
    borne = [Money.zero(part.currency) for _line in limits[0]]
    for most in limits:
        room = [max(limit - each, Money.zero(part.currency)) for limit, each in zip(most, borne, strict=True)]
        more = split_within(min(part - total(borne, part.currency), total(room, part.currency)), (), room)
        borne = [each + some for each, some in zip(borne, more, strict=True)]
    return borne


def _write_order(
    work: Work, voucher: Voucher, seller: Organisation, version: TermsVersion, wish: Wish, title: str, part: Money, sheet: Sheet,
    deliver_by: date | None, replaced: Order | None, *, tax_first: bool,
) -> Order:
    order = Order(
        reference=next_reference(work.session, "O", year_of(work.today)), voucher_id=voucher.id, provider_id=seller.id,
        terms_id=version.id, service_type=wish.service_type, item=wish.item, quantity=wish.quantity, facts=list(wish.facts),
        measures={code: str(money) for code, money in wish.measures.items()}, title=title.strip(), net_minor=wish.net.minor,
        vat_minor=wish.vat.minor, voucher_part_minor=part.minor, held_minor=part.minor, currency=wish.net.currency, state="",
        placed_on=work.today, counted_on=_counted_on(work, voucher, version.terms), dated=not version.terms.dated_ahead,
        placed_at=work.now, sheet=sheet.as_json(), deliver_by=deliver_by, replaces_id=replaced.id if replaced else None,
        tax_first=tax_first)
    ORDER.begin(work, order, "place_order", parties_of(voucher, order), case=voucher.reference, voucher_id=voucher.id,
                voucher_part=str(part), replaces=replaced.reference if replaced else "")
    return order


def _pays_tax_first(terms: Terms, case: Case) -> bool:
    own = own_share_of(terms, case)
    return own is not None and own.vat_first and bool(case.vat)


def part_of(sheet: Sheet, asked: Money | None) -> Money:
    """What the voucher pays of it at most: what the sheet gives, or less where less is asked. Raises NotNow, NotValid."""
    allowed = sheet.result
    if allowed.minor <= 0:
        raise NotNow(_("The terms give nothing for this order: {reasons}."), reasons=sheet.why_nothing)
    if asked is None:
        return allowed
    if asked.currency != allowed.currency or not 0 < asked.minor <= allowed.minor:
        raise NotValid(_("Ask for a part above zero and up to {allowed} {currency}."), allowed=str(allowed),
                       currency=allowed.currency)
    return asked


def _check_order(
    work: Work, voucher: Voucher, provider: Organisation, terms: Terms, wish: Wish, title: str, deliver_by: date | None
) -> None:
    if voucher.state != VoucherState.ISSUED:
        raise NotNow(_("This voucher is {state}; only an issued one can be used."), state=voucher.state)
    use_by, _claim_by = last_days(work.session, voucher, work.today)
    if work.today > use_by:
        raise NotNow(_("This voucher was to be used by {day}."), day=use_by.isoformat())
    if voucher.activated_on is None and terms_version(work.session, voucher.terms_id).terms.validity.needs_activation:
        raise NotNow(_("Activate this voucher first, by {day}; its time counts from then."), day=use_by.isoformat())
    refuse_banned(work.session, work.today, get(work.session, Organisation, voucher.sme_id), provider)
    refuse_if_any([*_provider_problems(work, provider), *_order_problems(voucher, terms, wish, title), *above_list(
                       work.session, voucher.programme_id, provider.id, wish.service_type, wish.item, wish.quantity, wish.net, work.today),
                   *day_problems(deliver_by, work.today, last_day_of_delivery(work, voucher))])


def last_day_of_delivery(work: Work, voucher: Voucher) -> date:
    """By when an order has to be delivered: the last day to claim or, where the terms say so, that of use."""
    return day_for(work.session, voucher, Happening.DELIVERY, work.today) or last_days(work.session, voucher, work.today)[1]


def day_problems(deliver_by: date | None, today: date, last: date) -> list[Problem]:
    """What is wrong with a day of delivery: it lies between today and the last day for it."""
    if deliver_by is None or today <= deliver_by <= last:
        return []
    return [problem(_("The day of delivery must lie between today and {day}, the last day for it."), "deliver_by", day=last.isoformat())]


def _provider_problems(work: Work, provider: Organisation) -> list[Problem]:
    if provider.kind == OrganisationKind.PROVIDER and is_listed(work.session, provider.id, work.today):
        return []
    return [problem(_("This is not a listed provider. Choose one from the list."), "provider")]


def _order_problems(voucher: Voucher, terms: Terms, wish: Wish, title: str) -> list[Problem]:
    about_service, *others = wish_problems(voucher, terms, wish)
    about_title = [] if 0 < len(title.strip()) <= LONGEST_TITLE else [
        problem(_("Say what is ordered, in up to {most} signs."), "title", most=LONGEST_TITLE)]
    return [*about_service, *about_title, *(each for some in others for each in some)]


def wish_problems(voucher: Voucher, terms: Terms, wish: Wish) -> tuple[list[Problem], list[Problem], list[Problem]]:
    """What is wrong with the service, the price, and what else the terms ask for."""
    service, price = [], []
    if wish.service_type not in terms.services:
        service.append(problem(_("This programme knows the services {services}."), "service_type",
                               services=", ".join(terms.services)))
    elif wish.service_type not in terms.services_of(voucher.service_group):
        service.append(problem(_("A voucher of this type buys only: {services}."), "service_type",
                               services=", ".join(terms.services_of(voucher.service_group))))
    if wish.net.currency != voucher.currency or wish.vat.currency != voucher.currency:
        price.append(problem(_("The price must be in {currency}."), "net", currency=voucher.currency))
    elif wish.net.minor <= 0 or wish.vat.minor < 0:
        price.append(problem(_("The price must be more than zero, and the tax not below."), "net"))
    return service, price, answer_problems(terms, wish.service_type, wish.item, wish.quantity, wish.facts, wish.measures)


def accept_order(work: Work, order: str) -> Order:
    """The provider takes the order: a contract exists, and the budget is obligated."""
    voucher, held = lock_order(work.session, order)
    ORDER.allow(work, "accept_order", parties_of(voucher, held))
    if not is_listed(work.session, held.provider_id, work.today):
        raise NotNow(_("Your organisation is not on the list of providers now."))
    refuse_frozen(voucher)
    refuse_banned(work.session, work.today, get(work.session, Organisation, held.provider_id))
    refuse_late(work.session, voucher, Happening.CONTRACT, work.today)
    take_on_order(work, voucher, held, "accept_order")
    count_on(held, terms_version(work.session, held.terms_id).terms, Happening.CONTRACT, work.today)
    post_order(work, voucher, held, accounting.order_accepted(accounting.case_of(work.session, voucher, held.id), held, work.today))
    stop_clock(work, held.reference, ANSWER)
    wait_for(work, voucher, held, START, Role.PROVIDER, then="lapse_order")
    ask_deposit(work, voucher, held, then="lapse_order")
    return held


def decline_order(work: Work, order: str, reason: str) -> Order:
    """The provider does not take the order; what was reserved is free again."""
    voucher, held = lock_order(work.session, order)
    return _off(work, voucher, held, "decline_order", given(reason))


def cancel_order(work: Work, order: str, reason: str) -> Order:
    """The SME takes an order back before anything is begun; what was reserved is free again."""
    voucher, held = lock_order(work.session, order)
    return _off(work, voucher, held, "cancel_order", given(reason))


def lapse_order(work: Work, order: str) -> Order:
    """The clock: nobody took the order, or nobody began, in time; what was reserved is free again."""
    voucher, held = lock_order(work.session, order)
    return _off(work, voucher, held, "lapse_order", "")


def _off(work: Work, voucher: Voucher, order: Order, step: str, reason: str) -> Order:
    before, case = order.state, accounting.case_of(work.session, voucher, order.id)
    take_on_order(work, voucher, order, step, reason)
    order.held_minor = 0
    work.session.add(order)
    post_order(work, voucher, order, accounting.order_off(case, order, _OFF[step], work.today, obligated=before in BINDING))
    drop_clocks(work, order.reference)
    return order


# What is posted when an order comes to nothing, by the step.
_OFF = {"decline_order": "order.declined", "cancel_order": "order.cancelled", "replace_order": "order.cancelled",
        "lapse_order": "order.lapsed"}


def register_contract(
    work: Work, order: str, contract_number: str, *, contract_on: date | None = None, amount: Money | None = None,
    income: Money | None = None,
) -> Order:
    """The provider enters the number under which the technology contract was registered: sixteen digits, used once.

    With it the day, the amount of the contract, and the technology income that the registration office recognised of it: all
    three or none. The price of the order is then never more than the contract's. Raises NotValid with every problem.
    """
    voucher, held = lock_order(work.session, order)
    ORDER.allow(work, "register_contract", parties_of(voucher, held))
    _refuse_tax_unpaid(held)
    refuse_if_any(_contract_problems(work, voucher, held, contract_number, contract_on, amount, income))
    take_on_order(work, voucher, held, "register_contract")
    if _registered_already(work, contract_number):
        raise NotValid(problems=[problem(_ANOTHER_CARRIES_IT, "contract_number")])
    held.contract_number, held.contract_on = contract_number, contract_on
    held.contract_minor, held.income_minor = amount.minor if amount else None, income.minor if income else None
    work.session.add(held)
    flush_unique(work.session, "contract_number", _ANOTHER_CARRIES_IT, "contract_number")
    return held


def _contract_problems(
    work: Work, voucher: Voucher, order: Order, number: str, contract_on: date | None, amount: Money | None, income: Money | None
) -> list[Problem]:
    found = []
    if not _CONTRACT_NUMBER.fullmatch(number):
        found.append(problem(_("A contract registration number has sixteen digits."), "contract_number"))
    told = [each is not None for each in (contract_on, amount, income)]
    if any(told) and not all(told):
        found.append(problem(_("Give the day, the amount and the recognised income of the contract, or none of them."), "amount"))
    if contract_on is not None and contract_on > work.today:
        found.append(problem(_("The contract has not been registered yet on that day."), "contract_on"))
    oldest = min(voucher.applied_at.astimezone(work.zone).date(), oldest_cost(work, voucher, order))
    if contract_on is not None and contract_on < oldest:
        found.append(problem(_("The contract is older than the application for the voucher: it counts from {start} on."), "contract_on",
                             start=oldest.isoformat()))
    if amount is not None and (amount.currency != order.currency or amount < order.net):
        found.append(problem(_("The contract is of at least the price of the order, {price} {currency}."), "amount",
                             price=str(order.net), currency=order.currency))
    elif amount is not None and income is not None and (income.currency != amount.currency or not 0 <= income.minor <= amount.minor):
        found.append(problem(_("The recognised income lies between 0 and the amount of the contract."), "income"))
    return found


def _registered_already(work: Work, contract_number: str) -> bool:
    return work.session.exec(select(Order.id).where(Order.contract_number == contract_number)).first() is not None


def confirm_tax(work: Work, order: str, paid_on: date, document: str) -> Order:
    """The provider notes that the SME has paid its tax, where the terms want that before work begins, and by which document."""
    voucher, held = lock_order(work.session, order)
    ORDER.allow(work, "confirm_tax", parties_of(voucher, held))
    if not held.tax_first:
        raise NotNow(_("The terms of this order want no tax before work begins."))
    if held.tax_paid_on is not None:
        raise NotNow(_("This is noted already."))
    problems = []
    if not held.placed_on <= paid_on <= work.today:
        problems.append(problem(_("The tax was paid between {start}, the day of the order, and today."), "paid_on",
                                start=held.placed_on.isoformat()))
    if not 0 < len(document.strip()) <= LONGEST_DOCUMENT:
        problems.append(problem(_("Name the invoice or receipt, in up to {most} signs."), "document", most=LONGEST_DOCUMENT))
    refuse_if_any(problems)
    take_on_order(work, voucher, held, "confirm_tax")
    held.tax_paid_on, held.tax_document = paid_on, document.strip()
    work.session.add(held)
    work.session.flush()
    return held


def _refuse_tax_unpaid(order: Order) -> None:
    if order.tax_first and order.tax_paid_on is None:
        raise NotNow(_("The SME pays its tax of {tax} {currency} first: note that it came in before work begins."), tax=str(order.vat),
                     currency=order.currency)


def start_service(work: Work, order: str) -> Order:
    """The provider has begun: from now on the order ends by agreement, and no more because nobody began."""
    voucher, held = lock_order(work.session, order)
    ORDER.allow(work, "start_service", parties_of(voucher, held))
    refuse_frozen(voucher)
    _check_registered(work, held)
    _refuse_tax_unpaid(held)
    refuse_unpaid(work, held)
    take_on_order(work, voucher, held, "start_service")
    held.started_on = work.today
    work.session.add(held)
    stop_clock(work, held.reference, START)
    return held


def deliver_order(work: Work, order: str, note: str) -> Order:
    """The provider says that the service is delivered, and what."""
    voucher, held = lock_order(work.session, order)
    ORDER.allow(work, "deliver_order", parties_of(voucher, held))
    _check_registered(work, held)
    _refuse_tax_unpaid(held)
    refuse_unpaid(work, held)
    return hand_over(work, voucher, held, "deliver_order", note)


def _check_registered(work: Work, order: Order) -> None:
    terms = terms_version(work.session, order.terms_id).terms
    if terms.contract_registration and order.state == OrderState.ACCEPTED:
        raise NotNow(_("Register the technology contract first; these terms ask for its number."))


def hand_over(work: Work, voucher: Voucher, order: Order, step: str, note: str) -> Order:
    """Note what was delivered, and have the SME look at it: reminded in time, it is deemed to accept when it says nothing."""
    if not note.strip():
        raise NotValid(problems=[problem(_("Say what was delivered."), "note")])
    if order.delivered_on is None and not was_delivered(work.session, order):
        refuse_late(work.session, voucher, Happening.DELIVERY, work.today)
    take_on_order(work, voucher, order, step)
    order.delivered_on, order.delivery_note = work.today, note.strip()
    count_on(order, terms_version(work.session, order.terms_id).terms, Happening.DELIVERY, work.today)
    work.session.add(order)
    stop_clock(work, order.reference, START)
    wait_for(work, voucher, order, ACCEPTANCE, Role.SME, then="deem_accepted")
    wait_for(work, voucher, order, REMINDER, Role.SME, then="remind_of_acceptance")
    return order


def accept_delivery(work: Work, order: str, note: str = "") -> Order:
    """The SME accepts what was delivered, with a `note` of what it has to remark; from now on it can be claimed."""
    voucher, held = lock_order(work.session, order)
    held.acceptance_note = note.strip()
    return complete(work, voucher, held, "accept_delivery")


def rate_order(work: Work, order: str, stars: int, words: str = "") -> Order:
    """Say how good the service was, with one to five stars: once an order. It counts in the provider's score of the year."""
    voucher, held = lock_order(work.session, order)
    ORDER.allow(work, "rate_order", parties_of(voucher, held))
    if not 1 <= stars <= MOST_STARS:
        raise NotValid(problems=[problem(_("Between 1 and {most} stars."), "stars", most=MOST_STARS)])
    if work.session.exec(select(OrderRating.id).where(OrderRating.order_id == held.id)).first() is not None:
        raise NotNow(_("This order was rated already."))
    ORDER.advance(work, held, "rate_order", parties_of(voucher, held), case=voucher.reference, reason=words.strip(),
                  vouchers=(voucher.id,), stars=stars)
    work.session.add(OrderRating(order_id=held.id, stars=stars, words=words.strip(), given_by=work.actor.person_id, given_at=work.now))
    work.session.flush()
    return held


def complete(work: Work, voucher: Voucher, order: Order, step: str, reason: str = "") -> Order:
    """The delivery counts as accepted from today, by whatever step."""
    take_on_order(work, voucher, order, step, reason)
    order.accepted_on = work.today
    work.session.add(order)
    stop_clock(work, order.reference, ACCEPTANCE)
    drop_clocks(work, order.reference)
    return order


def take_on_order(work: Work, voucher: Voucher, order: Order, step: str, reason: str = "") -> None:
    """Take a step on an order, unless a change of it is proposed or its voucher is being given back. Raises NotNow."""
    ORDER.allow(work, step, parties_of(voucher, order))
    refuse_given_back(voucher)
    if open_amendment(work.session, order.id) is not None:
        raise NotNow(_("A change of this order is proposed. It has to be agreed to, declined or withdrawn first."))
    ORDER.advance(work, order, step, parties_of(voucher, order), case=voucher.reference, reason=reason,
                  vouchers=(voucher.id,))


def post_order(work: Work, voucher: Voucher, order: Order, draft: Draft) -> None:
    """Post what became of an order. Raises NotEnoughLeft when the voucher does not cover it."""
    try:
        post(work, draft)
    except ledger.Overdrawn as refusal:
        if order.voucher_part <= accounting.voucher_position(work.session, voucher.reference, voucher.currency).available:
            raise NotNow(_MORE_PROMISED) from refusal
        raise _not_enough(work, voucher, order) from refusal


def _not_enough(work: Work, voucher: Voucher, order: Order) -> NotEnoughLeft:
    left = accounting.voucher_position(work.session, voucher.reference, voucher.currency).available
    return NotEnoughLeft(left=str(left), currency=left.currency, wanted=str(order.voucher_part))
