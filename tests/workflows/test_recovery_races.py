"""Many at once on one recovery, on PostgreSQL: what was decided is never exceeded, and every cent is in one place."""

import pytest
from sqlmodel import select

from tests.builders import House, a_house, an_approved_claim
from tests.workflows.recovering import a_final_recovery, outstanding, payout_of, receive, recovery_of, with_clawback
from tests.workflows.test_races import assert_sound, race, winners
from voucher.database import Database
from voucher.files import FileStore
from voucher.money import Money
from voucher.payouts import PayoutState
from voucher.recoveries import RecoveryState, moves_of
from voucher.statements import BankLine, LineState
from voucher.work import read
from workflows.reconciliation import match_line_with_recovery
from workflows.recovery import ask_write_off, offset_recovery, write_off_recovery
from workflows.reimbursement import gather_batch


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL whose programme says how money comes back."""
    made = a_house(postgres, store)
    with_clawback(made)
    return made


def lines_of_money(house: House, amounts: list[str]) -> list[str]:
    """Money that came in without a reference, each sum a line."""
    for amount in amounts:
        receive(house, amount)
    with read(house.database) as session:
        return [str(each.id) for each in session.exec(select(BankLine).where(BankLine.state == LineState.OPEN))]


def assert_adds_up(house: House, recovery: str) -> None:
    """Recovered, written off and outstanding are what was decided, by the moves and by the books."""
    held = recovery_of(house, recovery)
    with read(house.database) as session:
        moved = sum(move.amount.minor for move in moves_of(session, held.id))
        assert moved + Money.parse(outstanding(house, recovery), "CNY").minor == held.amount.minor
        assert_sound(session)


def test_collections_at_once_take_as_many_as_fit(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    lines = lines_of_money(house, ["40.00"] * 4)

    outcomes = race(house, ["finance1", "treasury1"], lambda work, number: match_line_with_recovery(work, lines[number % 4], recovery), 12)

    assert winners(outcomes) == 2
    assert outstanding(house, recovery) == "20.00"
    assert_adds_up(house, recovery)


def test_a_payout_is_set_off_or_gathered_and_never_both(house: House) -> None:
    recovery = a_final_recovery(house)
    claim = an_approved_claim(house, net="943.40", vat="56.60")
    payout = payout_of(house, claim).reference

    outcomes = race(house, ["finance1"], lambda work, number: offset_recovery(work, recovery, payout) if number % 2 else gather_batch(
        work, [payout], work.today), 12)

    assert winners(outcomes) == 1
    assert outstanding(house, recovery) == ("19800.00" if payout_of(house, claim).state == PayoutState.OFFSET else "20000.00")
    assert_adds_up(house, recovery)


def test_a_write_off_beside_a_collection_gives_up_only_what_did_not_come(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    lines = lines_of_money(house, ["40.00"])
    with house.work("finance1") as work:
        ask_write_off(work, recovery, "Nobody lives there.", "Decision 3")

    outcomes = race(house, ["finance1", "approver1"], lambda work, number: write_off_recovery(
        work, recovery) if number % 2 else match_line_with_recovery(work, lines[0], recovery), 12)

    assert winners(outcomes) in (1, 2)  # the collection came first, or too late
    assert (recovery_of(house, recovery).state, outstanding(house, recovery)) == (RecoveryState.CLOSED, "0.00")
    assert_adds_up(house, recovery)
