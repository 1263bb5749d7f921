"""Deadlines: every last day by which somebody has to do something, as a row one can see.

A clock starts when something begins to be awaited, stands still while the other side has to answer, and stops when what
was awaited has come. A day is a day where the programme is, and its working days are the programme's, wherever the office
stands; a case of no programme goes by the office's. What the system does by itself when a deadline is missed is named on
it and taken by a job (`workflows/overdue.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, CheckConstraint, Index, String, text
from sqlmodel import Field, Session, col, select

from voucher.calendars import Calendar, DayNote, LastDay, Pause, last_plain_day, last_working_day
from voucher.database import Row, one_of
from voucher.errors import NotNow, _
from voucher.history import record
from voucher.jobs import put
from voucher.people import Organisation, Role, office
from voucher.programmes.durations import Duration, Unit
from voucher.programmes.programmes import Programme, terms_in_force, terms_version
from voucher.programmes.terms import Awaited, Clause, Terms
from voucher.vouchers import STOPPED_STATES, Voucher
from voucher.work import Work

#: Of a clause longer than this, a deadline keeps the beginning.
LONGEST_CLAUSE = 200


#: The rule of the time in which a claimant may appeal against the decision on his claim.
APPEAL_TIME: Final = "claim.appeal"

#: Why a clock stands still while its voucher is frozen, or its holder heard before it is revoked.
STILL: Final = _("the voucher stands still")


class DeadlineState(StrEnum):
    """Where a deadline is: it runs, stands still, was kept, was missed, or nothing is awaited any more."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    DROPPED = "dropped"


