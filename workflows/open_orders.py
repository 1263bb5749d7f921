"""Open orders at the end of a budget year: what is obligated for them is carried to the next year's fund line, and what is delivered
and not verified yet is accrued.

An order that is carried goes on as it was; what is claimed, approved, paid or freed of it from then on is the new line's.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, func, or_, select

from voucher import accounting, ledger
from voucher.claims import LIVE, Claim, ClaimState
from voucher.database import lock
from voucher.errors import NotNow, _
from voucher.history import events_of
from voucher.ledger import Draft
from voucher.money import Money, total
from voucher.orders import OFF, Order, OrderState
from voucher.people import Organisation
from voucher.posting import post_many
from voucher.programmes.funding import FundLine, FundShare, move_shares
from voucher.programmes.windows import budget_days
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.funding import tidy
from workflows.publishing import PROGRAMME
from workflows.year_end import checked_day, lock_with_next, tell, terms_of_line

# An order, its voucher and holder as postings name them, and an amount of it.
Part = tuple[Order, accounting.Places, Money]


def carry_orders(work: Work, fund_line: str, document: str, on: date | None = None) -> FundLine:
    """Carry what is obligated for open orders to the line of the same funder in the next year; answers that line.

    Budget and cash leave the line on the day `on` (without one, the last day of its year) and are there again on the first day of the
    next year, or that day if it is later: as much of each order as was obligated on that day and has been since. Raises NotNow when
    that is nothing.
    """
    PROGRAMME.allow(work, "carry_orders", {})
    document = tidy(document)
    line, following = lock_with_next(work, fund_line)
    terms = terms_of_line(work, line)
    on = checked_day(work, line, terms, document, on)
    if _told(work, "year.carried", line, document):
        return following
    found = _lock_obligated(work, line, on)
    if not found:
        raise NotNow(_("No order of this fund line was open on {day} and has been since."), day=on.isoformat())
    country, opens_on = terms.programme.country, max(on, budget_days(terms, following.year)[0])
    _bear_elsewhere(work, line, following, found)
    post_many(work, [draft for order, case, amount in found for draft in (
        accounting.order_carried(line, order, case, amount, document, on, country),
        accounting.order_opened(following, line, order, case, amount, document, opens_on, country))])
    carried = total((amount for _order, _voucher, amount in found), line.currency)
    tell(work, "year.carried", line, carried, document)
    tell(work, "year.opened", following, carried, document)
    return following


def accrue_deliveries(work: Work, fund_line: str, document: str) -> FundLine:
    """Enter as owed, for the last day of a line's year, what was delivered by then and not approved; it is taken back on the first day of
    the next year, in the same piece of work, so that the approval itself is the expense of no year twice.

    The estimate is what was obligated for the order that day, or what was claimed of it where it is not delivered as a whole; and no
    more than the order still holds. Each order is accrued once a year. Raises NotNow when there is nothing to accrue.
    """
    line = lock(work.session, FundLine, fund_line)
    PROGRAMME.allow(work, "accrue_deliveries", {})
    document = tidy(document)
    terms = terms_of_line(work, line)
    last = checked_day(work, line, terms, document, None)
    if _told(work, "year.accrued", line, document):
        return line
    country, first = terms.programme.country, budget_days(terms, line.year + 1)[0]
    pairs = [(accounting.order_accrued(line, order, case, amount, last, country),
              accounting.accrual_reversed(line, order, case, amount, first, country))
             for order, case, amount in _delivered(work, line, last)]
    standing = ledger.find_many(work.session, [accrued.cause for accrued, _reversed in pairs])
    drafts = [draft for pair in pairs if pair[0].cause not in standing for draft in pair]
    if not drafts:
        raise NotNow(_("Nothing of this fund line was delivered by {day} and not approved, or it is accrued already."),
                     day=last.isoformat())
    post_many(work, drafts)
    accrued = total((_expense(draft, line) for draft in drafts[::2]), line.currency)
    tell(work, "year.accrued", line, accrued, document)
    tell(work, "year.accrual_reversed", line, accrued, document)
    return line


def _told(work: Work, event: str, line: FundLine, document: str) -> bool:
    """Whether a document was made so already; it counts once."""
    return any(each.name == event and each.data.get("document") == document for each in events_of(work.session, line.reference))


def _lock_obligated(work: Work, line: FundLine, on: date) -> list[Part]:
    """The accepted orders that the line bears, locked after their vouchers, with what of each was obligated that day and ever since."""
    accepted = (select(Order).join(FundShare, col(FundShare.subject_id) == Order.id)
                .where(FundShare.fund_line_id == line.id, FundShare.amount_minor > 0, Order.held_minor > 0,
                       col(Order.state).not_in((OrderState.PLACED, *OFF))))
    of_vouchers = accepted.with_only_columns(col(Order.voucher_id))
    vouchers = work.session.exec(_locked(select(Voucher).where(col(Voucher.id).in_(of_vouchers)).order_by(col(Voucher.id)))).all()
    holders = {each.id: each for each in work.session.exec(
        select(Organisation).where(col(Organisation.id).in_({voucher.sme_id for voucher in vouchers})))}
    cases = {each.id: _case(each.reference, holders[each.sme_id]) for each in vouchers}
    orders = work.session.exec(_locked(accepted.order_by(col(Order.id)), of=Order)).all()
    obligated = accounting.obligated_since(work.session, line, on)
    return [(order, cases[order.voucher_id], obligated[order.reference]) for order in orders
            if order.reference in obligated and order.voucher_id in cases]


def _case(voucher: str, holder: Organisation) -> accounting.Places:
    return {"voucher": voucher} | accounting.places_at(holder)


def _locked(which: Any, of: Any = None) -> Any:
    return which.with_for_update(key_share=True, of=of).execution_options(populate_existing=True)


def _bear_elsewhere(work: Work, line: FundLine, following: FundLine, found: list[Part]) -> None:
    """The new line bears from now on what the old one bore of these orders, and of their vouchers."""
    moved: dict[UUID, int] = {}
    for order, _voucher, amount in found:
        moved[order.id] = amount.minor
        moved[order.voucher_id] = moved.get(order.voucher_id, 0) + amount.minor
    move_shares(work.session, line, following, moved)


def _delivered(work: Work, line: FundLine, last: date) -> list[Part]:
    """The orders of which something was delivered by a day and not approved, with what that is estimated to cost the line."""
    obligated = accounting.obligated_on(work.session, line, last)
    held, approved, claimed = _held(work, line), _approved(work, line, last), _claimed(work, line, last)
    rows = work.session.exec(select(Order, Voucher.reference, Organisation).join(Voucher, col(Voucher.id) == Order.voucher_id)
                             .join(Organisation, col(Organisation.id) == Voucher.sme_id)
                             .where(col(Order.id).in_(_on_line(line)), Order.held_minor > 0).order_by(col(Order.id)))
    found = []
    for order, voucher, holder in rows:
        whole = held.get(order.id, 0)
        left = whole - approved.get(order.id, 0)
        if order.delivered_on is None or order.delivered_on > last:  # only what was claimed of it, of which the line bears a part
            left = min(left, claimed.get(order.id, 0) * whole // order.held_minor)
        estimate = min(obligated[order.reference].minor if order.reference in obligated else 0, left)
        if estimate > 0:
            found.append((order, _case(voucher, holder), Money(estimate, line.currency)))
    return found


def _on_line(line: FundLine) -> Any:
    """What the line bears or has borne."""
    return select(FundShare.subject_id).where(FundShare.fund_line_id == line.id)


def _alike(line: FundLine) -> Any:
    """The lines of the same funder, whatever their year."""
    return select(FundLine.id).where(FundLine.programme_id == line.programme_id, FundLine.funder == line.funder,
                                     FundLine.service_group == line.service_group)


def _held(work: Work, line: FundLine) -> dict[UUID, int]:
    """What the funder bears of each order now: order -> minor units."""
    return _sums(work, select(FundShare.subject_id, func.sum(FundShare.amount_minor)).where(
        col(FundShare.subject_id).in_(_on_line(line)), col(FundShare.fund_line_id).in_(_alike(line))).group_by(col(FundShare.subject_id)))


def _approved(work: Work, line: FundLine, last: date) -> dict[UUID, int]:
    """What the funder bears of the claims on each order that were approved by a day."""
    of_claims = select(Claim.order_id, func.sum(FundShare.amount_minor)).join(FundShare, col(FundShare.subject_id) == Claim.id)
    return _sums(work, of_claims.where(
        Claim.state == ClaimState.APPROVED, col(Claim.approved_on) <= last, col(FundShare.fund_line_id).in_(_alike(line)))
        .group_by(col(Claim.order_id)))


def _claimed(work: Work, line: FundLine, last: date) -> dict[UUID, int]:
    """What was claimed of each order by a day and not approved by then."""
    over = datetime.combine(last + timedelta(days=1), time(), work.zone)
    return _sums(work, select(Claim.order_id, func.sum(Claim.requested_minor)).where(
        col(Claim.order_id).in_(_on_line(line)), col(Claim.state).in_(LIVE), Claim.submitted_at < over.astimezone(UTC),
        or_(col(Claim.approved_on).is_(None), col(Claim.approved_on) > last)).group_by(col(Claim.order_id)))


def _sums(work: Work, which: Any) -> dict[UUID, int]:
    return {order: int(minor) for order, minor in work.session.exec(which)}


def _expense(draft: Draft, line: FundLine) -> Money:
    account = accounting.chart_account("F5100").of(line.reference, line.currency)
    return next(each.amount for each in draft.lines if each.account == account)
