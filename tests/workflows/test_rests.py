"""Of a payout that was partly set off the rest is given up: the part was paid on the day of the set-off, and stays so whatever follows."""

from datetime import date

import pytest
from sqlmodel import select

from tests.builders import House, an_issued_voucher
from tests.workflows.purchases import entry_of
from tests.workflows.recovering import (
    a_final_recovery,
    an_opened_recovery,
    payout_of,
    receive,
    recovery_of,
    take_to_the_bank,
    with_clawback,
)
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_revocation import (
    UNDONE,
    a_revoked_voucher,
    a_set_off_payout,
    claim_behind,
    recoveries,
    rest_of,
    sound,
)
from tests.workflows.wallets import entries
from voucher.database import fetch
from voucher.documents.verify import verify
from voucher.files import FileKind, document_of
from voucher.history import Event
from voucher.payouts import Payout
from voucher.work import read
from workflows.recovery import ask_write_off, decide_recovery, serve_recovery, write_off_recovery


def test_the_day_of_the_set_off_says_of_which_year_the_money_is(house: House) -> None:
    with_clawback(house)
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    day = house.today
    house.clock.turn(days=280)
    a_revoked_voucher(house, voucher)
    case = recoveries(house)[-1]
    with read(house.database) as session:
        assert fetch(session, Payout, payout).settled_on == case.paid_on == day < date(2027, 1, 1) <= house.today
    with house.work("approver3") as work:
        decide_recovery(work, case.reference, "Nothing of it is new")
    with house.work("finance1") as work:
        serve_recovery(work, case.reference)
    receive(house, str(recovery_of(house, case.reference).amount), case.reference)
    assert entries(house, case.reference) == PRIOR and sound(house)


PRIOR = """\
2027-01-07 prior.decided R-2027-00001-5
    financial:asset:recoveries:R-2027-00001-5   1028.00 CNY
    financial:payable:treasury:L-2026-00001-3  -1028.00 CNY
2027-01-07 prior.collected R-2027-00001-5 1
    entitlement:paid:V-2026-00001-4             1000.00 CNY
    entitlement:clawed-back:V-2026-00001-4     -1000.00 CNY
    budget:paid:L-2026-00001-3                  1000.00 CNY
    budget:recovered:L-2026-00001-3            -1000.00 CNY
    financial:asset:treasury:L-2026-00001-3     1028.00 CNY
    financial:asset:recoveries:R-2027-00001-5  -1028.00 CNY
    cn-financial:1002:L-2026-00001-3            1028.00 CNY
    cn-financial:3501:L-2026-00001-3           -1000.00 CNY
    cn-budget:8001:L-2026-00001-3               1000.00 CNY
    cn-budget:8101.01:L-2026-00001-3           -1000.00 CNY
    cn-financial:2103:L-2026-00001-3             -28.00 CNY
"""


def test_what_is_asked_back_of_what_comes_back_later_bears_interest_from_the_set_off(house: House) -> None:
    with_clawback(house)
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    day = house.today
    house.clock.turn(days=10)
    take_to_the_bank(house, [payout])
    a_revoked_voucher(house, voucher)
    assert recoveries(house)[-1].paid_on == house.today
    return_by_the_bank(house, payout)
    house.do_jobs()
    case = recoveries(house)[-1]
    assert (case.paid_on, str(case.principal)) == (day, "1000.00")
    with house.work("approver3") as work:
        assert str(decide_recovery(work, case.reference, "Nothing of it is new").interest) == "1.00"


@pytest.mark.parametrize("asked_more", [False, True])
def test_a_voucher_is_revoked_though_more_was_written_off_than_what_stays_paid(house: House, asked_more: bool) -> None:
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    take_to_the_bank(house, [payout])
    case = a_final_recovery(house, payout, "3500.00")
    with house.work("finance1") as work:
        ask_write_off(work, case, "The firm is gone", "Memo 7")
    with house.work("approver1") as work:
        write_off_recovery(work, case)
    more = an_opened_recovery(house, payout) if asked_more else ""
    return_by_the_bank(house, payout)
    a_revoked_voucher(house, voucher)
    assert rest_of(house, payout) == ("offset", "0.00", "1000.00", "1000.00")
    assert recovery_of(house, case).state == "closed" and (not more or recovery_of(house, more).state == "dropped")
    with read(house.database) as session:
        told = session.exec(select(Event).where(Event.name == "payout.not_recovered")).one()
        assert "recovered or given up already" in told.reason
    assert entry_of(house, f"approval.undone {claim_behind(house, payout)} rest {payout}") == UNDONE.format(owed="returned")
    assert sound(house)


def test_whose_payout_ends_by_a_set_off_gets_a_statement_that_adds_up(house: House) -> None:
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    a_revoked_voucher(house, voucher)
    house.do_jobs()
    with read(house.database) as session:
        file = document_of(session, FileKind.SETTLEMENT_STATEMENT, payout)
        assert file is not None
    told = verify(house.store.get(file.sha256))
    assert told.good and (told.data["amount"], told.data["offsets"][0]["amount"]) == ("0.00", "1000.00")
    assert told.data["sheet"][-1]["amount"] == "-3000.00"
    assert claim_behind(house, payout) == told.data["claim"] and payout_of(house, told.data["claim"]).reference == payout
