"""Reckoning: what the terms give on a claim, on top of what else is claimed of its order, and what is left of the order."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from voucher.appeals import Appeal, appeal_behind, reserved_for_appeals
from voucher.claims import LIVE, Claim, ClaimLine, ClaimState, InvoiceLine, lines_of, live_claims_on, sum_of
from voucher.errors import NotValid
from voucher.money import Money, total
from voucher.orders import Order
from voucher.programmes.calculation import Sheet, calculate
from voucher.programmes.programmes import kinder_terms, terms_version
from voucher.programmes.terms import Instalment, Kinder, Names, Terms
from voucher.stages import codes_until, stage_named
from voucher.uses import Scope, case_in, scope_of, uses_of
from voucher.vouchers import Voucher
from voucher.work import Work

# Why a sheet may stop short of what the rates give; kept with the decision, so in both languages.
_RESERVED = Names(zh="不超过订单已占用的额度", en="No more than the order reserved")
_REQUESTED = Names(zh="不超过申请兑付的金额", en="No more than was asked for")
_APPEALED = Names(zh="不超过为申诉保留的金额", en="No more than was held for the appeal")
_ELSEWHERE = Names(zh="减去本订单其他申请的金额", en="Less what the order's other claims take")


def room(session: Session, order: Order, but: UUID | None = None) -> Money:
    """What an order holds that no live claim takes and no appeal waits for; `but` leaves a claim out."""
    taken = total((claim.holds for claim in live_claims_on(session, order.id, but)), order.currency)
    return order.money(order.held_minor) - taken - reserved_for_appeals(session, order)


def price_left(session: Session, order: Order, but: UUID | None = None) -> Money:
    """What of an order's price no live claim has invoiced yet; `but` leaves a claim out."""
    given = select(Appeal.supplement_id).where(col(Appeal.supplement_id).is_not(None))  # what appeals gave was invoiced before
    invoiced = session.exec(select(ClaimLine).join(Claim, col(Claim.id) == ClaimLine.claim_id).where(
        Claim.order_id == order.id, Claim.id != but, col(Claim.state).in_(LIVE),
        col(Claim.id).not_in(given)))
    return order.gross - total((line.money(line.net_minor + line.vat_minor) for line in invoiced), order.currency)


def requested_sheet(
    work: Work, voucher: Voucher, order: Order, lines: Sequence[InvoiceLine], instead: UUID | None = None, stage: Instalment | None = None
) -> Sheet:
    """The terms on what is asked for, after what the order's other claims take; never more than the order still holds."""
    live = live_claims_on(work.session, order.id, instead)
    return _sheet(work, voucher, order, live, *_invoiced(order, lines), stage).within(room(work.session, order, instead), _RESERVED)


def supplement_sheet(work: Work, voucher: Voucher, order: Order, counted: Sequence[tuple[Money, Money]], reserved: Money) -> Sheet:
    """The terms on what an appeal gives back (net and tax of each line), after what is approved or given by an appeal before; within what
    was reserved for it.
    """
    approved = [each for each in live_claims_on(work.session, order.id)
                if each.state == ClaimState.APPROVED or appeal_behind(work.session, each.id) is not None]
    net, vat = (total((pair[at] for pair in counted), order.currency) for at in (0, 1))
    return _sheet(work, voucher, order, approved, net, vat).within(reserved, _APPEALED)


def limit_now(work: Work, voucher: Voucher, order: Order, scope: Scope) -> Money:
    """How much more an order may hold than it does, by the terms on its price with everything else that counts by now."""
    terms = terms_version(work.session, order.terms_id).terms
    used = uses_of(work.session, terms, voucher.programme_id, scope, without=order.id)
    try:
        most = calculate(terms, case_in(
            terms, scope, order.counted_on, voucher.firm_class, order.service_type, order.net, order.vat, used, item=order.item,
            quantity=order.quantity, facts=order.facts, undated=not order.dated,
            measures={code: Money.parse(text, order.currency) for code, text in order.measures.items()}))
    except NotValid:
        return Money.zero(order.currency)
    return max(min(most.result, order.voucher_part) - order.money(order.held_minor), Money.zero(order.currency))


def own_share_due(work: Work, voucher: Voucher, order: Order, lines: Sequence[InvoiceLine], instead: UUID | None = None) -> Money:
    """What the SME must have paid to a provider that redeems, where it is paid in stages: of all that counts of the invoices by now
    what the voucher does not pay in the end, less what the claims before prove. Nothing, when it is below zero.
    """
    live = live_claims_on(work.session, order.id, instead)
    net, vat = _invoiced(order, lines)
    claimed = sum_of(work.session, live, order.currency)
    net, vat = net + claimed.net, vat + claimed.vat
    proven = total((order.money(claim.own_payment_minor) for claim in live), order.currency)
    return net + vat - _granted(work, voucher, order, net, vat).result - in_kind(order, net + vat) - proven


