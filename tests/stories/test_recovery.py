"""Money of two funders comes back, the long way: suspected, heard, decided, served, appealed, paid by instalments, set off, and in the end
written off; and who had to pay it back is banned.
"""

from datetime import date

import pytest

from tests.builders import SME, House, a_house, an_application, an_approved_claim
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.recovering import (
    BASIS,
    FACTS,
    a_settled_payout,
    outstanding,
    paid_of_voucher,
    payout_of,
    receive,
    recovery_of,
    with_clawback,
)
from tests.workflows.test_funders import FUNDERS
from voucher.bans import Banned
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.history import events_of
from voucher.payouts import Payout
from voucher.recoveries import moves_of
from voucher.work import read
from workflows.banning import ban_for_recovery
from workflows.recovery import (
    agree_instalments,
    answer_recovery,
    appeal_recovery,
    ask_write_off,
    decide_recovery,
    dismiss_recovery_appeal,
    offset_recovery,
    serve_recovery,
    suspect_recovery,
    take_up_recovery,
    write_off_recovery,
)


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office whose terms say how money comes back to the province, which pays two thirds, and to the city."""
    house = a_house(database, store)
    with_clawback(house, ("province", "city"), FUNDERS.decode())
    reads_english(house, SME)
    return house


def test_money_comes_back_by_all_roads_and_what_does_not_come_is_written_off_in_the_next_year(house: House) -> None:
    payout = a_settled_payout(house)  # 20,000
    later = payout_of(house, an_approved_claim(house, net="28301.89", vat="1698.11")).reference  # 6,000, owed to the same firm
    house.clock.turn(days=73)

    # A verifier suspects it, and the firm hears nothing of that. The auditor takes it up, the firm says its side, and who decides had no
    # part in the case: 20,000 and the interest of 73 days, by funder and year.
    with house.work("verifier1") as work:
        recovery = suspect_recovery(work, payout, FACTS).reference
    with house.work("auditor1") as work:
        take_up_recovery(work, recovery, BASIS)
    with house.work(SME) as work:
        answer_recovery(work, recovery, "We thought that a summary was enough.")
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "A summary is no report.")
    sheet = recovery_of(house, recovery).sheet["lines"]
    assert [(each["funder"], each["fund_year"], each["principal"], each["interest"]) for each in sheet] == [
        ("province", 2026, "13333.33", "97.33"), ("city", 2026, "6666.67", "48.67")]
    whole = outstanding(house, recovery)

    # The notice is served, the firm appeals, and another approver dismisses that.
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    with house.work(SME) as work:
        appeal_recovery(work, recovery, "It is long and has a table.")
    with house.work("approver1") as work:
        dismiss_recovery_appeal(work, recovery, "It has no table.")
    assert recovery_of(house, recovery).state == "final"

    # Four instalments are agreed. The first one comes; a payment that the firm is owed is set off whole.
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 4, date(2026, 6, 15))
    receive(house, "5000.00", recovery)
    with house.work("finance1") as work:
        offset_recovery(work, recovery, later)
    with read(house.database) as session:
        assert fetch(session, Payout, later).state == "offset"
    assert (whole, outstanding(house, recovery)) == ("20146.00", "9146.00")

    # The firm is banned as long as the terms say: it applies for nothing.
    with house.work("approver1") as work:
        assert ban_for_recovery(work, recovery).until == date(2029, 5, 14)
    with pytest.raises(Banned):
        an_application(house)

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
        moves = [f"{move.kind} {move.prior} {move.principal_minor} {move.interest_minor}" for move in moves_of(session, held.id)]
        assert [event.name for event in events_of(session, recovery)] == EVENTS
    assert moves == ["collected False 500000 0", "offset False 600000 0", "collected True 100000 0", "written_off True 800000 14600"]
    assert (held.state, outstanding(house, recovery), paid_of_voucher(house, recovery)) == ("closed", "0.00", "8000.00")
    assert posted(house, "recovery.decided", "recovery.collected", "recovery.offset", "prior.collected", "prior.written_off") == BOOKS
    assert letters(house, *EVENTS, "organisation.banned") == LETTERS
    assert_everything_agrees(house)


EVENTS = [
    "recovery.suspected", "recovery.taken_up", "recovery.answered", "recovery.decided", "recovery.served", "recovery.appealed",
    "recovery.appeal_dismissed", "recovery.instalments_agreed", "recovery.collected", "line.matched", "recovery.offset",
    "recovery.collected", "line.matched", "recovery.write_off_asked", "recovery.written_off"]
BOOKS = """\
recovery.decided R-2026-00001-2
  financial:asset:recoveries 20146.00
  financial:expense:recovered -13333.33
  financial:expense:recovered -6666.67
  financial:payable:treasury -97.33
  financial:payable:treasury -48.67
