"""The SME's own part is paid in before work begins: what came exactly is held, what came wrong goes back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from tests.builders import PROVIDER, PROVIDERS, SME, House, a_gathered_batch
from tests.workflows.purchases import an_accepted_order, order_of, pass_until, voucher_of, yuan
from tests.workflows.recovering import take_to_the_bank
from tests.workflows.scopes import voucher_for
from tests.workflows.wallets import (
    account_of_provider,
    account_of_sme,
    approve_all,
    begin_work,
    deposits,
    pay_in,
    payouts_out_of,
    reference_of,
    settle,
    strange_account,
    with_wallet,
)
from voucher import ledger
from voucher.database import get
from voucher.deposits import Deposit
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.ledger.journal import stream
from voucher.letters import Letter
from voucher.payouts import Payout
from voucher.people import Organisation, Person, Role, actor_for, office
from voucher.programmes.programmes import Programme
from voucher.retention import still_running
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.amendment import agree_amendment, propose_change
from workflows.claiming import withdraw_claim
from workflows.correspondence import write_letters
from workflows.holding import freeze_voucher, unfreeze_voucher
from workflows.publication import hold_claim, release_claim
from workflows.purchase import cancel_order
from workflows.reconciliation import match_line, send_line_back
from workflows.registration import grant_role, register_account
from workflows.reimbursement import confirm_award_account, dissolve_batch, gather_batch, release_batch
from workflows.surrender import surrender_voucher

OWN = "84800.00"  # of 106,000 with tax the voucher pays a fifth


@pytest.fixture
def order(house: House) -> str:
    """An order that the provider has accepted; the SME is asked to pay its part in."""
    return an_accepted_order(house, voucher_for(house, with_wallet(house)))


def states(house: House, order: str) -> list[tuple[str, str, str]]:
    """Each deposit of an order: where it is, how much, and what is left of it."""
    return [(each.state, str(each.amount), str(each.left)) for each in deposits(house, order)]


def change_price(house: House, order: str, net: str, vat: str) -> None:
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples than thought, or fewer", net=yuan(net), vat=yuan(vat))
    with house.work(SME) as work:
        agree_amendment(work, order)


def test_work_begins_when_exactly_the_own_part_has_come(house: House, order: str) -> None:
    with pytest.raises(NotNow, match=r"pay 84800\.00 CNY into the wallet first"):
        begin_work(house, order)
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    assert states(house, order) == [("held", OWN, OWN)]


@pytest.mark.parametrize(("amount", "quotes", "ours", "why"), [
    ("84799.99", "", True, "The amount is not what was asked for."),
    ("84800.01", "", True, "The amount is not what was asked for."),
    (OWN, "M-2026-00099-9", True, "Nothing is awaited under this reference now."),
    (OWN, "", False, "It came from an account that is not the firm's."),
])
def test_money_that_is_not_what_was_asked_for_goes_back_where_it_came_from(
    house: House, order: str, amount: str, quotes: str, ours: bool, why: str
) -> None:
    payer = account_of_sme(house) if ours else account_of_provider(house)
    done = pay_in(house, amount, "", payer, text=f"own part {quotes or reference_of(house, order)}")
    with read(house.database) as session:
        refused = session.exec(select(Deposit).where(Deposit.state == "refused")).one()
        assert ledger.verify(session) == []
    assert (done.open, refused.reason) == (0, why)
    assert payouts_out_of(house, refused.reference) == [(payer.number, amount, "payable")]
    with pytest.raises(NotNow, match="has not received it yet"):
        begin_work(house, order)


def test_money_paid_in_twice_is_held_once_and_goes_back_once(house: House, order: str) -> None:
    reference = reference_of(house, order)
    pay_in(house, OWN, reference)
    pay_in(house, OWN, reference)
    assert states(house, order) == [("held", OWN, OWN), ("refused", OWN, "0.00")]


def test_the_firm_reads_why_its_money_goes_back(house: House, order: str) -> None:
    house.do_jobs()
    pay_in(house, "1.00", reference_of(house, order))
    with house.work() as work:
        write_letters(work, house.store)
    with read(house.database) as session:
        letters = session.exec(select(Letter).where(Letter.event == "deposit.refused")).all()
    assert letters and all(each.words["reason"] for each in letters)


def test_an_own_part_that_does_not_come_in_time_lapses_the_order(house: House, order: str) -> None:
    pass_until(house, house.today.replace(month=5))
    settle(house)
    assert order_of(house, order).state == "lapsed"
    assert states(house, order) == [("dropped", OWN, "0.00")]


def test_the_own_part_of_a_cancelled_order_goes_back_once(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    with house.work(SME) as work:
        cancel_order(work, order, "Project stopped")
        surrender_voucher(work, voucher := work.session.exec(select(Voucher.reference)).one(), "We need it no more")
    assert running(house) == [voucher]  # nothing can be ordered any more, but the office still has its money
    settle(house)
    settle(house)
    [deposit] = deposits(house, order)
    assert payouts_out_of(house, deposit.reference) == [(account_of_sme(house).number, OWN, "payable")]
    assert (deposit.state, deposit.left_minor) == ("spent", 0)
    assert running(house) == [voucher]
    with read(house.database) as session:
        payout = session.exec(select(Payout)).one()
    take_to_the_bank(house, [payout.reference])
    assert running(house) == []


def running(house: House) -> list[str]:
    """The vouchers that keep the programme from being settled."""
    with read(house.database) as session:
        return still_running(session, session.exec(select(Programme)).one().id, house.today)


def test_a_dearer_order_asks_for_the_difference_and_a_cheaper_one_gives_it_back(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    change_price(house, order, "150000.00", "9000.00")  # 159,000: the voucher pays 31,800
    settle(house)
    assert states(house, order) == [("held", OWN, OWN), ("expected", "42400.00", "42400.00")]
    with pytest.raises(NotNow, match=r"pay 42400\.00 CNY"):
        begin_work(house, order)
    pay_in(house, "42400.00", reference_of(house, order))
    change_price(house, order, "100000.00", "6000.00")
    settle(house)
    assert sum(each.left_minor for each in deposits(house, order)) == 84_800_00
    first = deposits(house, order)[0].reference
    assert payouts_out_of(house, first) == [(account_of_sme(house).number, "42400.00", "payable")]


def test_money_without_the_account_it_came_from_waits_for_a_person(house: House, order: str) -> None:
    nobody = replace(account_of_sme(house), number="")
    pay_in(house, OWN, reference_of(house, order), nobody)
    with read(house.database) as session:
        line = session.exec(select(BankLine)).one()
    assert (line.state, line.finding) == ("open", "payer_unknown")
    with house.work("finance1") as work:
        match_line(work, str(line.id), reference_of(house, order))
    begin_work(house, order)


def test_finance_sends_back_what_names_nothing_and_pays_it_through_a_batch(house: House, order: str) -> None:
    pay_in(house, "12.34", "", strange_account(), text="misdirected")
    with read(house.database) as session:
        line = session.exec(select(BankLine)).one()
    with pytest.raises(NotValid, match="the CNAPS code has 12 digits"), house.work("finance1") as work:
        send_line_back(work, str(line.id), "No order of ours")
    with house.work("finance1") as work:
        send_line_back(work, str(line.id), "No order of ours", "102100099996")
    with read(house.database) as session:
        payout = session.exec(select(Payout)).one()
    take_to_the_bank(house, [payout.reference])
    with read(house.database) as session:
        assert session.get_one(Payout, payout.id).state == "settled"
        assert ledger.verify(session) == []


def test_the_provider_gets_the_own_part_beside_the_voucher_s_when_the_claim_is_approved(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    approve_all(house, order)
    settle(house)
    settle(house)
    with read(house.database) as session:
        payouts = session.exec(select(Payout)).all()
        assert sorted(str(each.amount) for each in payouts) == ["21200.00", OWN]
        assert len({each.payee_id for each in payouts}) == 1
    take_to_the_bank(house, [each.reference for each in payouts])
    with read(house.database) as session:
        assert {each.state for each in session.exec(select(Payout))} == {"settled"}
        assert ledger.verify(session) == []
        own = [line for entry in stream(session) if entry.event.startswith("deposit.") for line in entry.lines]
        holder = get(session, Organisation, get(session, Voucher, order_of(house, order).voucher_id).sme_id)
        assert {(dict(line.dimensions).get("order"), dict(line.dimensions).get("party")) for line in own} == {(order, holder.reference)}
        assert {"programme", "voucher", "region", "service"} < set(dict(own[0].dimensions))


def test_of_an_order_that_comes_cheaper_the_provider_gets_no_more_than_it_invoiced(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    approve_all(house, order, net="50000.00", vat="3000.00")  # of 53,000 the voucher pays 10,600
    settle(house)
    [deposit] = deposits(house, order)
    assert payouts_out_of(house, deposit.reference) == [
        (account_of_sme(house).number, "42400.00", "payable"), (account_of_provider(house).number, "42400.00", "payable")]
    assert (deposit.state, deposit.left_minor, deposit.back_minor) == ("spent", 0, 42_400_00)


def test_nothing_moves_while_the_claim_is_held_or_the_voucher_frozen_nor_to_an_account_changed_just_now(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    claim = approve_all(house, order)
    with house.work("approver1") as work:
        hold_claim(work, claim, "Looked into", house.today)
    settle(house)
    assert states(house, order) == [("held", OWN, OWN)]
    with house.work("approver1") as work:
        release_claim(work, claim, "Nothing was found")
    voucher = voucher_of(house, order).reference
    with house.work("approver1") as work:
        freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=5))
    settle(house)
    assert states(house, order) == [("held", OWN, OWN)]
    with house.work("approver3") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    with house.work() as work:
        register_account(work, house.references[PROVIDERS[0].number], "CNY", "6222020000000000777", bank_name="Another bank",
                         bank_code="102100099996")
    settle(house)
    with read(house.database) as session:
        payout = session.exec(select(Payout.reference).where(col(Payout.deposit_id).is_not(None))).one()
    with pytest.raises(NotValid, match="changed a short time ago"), house.work("finance1") as work:
        gather_batch(work, [payout], house.today)
    with house.work("finance1") as work:
        confirm_award_account(work, payout, "phone", "Ms Sun, at the number of the application")
    with house.work("approver1") as work:
        freeze_voucher(work, voucher, "Looked into again", house.today + timedelta(days=5))
    with pytest.raises(NotValid, match="is on a voucher that is frozen"), house.work("finance1") as work:
        gather_batch(work, [payout], house.today)
    with house.work("approver3") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    with house.work("finance1") as work:
        batch = gather_batch(work, [payout], house.today).reference
    with house.work() as work:  # who approved the claim does not release what follows from it
        approver = work.session.get_one(Person, house.people["approver2"].person_id)
        grant_role(work, approver.email, Role.TREASURY, office(work.session).reference)
        house.people["both"] = actor_for(work.session, approver)
    with pytest.raises(NotAllowed), house.work("both") as work:
        release_batch(work, batch)


def test_a_released_payout_of_a_firm_s_own_money_is_taken_back_and_goes_out_again(house: House, order: str) -> None:
    pay_in(house, "1.00", reference_of(house, order))
    pay_in(house, OWN, reference_of(house, order))
    with house.work(SME) as work:
        cancel_order(work, order, "Project stopped")
    settle(house)
    batch = a_gathered_batch(house)
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    with house.work("finance1") as work:
        dissolve_batch(work, batch, "One account is wrong")
    with read(house.database) as session:
        payouts = session.exec(select(Payout.reference).where(Payout.state == "payable")).all()
        assert len(payouts) == 2 and ledger.verify(session) == []
        assert not [each.account for each in ledger.trial_balance(session) if "in-transit" in each.account]
    take_to_the_bank(house, list(payouts))
    with read(house.database) as session:
        assert {each.state for each in session.exec(select(Payout))} == {"settled"}


def test_a_payment_of_ours_that_came_back_is_nobody_s_own_part(house: House, order: str) -> None:
    pay_in(house, OWN, "", text="returned")
    with house.work() as work:
        line = work.session.exec(select(BankLine)).one()
        line.is_return = True
        work.session.add(line)
    with pytest.raises(NotNow, match="not what is awaited"), house.work("finance1") as work:
        match_line(work, str(line.id), reference_of(house, order))


def test_the_own_part_is_not_handed_on_when_the_approval_behind_it_was_taken_back(house: House, order: str) -> None:
    pay_in(house, OWN, reference_of(house, order))
    begin_work(house, order)
    claim = approve_all(house, order)
    settle(house)
    with house.work() as work:
        own = work.session.exec(select(Payout).where(col(Payout.deposit_id).is_not(None))).one()
    batch = a_gathered_batch(house, [own.reference])
    with house.work(PROVIDER) as work:
        withdraw_claim(work, claim)
    with pytest.raises(NotValid, match="do not stand approved"), house.work("treasury1") as work:
        release_batch(work, batch)
    with house.work("treasury1") as work:
        dissolve_batch(work, batch, "The claim was withdrawn")
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        gather_batch(work, [own.reference], house.today)
    assert [each.where for each in refused.value.problems] == [f"payouts.{own.reference}"]
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)
