"""Fifty people try the same step at the same instant, on PostgreSQL: exactly as many win as may, and the books balance.

Every attempt has a connection of its own and waits at a barrier until all are ready. Whoever loses is refused in words:
a deadlock, a broken constraint or any other fault of ours fails the test.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle, islice
from threading import Barrier

import pytest
from sqlmodel import Session, func, select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    House,
    a_gathered_batch,
    a_house,
    a_placed_order,
    a_programme,
    a_reviewed_application,
    a_verified_claim,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from voucher import ledger
from voucher.accounting import fund_line_position, voucher_position
from voucher.database import Database, fetch
from voucher.errors import Refusal
from voucher.files import FileStore
from voucher.jobs import Job
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Batch, BatchSignature, BatchState, Payout, PayoutState
from voucher.programmes.funding import FundLine
from voucher.statements import BankLine
from voucher.vouchers import Voucher, VoucherState
from voucher.work import Work, begin, read
from workflows.approval import approve_claim
from workflows.issue import issue_voucher
from workflows.purchase import accept_order, cancel_order, place_order
from workflows.reconciliation import import_statement
from workflows.reimbursement import gather_batch, release_batch
from workflows.worker import do_next_job

MANY = 50


def race(house: House, runners: Sequence[str], attempt: Callable[[Work, int], object], times: int = MANY) -> list[Refusal | None]:
    """Let the runners try, turn and turn about, all at one instant; None for each that won."""
    start = Barrier(times)
    address = house.database.url.render_as_string(hide_password=False)

    def run(number: int, who: str) -> Refusal | None:
        with closing(Database(address)) as database:
            start.wait(timeout=60)
            try:
                with begin(database, house.people[who], house.clock) as work:
                    attempt(work, number)
            except Refusal as refusal:
                return refusal
            return None

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times), islice(cycle(runners), times)))


def winners(outcomes: Sequence[Refusal | None]) -> int:
    """How many won."""
    return sum(outcome is None for outcome in outcomes)


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def assert_sound(session: Session) -> None:
    """The books agree with themselves."""
    assert ledger.verify(session) == []


def test_fifty_issues_from_the_last_of_the_budget_issue_as_many_as_it_covers(house: House) -> None:
    a_programme(house, allotted="7000.00")
    applications = [a_reviewed_application(house, amount="1000.00", purpose=f"Project {number}") for number in range(MANY)]

    outcomes = race(house, ["approver1", "approver2", "approver3"], lambda work, number: issue_voucher(work, applications[number]))

    assert winners(outcomes) == 7
    with read(house.database) as session:
        assert session.exec(select(func.count()).where(Voucher.state == VoucherState.ISSUED)).one() == 7
        position = fund_line_position(session, session.exec(select(FundLine)).one())
        assert (position.free, position.committed) == (Money(0, "CNY"), Money(7_000_00, "CNY"))
        assert_sound(session)


def test_fifty_orders_beyond_the_balance_of_a_voucher_place_as_many_as_it_covers(house: House) -> None:
    voucher = an_issued_voucher(house, amount="50000.00")
    provider = house.references[PROVIDERS[0].number]
    net, vat = Money.parse("47169.81", "CNY"), Money.parse("2830.19", "CNY")  # 20 % of 50,000.00 is 10,000.00

    outcomes = race(house, [SME], lambda work, number: place_order(
        work, voucher, provider, "development", f"Part {number}", net, vat))

    assert winners(outcomes) == 5
    with read(house.database) as session:
        assert session.exec(select(func.count()).select_from(Order)).one() == 5
        position = voucher_position(session, voucher, "CNY")
        assert (position.available, position.reserved) == (Money(0, "CNY"), Money(50_000_00, "CNY"))
        assert_sound(session)


def test_an_order_that_is_accepted_and_cancelled_at_once_ends_in_one_story(house: House) -> None:
    order = a_placed_order(house)

    outcomes = race(house, [SME, PROVIDER], lambda work, number: accept_order(work, order) if number % 2 else cancel_order(
        work, order, "No longer needed"))

    assert winners(outcomes) in (1, 2)  # cancelled before or after it was accepted, never accepted afterwards
    with read(house.database) as session:
        held = fetch(session, Order, order)
        assert (held.state, held.held_minor) == ("cancelled", 0)
        assert_sound(session)


def test_fifty_approvals_of_one_claim_make_one_payout(house: House) -> None:
    claim = a_verified_claim(house)

    outcomes = race(house, ["approver2", "approver3"], lambda work, _number: approve_claim(work, claim))

    assert winners(outcomes) == 1
    with read(house.database) as session:
        assert session.exec(select(func.count()).select_from(Payout)).one() == 1
        assert_sound(session)


def test_fifty_gatherings_put_a_payout_in_one_batch(house: House) -> None:
    an_approved_claim(house)
    with read(house.database) as session:
        payout = session.exec(select(Payout.reference)).one()

    outcomes = race(house, ["finance1"], lambda work, number: gather_batch(work, [payout] if number % 2 else None, work.today))

    assert winners(outcomes) == 1
    with read(house.database) as session:
        assert session.exec(select(func.count()).select_from(Batch)).one() == 1
        assert session.exec(select(Payout.state)).one() == PayoutState.GATHERED
        assert_sound(session)


def test_fifty_releases_of_one_batch_take_two_signatures_and_one_job(house: House) -> None:
    batch = a_gathered_batch(house)

    outcomes = race(house, ["treasury1", "treasury2", "treasury3"], lambda work, _number: release_batch(work, batch))

    assert winners(outcomes) == 2
    with read(house.database) as session:
        assert fetch(session, Batch, batch).state == BatchState.RELEASED
        assert len(set(session.exec(select(BatchSignature.person_id)))) == 2
        assert session.exec(select(func.count()).where(Job.task == "export_batch")).one() == 1
        assert_sound(session)


def test_fifty_imports_of_one_statement_settle_a_payout_once(house: House) -> None:
    statement = bank_answer(house, an_exported_batch(house))

    outcomes = race(house, ["finance1", "treasury1"], lambda work, number: import_statement(
        work, house.store, f"statement-{number}.xml", statement))

    assert winners(outcomes) == MANY  # the same file again adds nothing, and is no mistake
    with read(house.database) as session:
        assert session.exec(select(Payout.state)).one() == PayoutState.SETTLED
        assert session.exec(select(func.count()).select_from(BankLine)).one() == 1
        assert_sound(session)


def test_many_workers_do_each_job_once(house: House) -> None:
    for number in range(4):
        an_approved_claim(house, title=f"Part {number}")
        with read(house.database) as session:
            payable = session.exec(select(Payout.reference).where(Payout.state == PayoutState.PAYABLE)).all()
        batch = a_gathered_batch(house, payable)
        for treasurer in ("treasury1", "treasury2"):
            with house.work(treasurer) as work:
                release_batch(work, batch)

    def work_off(_number: int) -> list[str]:
        address = house.database.url.render_as_string(hide_password=False)
        with closing(Database(address)) as database:
            done = iter(lambda: do_next_job(database, house.store, house.clock), None)
            return [f"{each.key} {each.error}".strip() for each in done if each is not None]

    with ThreadPoolExecutor(8) as pool:
        did = [each for some in pool.map(work_off, range(8)) for each in some]

    with read(house.database) as session:
        batches = session.exec(select(Batch.reference).where(Batch.state == BatchState.EXPORTED)).all()
        assert len(batches) == 4
        assert sorted(did) == sorted(f"export_batch {reference}" for reference in batches)
        assert_sound(session)
