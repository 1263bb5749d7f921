"""The wallet when things turn: an approval is taken back after the own part was made payable, an appeal brings a refused claim back."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from tests.builders import PROVIDER, SME, SMES, House, a_gathered_batch
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import take_to_the_bank
from tests.workflows.scopes import voucher_for
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_wallet import OWN, change_price, states
from tests.workflows.wallets import (
    account_of_provider,
    account_of_sme,
    approve_all,
    begin_work,
    claim_again,
    claim_all,
    decide,
    deposits,
    entries,
    pay_in,
    payouts_out_of,
    reference_of,
    settle,
    strange_account,
    with_wallet,
)
from voucher import ledger
from voucher.payouts import Payout
from voucher.people import BankAccount
from voucher.statements import BankLine
from voucher.work import read
from workflows.appeal import file_appeal, uphold_claim_appeal
from workflows.approval import approve_claim
from workflows.claiming import withdraw_claim
from workflows.publication import hold_claim, release_claim
from workflows.purchase import cancel_order
from workflows.reconciliation import match_line
from workflows.registration import register_account
from workflows.reimbursement import dissolve_batch
from workflows.replay import replay
from workflows.wallet import ask_for_wallets

BOOKS = """\
2026-03-02 deposit.released Y-2026-00002-6
    financial:payable:own-share:M-2026-00001-5           84800.00 CNY
    financial:asset:payments-in-transit:Y-2026-00002-6  -84800.00 CNY
2026-03-02 deposit.settled Y-2026-00002-6
    financial:asset:payments-in-transit:Y-2026-00002-6   84800.00 CNY
    financial:asset:wallet:M-2026-00001-5               -84800.00 CNY
    cn-financial:2901:M-2026-00001-5                     84800.00 CNY
    cn-financial:1002.01:M-2026-00001-5                 -84800.00 CNY
2026-03-04 deposit.returned Y-2026-00002-6
    financial:asset:wallet:M-2026-00001-5       84800.00 CNY
    financial:payable:returned:Y-2026-00002-6  -84800.00 CNY
    cn-financial:1002.01:M-2026-00001-5         84800.00 CNY
    cn-financial:2901:M-2026-00001-5           -84800.00 CNY
2026-03-02 deposit.taken_back Y-2026-00002-6
    financial:payable:returned:Y-2026-00002-6    84800.00 CNY
    financial:payable:own-share:M-2026-00001-5  -84800.00 CNY
2026-03-02 deposit.released Y-2026-00004-7
    financial:payable:own-share:M-2026-00001-5           84800.00 CNY
    financial:asset:payments-in-transit:Y-2026-00004-7  -84800.00 CNY
2026-03-02 deposit.settled Y-2026-00004-7
    financial:asset:payments-in-transit:Y-2026-00004-7   84800.00 CNY
    financial:asset:wallet:M-2026-00001-5               -84800.00 CNY
    cn-financial:2901:M-2026-00001-5                     84800.00 CNY
    cn-financial:1002.01:M-2026-00001-5                 -84800.00 CNY
"""


@pytest.fixture
def order(house: House) -> str:
    """An order whose own part is in the wallet, and on which work has begun."""
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    return order


def own_payout(house: House) -> str:
    """The newest payout of the firm's own money."""
    with read(house.database) as session:
        newest = select(Payout.reference).where(col(Payout.deposit_id).is_not(None)).order_by(col(Payout.id).desc())
        return session.exec(newest).first() or ""


def withdraw(house: House, claim: str) -> None:
    with house.work(PROVIDER) as work:
        withdraw_claim(work, claim)


def payables(house: House) -> list[str]:
    with read(house.database) as session:
        return list(session.exec(select(Payout.reference).where(Payout.state == "payable")))


def agrees(house: House) -> bool:
    """Whether books and history agree with what stands."""
    with read(house.database) as session:
        return ledger.verify(session) == [] and replay(session).differences == []


def test_a_payout_whose_claim_was_withdrawn_is_taken_back_and_made_anew_when_the_claim_is_approved_again(house: House, order: str) -> None:
    claim = approve_all(house, order)
    settle(house)
    withdraw(house, claim)
    settle(house)
    settle(house)
    [deposit] = deposits(house, order)
    provider = account_of_provider(house).number
    assert (states(house, order), payouts_out_of(house, deposit.reference)) == ([("held", OWN, OWN)], [(provider, OWN, "cancelled")])
    decide(house, claim_again(house, order))
    settle(house)
    assert payouts_out_of(house, deposit.reference) == [(provider, OWN, "cancelled"), (provider, OWN, "payable")]
    take_to_the_bank(house, payables(house))
    assert states(house, order) == [("spent", OWN, "0.00")] and agrees(house)


def test_a_payout_in_a_batch_is_taken_back_when_the_batch_is_dissolved(house: House, order: str) -> None:
    claim = approve_all(house, order)
    settle(house)
    batch = a_gathered_batch(house, [own_payout(house)])
    withdraw(house, claim)
    settle(house)
    assert states(house, order) == [("spent", OWN, "0.00")]
    with house.work("treasury1") as work:
        dissolve_batch(work, batch, "The claim was withdrawn")
    settle(house)
    assert states(house, order) == [("held", OWN, OWN)] and agrees(house)


