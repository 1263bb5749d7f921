"""Deadlines: they run, stand still, are kept or missed where the programme is, and what follows happens once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from multiprocessing import get_context
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import select

from tests.builders import IRISH_SMES, House, a_house, an_application
from tests.workflows.crashing import KILLED, Moment, die_at_a_change
from voucher.database import Database
from voucher.deadlines import (
    Deadline,
    DeadlineState,
    deadlines_of,
    deadlines_of_case,
    drop_clock,
    drop_clocks,
    due,
    pause_clock,
    resume_clock,
    standing,
    start_clock,
    stop_clock,
)
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.history import events_of
from voucher.jobs import Job, put
from voucher.people import Role
from voucher.programmes.durations import Duration
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows import overdue
from workflows.overdue import mark_missed_deadlines
from workflows.worker import work_off

TEN = Duration.parse("10 working days")


@pytest.fixture(autouse=True)
def following(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A step that may follow by itself; what it was taken on."""
    taken: list[str] = []
    monkeypatch.setattr(overdue, "STEPS", {"note": lambda work, subject: taken.append(subject), "refuse": _refuse})
    return taken


def _refuse(work: Work, subject: str) -> None:
    raise NotNow


def a_case(house: House, **about: Any) -> str:
    """A new application, for whose review nobody waits any more."""
    case = an_application(house, **about)
    with house.work() as work:
        drop_clock(work, case, "review")
    return case


def a_deadline(house: House, rule: str = "information", *, case: str = "", length: str = "10 working days", then: str = "") -> str:
    """A clock that began to run on a new application; answers its reference."""
    case = case or a_case(house)
    with house.work() as work:
        start_clock(work, case, rule, case=case, waits_for=Role.SME, length=Duration.parse(length), then=then)
    return case


def the_deadline(house: House, case: str) -> Deadline:
    """The one deadline of a case."""
    with read(house.database) as session:
        (found,) = _but_review(deadlines_of(session, case))
        return found


def _but_review(found: list[Deadline]) -> list[Deadline]:
    return [each for each in found if each.rule != "review"]


def look(house: House) -> None:
    """The hour has come at which the worker looks at deadlines."""
    with house.work() as work:
        put(work, "mark_missed_deadlines", house.clock.now.isoformat(), {})
    house.do_jobs()


def test_a_deadline_says_whom_it_waits_for_until_when_and_why(house: House) -> None:
    case = a_case(house)
    with house.work() as work:
        firm = work.session.exec(select(Voucher.sme_id)).one()
        start_clock(work, case, "information", case=case, waits_for=Role.SME, firm=firm, length=TEN)
    found = the_deadline(house, case)
    assert (found.started_on, found.length, found.due_on) == (date(2026, 3, 2), "10 working days", date(2026, 3, 16))
    assert (found.waits_for, found.waits_for_id, found.state) == ("sme", firm, "running")
    assert [str(note) for note in found.day_notes] == ["2026-03-02  The clock starts; 10 working days.", "2026-03-16  The last day."]
    assert found.days_left(house.clock.now) == 14
    with read(house.database) as session:
        assert [each.id for each in due(session, date(2026, 3, 16))] == [found.id]
        assert [each.id for each in _but_review(deadlines_of_case(session, case))] == [found.id]
        assert due(session, date(2026, 3, 15)) == []


def test_a_clock_that_stood_still_ends_as_many_days_later(house: House) -> None:
    case = a_deadline(house)
    for _time in range(2):
        house.clock.turn(days=1)
        with house.work() as work:
            pause_clock(work, case, "information", "papers were asked for")
        house.clock.turn(days=60)
        look(house)
        assert the_deadline(house, case).state == "paused"
        with house.work() as work:
            resume_clock(work, case, "information")
    found = the_deadline(house, case)
    assert found.state == "running" and found.due_on == date(2026, 7, 15)
    assert [each[:2] for each in found.pauses] == [["2026-03-03", "2026-05-02"], ["2026-05-03", "2026-07-02"]]
    assert sum("papers were asked for" in str(note) for note in found.day_notes) == 120


