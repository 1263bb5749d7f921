"""The end of a programme: it is closed for good, and what was issued goes on to its own end."""

from sqlalchemy import exists
from sqlmodel import col, select

from voucher.database import lock
from voucher.deadlines import Deadline, drop_clock, drop_clocks
from voucher.history import given, record
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work
from workflows.application import APPEAL
from workflows.issue import VOUCHER
from workflows.publishing import PROGRAMME
from workflows.waiting import end_offer


def close_programme(work: Work, programme: str, reason: str) -> Programme:
    """The office closes a programme for good: what is not issued by then ends, what is issued goes on as before.

    An application that somebody issues at the same instant is issued or has ended, never both.
    """
    held = lock(work.session, Programme, programme, whole=True)
    PROGRAMME.allow(work, "close_programme", {})
    reason = given(reason)
    undecided = work.session.exec(select(Voucher).where(
        Voucher.programme_id == held.id, col(Voucher.state).in_(VOUCHER.steps["end_application"].source))
        .order_by(col(Voucher.id)).with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    PROGRAMME.advance(work, held, "close_programme", {}, case=held.reference, reason=reason, applications=len(undecided))
    for voucher in undecided:
        _end(work, voucher, reason)
    _end_appeals(work, held, reason)
    return held


def _end_appeals(work: Work, programme: Programme, reason: str) -> None:
    """Who was rejected a moment ago and could still appeal is told that nothing could come of it any more."""
    may_appeal = exists().where(col(Deadline.subject) == Voucher.reference, col(Deadline.rule) == APPEAL, col(Deadline.ended_at).is_(None))
    for voucher in work.session.exec(select(Voucher).where(
            Voucher.programme_id == programme.id, Voucher.state == VoucherState.REJECTED, may_appeal)
            .order_by(col(Voucher.id)).with_for_update(key_share=True)).all():
        drop_clock(work, voucher.reference, APPEAL)
        record(work, "voucher.appeal_ended", voucher.reference, case=voucher.reference, reason=reason)


def _end(work: Work, voucher: Voucher, reason: str) -> None:
    """End an application; what was set apart for one that was offered is free again."""
    offered = voucher.state == VoucherState.OFFERED
    VOUCHER.follow(work, voucher, "end_application", case=voucher.reference, reason=reason)
    drop_clocks(work, voucher.reference)
    if offered:
        end_offer(work, voucher)
