"""The end of a programme: announced, warned of, closed for good; what was issued goes on to its own end; then it is settled.

It may also be paused: nothing is applied for or issued for a while. Neither a pause nor the end touches what was issued.
"""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_
from sqlmodel import col, select

from voucher.accounting import fund_line_position
from voucher.awards import AwardState, ProviderAward
from voucher.database import lock
from voucher.deadlines import Deadline, drop_clock, drop_clocks, start_clock, today_of
from voucher.errors import NotNow, NotValid, _, problem, refuse_if_any
from voucher.files import FileStore
from voucher.history import events_of, given, record
from voucher.payouts import OUT_OF_HAND, Payout
from voucher.people import Role
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme, ProgrammeState
from voucher.recoveries import AS_AGREED, OVER, Recovery
from voucher.retention import still_running
from voucher.vouchers import Voucher, VoucherState
from voucher.waiting import ask_to_serve
from voucher.work import Work
from workflows.application import APPEAL
from workflows.funding import document_problems, tidy
from workflows.issue import CLOSING, VOUCHER
from workflows.publishing import PROGRAMME
from workflows.waiting import end_offer

#: How many days before it closes those whom it concerns are told again.
WARNINGS = (60, 30, 7)

#: How many of what stands in the way of settling a refusal names.
_MOST_NAMED = 5


def pause_programme(work: Work, programme: str, reason: str) -> Programme:
    """Nothing is applied for, issued or offered until the programme goes on; what was issued or offered is not touched."""
    held = lock(work.session, Programme, programme, whole=True)
    PROGRAMME.advance(work, held, "pause_programme", {}, case=held.reference, reason=given(reason))
    return held


def resume_programme(work: Work, programme: str, reason: str) -> Programme:
    """A paused programme goes on; who waits for its money is looked at again."""
    held = lock(work.session, Programme, programme, whole=True)
    PROGRAMME.advance(work, held, "resume_programme", {}, case=held.reference, reason=given(reason))
    ask_to_serve(work, held)
    return held


def announce_closing(work: Work, programme: str, last_day: date, reason: str) -> Programme:
    """Say on which day a programme takes its last applications; a later word takes the place of an earlier one.

    Those whom it concerns are told now, and 60, 30 and 7 days before; after that day the programme closes by itself.
    """
    held = lock(work.session, Programme, programme, whole=True)
    PROGRAMME.allow(work, "announce_closing", {})
    if last_day <= today_of(work, held.reference):
        raise NotValid(problems=[problem(_("The last day must lie ahead. To close today, close it."), "last_day")])
    step = "announce_closing_paused" if held.state == ProgrammeState.PAUSED else "announce_closing"
    PROGRAMME.advance(work, held, step, {}, case=held.reference, reason=given(reason), last_day=last_day.isoformat())
    drop_clock(work, held.reference, CLOSING)
    start_clock(work, held.reference, CLOSING, case=held.reference, waits_for=Role.APPROVER, due=last_day, then="close_on_its_day")
    return held


def warn_of_closing(work: Work, _store: FileStore) -> int:
    """Tell again those whom the end of a programme concerns, 60, 30 and 7 days before it (a job); answers of how many programmes."""
    told = 0
    clocks = select(Deadline).where(Deadline.rule == CLOSING, col(Deadline.ended_at).is_(None)).order_by(col(Deadline.id))
    for clock in work.session.exec(clocks.with_for_update(skip_locked=True, key_share=True)).all():  # another worker tells of the others
        today = work.now.astimezone(ZoneInfo(clock.zone)).date()
        left, whole = (clock.due_on - today).days, (clock.due_on - clock.started_on).days
        due = min((days for days in WARNINGS if 0 <= left <= days < whole), default=None)
        if due is None or _is_warned(work, clock, due):
            continue
        record(work, "programme.closing_warned", clock.subject, case=clock.subject, days=due, last_day=clock.due_on.isoformat())
        told += 1
    return told


def _is_warned(work: Work, clock: Deadline, days: int) -> bool:
    return any(each.name == "programme.closing_warned" and each.data["last_day"] == clock.due_on.isoformat()
               and each.data["days"] <= days for each in events_of(work.session, clock.subject))


def settle_programme(work: Work, programme: str, document: str) -> Programme:
    """Finance settles a closed programme, by a numbered document: every case is over, and none of its money is left anywhere.

    What has to come back by instalments may go on coming. Raises NotNow with what stands in the way.
    """
    held = lock(work.session, Programme, programme, whole=True)
    PROGRAMME.allow(work, "settle_programme", {})
    refuse_if_any(document_problems(tidy(document)))
    if held.state == ProgrammeState.CLOSED:
        standing = list(_in_the_way(work, held))
        if standing:
            raise NotNow(_("This is not over yet: {what}."), what=", ".join(standing[:_MOST_NAMED]))
    PROGRAMME.advance(work, held, "settle_programme", {}, case=held.reference, document=tidy(document))
    return held


def _in_the_way(work: Work, programme: Programme) -> Iterator[str]:
    """The references of what is not over in a programme: vouchers, awards and their recoveries, fund lines that still hold something."""
    yield from still_running(work.session, programme.id, work.today)
    undone = exists().where(col(Payout.award_id) == ProviderAward.id, col(Payout.state).not_in(OUT_OF_HAND))
    yield from work.session.exec(select(ProviderAward.reference).where(
        ProviderAward.programme_id == programme.id,
        or_(col(ProviderAward.state).in_((AwardState.ASKED, AwardState.PROPOSED)), undone)).order_by(col(ProviderAward.reference)))
    yield from work.session.exec(select(Recovery.reference).join(ProviderAward, col(ProviderAward.id) == Recovery.award_id).where(
        ProviderAward.programme_id == programme.id, col(Recovery.state).not_in((*OVER, *AS_AGREED))).order_by(col(Recovery.reference)))
    for line in work.session.exec(select(FundLine).where(FundLine.programme_id == programme.id).order_by(col(FundLine.reference))):
        held = fund_line_position(work.session, line)
        if any((held.unallotted, held.free, held.offered, held.committed, held.uncovered, held.reserved, held.obligated, held.delivered,
                held.lent)):
            yield line.reference


def close_programme(work: Work, programme: str, reason: str) -> Programme:
    """The office closes a programme for good: what is not issued by then ends, what is issued goes on as before.

    An application that somebody issues at the same instant is issued or has ended, never both.
    """
    PROGRAMME.allow(work, "close_programme", {})
    return _close(work, lock(work.session, Programme, programme, whole=True), "close_programme", given(reason))


def close_on_its_day(work: Work, programme: str) -> Programme:
    """The day is over on which a programme was announced to close (a step of the clock)."""
    held = lock(work.session, Programme, programme, whole=True)
    said = [each.reason for each in events_of(work.session, held.reference) if each.name == "programme.closing_announced"]
    return _close(work, held, "close_on_its_day", said[-1])


def _close(work: Work, held: Programme, step: str, reason: str) -> Programme:
    undecided = work.session.exec(select(Voucher).where(
        Voucher.programme_id == held.id, col(Voucher.state).in_(VOUCHER.steps["end_application"].source))
        .order_by(col(Voucher.id)).with_for_update(key_share=True).execution_options(populate_existing=True)).all()
    PROGRAMME.advance(work, held, step, {}, case=held.reference, reason=reason, applications=len(undecided))
    for voucher in undecided:
        _end(work, voucher, reason)
    _end_appeals(work, held, reason)
    drop_clock(work, held.reference, CLOSING)
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