def test_a_day_that_was_given_moves_by_the_days_of_the_pauses(house: House) -> None:
    case = a_case(house)
    with house.work() as work:
        start_clock(work, case, "until", case=case, waits_for=Role.SME, due=date(2026, 3, 31))
    for _time in range(2):
        with house.work() as work:
            pause_clock(work, case, "until", "frozen")
        house.clock.turn(days=5)
        with house.work() as work:
            resume_clock(work, case, "until")
    assert the_deadline(house, case).due_on == date(2026, 4, 9)


@pytest.mark.parametrize(("days", "state"), [(14, "met"), (15, "missed")])
def test_what_comes_on_the_last_day_is_in_time(house: House, days: int, state: str) -> None:
    case = a_deadline(house)
    house.clock.turn(days=days)
    with house.work() as work:
        stop_clock(work, case, "information")
    found = the_deadline(house, case)
    assert (found.state, found.ended_at) == (state, house.clock.now)


def test_what_is_missed_is_marked_once_and_the_step_that_follows_taken_once(house: House, following: list[str]) -> None:
    case = a_deadline(house, then="note")
    house.clock.turn(days=14)
    look(house)
    assert (the_deadline(house, case).state, following) == ("running", [])
    house.clock.turn(days=1)
    look(house)
    look(house)
    assert (the_deadline(house, case).state, following) == ("missed", [case])
    assert the_deadline(house, case).ended_at is not None
    with read(house.database) as session:
        told = [each for each in events_of(session, case) if each.name == "deadline.missed"]
    assert [(each.data["rule"], each.data["due"], each.case_reference) for each in told] == [("information", "2026-03-16", case)]


def test_without_a_step_that_follows_what_was_missed_is_still_waited_for(house: House) -> None:
    case = a_deadline(house)
    house.clock.turn(days=15)
    look(house)
    with read(house.database) as session:
        assert [each.days_left(house.clock.now) for each in due(session, house.today)] == [-1]
    with house.work() as work:
        stop_clock(work, case, "information")
    assert (the_deadline(house, case).state, the_deadline(house, case).ended_at) == ("missed", house.clock.now)


def test_who_answers_late_but_before_the_system_acts_has_answered(house: House, following: list[str]) -> None:
    case = a_deadline(house, then="note")
    house.clock.turn(days=15)
    with house.work() as work:
        assert mark_missed_deadlines(work, house.store) == 1
    with house.work() as work:
        stop_clock(work, case, "information")
    house.do_jobs()
    assert following == []


def test_a_step_that_is_refused_is_tried_again_and_can_be_seen(house: House) -> None:
    case = a_deadline(house, then="refuse")
    house.clock.turn(days=15)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    assert [each.error != "" for each in work_off(house.database, house.store, house.clock)] == [True]
    assert the_deadline(house, case).ended_at is None
    with house.work() as work:  # tried for hours, it waits for a person; yet as long as the deadline stands it is asked for each day
        work.session.connection().execute(text("update jobs set state = 'failed' where task = 'take_step_of_deadline'"))
    for _day in range(2):
        house.clock.turn(days=1)
        for _hour in range(2):
            with house.work() as work:
                mark_missed_deadlines(work, house.store)
        asked = [each.key for each in work_off(house.database, house.store, house.clock) if each.error]
        assert len([key for key in asked if key.endswith(f"on {house.today}")]) == 1


def test_each_programme_has_its_own_midnight_and_its_own_holidays(database: Database, store: FileStore) -> None:
    house = a_house(database, store, irish=True)
    chinese, irish = a_deadline(house, case=a_case(house)), a_deadline(
        house, case=a_case(house, sme=IRISH_SMES[0], amount="5000.00"))
    assert the_deadline(house, irish).due_on == date(2026, 3, 16)
    assert the_deadline(house, irish).zone == "Europe/Dublin"
    house.clock.now = datetime(2026, 3, 16, 16, 30, tzinfo=UTC)  # past midnight in Weihai, the afternoon before in Dublin
    look(house)
    assert [the_deadline(house, each).state for each in (chinese, irish)] == ["missed", "running"]
    house.clock.now = datetime(2026, 3, 17, 0, 30, tzinfo=UTC)
    look(house)
    assert the_deadline(house, irish).state == "missed"
    later = a_deadline(house, case=a_case(house, sme=IRISH_SMES[0], amount="5000.00"))
    assert the_deadline(house, later).due_on == date(2026, 3, 31)


