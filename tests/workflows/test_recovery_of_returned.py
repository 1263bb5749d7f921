"""Recovery of a payment that the bank brings back meanwhile: nothing of it is asked back, and no receipt stops a statement."""

import pytest
from sqlmodel import select

from tests.builders import House, bank_answer
from tests.workflows.recovering import a_final_recovery, a_heard_recovery, a_settled_payout, receive, recovery_of
from tests.workflows.test_races import assert_sound
from voucher.database import fetch
from voucher.errors import NotNow
from voucher.payouts import Batch, Payout
from voucher.recoveries import RecoveryState
from voucher.statements import BankLine, LineState
from voucher.work import read
from workflows.reconciliation import import_statement, match_line
from workflows.recovery import ask_write_off, decide_recovery, drop_recovery, write_off_recovery


def test_what_the_bank_returned_is_not_decided_and_its_case_can_be_dropped(house: House) -> None:
    payout = a_settled_payout(house)
    case = a_heard_recovery(house, payout)
    return_by_the_bank(house, payout)
    with pytest.raises(NotNow, match="returned"), house.work("approver3") as work:
        decide_recovery(work, case, "Nothing was delivered.")
    with house.work("approver3") as work:
        drop_recovery(work, case, "The bank returned it.")
    assert recovery_of(house, case).state == RecoveryState.DROPPED


def test_money_for_a_recovery_of_what_came_back_waits_for_a_person_and_stops_no_statement(house: House) -> None:
    payout = a_settled_payout(house)
    case = a_final_recovery(house, payout)
    return_by_the_bank(house, payout)

    answer = receive(house, "20000.00", case)

    assert (answer.new, answer.open) == (1, 1)
    with read(house.database) as session:
        line = session.exec(select(BankLine).where(BankLine.end_to_end == case)).one()
        assert line.state == LineState.OPEN
    with pytest.raises(NotNow, match="returned"), house.work("finance1") as work:
        match_line(work, str(line.id), case)
    with house.work("finance1") as work:
        ask_write_off(work, case, "The bank returned the payment.", "Memo 7")
    with house.work("approver1") as work:
        write_off_recovery(work, case)
    with read(house.database) as session:
        assert_sound(session)


def return_by_the_bank(house: House, payout: str) -> None:
    """The bank reports a settled payout as returned."""
    with read(house.database) as session:
        held = fetch(session, Payout, payout)
        assert held.batch_id is not None
        batch = session.get_one(Batch, held.batch_id).reference
    with house.work("finance1") as work:
        import_statement(work, house.store, "returns.xml", bank_answer(house, batch, sequence=house.number(), returned={payout: "AC04"}))