class Deadline(Row, table=True):
    """The last day, `due_on`, by which somebody has to do something about `subject`, and why it is that day.

    `rule` is a code such as `information`, the clause says where the regulation has it. `length` is as a
    regulation writes it ("10 working days"), empty where the day itself was given, which `until` keeps. `pauses` are [first
    day, first day on which it went on or null, reason]; `notes` are the days that made it this one: [day, sentence,
    values]. It waits for who holds the role `waits_for`, for the organisation `waits_for_id` where that is a firm. `then`
    names the verb that the system takes when it is missed.
    `ended_at` is empty as long as what is awaited has not come, so also on one that was missed and is still waited for.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        one_of("state", DeadlineState), one_of("waits_for", Role),
        CheckConstraint("(length = '') = (until is not null)", name="length_or_day"),
        CheckConstraint("due_on >= started_on", name="due_after_the_start"),
        CheckConstraint("state = 'missed' or (state in ('running', 'paused')) = (ended_at is null)", name="ended_when_over"),
        Index("uq_deadlines_one_standing_a_rule", "subject", "rule", unique=True, sqlite_where=text("ended_at is null"),
              postgresql_where=text("ended_at is null")),
        Index("ix_deadlines_next", "state", "due_on"),
    )

    case_reference: str = Field(max_length=24, index=True)
    subject: str = Field(max_length=24)
    rule: str = Field(max_length=64)
    clause_zh: str = Field(default="", max_length=LONGEST_CLAUSE)
    clause_en: str = Field(default="", max_length=LONGEST_CLAUSE)
    started_on: date
    length: str = Field(default="", max_length=32)
    until: date | None = None
    due_on: date
    zone: str = Field(max_length=64)
    pauses: list[list[Any]] = Field(default_factory=list, sa_type=JSON)
    notes: list[list[Any]] = Field(default_factory=list, sa_type=JSON)
    state: str = Field(default=DeadlineState.RUNNING, sa_type=String(16))
    waits_for: str = Field(sa_type=String(16), index=True)
    waits_for_id: UUID | None = Field(default=None, foreign_key="organisations.id", index=True)
    then: str = Field(default="", max_length=64)
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def day_notes(self) -> list[DayNote]:
        """Why it is this day."""
        return [DayNote(date.fromisoformat(day), what, values) for day, what, values in self.notes]

    def clause(self, language: str) -> str:
        """Where the regulation says so, for readers of a language; empty when nobody said."""
        return self.clause_zh if language.startswith("zh") else self.clause_en

    def today(self, now: datetime) -> date:
        """The day it is where it counts."""
        return now.astimezone(ZoneInfo(self.zone)).date()

    def days_left(self, now: datetime) -> int:
        """How many days there are until its last day; less than zero when that is over."""
        return (self.due_on - self.today(now)).days


def allowed(terms: Terms, rule: str, otherwise: str) -> Duration:
    """How long the terms allow for a rule, or what is usual. A file calls the rule claim.answer claim_answer (`Awaited`)."""
    return terms.deadlines.get(_step(rule)) or Duration.parse(otherwise)


def cited(terms: Terms, rule: str) -> Clause | None:
    """Where the regulation says how long that may take, if the terms cite it."""
    return terms.clause_of(_step(rule))


def _step(rule: str) -> Awaited:
    return Awaited(rule.replace(".", "_"))


@dataclass(frozen=True)
class Place:
    """Where a deadline counts: the zone in which days begin, and the working days."""

    zone: str
    calendar: Calendar


def place_of(work: Work, case: str) -> Place:
    """Where the deadlines of a case count: at the programme of a voucher, at the programme itself, else at the office."""
    voucher = work.session.exec(select(Voucher).where(Voucher.reference == case)).first()
    if voucher is not None:
        return _at(terms_version(work.session, voucher.terms_id).terms)
    programme = work.session.exec(select(Programme).where(Programme.reference == case)).first()
    if programme is not None:
        return _at(terms_in_force(work.session, programme).terms)
    return Place(str(work.zone), Calendar(office(work.session).country))


def _at(terms: Terms) -> Place:
    return Place(terms.zone, terms.calendar)


def today_of(work: Work, case: str) -> date:
    """The day it is where a case is, which may be another than at the office."""
    return work.now.astimezone(ZoneInfo(place_of(work, case).zone)).date()


def start_clock(
    work: Work, subject: str, rule: str, *, case: str, waits_for: Role, length: Duration | None = None,
    due: date | None = None, firm: Organisation | UUID | None = None, clause: Clause | None = None, then: str = "",
) -> Deadline:
    """From today, `subject` waits for whoever holds a role (of a firm, when it is a firm's), for a length of time or until a day.

    `case` is the voucher's reference (a programme's, or anything else where there is no voucher). There must be no clock
    of this rule on the subject that still stands: the database holds that too.
    """
    assert (length is None) != (due is None), "a deadline has a length or a day"
    place = place_of(work, case)
    today = work.now.astimezone(ZoneInfo(place.zone)).date()
    reckoned = _reckon(place.calendar, today, length, due, ())
    deadline = Deadline(
        case_reference=case, subject=subject, rule=rule, clause_zh=clause.zh[:LONGEST_CLAUSE] if clause else "",
        clause_en=clause.en[:LONGEST_CLAUSE] if clause else "",
        started_on=today, length=str(length or ""), until=due, due_on=reckoned.due, zone=place.zone, notes=_as_json(reckoned),
        waits_for=waits_for.value, waits_for_id=firm.id if isinstance(firm, Organisation) else firm, then=then, started_at=work.now)
    if stands_still_with_its_voucher(deadline) and _is_stopped(work, case):
        deadline.pauses, deadline.state = [[today.isoformat(), None, STILL]], DeadlineState.PAUSED.value
    work.session.add(deadline)
    work.session.flush()
    return deadline


def stands_still_with_its_voucher(deadline: Deadline) -> bool:
    """Whether a clock waits for a firm to do something on an order or claim, which it may not while the voucher is frozen or heard about.

    An appeal may be made all the same, so its time runs.
    """
    return deadline.subject[:1] in ("O", "C") and deadline.waits_for in (Role.SME, Role.PROVIDER) and deadline.rule != APPEAL_TIME


def _is_stopped(work: Work, case: str) -> bool:
    return work.session.exec(select(Voucher.state).where(Voucher.reference == case)).first() in STOPPED_STATES


def last_day_of(work: Work, case: str, length: Duration) -> date:
    """The last day of a length of time that begins today, where the case is."""
    place = place_of(work, case)
    return last_day(place.calendar, work.now.astimezone(ZoneInfo(place.zone)).date(), length)


def last_day(calendar: Calendar, start: date, length: Duration) -> date:
    """The last day of a length of time that begins on a day; it is one on which people work."""
    return _reckon(calendar, start, length, None, ()).due


def _reckon(calendar: Calendar, start: date, length: Duration | None, due: date | None, pauses: tuple[Pause, ...]) -> LastDay:
    if length is not None and length.unit == Unit.WORKING_DAY:
        return last_working_day(calendar, start, length.number, pauses)
    end = length.after(start) if length is not None else due
    assert end is not None and end >= start, (start, end)
    return last_plain_day(start, end, pauses, calendar if length is not None else None)  # a day that somebody named stays that day


def _as_json(reckoned: LastDay) -> list[list[Any]]:
    return [[note.day.isoformat(), note.what, dict(note.values)] for note in reckoned.notes]


def pause_clock(work: Work, subject: str, rule: str, reason: str) -> Deadline | None:
    """The clock stands still from today, because the other side has to do something first; None when none runs.

    One whose last day is over is missed, and stays so.
    """
    deadline = _lock_standing(work, subject, rule)
    if deadline is None or deadline.state != DeadlineState.RUNNING:
        return None
    today = deadline.today(work.now)
    if deadline.due_on < today:
        mark_missed(work, deadline)
        return deadline
    deadline.pauses = [*deadline.pauses, [today.isoformat(), None, reason]]
    return _keep(work, deadline, DeadlineState.PAUSED)


def resume_clock(work: Work, subject: str, rule: str) -> Deadline | None:
    """The clock goes on from today, and its last day is as many days later; None when none stands still."""
    deadline = _lock_standing(work, subject, rule)
    if deadline is None or deadline.state != DeadlineState.PAUSED:
        return None
    *before, (start, _open, reason) = deadline.pauses
    deadline.pauses = [*before, [start, deadline.today(work.now).isoformat(), reason]]
    pauses = tuple(Pause(date.fromisoformat(first), date.fromisoformat(on), why) for first, on, why in deadline.pauses)
    length = Duration.parse(deadline.length) if deadline.length else None
    reckoned = _reckon(place_of(work, deadline.case_reference).calendar, deadline.started_on, length, deadline.until, pauses)
    deadline.due_on, deadline.notes = reckoned.due, _as_json(reckoned)
    return _keep(work, deadline, DeadlineState.RUNNING)


def stop_clock(work: Work, subject: str, rule: str) -> Deadline | None:
    """What was awaited has come: the deadline is met, or missed when its last day was over; None when none stands."""
    deadline = _lock_standing(work, subject, rule)
    if deadline is not None:
        _stop(work, deadline)
        work.session.flush()
    return deadline


def _stop(work: Work, deadline: Deadline) -> None:
    late = deadline.state == DeadlineState.MISSED or (
        deadline.state == DeadlineState.RUNNING and deadline.due_on < deadline.today(work.now))
    deadline.state = (DeadlineState.MISSED if late else DeadlineState.MET).value
    deadline.ended_at = work.now
    work.session.add(deadline)


def refuse_absent_in_time(work: Work, subject: str, rule: str) -> None:
    """Raises NotNow while somebody may still say his side: that he was asked and did not come is noted when his time is over."""
    until = next((each for each in standing(work.session, subject) if each.rule == rule), None)
    if until is not None and until.today(work.now) <= until.due_on:
        raise NotNow(_("Its side may be said until {day}. That it was asked and did not come can be noted after that day."),
                     day=until.due_on.isoformat())


def stop_clocks(work: Work, subjects: Sequence[str], rule: str) -> None:
    """What was awaited of each of these subjects has come; one question, however many they are."""
    for deadline in work.session.exec(
            select(Deadline).where(col(Deadline.subject).in_(subjects), Deadline.rule == rule, col(Deadline.ended_at).is_(None))
            .order_by(col(Deadline.id)).with_for_update(key_share=True).execution_options(populate_existing=True)):
        _stop(work, deadline)
    work.session.flush()


def reopen_clock(work: Work, subject: str, rule: str) -> Deadline | None:
    """What was awaited has not come after all: the newest clock of this rule goes on as if nobody had stopped it, as a row of its
    own, because what is over does not change. None when none was stopped, or one stands.
    """
    newest = next((each for each in reversed(deadlines_of(work.session, subject)) if each.rule == rule), None)
    if newest is None or newest.ended_at is None or newest.state == DeadlineState.DROPPED:
        return None
    deadline = Deadline(**newest.model_dump(exclude={"id", "state", "started_at", "ended_at"}), started_at=work.now)
    return _keep(work, deadline, DeadlineState.MISSED if newest.state == DeadlineState.MISSED else DeadlineState.RUNNING)


def ask_again_for_steps(work: Work, subject: str) -> None:
    """Ask anew for the steps that follow missed deadlines of a subject, which were refused while its case stood still."""
    for deadline in standing(work.session, subject):
        if deadline.state == DeadlineState.MISSED and deadline.then:
            put(work, "take_step_of_deadline", f"{deadline.id} again {work.now.isoformat()}", {"deadline": str(deadline.id)})


def drop_clock(work: Work, subject: str, rule: str) -> Deadline | None:
    """Nothing is awaited any more, because the case took another road; None when no clock stands."""
    deadline = _lock_standing(work, subject, rule)
    if deadline is None:
        return None
    deadline.ended_at = work.now
    return _keep(work, deadline, DeadlineState.MISSED if deadline.state == DeadlineState.MISSED else DeadlineState.DROPPED)


def drop_clocks(work: Work, subject: str, *, but: str = "") -> None:
    """Nothing is awaited of this subject any more; `but` names a rule of which it still is."""
    for rule in sorted(each.rule for each in standing(work.session, subject) if each.rule != but):
        drop_clock(work, subject, rule)


def mark_missed(work: Work, deadline: Deadline) -> None:
    """Its last day is over: say so in history, and have the system take the step that follows, where there is one."""
    assert deadline.state == DeadlineState.RUNNING, deadline.state
    _keep(work, deadline, DeadlineState.MISSED)
    record(work, "deadline.missed", deadline.subject, case=deadline.case_reference, rule=deadline.rule,
           due=deadline.due_on.isoformat(), waits_for=deadline.waits_for, then=deadline.then)
    if deadline.then:
        put(work, "take_step_of_deadline", str(deadline.id), {"deadline": str(deadline.id)})


def _lock_standing(work: Work, subject: str, rule: str) -> Deadline | None:
    return work.session.exec(
        select(Deadline).where(Deadline.subject == subject, Deadline.rule == rule, col(Deadline.ended_at).is_(None))
        .with_for_update(key_share=True).execution_options(populate_existing=True)).first()


def _keep(work: Work, deadline: Deadline, state: DeadlineState) -> Deadline:
    deadline.state = state.value
    work.session.add(deadline)
    work.session.flush()
    return deadline


def deadlines_of(session: Session, *subjects: str) -> list[Deadline]:
    """Every deadline of these subjects, the earliest first."""
    return list(session.exec(select(Deadline).where(col(Deadline.subject).in_(subjects)).order_by(col(Deadline.id))))


def deadlines_of_case(session: Session, case: str) -> list[Deadline]:
    """Every deadline of a whole case, the earliest first; `case` is the voucher's reference."""
    return list(session.exec(select(Deadline).where(Deadline.case_reference == case).order_by(col(Deadline.id))))


def standing(session: Session, subject: str) -> list[Deadline]:
    """The deadlines of a subject by which something is still awaited."""
    return [each for each in deadlines_of(session, subject) if each.ended_at is None]


_STILL_COUNTS: Final = (DeadlineState.RUNNING, DeadlineState.MISSED)


def due(session: Session, until: date) -> list[Deadline]:
    """What is awaited by that day or was before, the most overdue first; what stands still is not due."""
    return list(session.exec(
        select(Deadline).where(col(Deadline.ended_at).is_(None), col(Deadline.state).in_(_STILL_COUNTS), Deadline.due_on <= until)
        .order_by(col(Deadline.due_on), col(Deadline.id))))
