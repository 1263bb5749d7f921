"""Amendment: one side of an order proposes to change or to end it, and the other agrees; where they disagree on what is
done, a verifier values it.

What the voucher pays is found by the same engine as when the order was placed, and only the difference moves in the books.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from voucher import accounting
from voucher.amendments import (
    Amendment,
    AmendmentKind,
    AmendmentState,
    amendments_of,
    lock_amendment,
    open_amendment,
    version_of,
)
from voucher.appeals import reserved_for_appeals
from voucher.bans import refuse_banned
from voucher.claims import live_claims_on
from voucher.database import fetch, get
from voucher.deadlines import allowed, ask_again_for_steps, cited, drop_clock, drop_clocks, start_clock, stop_clock
from voucher.duties import Duty, take_duty
from voucher.errors import NotAllowed, NotNow, Problem, _, problem, refuse_if_any
from voucher.history import given, record
from voucher.kinder import last_days
from voucher.listings import is_listed
from voucher.money import Money, total
from voucher.numbering import next_reference
from voucher.orders import BINDING, NOT_BEGUN, Order, OrderState, count_on, lock_order
from voucher.people import Organisation, Role
from voucher.programmes.calculation import Sheet, calculate
from voucher.programmes.programmes import terms_version
from voucher.programmes.terms import Happening, Names, Terms
from voucher.references import year_of
from voucher.use_in_time import refuse_late
from voucher.uses import Scope, case_in, scope_of, uses_of
from voucher.vouchers import Voucher, refuse_frozen, refuse_given_back
from voucher.work import Actor, Work
from workflows.machine import Machine, Step, may
from workflows.price_list import above_list
from workflows.purchase import (
    LONGEST_TITLE,
    ORDER,
    Wish,
    day_problems,
    divide_order,
    lapse_order,
    last_day_of_delivery,
    part_of,
    parties_of,
    post_order,
    wish_problems,
)

_BOTH = (Role.SME, Role.PROVIDER)
_OTHER = {Role.SME: Role.PROVIDER, Role.PROVIDER: Role.SME}
_DUTIES = {Role.SME: Duty.CLAIM, Role.PROVIDER: Duty.PROVIDE}

AMENDMENT = Machine(
    "amendment",
    Step("propose_change", (), AmendmentState.PROPOSED, "amendment.proposed", by=_BOTH),
    Step("propose_termination", (), AmendmentState.PROPOSED, "amendment.termination_proposed", by=_BOTH),
    Step("agree_amendment", (AmendmentState.PROPOSED,), AmendmentState.AGREED, "amendment.agreed", by=_BOTH),
    Step("decline_amendment", (AmendmentState.PROPOSED,), AmendmentState.DECLINED, "amendment.declined", by=_BOTH),
    Step("dispute_termination", (AmendmentState.PROPOSED,), AmendmentState.REFERRED, "amendment.disputed", by=_BOTH),
    Step("refer_termination", (AmendmentState.PROPOSED,), AmendmentState.REFERRED, "amendment.referred"),
    Step("value_part_done", (AmendmentState.REFERRED,), AmendmentState.VALUED, "amendment.valued", by=(Role.VERIFIER,),
         duty=Duty.VERIFY),
    Step("withdraw_amendment", (AmendmentState.PROPOSED, AmendmentState.REFERRED), AmendmentState.WITHDRAWN,
         "amendment.withdrawn", by=_BOTH),
    Step("lapse_amendment", (AmendmentState.PROPOSED,), AmendmentState.LAPSED, "amendment.lapsed"),
    Step("drop_amendment", (AmendmentState.PROPOSED, AmendmentState.REFERRED), AmendmentState.LAPSED, "amendment.dropped",
         by=(Role.APPROVER,)),
)

# In which states of its order an amendment can be proposed and made.
CHANGEABLE = (OrderState.PLACED, *NOT_BEGUN, OrderState.STARTED)
_OPEN_TO = {AmendmentKind.CHANGE: CHANGEABLE, AmendmentKind.TERMINATION: BINDING}

_PROPOSALS = {AmendmentKind.CHANGE: "propose_change", AmendmentKind.TERMINATION: "propose_termination"}
# Steps of an order that follow from an amendment and are not taken by themselves.
_CARRIED_OUT = ("terminate_order", "call_off_order", "replace_order", "revoke_order", "stop_order")

# The rules of the deadlines, as terms name them, and how long people usually have.
_ANSWER, _VALUE, _USUAL = "amendment", "valuation", "10 working days"

_ROOM = Names(zh="不超过上限扣除其他订单后的余额", en="No more than the caps leave beside the other orders")
_AGREED = Names(zh="不超过原订单的创新券支付额", en="No more than the order's part before")


@dataclass(frozen=True)
class Version:
    """The next version of an order, as somebody proposes it."""

    wish: Wish
    title: str
    deliver_by: date | None
    part: Money | None


# --- proposing ---------------------------------------------------------------------------------------------------------


def propose_change(
    work: Work, order: str, reason: str, *, net: Money | None = None, vat: Money | None = None, title: str | None = None,
    deliver_by: date | None = None, part: Money | None = None, quantity: int | None = None, item: str | None = None,
    facts: Sequence[str] | None = None, measures: Mapping[str, Money] | None = None,
) -> Amendment:
    """One side of an order proposes another price, scope or date; what is not given stays. Nothing changes before the other agrees.

    `part` asks the voucher for less than the terms would give; of `measures` too, what is not given stays. Raises NotValid with
    every problem, NotNow.
    """
    voucher, held = lock_order(work.session, order)
    side = _side(work, voucher, held, "propose_change")
    _check_open_to(held, AmendmentKind.CHANGE)
    old = _wish_of(held)
    wish = Wish(
        held.service_type, old.net if net is None else net, old.vat if vat is None else vat, old.item if item is None else item,
        old.quantity if quantity is None else quantity,
        old.facts if facts is None or set(facts) == set(old.facts) else tuple(dict.fromkeys(facts)),
        {**old.measures, **(measures or {})})
    version = Version(wish, (title or held.title).strip(), deliver_by or held.deliver_by, part)
    terms = terms_version(work.session, held.terms_id).terms
    refuse_if_any(_version_problems(work, voucher, held, terms, version, asked_day=deliver_by))
    proposed = _propose(work, voucher, held, side, AmendmentKind.CHANGE, version, given(reason))
    _refuse_more(work, voucher, held, part_after(work.session, voucher, held, proposed))  # tells now what would refuse the agreement
    return proposed


def _refuse_more(work: Work, voucher: Voucher, order: Order, part: Money) -> None:
    """A change takes more of the voucher only where the two could order that now. Raises NotNow; for what is less, or as much, never."""
    if part <= order.voucher_part:
        return
    refuse_frozen(voucher)
    use_by, _claim_by = last_days(work.session, voucher, work.today)
    if work.today > use_by:
        raise NotNow(_("This voucher was to be used by {day}."), day=use_by.isoformat())
    sme, provider = (get(work.session, Organisation, key) for key in (voucher.sme_id, order.provider_id))
    refuse_banned(work.session, work.today, sme, provider)
    if not is_listed(work.session, provider.id, work.today):
        raise NotNow(_("{provider} is not on the list of providers now: nothing more is ordered from it."), provider=provider.name)


def propose_termination(work: Work, order: str, reason: str, *, net: Money, vat: Money) -> Amendment:
    """One side proposes to end an accepted order at the price of the part that is done; at zero when nothing is.

    Raises NotValid, NotNow.
    """
    voucher, held = lock_order(work.session, order)
    side = _side(work, voucher, held, "propose_termination")
    _check_open_to(held, AmendmentKind.TERMINATION)
    if held.delivered_on is None and net:
        refuse_late(work.session, voucher, Happening.DELIVERY, work.today)
    refuse_if_any(_value_problems(held, net, vat))
    version = Version(_wish_of(held, net, vat), held.title, held.deliver_by, None)
    return _propose(work, voucher, held, side, AmendmentKind.TERMINATION, version, given(reason))


def _side(work: Work, voucher: Voucher, order: Order, step: str) -> Role:
    """For which side of the order whoever is at work acts; it counts as that side's duty."""
    parties = parties_of(voucher, order)
    AMENDMENT.allow(work, step, parties)
    refuse_given_back(voucher)
    side = next(role for role in _BOTH if work.actor.holds(role, parties[role]))
    take_duty(work, (voucher.id,), _DUTIES[side])
    return side


