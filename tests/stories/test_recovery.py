"""Money comes back, the long way: heard, decided, served, appealed, paid by instalments, set off, and in the end written off."""

from datetime import date

import pytest

from tests.builders import SME, House, a_house, an_approved_claim
from tests.workflows.recovering import (
    a_settled_payout,
    an_opened_recovery,
    outstanding,
    paid_of_voucher,
    payout_of,
    receive,
    recovery_of,
    with_clawback,
)
from voucher import ledger
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.history import events_of
from voucher.payouts import Payout
from voucher.recoveries import moves_of
from voucher.work import read
from workflows.recovery import (
    agree_instalments,
    answer_recovery,
    appeal_recovery,
    ask_write_off,
    decide_recovery,
    dismiss_recovery_appeal,
    offset_recovery,
    serve_recovery,
    write_off_recovery,
)
from workflows.replay import replay


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office whose terms say how money comes back."""
    house = a_house(database, store)
    with_clawback(house)
    return house


def test_money_comes_back_by_all_roads_and_what_does_not_come_is_written_off_in_the_next_year(house: House) -> None:
    payout = a_settled_payout(house)  # 20,000
    later = payout_of(house, an_approved_claim(house, net="28301.89", vat="1698.11")).reference  # 6,000, owed to the same firm

    # The auditor opens the case and the firm says its side; who decides had no part in it. The notice is served, and the firm appeals.
    recovery = an_opened_recovery(house, payout)
    with house.work(SME) as work:
        answer_recovery(work, recovery, "We thought that a summary was enough.")
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "A summary is no report.")
    whole = outstanding(house, recovery)
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    with house.work(SME) as work:
        appeal_recovery(work, recovery, "It is long and has a table.")
    with house.work("approver1") as work:
        dismiss_recovery_appeal(work, recovery, "It has no table.")
    assert recovery_of(house, recovery).state == "final"

    # Four instalments are agreed. The first one comes; a payment that the firm is owed is set off whole.
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 4, date(2026, 4, 15))
    receive(house, "5000.00", recovery)
    with house.work("finance1") as work:
        offset_recovery(work, recovery, later)
    with read(house.database) as session:
        assert fetch(session, Payout, later).state == "offset"
    assert (whole, outstanding(house, recovery)) == ("20000.00", "9000.00")

    # The next year begins. What comes now is the treasury's and no money of the programme.
    house.clock.turn(days=(date(2027, 2, 1) - house.today).days)
    receive(house, "1000.00", recovery)
    assert recovery_of(house, recovery).state == "instalments"

    # The firm is gone: finance asks to write the rest off, and an approver does.
    with house.work("finance1") as work:
        ask_write_off(work, recovery, "It was struck off the register.", "Decision 9")
    with house.work("approver1") as work:
        write_off_recovery(work, recovery)
    with read(house.database) as session:
        held = recovery_of(house, recovery)
        moves = [(move.kind, move.prior, str(move.principal_minor + move.interest_minor)) for move in moves_of(session, held.id)]
        assert ledger.verify(session) == [] and replay(session).differences == []
        assert [event.name for event in events_of(session, recovery)][:6] == [
            "recovery.opened", "recovery.answered", "recovery.decided", "recovery.served", "recovery.appealed",
            "recovery.appeal_dismissed"]
    assert moves == [("collected", False, "500000"), ("offset", False, "600000"),  # this year's money is free again
                     ("collected", True, "100000"), ("written_off", True, "800000")]
    assert (held.state, outstanding(house, recovery), paid_of_voucher(house, recovery)) == ("closed", "0.00", "8000.00")
