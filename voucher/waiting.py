"""The waiting list of a programme: who is served first when money is short, so that anybody can draw the list again."""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select
from uuid_utils.compat import uuid7

from voucher import jobs
from voucher.programmes.programmes import Programme
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


def waiting_for(work: Work, programme: Programme) -> list[Voucher]:
    """The applications on the waiting list of a programme, as they were made."""
    return list(work.session.exec(select(Voucher).where(
        Voucher.programme_id == programme.id, Voucher.state == VoucherState.WAITLISTED).order_by(col(Voucher.id))))


def ask_to_serve(work: Work, programme: Programme) -> None:
    """Have the waiting list served after the commit: to be called by whatever frees money of a programme."""
    if waiting_for(work, programme):
        jobs.put(work, "serve_waiting_list", f"{programme.reference} {uuid7()}", {"programme": programme.reference})