def in_kind(order: Order, invoiced: Money) -> Money:
    """What the SME brings in kind for so much of the price, as far as the terms count it: so much less it has to pay."""
    return order.money(Sheet.from_json(order.sheet).brought_in_kind.minor * invoiced.minor // order.gross.minor)


def due_in_cash(terms: Terms, order: Order) -> Money:
    """What the SME has to pay the provider for the whole of an order: all but what it brings in kind, and but the voucher's part where
    the provider redeems that.
    """
    redeemed = Money.zero(order.currency) if terms.payee == "sme" else order.voucher_part
    return max(order.gross - in_kind(order, order.gross) - redeemed, Money.zero(order.currency))


def _invoiced(order: Order, lines: Sequence[InvoiceLine]) -> tuple[Money, Money]:
    return total((line.net for line in lines), order.currency), total((line.vat for line in lines), order.currency)


def accepted_sheet(work: Work, voucher: Voucher, order: Order, claim: Claim) -> Sheet | None:
    """The terms on what was accepted, after what is approved of the order already; None when nothing was accepted."""
    counted = [line.counted(line.accepted_minor or 0) for line in lines_of(work.session, claim.id)]
    net = total((each for each, _vat in counted), claim.currency)
    if net.minor <= 0 and counted:  # a later stage of what was invoiced before has no lines, and is judged by those
        return None
    approved = [each for each in live_claims_on(work.session, order.id, claim.id) if each.state == ClaimState.APPROVED]
    vat = total((each for _net, each in counted), claim.currency)
    stage = stage_named(terms_version(work.session, order.terms_id).terms, claim.milestone)
    return _sheet(work, voucher, order, approved, net, vat, stage).within(claim.requested, _REQUESTED)


def _sheet(
    work: Work, voucher: Voucher, order: Order, others: Sequence[Claim], net: Money, vat: Money, stage: Instalment | None = None
) -> Sheet:
    """What the terms give on net and tax, on top of what other claims on the order take: the terms look at all of them
    together, so that it does not matter in how many parts an order is claimed. Of a stage, what is due by then.
    """
    claimed = sum_of(work.session, others, order.currency)
    sheet = _granted(work, voucher, order, net + claimed.net, vat + claimed.vat)
    left = sheet.result - claimed.holds
    if stage is not None:
        due = codes_until(terms_version(work.session, order.terms_id).terms, stage)
        sheet = sheet.within(total((sheet.instalments[code] for code in due), order.currency), stage.name)
        by_then = [each for each in others if each.milestone in due]  # a later stage may be approved before this one is again
        left = min(left, sheet.result - sum_of(work.session, by_then, order.currency).holds)
    return sheet.within(max(left, Money.zero(order.currency)), _ELSEWHERE)


def _granted(work: Work, voucher: Voucher, order: Order, net: Money, vat: Money) -> Sheet:
    """What the terms give on all that is claimed of an order by now.

    Never more than the order reserved: its caps were applied when it was placed. The version at order judges; a later one
    only where it says that it is kinder to older orders, and is.
    """
    version = terms_version(work.session, order.terms_id)
    sheet = _by(work, voucher, order, version.terms, net, vat)
    for later in kinder_terms(work.session, version, work.today, (Kinder.ORDERS, Kinder.VOUCHERS)):
        try:
            kinder = _by(work, voucher, order, later.terms, net, vat)
        except NotValid:
            continue  # it knows no such service, class or amount any more, so it is not kinder
        sheet = max(sheet, kinder, key=lambda each: each.result.minor)
    return sheet.within(order.voucher_part, _RESERVED)


def _by(work: Work, voucher: Voucher, order: Order, terms: Terms, net: Money, vat: Money) -> Sheet:
    """The sheet by these terms, with what was used before the order; the order's other amounts shrink with its price."""
    scope = scope_of(work.session, terms, voucher.sme_id, order.provider_id, team=voucher.team, person=voucher.person)
    claimed, ordered = net.minor + vat.minor, order.net_minor + order.vat_minor
    measures = {code: Money.parse(text, order.currency) for code, text in order.measures.items()}
    return calculate(terms, case_in(
        terms, scope, order.counted_on, voucher.firm_class, order.service_type, net, vat,
        uses_of(work.session, terms, voucher.programme_id, scope, before=order.id), item=order.item, quantity=order.quantity,
        facts=order.facts, undated=not order.dated,
        measures={code: Money(money.minor * claimed // ordered, money.currency) for code, money in measures.items()}))
