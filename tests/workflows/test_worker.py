"""The worker: a job's work is kept once, a job that fails comes back later, and nobody keeps a job that was taken over."""

import json
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
from sqlmodel import col, select

from tests.builders import House, a_house, a_released_batch, an_exported_batch
from voucher import jobs, ledger
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.jobs import LEASE, MOST_ATTEMPTS, Job, JobState
from voucher.ledger import seals
from voucher.payouts import Batch, BatchState
from voucher.people import BankAccount, Organisation, OrganisationKind
from voucher.work import read
from workflows.closing import seal_books
from workflows.worker import do_next_job, run_worker, work_off


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office."""
    return a_house(database, store)


def the_job(house: House) -> Job:
    """The one job there is."""
    with read(house.database) as session:
        return session.exec(select(Job)).one()


def all_done(house: House, *tasks: str) -> bool:
    """Whether there is a job of each of these tasks, and all of them are done."""
    with read(house.database) as session:
        found = session.exec(select(Job).where(col(Job.task).in_(tasks))).all()
    return {job.task for job in found} == set(tasks) and all(job.state == JobState.DONE for job in found)


def without_account(house: House) -> None:
    """The office closes its accounts, so that no bank file can be made."""
    _set_accounts(house, active=False)


def _set_accounts(house: House, *, active: bool) -> None:
    with house.work() as work:
        office = work.session.exec(select(Organisation).where(Organisation.kind == OrganisationKind.OFFICE)).one()
        for account in work.session.exec(select(BankAccount).where(BankAccount.organisation_id == office.id)):
            account.active = active
            work.session.add(account)


def test_a_worker_does_what_waits_and_then_finds_nothing_to_do(house: House) -> None:
    batch = a_released_batch(house)

    done = do_next_job(house.database, house.store, house.clock)

    assert done is not None
    assert (done.task, done.key, done.error) == ("export_batch", f"export_batch {batch}", "")
    assert do_next_job(house.database, house.store, house.clock) is None
    with read(house.database) as session:
        assert fetch(session, Batch, batch).state == BatchState.EXPORTED
    assert the_job(house).state == JobState.DONE


def test_asking_twice_for_a_job_is_asking_once(house: House) -> None:
    batch = an_exported_batch(house)
    with house.work() as work:
        jobs.put(work, "export_batch", batch, {"batch": batch})

    assert work_off(house.database, house.store, house.clock) == []


def test_a_refused_job_says_why_and_comes_back_later(house: House) -> None:
    a_released_batch(house)
    without_account(house)

    done = work_off(house.database, house.store, house.clock)

    assert len(done) == 1
    assert "no account in CNY" in done[0].error
    waiting = the_job(house)
    assert waiting.state == JobState.WAITING
    assert "no account in CNY" in waiting.error
    assert waiting.run_after > house.clock.now

    _set_accounts(house, active=True)
    house.clock.turn(minutes=1)
    assert [each.error for each in work_off(house.database, house.store, house.clock)] == [""]
    assert the_job(house).error == ""


def test_a_job_that_never_works_out_waits_for_a_person(house: House) -> None:
    a_released_batch(house)
    without_account(house)

    for _attempt in range(MOST_ATTEMPTS):
        assert len(work_off(house.database, house.store, house.clock)) == 1
        house.clock.turn(hours=5)

    assert work_off(house.database, house.store, house.clock) == []
    assert the_job(house).state == JobState.FAILED


def test_a_job_of_an_unknown_task_fails_without_stopping_the_worker(house: House) -> None:
    with house.work() as work:
        jobs.put(work, "water_the_plants", "monday", {})
    batch = a_released_batch(house)

    done = work_off(house.database, house.store, house.clock)

    assert [bool(each.error) for each in done] == [True, False]
    assert done[1].key == f"export_batch {batch}"


def test_a_job_whose_worker_died_is_done_by_another_when_its_lease_has_run_out(house: House) -> None:
    a_released_batch(house)
    with house.work() as work:
        assert jobs.take(work.session, work.now) is not None  # and then it dies

    assert work_off(house.database, house.store, house.clock) == []
    house.clock.turn(seconds=LEASE.total_seconds() + 1)
    assert [each.error for each in work_off(house.database, house.store, house.clock)] == [""]


def test_a_worker_that_was_too_slow_cannot_say_done_any_more(house: House) -> None:
    a_released_batch(house)
    with house.work() as work:
        slow = jobs.take(work.session, work.now)
    assert slow is not None
    house.clock.turn(seconds=LEASE.total_seconds() + 1)
    with house.work() as work:
        quick = jobs.take(work.session, work.now)
    assert quick is not None and quick.id == slow.id

    with house.work() as work:
        assert not jobs.finish(work.session, slow, work.now)
        assert not jobs.fail(work.session, slow, work.now, "too late")
        assert jobs.finish(work.session, quick, work.now)


def test_the_head_of_each_seal_is_written_to_its_place_once(house: House, tmp_path: Path) -> None:
    a_released_batch(house)
    for _night in range(2):
        with house.work() as work:
            seal_books(work, house.store)
        work_off(house.database, house.store, house.clock, heads=f"file://{tmp_path / 'heads'}")
    [kept] = (tmp_path / "heads").iterdir()
    with read(house.database) as session:
        assert json.loads(kept.read_text()) == seals.head_document(session)
        assert ledger.verify(session, json.loads(kept.read_text())) == []


def test_work_off_does_no_more_than_it_is_asked_for(house: House) -> None:
    with house.work() as work:
        jobs.put_many(work, "water_the_plants", {str(number): {} for number in range(5)})

    assert len(work_off(house.database, house.store, house.clock, most=2)) == 2


def test_a_running_worker_stops_when_it_is_told_to(house: House) -> None:
    stop, deadline = Event(), monotonic() + 60
    a_released_batch(house)
    counted: list[int] = []
    worker = Thread(target=lambda: counted.append(run_worker(house.database, house.store, stop, house.clock, pause=3600)))
    worker.start()
    while not all_done(house, "export_batch", "seal_books", "mark_missed_deadlines", "write_digests") and monotonic() < deadline:
        stop.wait(0.05)
    stop.set()
    worker.join(timeout=10)

    assert not worker.is_alive()
    assert counted[0] >= 4  # and the letters, as far as it came
    with read(house.database) as session:
        assert seals.latest(session).size > 0
