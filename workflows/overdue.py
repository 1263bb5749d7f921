"""Overdue: what the system does when the last day of a deadline is over. Two jobs, which may run twice.

One marks what was missed; another takes, for each by itself, the step that the deadline names - through the verb that
people would take. Who answered late, but before the system acted, has answered: the step is not taken.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from voucher.deadlines import Deadline, DeadlineState, mark_missed
from voucher.files import FileStore
from voucher.jobs import put, put_many
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.amendment import lapse_amendment, lapse_unless_amended
from workflows.application import lapse_application
from workflows.correction import go_on_unanswered, lapse_claim
from workflows.delivery import deem_accepted, remind_of_acceptance
from workflows.holding import end_freeze
from workflows.programme_end import close_on_its_day
from workflows.providers import list_provider
from workflows.publication import close_notice, end_hold_in_time
from workflows.recovery import make_recovery_final
from workflows.surrender import take_silence_as_consent
from workflows.waiting import lapse_offer


def let_pass(_work: Work, _subject: str) -> None:
    """A right that was not used in time is gone, and nothing else happens."""


#: What may follow by itself when a deadline is missed: the verb, by the name that `start_clock(then=...)` gives. It is
#: called with the work and the reference of the subject, by the system.
STEPS: Mapping[str, Callable[[Work, str], Any]] = {
    "lapse_offer": lapse_offer,
    "close_on_its_day": close_on_its_day,
    "lapse_amendment": lapse_amendment,
    "go_on_unanswered": go_on_unanswered,
    "lapse_claim": lapse_claim,
    "let_pass": let_pass,
    "end_freeze": end_freeze,
    "lapse_application": lapse_application,
    "make_recovery_final": make_recovery_final,
    "lapse_order": lapse_unless_amended,
    "remind_of_acceptance": remind_of_acceptance,
    "deem_accepted": deem_accepted,
    "list_provider": list_provider,
    "take_silence_as_consent": take_silence_as_consent,
    "close_notice": close_notice,
    "end_hold_in_time": end_hold_in_time,
}

#: How many deadlines are marked in one piece of work.
AT_ONCE = 500


def mark_missed_deadlines(work: Work, _store: FileStore) -> int:
    """Mark the deadlines whose last day is over where they count; answers how many. The rest is left to a job of its own.

    One that somebody is answering at this moment is passed over, and looked at again the next time. A step that was refused is asked
    for again each day: what stood in its way for longer than a job is tried must not keep a clock from ever having its effect.
    """
    _ask_again_each_day(work)
    missed = [each for zone in _zones(work) for each in _over(work, zone)][:AT_ONCE]
    for deadline in missed:
        mark_missed(work, deadline)
    if len(missed) == AT_ONCE:
        put(work, "mark_missed_deadlines", f"after {missed[-1].id}", {})
    return len(missed)


def _ask_again_each_day(work: Work) -> None:
    """Ask anew for the steps of deadlines that are missed and still stand, a day after their last one: once a day."""
    left = work.session.exec(select(Deadline.id).where(
        Deadline.state == DeadlineState.MISSED, col(Deadline.ended_at).is_(None), Deadline.then != "",
        Deadline.due_on < _utc_day(work) - timedelta(days=1))).all()
    put_many(work, "take_step_of_deadline", {f"{each} on {_utc_day(work).isoformat()}": {"deadline": str(each)} for each in left})


def _zones(work: Work) -> list[str]:
    """The zones in which a last day may be over: nowhere is it later than half a day after what it is in UTC."""
    return sorted(work.session.exec(
        select(Deadline.zone).where(Deadline.state == DeadlineState.RUNNING, Deadline.due_on < _utc_day(work) + timedelta(days=1))
        .distinct()))


def _utc_day(work: Work) -> date:
    return work.now.astimezone(UTC).date()


def _over(work: Work, zone: str) -> list[Deadline]:
    today = work.now.astimezone(ZoneInfo(zone)).date()
    return list(work.session.exec(
        select(Deadline).where(Deadline.state == DeadlineState.RUNNING, Deadline.zone == zone, Deadline.due_on < today)
        .order_by(col(Deadline.due_on), col(Deadline.id)).limit(AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True).execution_options(populate_existing=True)))


def take_step_of_deadline(work: Work, _store: FileStore, deadline: str) -> bool:
    """Take the step that follows a missed deadline; False when what was awaited has come meanwhile.

    Whoever answers at this instant is waited for, and has answered.
    """
    missed = work.session.get_one(Deadline, UUID(deadline))
    _let_nobody_answer(work, missed)
    if missed.ended_at is not None:
        return False
    STEPS[missed.then](work, missed.subject)
    work.session.refresh(missed)
    if missed.ended_at is None:
        missed.ended_at = work.now
        work.session.add(missed)
    return True


def _let_nobody_answer(work: Work, missed: Deadline) -> None:
    """Lock what people's verbs lock first (the programme that closes, the voucher of the case), and look at the deadline again.

    The deadline itself is locked after these, by the verb: a step may lead on from where an answer led to (an order that was just taken
    can still lapse), so that the state alone would not tell that somebody was quicker.
    """
    session = work.session
    session.exec(select(Programme.id).where(Programme.reference == missed.subject).with_for_update()).all()
    session.exec(select(Voucher.id).where(Voucher.reference == missed.case_reference).with_for_update(key_share=True)).all()
    session.refresh(missed)
