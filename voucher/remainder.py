"""The remainder: what is left to use of a voucher, fund line by fund line, and how it ends.

What a fund line bears of a voucher (`FundShare`) is its part of what is still there of the face: what expired, lapsed or was
given back nobody bears any more. So what a line bears of the remainder is what it bears of the voucher less what it bears of
the orders.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, func, select

from voucher.accounting import Case, Spread, cases_of_vouchers, given_back, less, remainder_ended, voucher_positions
from voucher.appeals import appeals_on_vouchers
from voucher.database import among
from voucher.ledger import Draft
from voucher.money import Money, split_within, total
from voucher.orders import Order
from voucher.posting import post_many
from voucher.programmes.funding import FundLine, FundShare, keep_shares, keep_shares_of_many
from voucher.vouchers import Voucher
from voucher.work import Work


def end_remainders(work: Work, vouchers: Sequence[Voucher], event: str) -> list[Money]:
    """End what is left to use of these locked vouchers, by `voucher.expired` or `voucher.cancelled`; answers how much of each.

    The questions do not grow with the vouchers. What is freed later ends by another entry: its cause says up to how much has
    ended so, and after how many appeals, which alone bring something of that back. Asked again with nothing freed meanwhile, nothing is
    written.
    """
    amounts, drafts = remainders_ended(work, vouchers, event)
    post_many(work, drafts)
    return amounts


def remainders_ended(
    work: Work, vouchers: Sequence[Voucher], event: str, before: Sequence[Draft] = ()
) -> tuple[list[Money], list[Draft]]:
    """As `end_remainders`, but the entries are answered, to be posted in one go after those `before`, which may free more."""
    held = _held(work.session, [voucher.id for voucher in vouchers])
    amounts: list[Money] = []
    drafts: list[Draft] = []
    borne_then: dict[UUID, tuple[tuple[FundLine, ...], Spread]] = {}
    positions, appeals = voucher_positions(work.session, vouchers), appeals_on_vouchers(work.session, [voucher.id for voucher in vouchers])
    for case, position in zip(cases_of_vouchers(work.session, vouchers), positions, strict=True):
        amount = total((position.available, *(given_back(draft, case.voucher) for draft in before)), case.voucher.currency)
        amounts.append(amount)
        if amount:
            borne = _borne(case, held.get(case.voucher.id, {}))
            spread = tuple(split_within(amount, [each.minor for each in borne], borne))
            ended = position.expired if event == "voucher.expired" else position.cancelled
            drafts.append(remainder_ended(case, event, spread, ended + amount, work.today, appeals.get(case.voucher.id, 0)))
            borne_then[case.voucher.id] = case.funds, less(case.spread(case.voucher.id), spread)
    keep_shares_of_many(work.session, borne_then)
    return amounts, drafts


def borne_by_remainder(session: Session, case: Case) -> Spread:
    """What each fund line bears of what is left to use of a voucher."""
    return _borne(case, _held(session, [case.voucher.id]).get(case.voucher.id, {}))


def _borne(case: Case, held: dict[UUID, int]) -> Spread:
    """What each fund line bears of the remainder."""
    return tuple(each - Money(held.get(line.id, 0), each.currency)
                 for line, each in zip(case.funds, case.spread(case.voucher.id), strict=True))


def _held(session: Session, vouchers: Sequence[UUID]) -> dict[UUID, dict[UUID, int]]:
    """What each fund line bears of the orders that still count: voucher -> fund line -> minor units."""
    sums = (
        select(Order.voucher_id, FundShare.fund_line_id, func.sum(FundShare.amount_minor))
        .join(FundShare, col(FundShare.subject_id) == Order.id).where(among(col(Order.voucher_id), vouchers), Order.held_minor > 0)
        .group_by(col(Order.voucher_id), col(FundShare.fund_line_id)))
    found: dict[UUID, dict[UUID, int]] = {}
    for voucher, line, minor in session.exec(sums):
        found.setdefault(voucher, {})[line] = int(minor)
    return found


def no_longer_borne(session: Session, case: Case, gone: Spread) -> None:
    """Some of a voucher is gone for good, by an entry of its own: nobody bears it any more."""
    if any(gone):
        keep_shares(session, case.voucher.id, case.funds, less(case.spread(case.voucher.id), gone))