def _check_open_to(order: Order, kind: AmendmentKind) -> None:
    if order.state not in _OPEN_TO[kind]:
        raise NotNow(_("This order is {state}; that can be proposed while it is {wanted}."), state=order.state,
                     wanted=" / ".join(_OPEN_TO[kind]))


def _wish_of(order: Order, net: Money | None = None, vat: Money | None = None) -> Wish:
    """What is ordered; at another price its further amounts shrink in proportion."""
    net, vat = order.net if net is None else net, order.vat if vat is None else vat
    measures = {code: Money.parse(text, order.currency) for code, text in order.measures.items()}
    now, before = net.minor + vat.minor, order.gross.minor
    if net < order.net:
        measures = {code: Money(money.minor * now // before, money.currency) for code, money in measures.items()}
    return Wish(order.service_type, net, vat, order.item, order.quantity, tuple(order.facts), measures)


def _version_problems(
    work: Work, voucher: Voucher, order: Order, terms: Terms, version: Version, *, asked_day: date | None
) -> list[Problem]:
    problems = [each for some in wish_problems(voucher, terms, version.wish) for each in some]
    if not 0 < len(version.title) <= LONGEST_TITLE:
        problems.append(problem(_("Say what is ordered, in up to {most} signs."), "title", most=LONGEST_TITLE))
    wish = version.wish
    if wish.net > order.net or (wish.item, wish.quantity) != (order.item, order.quantity):  # fewer pieces may be dearer each
        problems += above_list(work.session, voucher.programme_id, order.provider_id, wish.service_type, wish.item, wish.quantity, wish.net,
                               work.today)
    if order.contract_amount is not None and version.wish.net > order.contract_amount:
        problems.append(problem(_("The registered contract is over {amount} {currency}; register the change first."), "net",
                                amount=str(order.contract_amount), currency=order.currency))
    problems += day_problems(asked_day, work.today, last_day_of_delivery(work, voucher))
    same = (version.wish, version.title, version.deliver_by) == (_wish_of(order), order.title, order.deliver_by)
    if same and version.part in (None, order.voucher_part):
        problems.append(problem(_("This is what the order says already. Propose another price, scope or date."), "net"))
    return problems


def _value_problems(order: Order, net: Money, vat: Money) -> list[Problem]:
    if {net.currency, vat.currency} != {order.currency}:
        return [problem(_("The price must be in {currency}."), "net", currency=order.currency)]
    problems = []
    if not 0 <= net.minor <= order.net_minor:
        problems.append(problem(_("The part that is done is worth between 0 and {most} {currency}."), "net", most=str(order.net),
                                currency=order.currency))
    if not 0 <= vat.minor <= (order.vat_minor if net.minor else 0):
        problems.append(problem(_("Its tax lies between 0 and {most} {currency}."), "vat",
                                most=str(order.vat if net.minor else Money.zero(order.currency)), currency=order.currency))
    return problems


def _propose(
    work: Work, voucher: Voucher, order: Order, side: Role, kind: AmendmentKind, version: Version, reason: str
) -> Amendment:
    if open_amendment(work.session, order.id) is not None:
        raise NotNow(_("A change of this order is proposed. It has to be agreed to, declined or withdrawn first."))
    wish = version.wish
    amendment = Amendment(
        reference=next_reference(work.session, "A", year_of(work.today)), order_id=order.id,
        number=len(amendments_of(work.session, order.id)) + 1, kind=kind, state="", side=side, reason=reason, title=version.title,
        item=wish.item, quantity=wish.quantity, facts=list(wish.facts),
        measures={code: str(money) for code, money in wish.measures.items()}, net_minor=wish.net.minor, vat_minor=wish.vat.minor,
        part_minor=None if version.part is None else version.part.minor, currency=order.currency, deliver_by=version.deliver_by,
        proposed_on=work.today)
    AMENDMENT.begin(work, amendment, _PROPOSALS[kind], parties_of(voucher, order), case=voucher.reference, reason=reason,
                    order=order.reference, net=str(amendment.net), vat=str(amendment.vat))
    _wait_for(work, voucher, order, _ANSWER, _OTHER[side], then="lapse_amendment")
    return amendment


def _wait_for(work: Work, voucher: Voucher, order: Order, rule: str, side: Role, then: str = "") -> None:
    terms = terms_version(work.session, order.terms_id).terms
    start_clock(work, order.reference, rule, case=voucher.reference, waits_for=side, length=allowed(terms, rule, _USUAL),
                clause=cited(terms, rule),
                firm=parties_of(voucher, order).get(side), then=then)


# --- answering ---------------------------------------------------------------------------------------------------------


def agree_amendment(work: Work, order: str) -> Amendment:
    """The other side agrees: the order has a new version, or ends with the part that is done. Raises NotEnoughLeft."""
    _allow(work, order, "agree_amendment")
    scope = _lock_scope(work, order)
    voucher, held, amendment = _lock(work, order)
    _must_act_for(work, voucher, held, _OTHER[Role(amendment.side)],
                  _("You proposed this; the other side has to answer."))
    _check_open_to(held, AmendmentKind(amendment.kind))
    _make(work, voucher, held, amendment, scope, "agree_amendment", amendment.reason)
    return amendment


def decline_amendment(work: Work, order: str, reason: str) -> Amendment:
    """The other side does not agree: the order stays as it is. Of a termination, a verifier then values what is done."""
    _allow(work, order, "decline_amendment")
    voucher, held, amendment = _lock(work, order)
    _must_act_for(work, voucher, held, _OTHER[Role(amendment.side)],
                  _("You proposed this; the other side has to answer."))
    step = "decline_amendment" if amendment.kind == AmendmentKind.CHANGE else "dispute_termination"
    _close(work, voucher, held, amendment, step, given(reason))
    return amendment


def withdraw_amendment(work: Work, order: str) -> Amendment:
    """Who proposed it takes it back; the order stays as it is."""
    _allow(work, order, "withdraw_amendment")
    voucher, held, amendment = _lock(work, order)
    _must_act_for(work, voucher, held, Role(amendment.side),
                  _("The other side proposed this; only it can take it back."))
    _close(work, voucher, held, amendment, "withdraw_amendment", "")
    return amendment


def lapse_amendment(work: Work, order: str) -> Amendment:
    """The clock: nobody answered in time. A change is off; of a termination, a verifier values what is done."""
    voucher, held, amendment = _lock(work, order)
    step = "lapse_amendment" if amendment.kind == AmendmentKind.CHANGE else "refer_termination"
    _close(work, voucher, held, amendment, step, "")
    return amendment


def drop_amendment(work: Work, voucher: Voucher, order: Order) -> None:
    """What is proposed for a locked order, if anything is, falls with its voucher: revoked by an approver, or over by the clock."""
    found = open_amendment(work.session, order.id)
    if found is not None:
        _close(work, voucher, order, found, "lapse_amendment" if work.actor.is_system else "drop_amendment", "")


def is_ending(session: Session, order: Order) -> bool:
    """Whether its two sides are about to end an order: they, or in the end a verifier, have the word on what is done, and no clock."""
    found = open_amendment(session, order.id)
    return found is not None and found.kind == AmendmentKind.TERMINATION


def lapse_unless_amended(work: Work, order: str) -> None:
    """The clock: an order that nobody took or began in time lapses, and with it a change that is proposed for it.

    One that the two are about to end stays: a verifier has the word. So does one on which work began meanwhile.
    """
    seen = fetch(work.session, Order, order)
    if seen.state not in ORDER.steps["lapse_order"].source:
        return
    found = open_amendment(work.session, seen.id)
    if found is not None and (
            found.state == AmendmentState.REFERRED or lapse_amendment(work, order).state == AmendmentState.REFERRED):
        return
    lapse_order(work, order)


def value_part_done(work: Work, order: str, reason: str, *, net: Money, vat: Money) -> Amendment:
    """A verifier values the part of an order that is done, as the sides disagree; the order ends with that part.

    Raises NotValid.
    """
    _allow(work, order, "value_part_done")
    scope = _lock_scope(work, order)
    voucher, held, amendment = _lock(work, order)
    refuse_if_any(_value_problems(held, net, vat))
    wish = _wish_of(held, net, vat)
    amendment.net_minor, amendment.vat_minor = net.minor, vat.minor
    amendment.measures = {code: str(money) for code, money in wish.measures.items()}
    _make(work, voucher, held, amendment, scope, "value_part_done", given(reason))
    return amendment


def _allow(work: Work, order: str, step: str) -> None:
    """Whoever may not take the step is told so before anything is said about what is proposed."""
    seen = fetch(work.session, Order, order)
    AMENDMENT.allow(work, step, parties_of(get(work.session, Voucher, seen.voucher_id), seen))


def _lock(work: Work, order: str) -> tuple[Voucher, Order, Amendment]:
    found = open_amendment(work.session, fetch(work.session, Order, order).id)
    if found is None:
        raise NotNow(_("No change of this order is proposed."))
    return lock_amendment(work.session, found.reference)


def _lock_scope(work: Work, order: str) -> Scope:
    """The organisations that share a cap with the order, locked before voucher and order."""
    seen = fetch(work.session, Order, order)
    voucher = get(work.session, Voucher, seen.voucher_id)
    return scope_of(work.session, terms_version(work.session, seen.terms_id).terms, voucher.sme_id, seen.provider_id,
                    team=voucher.team, person=voucher.person, locked=True)


def _must_act_for(work: Work, voucher: Voucher, order: Order, side: Role, otherwise: str) -> None:
    if not work.actor.holds(side, parties_of(voucher, order)[side]):
        raise NotAllowed(otherwise)
    take_duty(work, (voucher.id,), _DUTIES[side])


def _close(work: Work, voucher: Voucher, order: Order, amendment: Amendment, step: str, reason: str) -> None:
    amendment.decided_on = work.today
    AMENDMENT.advance(work, amendment, step, parties_of(voucher, order), case=voucher.reference, reason=reason, order=order.reference)
    (drop_clock if step == "withdraw_amendment" else stop_clock)(work, order.reference, _ANSWER)
    if amendment.state == AmendmentState.REFERRED:
        _wait_for(work, voucher, order, _VALUE, Role.VERIFIER)
    else:
        (drop_clock if step == "withdraw_amendment" else stop_clock)(work, order.reference, _VALUE)
        ask_again_for_steps(work, order.reference)


# --- making it so ------------------------------------------------------------------------------------------------------


def _make(work: Work, voucher: Voucher, order: Order, amendment: Amendment, scope: Scope, step: str, reason: str) -> None:
    """Take the step, and put the new version in the place of the old one, which is kept with the amendment."""
    sheet, part = _priced(work.session, voucher, order, amendment, scope)
    claimed = total((claim.holds for claim in live_claims_on(work.session, order.id)), order.currency)
    claimed += reserved_for_appeals(work.session, order)
    if claimed.minor > (part.minor if part else 0):
        raise NotNow(_("{claimed} {currency} of this order is claimed by now; its voucher part cannot be less."), claimed=str(claimed),
                     currency=order.currency)
    if part is not None:
        _refuse_more(work, voucher, order, part)
    amendment.replaced = version_of(order)
    _close(work, voucher, order, amendment, step, reason)
    if part is None:
        _call_off(work, voucher, order, reason)
        return
    case = accounting.case_of(work.session, voucher, order.id)
    before, earlier_part = case.spread(order.id), order.voucher_part
    _rewrite(work, order, amendment, sheet, part)
    divide_order(work, voucher, order, sheet)
    case = accounting.case_of(work.session, voucher, order.id)
    draft = accounting.order_amended(case, order, before, work.today, obligated=order.state != OrderState.PLACED)
    if any(line.amount for line in draft.lines):
        post_order(work, voucher, order, draft)
    about: dict[str, Any] = {"version": order.version, "part_before": str(earlier_part), "part": str(part)}
    if amendment.kind == AmendmentKind.TERMINATION:
        ORDER.advance(work, order, "terminate_order", parties_of(voucher, order), case=voucher.reference, reason=reason, **about)
        count_on(order, terms_version(work.session, order.terms_id).terms, Happening.DELIVERY, work.today)
        drop_clocks(work, order.reference)
    else:
        record(work, "order.amended", order.reference, case=voucher.reference, reason=reason, **about)


def _rewrite(work: Work, order: Order, amendment: Amendment, sheet: Sheet, part: Money) -> None:
    order.version += 1
    order.title, order.item, order.quantity = amendment.title, amendment.item, amendment.quantity
    order.facts, order.measures, order.deliver_by = list(amendment.facts), dict(amendment.measures), amendment.deliver_by
    order.net_minor, order.vat_minor = amendment.net_minor, amendment.vat_minor
    order.voucher_part_minor = order.held_minor = part.minor
    order.sheet = sheet.as_json()
    work.session.add(order)
    work.session.flush()


def _call_off(work: Work, voucher: Voucher, order: Order, reason: str) -> None:
    """Nothing is done that the voucher pays for: the whole part is free again."""
    case = accounting.case_of(work.session, voucher, order.id)
    ORDER.advance(work, order, "call_off_order", parties_of(voucher, order), case=voucher.reference, reason=reason)
    order.held_minor = 0
    work.session.add(order)
    post_order(work, voucher, order, accounting.order_off(case, order, "order.cancelled", work.today, obligated=True))
    drop_clocks(work, order.reference)


# --- what it would give ------------------------------------------------------------------------------------------------


def part_after(session: Session, voucher: Voucher, order: Order, amendment: Amendment) -> Money:
    """What the voucher would pay if it were agreed to now. Raises NotNow when the terms give nothing for it."""
    terms = terms_version(session, order.terms_id).terms
    _its_sheet, part = _priced(session, voucher, order, amendment, scope_of(
        session, terms, voucher.sme_id, order.provider_id, team=voucher.team, person=voucher.person))
    return part or Money.zero(order.currency)


def _priced(
    session: Session, voucher: Voucher, order: Order, amendment: Amendment, scope: Scope
) -> tuple[Sheet, Money | None]:
    """The sheet of the version that is proposed and the voucher's part; None when nothing is left for the voucher."""
    now = Sheet.from_json(order.sheet)
    wish = Wish(order.service_type, amendment.net, amendment.vat, amendment.item, amendment.quantity, tuple(amendment.facts),
                {code: Money.parse(text, order.currency) for code, text in amendment.measures.items()})
    if amendment.kind == AmendmentKind.TERMINATION:
        if not amendment.net:
            return now, None
        sheet = _sheet(session, voucher, order, scope, wish).within(order.voucher_part, _AGREED)
        return sheet, sheet.result if sheet.result else None
    if wish == _wish_of(order):
        return now, order.voucher_part if amendment.part is None else part_of(now, amendment.part)
    sheet = _sheet(session, voucher, order, scope, wish)
    asked = amendment.part
    if asked is None and sheet.result and order.voucher_part < now.result:  # who asked for less goes on asking for less
        asked = min(order.voucher_part, sheet.result)
    return sheet, part_of(sheet, asked)


def _sheet(session: Session, voucher: Voucher, order: Order, scope: Scope, wish: Wish) -> Sheet:
    """By the terms of the order's day, after the orders before it; the caps count the later ones too, but take nothing that it had."""
    before = _calculated(session, voucher, order, scope, wish, before=order.id)
    room = _calculated(session, voucher, order, scope, wish, without=order.id).result
    like_before = (wish.item, wish.quantity, wish.facts) == (order.item, order.quantity, tuple(order.facts))
    return before.within(max(room, order.voucher_part) if like_before else room, _ROOM)


def _calculated(
    session: Session, voucher: Voucher, order: Order, scope: Scope, wish: Wish, *, before: UUID | None = None,
    without: UUID | None = None,
) -> Sheet:
    terms = terms_version(session, order.terms_id).terms
    used = uses_of(session, terms, voucher.programme_id, scope, before, without=without)
    return calculate(terms, case_in(
        terms, scope, order.counted_on, voucher.firm_class, wish.service_type, wish.net, wish.vat, used, item=wish.item,
        quantity=wish.quantity, facts=wish.facts, measures=wish.measures, undated=not order.dated))


# --- what can be done now ----------------------------------------------------------------------------------------------


def steps_on(actor: Actor, voucher: Voucher, order: Order, amendment: Amendment | None) -> list[Step]:
    """The steps that somebody could take on an order now; while an `amendment` is proposed, that has to be answered first."""
    parties = parties_of(voucher, order)
    if amendment is None:
        begun = [AMENDMENT.steps[name] for kind, name in _PROPOSALS.items() if order.state in _OPEN_TO[kind]]
        return [*(step for step in ORDER.open_to(actor, order.state, parties) if step.name not in _CARRIED_OUT),
                *(step for step in begun if may(actor, step, parties))]
    own = any(actor.holds(role, parties[role]) for role in _BOTH if role == amendment.side)
    return [step for step in AMENDMENT.open_to(actor, amendment.state, parties)
            if step.name != "dispute_termination" and (step.by != _BOTH or (step.name == "withdraw_amendment") == own)]
