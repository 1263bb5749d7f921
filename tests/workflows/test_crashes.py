"""The process dies at every commit of the road to the bank and back, first before it and then after it.

Each time the road is begun again from its start, by the same people who do not know how far it came. In the end every
payout was paid once, in the books and in the bank's file alike.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlmodel import Session, col, func, select

from tests.builders import (
    PROVIDER,
    SME,
    START,
    House,
    a_gathered_batch,
    a_house,
    a_placed_order,
    an_approved_claim,
    an_issued_voucher,
    bank_files,
)
from tests.workflows.crashing import (
    KILLED,
    Moment,
    end_orders,
    give_anew_and_up,
    go_the_road,
    settle_the_wallet,
    take_back,
    turn_down,
    undo,
)
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import a_settled_payout
from tests.workflows.scopes import voucher_for
from tests.workflows.test_charging import came_back
from tests.workflows.test_ending_races import a_returned_rest, an_appealed_cancellation
from tests.workflows.test_rejected_payouts import a_sent_payout
from tests.workflows.test_revocation import accuse, claim_behind, hear
from tests.workflows.test_unmatching import line_of
from tests.workflows.wallets import approve_all, begin_work, pay_in, reference_of, with_wallet
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.bank import pain001
from voucher.database import Database, fetch
from voucher.errors import NotNow
from voucher.files import FileKind, FileStore, StoredFile
from voucher.jobs import Job, JobState
from voucher.measure_appeals import MeasureAppeal
from voucher.money import Money
from voucher.numbering import Counter
from voucher.orders import Order
from voucher.papers import Paper
from voucher.payouts import Batch, BatchState, PaymentFile, Payout, PayoutState, signatures_of
from voucher.recoveries import Recovery, outstanding_of
from voucher.statements import BankCharge, TakenBack
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.claiming import withdraw_claim
from workflows.replay import replay
from workflows.surrender import surrender_voucher

# A process that has everything loaded and forks into the ones that die: no threads, no connections to inherit.
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.workflows.crashing"])

#: The commits of the road, in order, and how many others come before it when the road is begun again after the one
#: before: a job that was taken by a worker that died has to be taken again.
COMMITS = {
    "the first signature": 0, "the release": 0, "a worker takes the export": 0, "the export": 1, "the import": 0,
    "a worker takes the settlement statement": 0, "the number of the statement": 1, "the settlement statement": 1,
}


def run(
    house: House, files: str, start: str, moment: Moment, attempt: int, survives: int = 0,
    road: Callable[[House, str], None] | None = None,
) -> int:
    """Go the road in a process of its own, some minutes after the last one, so that its leases have run out."""
    url = house.database.url.render_as_string(hide_password=False)
    now = START + timedelta(minutes=10 * attempt)
    process = PROCESSES.Process(target=go_the_road, args=(url, files, now, start, moment, survives, road))
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
    assert session.exec(select(func.count()).select_from(Paper).where(col(Paper.file_id).is_(None))).one() == 0
    assert session.exec(select(Counter.last).where(Counter.kind == "D")).one() == len(made), "a number of a document was lost"


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


def test_dying_while_a_voucher_is_taken_back_takes_it_back_once(postgres: Database, store: FileStore, files: str) -> None:
    """The voucher is revoked, its recovery decided, served and collected: four commits."""
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    a_settled_payout(house, voucher=voucher)
    an_approved_claim(house, voucher=voucher, net="1000.00", vat="60.00")
    a_placed_order(house, voucher, net="1000.00", vat="60.00")
    accuse(house, voucher)
    with pytest.raises(NotNow, match="hearing"):
        accuse(house, voucher)
    hear(house, voucher)
    house.do_jobs()

    for step, moments in enumerate(((Moment.BEFORE, Moment.AFTER), (Moment.AFTER,), (Moment.AFTER,), (Moment.BEFORE, Moment.AFTER))):
        for moment in moments:
            assert run(house, files, voucher, moment, step, road=take_back) == KILLED, (step, moment)
    house.clock.turn(minutes=90)
    house.do_jobs()  # what the dead left to be done
    with read(house.database) as session:
        journal = ledger.plaintext.journal(session)
        (case,) = session.exec(select(Recovery)).all()
        after = voucher_position(session, voucher, "CNY")
        assert (fetch(session, Voucher, voucher).state, case.state, str(case.principal)) == ("revoked", "served", "20000.00")
        assert (str(after.cancelled), str(after.clawed_back)) == ("80000.00", "20000.00")
        assert (after.paid, after.reserved, after.available, after.approved) == (Money.zero("CNY"),) * 4
        for entry in (f"recovery.decided {case.reference}", f"recovery.collected {case.reference} 1", f"voucher.cancelled {voucher}"):
            assert journal.count(entry) == 1, entry
        assert str(outstanding_of(session, case)) == "0.00" and ledger.verify(session) == []


def test_dying_while_a_wallet_pays_and_while_it_takes_back_moves_the_money_once(house: House, files: str) -> None:
    """The third commit of each road is the job's: before it come the look for wallets, and the worker that takes the job."""
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    pay_in(house, "84800.00", reference_of(house, order))
    begin_work(house, order)
    claim = approve_all(house, order)
    house.do_jobs()
    for number, state in enumerate(("payable", "cancelled")):
        for moment in (Moment.BEFORE, Moment.AFTER):
            assert run(house, files, order, moment, 12 * number + 6 * (moment == Moment.AFTER), 2, settle_the_wallet) == KILLED
        house.clock.turn(hours=2)
        house.do_jobs()  # what the dead left to be done
        with read(house.database) as session:
            own = session.exec(select(Payout).where(col(Payout.deposit_id).is_not(None))).all()
            assert [(str(each.amount), each.state) for each in own] == [("84800.00", state)]
            assert ledger.verify(session) == []
        if state == "payable":
            with house.work(PROVIDER) as work:
                withdraw_claim(work, claim)


