"""What the bank brings back though nobody is owed it any more, or though a part of it was paid back by a recovery."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import SME, SMES, House, a_house, an_approved_claim, an_issued_voucher, who
from tests.workflows.purchases import budget, entry_of, standing, yuan
from tests.workflows.recovering import (
    a_decided_recovery,
    a_final_recovery,
    a_heard_recovery,
    a_settled_payout,
    an_opened_recovery,
    payout_of,
    receive,
    recovery_of,
    with_clawback,
)
from tests.workflows.test_races import assert_sound
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_revocation import a_revoked_voucher, recoveries, reissue
from voucher import ledger
from voucher.claims import Claim
from voucher.database import Database, fetch
from voucher.deposits import Deposit
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.people import account_of, office
from voucher.recoveries import Recovery, refund_of
from voucher.statements import BankLine, LineState
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.holding import freeze_voucher
from workflows.payouts import make_payout
from workflows.reconciliation import match_line
from workflows.recovery import (
    annul_recovery,
    appeal_recovery,
    decide_recovery,
    drop_recovery,
    offset_recovery,
    refund_recovery,
    remit_recovery,
    serve_recovery,
    uphold_recovery_appeal,
)
from workflows.returned import give_up_payout


def states(house: House, payout: str) -> tuple[str, str, str]:
    """Of a payout, its claim and the order of it; and the books agree."""
    with read(house.database) as session:
        held = fetch(session, Payout, payout)
        claim = session.get_one(Claim, held.claim_id)
        assert_sound(session)
        return held.state, claim.state, session.get_one(Order, claim.order_id).reference


def return_of(house: House, payout: str) -> BankLine:
    """The line by which the bank returns a payout."""
    with read(house.database) as session:
        return session.exec(select(BankLine).where(BankLine.end_to_end == payout, BankLine.amount_minor > 0)).one()


def owed_for_it(house: House) -> list[str]:
    """What stands in the books as owed, receivable or recovered."""
    with read(house.database) as session:
        return [line.account for line in ledger.trial_balance(session)
                if ":payable:" in line.account or ":recover" in line.account or "clawed" in line.account]


def test_what_comes_back_after_a_revocation_goes_back_to_the_funders(house: House) -> None:
    voucher = an_issued_voucher(house)
    payout = a_settled_payout(house, voucher=voucher)
    a_revoked_voucher(house, voucher)
    with house.work("approver3") as work:
        decide_recovery(work, recoveries(house)[0].reference, "Copied")
    return_by_the_bank(house, payout)
    house.do_jobs()

    state, claim, order = states(house, payout)
    after = standing(house, order)
    assert (state, claim, recoveries(house)[0].state) == ("cancelled", "lapsed", "annulled")
    assert (after.approved, after.reserved, after.available, after.cancelled) == (
        yuan("0.00"), yuan("0.00"), yuan("0.00"), yuan("100000.00"))
    assert (budget(house, order).free, budget(house, order).obligated) == (yuan("1000000.00"), yuan("0.00"))
    assert entry_of(house, f"order.cancelled {order} {payout}") == (
        "entitlement:reserved 20000.00\nentitlement:available -20000.00\nbudget:obligated 20000.00\nbudget:committed -20000.00")
    assert owed_for_it(house) == []
    house.do_jobs()  # a job may run twice


def test_what_was_returned_is_given_up_with_the_case_that_asks_it_back(house: House) -> None:
    payout = a_settled_payout(house)
    with pytest.raises(NotNow, match="settled"), house.work("approver1") as work:
        give_up_payout(work, payout, "Nothing was delivered")
    case = a_heard_recovery(house, payout)
    return_by_the_bank(house, payout)
    with pytest.raises(NotNow, match=f"{case} asks"):
        reissue(house, payout)
    with pytest.raises(NotAllowed), house.work("finance1") as work:
        give_up_payout(work, payout, "Nothing was delivered")
    with house.work("approver1") as work:
        give_up_payout(work, payout, "Nothing was delivered")

    state, claim, order = states(house, payout)
    assert (state, claim, recovery_of(house, case).state) == ("cancelled", "lapsed", "dropped")
    assert (standing(house, order).available, standing(house, order).reserved) == (yuan("100000.00"), yuan("0.00"))
    assert (budget(house, order).committed, owed_for_it(house)) == (yuan("100000.00"), [])


def test_a_return_of_what_was_partly_collected_waits_for_a_person_and_stops_no_statement(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    case = a_final_recovery(house, payout)
    receive(house, "5000.00", case)
    return_by_the_bank(house, payout)
    line = return_of(house, payout)
    assert (line.state, line.finding) == (LineState.OPEN, "return_of_recovered")
    with pytest.raises(NotNow, match="return_of_recovered"), house.work("finance1") as work:
        match_line(work, str(line.id), payout)

    # The decision is taken back by another than took it; what came in is owed back, and paid back by finance.
    with pytest.raises(NotAllowed, match="You opened"), house.work("approver3") as work:
        annul_recovery(work, case, "The bank returned the payment")
    with house.work("approver1") as work:
        annul_recovery(work, case, "The bank returned the payment")
    assert entry_of(house, f"recovery.refund_due {case} 1") == (
        "entitlement:clawed-back 5000.00\nentitlement:approved -5000.00\nbudget:free 5000.00\nbudget:delivered-unpaid -5000.00\n"
        "financial:expense:recovered 5000.00\nfinancial:payable:refunds -5000.00\nfinancial:equity:unexpended 5000.00\n"
        "financial:revenue:appropriation-used -5000.00\ncn-financial:5001 5000.00\ncn-financial:2307 -5000.00")
    with pytest.raises(NotValid, match="document"), house.work("finance1") as work:
        refund_recovery(work, case, " ")
    with house.work("finance1") as work:
        refund_recovery(work, case, "Transfer 12")
    with pytest.raises(NotNow, match="Nothing"), house.work("finance1") as work:
        refund_recovery(work, case, "Transfer 13")
    with house.work("finance1") as work:
        match_line(work, str(line.id), payout)

    state, claim, order = states(house, payout)
    assert (state, claim) == ("returned", "approved")
    assert (standing(house, order).approved, standing(house, order).paid) == (yuan("20000.00"), yuan("0.00"))
    assert [each.rpartition(":")[0] for each in owed_for_it(house)] == ["financial:payable:returned"]


def test_what_had_come_in_goes_back_when_an_appeal_is_upheld(house: House) -> None:
    with_clawback(house, funders=("city",))
    case = a_decided_recovery(house)
    with house.work("finance1") as work:
        serve_recovery(work, case)
    house.clock.turn(days=1)
    receive(house, str(recovery_of(house, case).amount), case)
    with house.work(SME) as work:
        appeal_recovery(work, case, "Here it is.")
    with house.work("approver1") as work:
        uphold_recovery_appeal(work, case, "It was delivered after all.")
    with read(house.database) as session:
        assert str(refund_of(session, fetch(session, Recovery, case))) == "20000.00"
    with pytest.raises(NotAllowed), house.work("approver1") as work:
        refund_recovery(work, case, "Transfer 12")
    with house.work("treasury1") as work:
        refund_recovery(work, case, "Transfer 12")
    assert entry_of(house, f"recovery.refunded {case} 1") == (
        "entitlement:approved 20000.00\nentitlement:paid -20000.00\nbudget:delivered-unpaid 20000.00\nbudget:paid -20000.00\n"
        "financial:payable:refunds 20000.00\nfinancial:asset:treasury -20000.00\ncn-financial:2307 20000.00\n"
        "cn-financial:4001 -20000.00\ncn-budget:7101 20000.00\ncn-budget:6001 -20000.00")
    assert owed_for_it(house) == [] and recovery_of(house, case).state == "annulled"


def test_what_went_to_the_treasury_comes_from_there_before_it_goes_back(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    house.clock.turn(days=365)  # a year later what comes in is the treasury's
    case = a_final_recovery(house, payout, "5000.00")
    receive(house, str(recovery_of(house, case).amount), case)
    with house.work("approver1") as work:
        annul_recovery(work, case, "It was delivered after all")
    assert entry_of(house, f"prior.refund_due {case} 1") == (
        "financial:payable:treasury 5182.50\nfinancial:payable:refunds -5182.50\ncn-financial:3501 5000.00\n"
        "cn-financial:2307 -5182.50\ncn-financial:2103 182.50")
    with house.work("finance1") as work:
        refund_recovery(work, case, "Transfer 12")
    assert entry_of(house, f"prior.refunded {case} 1") == (
        "entitlement:clawed-back 5000.00\nentitlement:paid -5000.00\nbudget:recovered 5000.00\nbudget:paid -5000.00\n"
        "financial:payable:refunds 5182.50\nfinancial:asset:treasury -5182.50\ncn-financial:2307 5182.50\ncn-financial:1002 -5182.50\n"
        "cn-budget:8101.01 5000.00\ncn-budget:8001 -5000.00")
    assert owed_for_it(house) == []

    again = a_final_recovery(house, payout, "5000.00")
    receive(house, str(recovery_of(house, again).amount), again)
    with house.work("finance1") as work:
        remit_recovery(work, again, "Handover 3")
    with pytest.raises(NotNow, match="Handover 3"), house.work("approver1") as work:
        annul_recovery(work, again, "It was delivered after all")
    assert recovery_of(house, again).state == "closed"


def test_until_what_came_in_has_gone_back_a_return_waits_and_no_new_case_asks_for_it(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    case = a_final_recovery(house, payout)
    receive(house, "5000.00", case)
    with house.work("approver1") as work:
        annul_recovery(work, case, "It was delivered after all")
    with pytest.raises(NotNow, match=f"{case} was annulled, and what had come in"):
        an_opened_recovery(house, payout)
    return_by_the_bank(house, payout)
    line = return_of(house, payout)
    assert (line.state, line.finding) == (LineState.OPEN, "return_of_recovered")
    with house.work("finance1") as work:
        refund_recovery(work, case, "Transfer 12")
    with house.work("finance1") as work:
        match_line(work, str(line.id), payout)
    assert states(house, payout)[0] == "returned"


def test_of_an_annulled_recovery_nothing_is_handed_over_out_of_what_came_in_on_another(house: House) -> None:
    with_clawback(house)
    payout, other = a_settled_payout(house), a_settled_payout(house)
    house.clock.turn(days=365)
    second = a_final_recovery(house, other)
    receive(house, str(recovery_of(house, second).amount), second)
    case = a_final_recovery(house, payout, "5000.00")
    receive(house, str(recovery_of(house, case).amount), case)
    with house.work("approver1") as work:
        annul_recovery(work, case, "It was delivered after all")
    for moment in ("before", "after"):
        with pytest.raises(NotNow, match="Nothing of this recovery"), house.work("finance1") as work:
            remit_recovery(work, case, "Handover 3")
        if moment == "before":
            with house.work("finance1") as work:
                refund_recovery(work, case, "Transfer 12")


def test_a_stranger_learns_nothing_of_a_payout_that_he_gives_up_or_sets_off(database: Database, store: FileStore) -> None:
    house = a_house(database, store, smes=2)
    payout = payout_of(house, an_approved_claim(house)).reference
    with read(database) as session:
        voucher = session.exec(select(Voucher.reference)).one()
    with house.work("approver1") as work:
        freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=5))
    with pytest.raises(NotFound), house.work(who(SMES[1])) as work:
        offset_recovery(work, "R-2026-00001-2", payout)
    with house.work() as work:
        account = account_of(work.session, office(work.session).id, "CNY")
        assert account is not None
        deposit = Deposit(reference="M-2026-00001-5", state="refused", amount_minor=1, left_minor=0, back_minor=1, currency="CNY",
                          received_on=house.today, account_number="1", reason="Strange", asked_at=work.now)
        work.session.add(deposit)
        work.session.flush()
        out_of_it = make_payout(work, deposit.reference, account.organisation_id, yuan("0.01"), account, deposit_id=deposit.id).reference
    with pytest.raises(NotFound), house.work(who(SMES[1])) as work:
        give_up_payout(work, out_of_it, "Why not")


def test_nobody_decides_without_having_been_somebody(house: House) -> None:
    voucher = an_issued_voucher(house)
    case = a_heard_recovery(house, a_settled_payout(house, voucher=voucher))
    with house.work("auditor1") as work:
        drop_recovery(work, case, "The voucher is revoked instead")
    a_revoked_voucher(house, voucher)
    for statement in ("update revocations set ended_by = null", "update revocations set heard_by = null",
                      "update recoveries set decided_by = liable_id, opened_by = null",
                      "update recoveries set decided_by = opened_by, heard_by = null"):
        with pytest.raises(DatabaseError, match="decided_by_another"), house.work() as work:
            work.session.connection().execute(text(statement))
