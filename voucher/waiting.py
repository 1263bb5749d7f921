"""When money is short: fund lines that close alone, and who is served first when there is some again.

Anybody can draw the order of a waiting list again.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select
from uuid_utils.compat import uuid7

from voucher import jobs
from voucher.accounting import room_in
from voucher.programmes.funding import FundLine, FundLineState
from voucher.programmes.programmes import Programme, terms_in_force
from voucher.programmes.terms import Queue, Terms
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
    waiting = select(Voucher).where(Voucher.programme_id == programme.id, Voucher.state == VoucherState.WAITLISTED)
    if group is not None:
        waiting = waiting.where(Voucher.service_group == group)
    return list(work.session.exec(waiting.order_by(col(Voucher.id))))


def ask_to_serve(work: Work, programme: Programme) -> None:
    """Have the waiting list served after the commit. What frees money of a fund line has it asked for by posting."""
    if waiting_for(work, programme):
        jobs.put(work, "serve_waiting_list", f"{programme.reference} {uuid7()}", {"programme": programme.reference})


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