def test_a_payout_whose_claim_is_held_goes_back_into_the_wallet_until_it_is_free(house: House, order: str) -> None:
    claim = approve_all(house, order)
    settle(house)
    with house.work("approver1") as work:
        hold_claim(work, claim, "Looked into", house.today + timedelta(days=3))
    settle(house)
    assert states(house, order) == [("held", OWN, OWN)]
    with house.work("approver1") as work:
        release_claim(work, claim, "Nothing was found")
    settle(house)
    assert states(house, order) == [("spent", OWN, "0.00")]


def test_what_the_bank_returned_is_held_again_when_its_claim_was_withdrawn(house: House, order: str) -> None:
    claim = approve_all(house, order)
    settle(house)
    first = own_payout(house)
    take_to_the_bank(house, [first])
    return_by_the_bank(house, first)
    withdraw(house, claim)
    settle(house)
    assert states(house, order) == [("held", OWN, OWN)] and agrees(house)
    deposit = deposits(house, order)[0].reference
    decide(house, claim_again(house, order))
    settle(house)
    take_to_the_bank(house, payables(house))
    assert payouts_out_of(house, deposit)[1:] == [(account_of_provider(house).number, OWN, "settled")]
    assert entries(house, "deposit.returned", "deposit.taken_back", "deposit.released", "deposit.settled") == BOOKS


def test_an_own_part_that_went_back_after_a_refusal_is_asked_for_again_when_the_appeal_is_upheld(house: House, order: str) -> None:
    claim = decide(house, claim_all(house, order), "0.00")
    settle(house)
    assert states(house, order) == [("spent", OWN, "0.00")]
    take_to_the_bank(house, [own_payout(house)])  # it is with the firm again
    with house.work(PROVIDER) as work:
        file_appeal(work, claim, "The report was there.")
    settle(house)
    assert len(deposits(house, order)) == 1
    with house.work("approver3") as work:
        given = uphold_claim_appeal(work, claim, "The report was there.").reference
    with house.work("approver2") as work:
        approve_claim(work, given)
    settle(house)
    settle(house)
    assert states(house, order) == [("spent", OWN, "0.00"), ("expected", OWN, OWN)]
    pay_in(house, OWN, reference_of(house, order))
    settle(house)
    settle(house)
    take_to_the_bank(house, payables(house))
    assert payouts_out_of(house, deposits(house, order)[1].reference) == [(account_of_provider(house).number, OWN, "settled")]
    assert states(house, order)[1:] == [("spent", OWN, "0.00")] and agrees(house)


def test_an_appeal_that_gives_a_cut_back_asks_the_firm_for_nothing_more(house: House, order: str) -> None:
    """The cut stood between voucher and provider; the invoice is the same, and so is the firm's part of it."""
    claim = decide(house, claim_all(house, order, net="75000.00", vat="4500.00"), "53000.00")  # of 79,500 the firm bears 63,600
    settle(house)
    [deposit] = deposits(house, order)
    with house.work(PROVIDER) as work:
        file_appeal(work, claim, "No law asks for this test.")
    with house.work("approver3") as work:
        given = uphold_claim_appeal(work, claim, "The standard is voluntary.").reference
    with house.work("approver2") as work:
        approve_claim(work, given)
    settle(house)
    assert payouts_out_of(house, deposit.reference) == [
        (account_of_sme(house).number, "21200.00", "payable"), (account_of_provider(house).number, "63600.00", "payable")]
    assert len(deposits(house, order)) == 1
    settle(house)
    with house.work() as work:
        assert ask_for_wallets(work, house.store) == 0


def test_money_that_has_no_account_to_go_back_to_waits_and_holds_nobody_else_up(house: House) -> None:
    voucher = voucher_for(house, with_wallet(house))
    orders = [an_accepted_order(house, voucher, net="50000.00", vat="3000.00") for _number in range(2)]
    with house.work() as work:  # the firm has no account here; its money comes from one that nobody named
        for account in work.session.exec(select(BankAccount).where(BankAccount.number == account_of_sme(house).number)):
            account.active, account.number = False, "6222020000000000555"
            work.session.add(account)
    pay_in(house, "42400.00", "", strange_account(), text="own part")
    with read(house.database) as session:
        line = session.exec(select(BankLine)).one()
    with house.work("finance1") as work:
        match_line(work, str(line.id), reference_of(house, orders[0]))
    for order in orders:
        with house.work(SME) as work:
            cancel_order(work, order, "Project stopped")
    settle(house)
    assert states(house, orders[0]) == [("held", "42400.00", "42400.00")]
    assert states(house, orders[1]) == [("dropped", "42400.00", "0.00")]
    with house.work() as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6222020000000000777", bank_name="Another bank",
                         bank_code="102100099996")
    settle(house)
    assert states(house, orders[0]) == [("spent", "42400.00", "0.00")]
    assert payouts_out_of(house, deposits(house, orders[0])[0].reference) == [("6222020000000000777", "42400.00", "payable")]


def test_an_order_that_was_changed_is_looked_at_each_hour_and_moves_once(house: House) -> None:
    order = an_accepted_order(house, voucher_for(house, with_wallet(house)))
    pay_in(house, OWN, reference_of(house, order))
    change_price(house, order, "150000.00", "9000.00")
    for _hour in range(3):
        settle(house)
    assert states(house, order) == [("held", OWN, OWN), ("expected", "42400.00", "42400.00")]
    change_price(house, order, "100000.00", "6000.00")
    for _hour in range(3):
        settle(house)
    assert states(house, order) == [("held", OWN, OWN), ("dropped", "42400.00", "0.00")] and agrees(house)