def test_dying_while_something_is_given_back_or_undone_does_it_once(postgres: Database, store: FileStore, files: str) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    order = an_accepted_order(house, voucher, net="1000.00", vat="60.00")
    wrong, returned = a_settled_payout(house), a_settled_payout(house)
    back = came_back(house, returned, "19985.00")
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "We stop")
    house.do_jobs()
    start = f"{order} {line_of(house, wrong)} {back} {returned}"

    for step in range(3):
        for moment in (Moment.BEFORE, Moment.AFTER):
            assert run(house, files, start, moment, step, road=undo) == KILLED, (step, moment)
    assert run(house, files, start, Moment.AFTER, 3, road=undo) == 0  # nothing is left to be done
    house.clock.turn(minutes=90)
    house.do_jobs()  # what the dead left to be done
    with read(house.database) as session:
        journal = ledger.plaintext.journal(session)
        assert [fetch(session, Payout, each).state for each in (wrong, returned)] == ["sent", "returned"]
        assert fetch(session, Voucher, voucher).state == "surrendered"
        for entry in (f"order.cancelled {order}", f"payout.settlement_undone {wrong} 1", f"payout.returned {returned}",
                      f"payout.charged {returned}"):
            assert journal.count(f" {entry}\n") == 1, entry
        assert [session.exec(select(func.count()).select_from(each)).one() for each in (TakenBack, BankCharge)] == [1, 1]
        assert ledger.verify(session) == [] and replay(session).differences == []


def test_dying_while_a_payment_is_turned_down_and_paid_again_does_it_once(postgres: Database, store: FileStore, files: str) -> None:
    house = a_house(postgres, store)
    payout = a_sent_payout(house)
    for step in range(2):
        for moment in (Moment.BEFORE, Moment.AFTER):
            assert run(house, files, payout, moment, step, road=turn_down) == KILLED, (step, moment)
    assert run(house, files, payout, Moment.AFTER, 2, road=turn_down) == 0  # nothing is left to be done
    with read(house.database) as session:
        assert ledger.plaintext.journal(session).count(f" payout.rejected {payout}\n") == 1
        assert sorted(each.state for each in session.exec(select(Payout))) == ["payable", "replaced"]
        assert ledger.verify(session) == [] and replay(session).differences == []


def test_dying_while_something_is_given_anew_or_ends_does_it_once(postgres: Database, store: FileStore, files: str) -> None:
    house = a_house(postgres, store)
    payout = a_returned_rest(house)
    voucher, order = an_appealed_cancellation(house), an_accepted_order(house, an_issued_voucher(house), net="1000.00", vat="60.00")
    house.do_jobs()

    def die(attempt: int, moment: Moment, survives: int, road: Callable[[House, str], None]) -> None:
        since = int((house.clock.now - START) / timedelta(minutes=10))
        assert run(house, files, f"{voucher} {payout}", moment, since + attempt, survives, road) == KILLED, (attempt, moment)

    for attempt, moment in enumerate((Moment.BEFORE, Moment.AFTER, Moment.AFTER, Moment.AFTER)):
        die(attempt, moment, 0, give_anew_and_up)
    house.clock.turn(days=700)
    die(0, Moment.BEFORE, 2, end_orders)
    house.clock.turn(minutes=90)
    house.do_jobs()  # what the dead left to be done
    with read(house.database) as session:
        journal = ledger.plaintext.journal(session)
        [renewed] = session.exec(select(MeasureAppeal.renewed_id)).all()
        fresh = session.get_one(Voucher, renewed)
        assert (fresh.state, str(fresh.amount)) == ("issued", "100000.00")
        assert (fetch(session, Payout, payout).state, fetch(session, Order, order).state) == ("offset", "lapsed")
        for entry in (f"voucher.issued {fresh.reference}", f"approval.undone {claim_behind(house, payout)} rest {payout}\n",
                      f"order.unclaimed 21200 {order}"):
            assert journal.count(f" {entry}") == 1, entry
        assert ledger.verify(session) == [] and replay(session).differences == []
