"""Jobs: what is to be done after the commit. Put in the same transaction as what asks for it.

A job may run twice (its worker may die after the work and before saying so), so whatever it calls must bear that. A
worker holds a job on a lease; when the lease runs out, another may take it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlmodel import Field, Session, col, select, update
from uuid_utils.compat import uuid7

from voucher.database import Row, insert_unless_there, one_of
from voucher.work import Work

#: Letters go before all else: they are short, and somebody waits for them. What tries drafts of terms is long, and comes last.
RANKS = {"write_letters": 0, "send_mail": 0, "send_answer": 0, "keep_backtest": 2}

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 8


class JobState(StrEnum):
    """Where a job is. FAILED ones wait for a person."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Row, table=True):
    """Something to be done: `task` names the verb, `key` makes it one of a kind, `arguments` go to the verb. What is of a lower `rank`
    is done before what waits longer.
    """

    __tablename__ = "jobs"
    __table_args__ = (one_of("state", JobState), Index("ix_jobs_next", "state", "rank", "run_after"))

    task: str = Field(max_length=64)
    key: str = Field(unique=True, max_length=120)
    arguments: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = Field(default=JobState.WAITING, sa_type=String(16))
    rank: int = 1
    attempts: int = 0
    run_after: datetime
    created_at: datetime
    finished_at: datetime | None = None
    error: str = Field(default="", sa_type=Text)


def put(work: Work, task: str, key: str, arguments: Mapping[str, Any], *, after: datetime | None = None) -> None:
    """Ask for a job, now or not before an instant; asking twice under one key is asking once."""
    put_many(work, task, {key: arguments}, after=after)


def is_asked(session: Session, task: str, keys: Collection[str]) -> bool:
    """Whether one of these jobs of a task waits or is being done."""
    wanted = col(Job.key).in_([f"{task} {key}" for key in keys])
    return session.exec(select(Job.id).where(wanted, col(Job.state).in_((JobState.WAITING, JobState.RUNNING)))).first() is not None


def put_many(work: Work, task: str, wanted: Mapping[str, Mapping[str, Any]], *, after: datetime | None = None) -> None:
    """Ask for many jobs of one task at once: key -> arguments."""
    insert_unless_there(work.session, Job, [
        {"id": uuid7(), "task": task, "key": f"{task} {key}", "arguments": dict(arguments), "state": JobState.WAITING.value,
         "rank": RANKS.get(task, 1), "attempts": 0, "run_after": after or work.now, "created_at": work.now, "error": ""}
        for key, arguments in wanted.items()])


def take(session: Session, now: datetime) -> Job | None:
    """Take the oldest job of the lowest rank that is due, on a lease; None when there is nothing to do. Workers never take the same one.

    A job whose workers died each time they tried waits for a person, as one that failed as often.
    """
    session.connection().execute(
        update(Job).where(col(Job.state) == JobState.RUNNING, col(Job.run_after) <= now, col(Job.attempts) >= MOST_ATTEMPTS)
        .values(state=JobState.FAILED.value, error="its worker died at the last attempt"))
    due = (
        select(Job).where(col(Job.state).in_([JobState.WAITING, JobState.RUNNING]), Job.run_after <= now)
        .order_by(col(Job.rank), col(Job.run_after), col(Job.id)).limit(1).with_for_update(skip_locked=True)
    )
    job = session.exec(due).first()
    if job is not None:
        job.state, job.attempts, job.run_after = JobState.RUNNING, job.attempts + 1, now + LEASE
        session.add(job)
        session.flush()
    return job


def prolong(session: Session, job: Job, now: datetime) -> bool:
    """Have the lease of a job that takes long begin anew. False: somebody else took it over."""
    return _end(session, job, run_after=now + LEASE)


def finish(session: Session, job: Job, now: datetime) -> bool:
    """Say that a job is done, in the transaction of the work itself where that can be. False: somebody else took it over."""
    return _end(session, job, state=JobState.DONE, finished_at=now, error="")


def fail(session: Session, job: Job, now: datetime, error: str) -> bool:
    """Say that a job did not work out: it is tried again later and later, over six hours in all, then waits for a person."""
    last = job.attempts >= MOST_ATTEMPTS
    return _end(session, job, state=JobState.FAILED if last else JobState.WAITING, error=error[:4000],
                run_after=now + timedelta(seconds=4 ** job.attempts))


def again(session: Session, now: datetime, task: str = "") -> int:
    """Have what failed to the end done again, all of it or the jobs of one task; answers how many."""
    failed = update(Job).where(col(Job.state) == JobState.FAILED).values(state=JobState.WAITING.value, attempts=0, run_after=now)
    return session.connection().execute(failed.where(col(Job.task) == task) if task else failed).rowcount


def _end(session: Session, job: Job, **values: Any) -> bool:
    held = update(Job).where(col(Job.id) == job.id, col(Job.state) == JobState.RUNNING,
                             col(Job.attempts) == job.attempts).values(**values)
    return session.connection().execute(held).rowcount == 1
