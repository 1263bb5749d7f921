"""When money is short: fund lines that close alone, and who is served first when there is some again.

Anybody can draw the order of a waiting list again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, func, literal
from sqlmodel import Session, col, select
from uuid_utils.compat import uuid7

from voucher import jobs
from voucher.accounting import AVAILABLE, room_in
from voucher.ledger.accounts import accounts
from voucher.money import Money, total
from voucher.programmes.funding import FundLine, FundLineState, fund_lines_of
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import Queue, Terms
from voucher.programmes.windows import budget_year
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work


def in_turn(terms: Terms, waiting: Iterable[Voucher]) -> list[Voucher]:
    """Those who wait, the first to be served first: by arrival, by rank (and then arrival), or by lottery.

    A lot is the SHA-256 of the published seed, a space and the voucher's reference, in UTF-8; the smallest is drawn first.
    """
    kept = terms.waiting_list

    def turn(voucher: Voucher) -> tuple[Any, ...]:
        arrival = (voucher.applied_at, voucher.reference)
        if kept is not None and kept.order == Queue.LOTTERY:
            return (lot(kept.seed, voucher.reference),)
        if kept is not None and kept.order == Queue.RANK:
            return (voucher.rank is None, voucher.rank or 0, *arrival)  # who has no rank comes last
        return arrival

    return sorted(waiting, key=turn)


def lot(seed: str, reference: str) -> str:
    """The lot of one application in a lottery.

    >>> lot("draw of 2026-03-01", "V-2026-00001-4")[:12]
    'fd388c1ebfd3'
    """
    return hashlib.sha256(f"{seed} {reference}".encode()).hexdigest()


def waiting_for(work: Work, programme: Programme, group: str | None = None) -> list[Voucher]:
    """The applications on the waiting list of a programme (or for one type of voucher), as they were made."""
    return waiting_in(work.session, programme, group)


def waiting_in(session: Session, programme: Programme, group: str | None = None) -> list[Voucher]:
    """The same, to be looked at only."""
    waiting = select(Voucher).where(Voucher.programme_id == programme.id, Voucher.state == VoucherState.WAITLISTED)
    if group is not None:
        waiting = waiting.where(Voucher.service_group == group)
    return list(session.exec(waiting.order_by(col(Voucher.id))))


def ask_to_serve(work: Work, programme: Programme, *, after: datetime | None = None) -> None:
    """Have the waiting list served after the commit, or after an instant. What frees money of a fund line has it asked for by posting."""
    if waiting_for(work, programme):
        jobs.put(work, "serve_waiting_list", f"{programme.reference} {uuid7()}", {"programme": programme.reference}, after=after)


def is_empty(session: Session, line: FundLine, terms: Terms) -> bool:
    """Whether less can be issued from a fund line than the smallest voucher that these terms know."""
    return room_in(session, line) < terms.smallest_voucher


def ask_to_look_at(work: Work, line: FundLine) -> None:
    """Have a fund line looked at after the commit, if it has to close or to open, or if somebody waits for its money."""
    programme = work.session.get_one(Programme, line.programme_id)
    terms = terms_in_force(work.session, programme, work.today).terms
    closes_or_opens = (line.state == FundLineState.CLOSED) != is_empty(work.session, line, terms)
    if closes_or_opens or waiting_for(work, programme, line.service_group):
        jobs.put(work, "look_at_fund_line", f"{line.reference} {uuid7()}", {"fund_line": line.reference})


@dataclass(frozen=True)
class Outlook:
    """How an application stands that waits for money: its place, how much waits before it, and when money may be there.

    `earliest` is the first day on which enough is free if all that is issued and not ordered for expires unused; None when even
    that is too little, or too much is unknown.
    """

    place: int
    ahead: Money
    earliest: date | None


_UNDECIDED = (VoucherState.SUBMITTED, VoucherState.REVIEWED)


def outlook(session: Session, voucher: Voucher, on: date) -> Outlook | None:
    """The outlook of an application on the waiting list, or of one that will come onto it; None where money is there.

    One that is not decided yet stands behind all who wait. Where several funders bear a voucher, no day is foretold.
    """
    programme = session.get_one(Programme, voucher.programme_id)
    terms = terms_in_force(session, programme, on).terms
    lines = [each for each in fund_lines_of(session, programme.id, budget_year(terms, on)) if each.service_group == voucher.service_group]
    closed = bool(lines) and all(line.state == FundLineState.CLOSED for line in lines)
    if voucher.state != VoucherState.WAITLISTED and not (closed and voucher.state in _UNDECIDED):
        return None
    turn = [each for each in in_turn(terms, waiting_in(session, programme, voucher.service_group)) if each.id != voucher.id]
    if voucher.state == VoucherState.WAITLISTED:
        turn = in_turn(terms, [*turn, voucher])
        turn = turn[:turn.index(voucher)]
    ahead = total((each.amount for each in turn), voucher.currency)
    return Outlook(len(turn) + 1, ahead, _earliest(session, voucher, lines, ahead, on) if len(lines) == 1 else None)


def _earliest(session: Session, voucher: Voucher, lines: Sequence[FundLine], ahead: Money, on: date) -> date | None:
    """The first day on which the free balances that have expired by then are enough."""
    free = total((room_in(session, line) for line in lines), voucher.currency)
    if free >= ahead + voucher.amount:
        return on
    last_day: Any = col(Voucher.use_by)
    expiring = session.connection().execute(
        _select(last_day, func.sum(-accounts.c.balance_minor))
        .join(accounts, accounts.c.name == literal(f"{AVAILABLE.name}:") + Voucher.reference)
        .where(col(Voucher.programme_id) == voucher.programme_id, col(Voucher.service_group) == voucher.service_group,
               col(Voucher.state) == VoucherState.ISSUED, last_day >= on)
        .group_by(last_day).order_by(last_day))
    for day, minor in expiring:
        free += Money(int(minor), voucher.currency)
        if free >= ahead + voucher.amount:
            return cast("date", day) + timedelta(days=1)
    return None


def _select(*columns: Any) -> Select[Any]:
    statement: Select[Any] = select(*columns)
    return statement
