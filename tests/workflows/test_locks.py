"""Who holds a row does not make those wait who only point at it: else two verbs wait for each other in a circle.

PostgreSQL only. One connection holds the row as a verb would, another verb is run beside it and may wait one second.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tests.builders import (
    SME,
    SMES,
    House,
    a_completed_order,
    a_gathered_batch,
    a_house,
    a_reviewed_application,
    a_verified_claim,
    evidence,
)
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import a_heard_recovery, take_to_the_bank
from tests.workflows.scopes import voucher_for
from tests.workflows.wallets import account_of_sme, pay_in, receipts, reference_of, with_wallet
from voucher.database import Database, fetch, lock, lock_by_id
from voucher.files import FileStore
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import Organisation
from voucher.programmes.programmes import Programme
from voucher.recoveries import Recovery
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.approval import approve_claim
from workflows.issue import issue_voucher
from workflows.reconciliation import import_statement
from workflows.recovery import remit_recovery, uphold_recovery_appeal, write_off_recovery
from workflows.reimbursement import release_batch


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


@contextmanager
def impatient(house: House, who: str) -> Iterator[Work]:
    """Work by somebody who waits one second for a lock and no longer."""
    with house.work(who) as work:
        work.session.connection().execute(text("set local lock_timeout = '1s'"))
        yield work


def test_a_claim_is_approved_while_an_order_of_the_same_firm_is_being_placed(house: House) -> None:
    claim = a_verified_claim(house)
    with house.database.session() as ordering:
        lock(ordering, Organisation, house.references[SMES[0].number])  # what place_order holds before it takes the voucher
        with impatient(house, "approver2") as work:
            approve_claim(work, claim)


def test_papers_are_uploaded_while_an_order_of_the_same_firm_is_being_placed(house: House) -> None:
    order = a_completed_order(house)
    with house.database.session() as ordering:
        lock(ordering, Organisation, house.references[SMES[0].number])
        with impatient(house, SME) as work:
            evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])


def test_a_voucher_is_issued_while_the_next_version_of_the_terms_is_being_published(house: House) -> None:
    voucher = a_reviewed_application(house)
    with house.database.session() as publishing:
        publishing.exec(select(Programme).with_for_update(key_share=True)).one()
        with impatient(house, "approver1") as work:
            issue_voucher(work, voucher)


def test_a_batch_is_signed_while_another_claim_of_the_same_voucher_is_being_decided(house: House) -> None:
    batch = a_gathered_batch(house)
    with house.database.session() as deciding:
        lock_by_id(deciding, Voucher, deciding.exec(select(Voucher)).one().id)
        with impatient(house, "treasury1") as work:
            release_batch(work, batch)


def test_a_release_takes_its_payouts_before_the_books(house: House) -> None:
    """As an import does: whoever holds a payout and waits for the books must not be waited for by who holds the books."""
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        release_batch(work, batch)
    with house.database.session() as other:
        other.connection().execute(text("select 1 from payouts for update"))
        other.connection().execute(text("select 1 from accounts for update"))
        with pytest.raises(OperationalError) as stopped, impatient(house, "treasury2") as work:
            release_batch(work, batch)
    assert "payouts" in str(stopped.value.statement)


def test_what_is_posted_of_a_recovery_waits_for_the_import_that_holds_its_payout(house: House) -> None:
    case = a_heard_recovery(house)
    with house.database.session() as importing:
        lock_by_id(importing, Payout, fetch(importing, Recovery, case).payout_id)  # what an import holds before it posts
        for verb in (partial(remit_recovery, document="Handover 3"), partial(uphold_recovery_appeal, reason="Delivered"),
                     write_off_recovery):
            with pytest.raises(OperationalError, match="lock timeout"), impatient(house, "approver1") as work:
                verb(work, case)


def test_an_import_takes_the_deposits_that_its_lines_name_before_the_payouts(house: House) -> None:
    """As paying again does: one statement may report the payout of a deposit, and what another line names is that deposit."""
    voucher = voucher_for(house, with_wallet(house))
    order = an_accepted_order(house, voucher)
    wrong = reference_of(house, order)
    pay_in(house, "1.00", wrong)
    take_to_the_bank(house, ["Y-2026-00001-8"])
    payer = account_of_sme(house)
    content = receipts(house, [("1.00", "Y-2026-00001-8", payer, "returned"), ("84800.00", wrong, payer, "own part")])
    with house.database.session() as paying_again:
        paying_again.connection().execute(text("select 1 from deposits for update"))
        paying_again.connection().execute(text("select 1 from payouts for update"))
        with pytest.raises(OperationalError) as stopped, impatient(house, "finance1") as work:
            import_statement(work, house.store, "receipts.xml", content)
    assert "deposits" in str(stopped.value.statement)
