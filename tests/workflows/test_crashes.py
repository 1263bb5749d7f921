"""The process dies at every commit of the road to the bank and back, first before it and then after it.

Each time the road is begun again from its start, by the same people who do not know how far it came. In the end every
payout was paid once, in the books and in the bank's file alike.
"""

from collections.abc import Iterator
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlmodel import Session, col, func, select

from tests.builders import START, House, a_gathered_batch, a_house, an_approved_claim, bank_files
from tests.workflows.crashing import KILLED, Moment, go_the_road
from voucher import ledger
from voucher.bank import pain001
from voucher.database import Database, fetch
from voucher.files import FileKind, FileStore, StoredFile
from voucher.jobs import Job, JobState
from voucher.payouts import Batch, BatchState, PaymentFile, Payout, PayoutState, signatures_of
from voucher.work import read

# A process that has everything loaded and forks into the ones that die: no threads, no connections to inherit.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.workflows.crashing"])

#: The commits of the road, in order, and how many others come before it when the road is begun again after the one
#: before: a job that was taken by a worker that died has to be taken again.
COMMITS = {
    "the first signature": 0, "the release": 0, "a worker takes the export": 0, "the export": 1, "the import": 0,
    "a worker takes the settlement statement": 0, "the settlement statement": 1,
}


def run(house: House, files: str, batch: str, moment: Moment, attempt: int, survives: int = 0) -> int:
    """Go the road in a process of its own, some minutes after the last one, so that its leases have run out."""
    url = house.database.url.render_as_string(hide_password=False)
    now = START + timedelta(minutes=10 * attempt)
    process = PROCESSES.Process(target=go_the_road, args=(url, files, now, batch, moment, survives))
    process.start()
    process.join(timeout=120)
    code = process.exitcode
    process.close()
    assert code in (0, KILLED), f"attempt {attempt}, {moment}: the process ended with {code}"
    return code


@pytest.fixture
def files(store: FileStore, tmp_path: object) -> str:
    """Where the store lies."""
    return f"{tmp_path}/files"


@pytest.fixture
def house(database: Database, store: FileStore) -> Iterator[House]:
    """An office on either engine, that holds no connection while others work."""
    yield a_house(database, store)
    database.close()


def assert_paid_once(session: Session, house: House, batch: str) -> None:
    held = fetch(session, Batch, batch)
    assert held.state == BatchState.EXPORTED
    assert len(signatures_of(session, held.id)) == 2
    payouts = session.exec(select(Payout).order_by(Payout.reference)).all()
    assert [payout.state for payout in payouts] == [PayoutState.SETTLED] * len(payouts)
    journal = ledger.plaintext.journal(session)
    for payout in payouts:
        assert journal.count(f"payout.released {payout.reference}") == 1
        assert journal.count(f"payout.settled {payout.reference}") == 1
    transit = [each for each in ledger.trial_balance(session) if "in-transit" in each.account]
    assert transit == []
    assert ledger.verify(session) == []


def assert_one_file(session: Session, house: House, batch: str) -> None:
    assert session.exec(select(func.count()).select_from(PaymentFile)).one() == 1
    (content,) = bank_files(house, batch)
    references = [payment.end_to_end for payment in pain001.read(content).payments]
    assert references == session.exec(select(Payout.reference).order_by(Payout.reference)).all()


def assert_nothing_waits(session: Session) -> None:
    assert session.exec(select(Job.key).where(Job.state != JobState.DONE)).all() == []
    made = session.exec(select(StoredFile.subject).where(StoredFile.kind == FileKind.SETTLEMENT_STATEMENT)
                        .order_by(col(StoredFile.subject))).all()
    assert made == session.exec(select(Payout.reference).order_by(Payout.reference)).all()


def test_dying_at_every_commit_neither_loses_nor_doubles_a_payout(house: House, files: str) -> None:
    an_approved_claim(house)
    batch = a_gathered_batch(house)
    house.do_jobs()  # what waits from before is not of this road

    deaths = [(commit, moment, survives) for commit, survives in COMMITS.items() for moment in (Moment.BEFORE, Moment.AFTER)]
    for attempt, (commit, moment, survives) in enumerate(deaths, 1):
        assert run(house, files, batch, moment, attempt, survives) == KILLED, f"{moment} of {commit}"

    # Nothing is left but to import the statement again: the road has no commit at which the process did not die.
    assert run(house, files, batch, Moment.AFTER, len(deaths) + 1, survives=1) == 0
    with read(house.database) as session:
        assert_paid_once(session, house, batch)
        assert_one_file(session, house, batch)
        assert_nothing_waits(session)


@pytest.mark.parametrize("commit", COMMITS)
def test_a_death_before_a_commit_leaves_nothing_of_it(house: House, files: str, commit: str) -> None:
    """However far the road was gone, going it again without another death brings it to the same end."""
    an_approved_claim(house)
    batch = a_gathered_batch(house)
    house.do_jobs()  # what waits from before is not of this road
    number = list(COMMITS).index(commit)

    assert run(house, files, batch, Moment.BEFORE, 1, survives=number) == KILLED
    assert run(house, files, batch, Moment.NEVER, 2) == 0

    with read(house.database) as session:
        assert_paid_once(session, house, batch)
        assert_one_file(session, house, batch)
        assert_nothing_waits(session)