recovery.collected R-2026-00001-2 1
  entitlement:paid 5000.00
  entitlement:clawed-back -5000.00
  budget:paid 3333.33
  budget:free -3333.33
  budget:paid 1666.67
  budget:free -1666.67
  financial:asset:treasury 3333.33
  financial:asset:recoveries -5000.00
  financial:asset:treasury 1666.67
  financial:revenue:appropriation-used 3333.33
  financial:equity:unexpended -3333.33
  financial:revenue:appropriation-used 1666.67
  financial:equity:unexpended -1666.67
  cn-financial:4001 3333.33
  cn-financial:5001 -3333.33
  cn-financial:4001 1666.67
  cn-financial:5001 -1666.67
  cn-budget:6001 3333.33
  cn-budget:7101 -3333.33
  cn-budget:6001 1666.67
  cn-budget:7101 -1666.67
recovery.collected R-2026-00001-2 2
  entitlement:paid 6000.00
  entitlement:clawed-back -6000.00
  budget:paid 4000.00
  budget:free -4000.00
  budget:paid 2000.00
  budget:free -2000.00
  financial:asset:treasury 4000.00
  financial:asset:recoveries -6000.00
  financial:asset:treasury 2000.00
  financial:revenue:appropriation-used 4000.00
  financial:equity:unexpended -4000.00
  financial:revenue:appropriation-used 2000.00
  financial:equity:unexpended -2000.00
  cn-financial:4001 4000.00
  cn-financial:5001 -4000.00
  cn-financial:4001 2000.00
  cn-financial:5001 -2000.00
  cn-budget:6001 4000.00
  cn-budget:7101 -4000.00
  cn-budget:6001 2000.00
  cn-budget:7101 -2000.00
prior.collected R-2026-00001-2 3
  entitlement:paid 1000.00
  entitlement:clawed-back -1000.00
  budget:paid 666.67
  budget:recovered -666.67
  budget:paid 333.33
  budget:recovered -333.33
  financial:asset:treasury 666.67
  financial:asset:recoveries -1000.00
  financial:asset:treasury 333.33
  cn-financial:1002 666.67
  cn-financial:3501 -666.67
  cn-financial:1002 333.33
  cn-financial:3501 -333.33
  cn-budget:8001 666.67
  cn-budget:8101.01 -666.67
  cn-budget:8001 333.33
  cn-budget:8101.01 -333.33
prior.written_off R-2026-00001-2 4
  financial:payable:treasury 5430.66
  financial:asset:recoveries -8146.00
  financial:payable:treasury 2715.34
"""
LETTERS = """\
auditor1 (zh) recovery.suspected R-2026-00001-2
sme13 (en) recovery.taken_up R-2026-00001-2
approver1 (zh) recovery.answered R-2026-00001-2
approver2 (zh) recovery.answered R-2026-00001-2
approver3 (zh) recovery.answered R-2026-00001-2
finance1 (zh) recovery.decided R-2026-00001-2
sme13 (en) recovery.served R-2026-00001-2
sme13 (en) recovery.appealed R-2026-00001-2
approver1 (zh) recovery.appealed R-2026-00001-2
approver2 (zh) recovery.appealed R-2026-00001-2
approver3 (zh) recovery.appealed R-2026-00001-2
sme13 (en) recovery.appeal_dismissed R-2026-00001-2
sme13 (en) recovery.instalments_agreed R-2026-00001-2
sme13 (en) recovery.collected R-2026-00001-2
sme13 (en) recovery.offset R-2026-00001-2
sme13 (en) organisation.banned N-2026-00002-3
sme13 (en) recovery.collected R-2026-00001-2
approver1 (zh) recovery.write_off_asked R-2026-00001-2
approver2 (zh) recovery.write_off_asked R-2026-00001-2
approver3 (zh) recovery.write_off_asked R-2026-00001-2
"""