def test_where_no_clock_runs_nothing_stops(house: House) -> None:
    with house.work() as work:
        for act in (stop_clock, drop_clock, resume_clock):
            assert act(work, "V-2026-00009-9", "information") is None
        assert pause_clock(work, "V-2026-00009-9", "information", "why") is None


def test_a_case_that_takes_another_road_drops_its_deadlines(house: House) -> None:
    case = a_deadline(house, "information")
    a_deadline(house, "decision", case=case)
    with house.work() as work:
        drop_clocks(work, case)
    with read(house.database) as session:
        assert {each.state for each in deadlines_of(session, case)} == {"dropped"}
        assert standing(session, case) == []


def test_pausing_after_the_last_day_comes_too_late(house: House) -> None:
    case = a_deadline(house)
    house.clock.turn(days=15)
    with house.work() as work:
        pause_clock(work, case, "information", "why")
    assert the_deadline(house, case).state == "missed"


def test_one_rule_has_one_standing_deadline_and_another_when_that_is_over(house: House) -> None:
    case = a_deadline(house)
    with pytest.raises(IntegrityError, match=r"one_standing|deadlines\.subject"):
        a_deadline(house, case=case)
    with house.work() as work:
        stop_clock(work, case, "information")
    a_deadline(house, case=case)


@pytest.mark.parametrize("change", ["update deadlines set state = 'running', ended_at = null", "update deadlines set due_on = '2027-01-01'",
                                    "delete from deadlines"])
def test_the_database_keeps_a_deadline_that_is_over_as_it_was(house: House, change: str) -> None:
    case = a_deadline(house)
    with house.work() as work:
        stop_clock(work, case, "information")
    with pytest.raises(DatabaseError, match="deadline"), house.work() as work:
        work.session.execute(text(change))


def test_very_many_are_marked_a_part_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "AT_ONCE", 2)
    case = a_case(house)
    for number in range(5):
        a_deadline(house, f"rule_{number}", case=case)
    house.clock.turn(days=15)
    look(house)
    with read(house.database) as session:
        assert [each.state for each in _but_review(deadlines_of(session, case))] == ["missed"] * 5
        assert len([each for each in session.exec(select(Job)) if each.task == "mark_missed_deadlines"]) == 3


def test_workers_that_look_at_one_instant_mark_each_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    case = a_case(house)
    for number in range(6):
        a_deadline(house, f"rule_{number}", case=case)
    house.clock.turn(days=15)
    start = Barrier(4)

    def mark(_worker: int) -> int:
        with house.work() as work:
            start.wait()
            return mark_missed_deadlines(work, house.store)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(mark, range(4))) == 6
    with read(postgres) as session:
        assert len([each for each in events_of(session, case) if each.name == "deadline.missed"]) == 6


@pytest.mark.parametrize(("moment", "state"), [(Moment.BEFORE, DeadlineState.RUNNING), (Moment.AFTER, DeadlineState.MISSED)])
def test_a_worker_that_dies_leaves_all_of_it_or_nothing(house: House, following: list[str], moment: Moment, state: str) -> None:
    case = a_deadline(house, then="note")
    house.clock.turn(days=15)
    process = get_context("spawn").Process(target=_mark_and_die, args=(
        house.database.url.render_as_string(hide_password=False), house.clock.now, moment))
    process.start()
    process.join(60)
    assert process.exitcode == KILLED
    assert the_deadline(house, case).state == state
    look(house)
    assert (the_deadline(house, case).state, following) == ("missed", [case])


def _mark_and_die(url: str, now: datetime, moment: Moment) -> None:
    database = Database(url)
    die_at_a_change(database, moment, 0)
    house = House(database, FileStore("memory://"))
    house.clock.now = now
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
