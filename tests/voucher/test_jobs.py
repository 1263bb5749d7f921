"""Jobs: asked for with the work that needs them, taken by one worker, tried again, and left to a person in the end."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from voucher.database import Database
from voucher.jobs import LEASE, MOST_ATTEMPTS, Job, JobState, fail, finish, prolong, put, put_many, take
from voucher.work import SYSTEM, begin

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ask(database: Database, key: str = "one") -> None:
    with begin(database, SYSTEM, lambda: NOON) as work:
        put(work, "sing", key, {"song": key})


def take_one(database: Database, now: datetime = NOON) -> Job | None:
    with begin(database, SYSTEM) as work:
        return take(work.session, now)


def test_asking_twice_is_asking_once(database: Database) -> None:
    ask(database)
    ask(database)
    assert take_one(database) is not None
    assert take_one(database) is None


def test_a_letter_is_taken_before_what_waits_longer_and_a_trial_after_it(database: Database) -> None:
    with begin(database, SYSTEM, lambda: NOON - timedelta(minutes=1)) as work:
        put(work, "keep_backtest", "long", {})
        put_many(work, "sing", {str(number): {} for number in range(3)})
    with begin(database, SYSTEM, lambda: NOON) as work:
        put(work, "send_mail", "short", {})
    taken = [take_one(database) for _time in range(5)]
    assert [each and each.task for each in taken] == ["send_mail", "sing", "sing", "sing", "keep_backtest"]


def test_a_job_of_work_that_failed_was_never_asked_for(database: Database) -> None:
    def ask_and_fail() -> None:
        with begin(database, SYSTEM, lambda: NOON) as work:
            put(work, "sing", "one", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_and_fail()
    assert take_one(database) is None


def test_a_dead_workers_job_is_taken_over_when_its_lease_runs_out(database: Database) -> None:
    ask(database)
    first = take_one(database)
    assert take_one(database, NOON + LEASE - timedelta(seconds=1)) is None
    second = take_one(database, NOON + LEASE)
    assert first and second and second.attempts == 2
    with begin(database, SYSTEM) as work:
        assert not finish(work.session, first, NOON)
        assert finish(work.session, second, NOON)


def test_a_job_that_takes_long_keeps_its_lease_until_another_has_taken_it_over(database: Database) -> None:
    ask(database)
    first = take_one(database)
    assert first is not None
    with begin(database, SYSTEM) as work:
        assert prolong(work.session, first, NOON + LEASE / 2)
    assert take_one(database, NOON + LEASE) is None
    assert take_one(database, NOON + LEASE + LEASE / 2) is not None
    with begin(database, SYSTEM) as work:
        assert not prolong(work.session, first, NOON + LEASE + LEASE / 2)


def test_a_failing_job_is_tried_later_and_later_and_then_waits_for_a_person(database: Database) -> None:
    ask(database)
    now, job = NOON, None
    for _attempt in range(MOST_ATTEMPTS):
        job = take_one(database, now)
        assert job is not None
        with begin(database, SYSTEM) as work:
            assert fail(work.session, job, now, "the printer is on fire")
        assert take_one(database, now) is None
        now += timedelta(hours=5)
    assert take_one(database, now + timedelta(days=365)) is None
    with begin(database, SYSTEM) as work:
        assert job is not None
        kept = work.session.get_one(Job, job.id)
        assert (kept.state, kept.error) == (JobState.FAILED, "the printer is on fire")


def test_a_job_that_kills_its_workers_waits_for_a_person(database: Database) -> None:
    ask(database)
    for attempt in range(MOST_ATTEMPTS):
        assert take_one(database, NOON + attempt * LEASE) is not None
    assert take_one(database, NOON + MOST_ATTEMPTS * LEASE) is None
    with begin(database, SYSTEM) as work:
        assert work.session.exec(select(Job.state)).one() == JobState.FAILED
