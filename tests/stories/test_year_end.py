"""A budget year ends while an order is open: what was delivered is accrued, the order is carried with its money, and it is claimed,
approved and paid in the new year, from the new year's line.
"""

from datetime import UTC, date, datetime

import pytest

from tests.builders import (
    PROVIDER,
    SME,
    House,
    a_completed_order,
    a_house,
    a_submitted_claim,
    an_approved_claim,
    an_issued_voucher,
)
from tests.stories.invariants import assert_postings_say_what_the_manual_asks, assert_the_invariants_hold
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.scopes import publish, weihai_with, yuan
from tests.workflows.test_fund_lines import CAP
from tests.workflows.test_recovery import entries
from tests.workflows.test_year_end import lines_of, stands, the_year_ends
from voucher import ledger
from voucher.claims import CutReason, LineDecision
from voucher.database import Database
from voucher.files import FileStore
from voucher.work import read
from workflows.amendment import agree_amendment, propose_change
from workflows.approval import approve_claim
from workflows.closing import adjust_period, close_period
from workflows.open_orders import accrue_deliveries, carry_orders
from workflows.purchase import cancel_order
from workflows.verification import verify_claim
from workflows.year_end import lapse_free_money

DECEMBER = datetime(2026, 12, 1, 1, tzinfo=UTC)


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office in December, with a programme that gives up to 40,000 yuan."""
    house = a_house(database, store, now=DECEMBER)
    publish(house, weihai_with(CAP), allotted="100000.00")
    return house


def sound(house: House) -> None:
    with read(house.database) as session:
        assert ledger.verify(session) == []
        assert_the_invariants_hold(session)
        assert_postings_say_what_the_manual_asks(session)


def line_of_2026(house: House) -> str:
    return lines_of(house, "P-2026-00001-9")[0].reference


def amend(house: House, order: str, net: str) -> None:
    """The SME proposes another price without tax, and the provider agrees."""
    with house.work(SME) as work:
        propose_change(work, order, "Another scope", net=yuan(net), vat=yuan("0.00"))
    with house.work(PROVIDER) as work:
        agree_amendment(work, order)


def test_an_order_delivered_in_december_is_accrued_carried_and_paid_from_the_new_year(house: House) -> None:
    order = a_completed_order(house, an_issued_voucher(house, amount="30000.00"), net="94339.62", vat="5660.38")
    the_year_ends(house)
    with house.work("finance1") as work:
        adjust_period(work, date(2026, 12, 31), "Only what the year still lacks")
    line = line_of_2026(house)
    for _time in range(2):
        with house.work("finance1") as work:
            accrue_deliveries(work, line, "Worksheet 1")
            carry_orders(work, line, "Decision 9")
            lapse_free_money(work, line, "Decision 10")
    assert entries(house, "year.") == """\
2026-12-31 year.accrued L-2026-00001-3 O-2026-00001-1 2026
    financial:expense:subsidy:L-2026-00001-3   20000.00 CNY
    financial:payable:accrued:L-2026-00001-3  -20000.00 CNY
    cn-financial:5001:L-2026-00001-3           20000.00 CNY
    cn-financial:2401:L-2026-00001-3          -20000.00 CNY
2027-01-01 year.accrual_reversed L-2026-00001-3 O-2026-00001-1 2026
    financial:payable:accrued:L-2026-00001-3   20000.00 CNY
    financial:expense:subsidy:L-2026-00001-3  -20000.00 CNY
    cn-financial:2401:L-2026-00001-3           20000.00 CNY
    cn-financial:5001:L-2026-00001-3          -20000.00 CNY
2026-12-31 year.carried L-2026-00001-3 O-2026-00001-1 Decision 9
    budget:obligated:L-2026-00001-3              20000.00 CNY
    budget:carried-forward:L-2026-00001-3       -20000.00 CNY
    financial:equity:unexpended:L-2026-00001-3   20000.00 CNY
    financial:asset:treasury:L-2026-00001-3     -20000.00 CNY
2027-01-01 year.opened L-2027-00001-2 O-2026-00001-1 L-2026-00001-3 Decision 9
    budget:appropriated:L-2027-00001-2           20000.00 CNY
    budget:obligated:L-2027-00001-2             -20000.00 CNY
    financial:asset:treasury:L-2027-00001-2      20000.00 CNY
    financial:equity:unexpended:L-2027-00001-2  -20000.00 CNY
2026-12-31 year.lapsed L-2026-00001-3 Decision 10
    budget:free:L-2026-00001-3                   70000.00 CNY
    budget:lapsed:L-2026-00001-3                -70000.00 CNY
    financial:equity:unexpended:L-2026-00001-3   70000.00 CNY
    financial:asset:treasury:L-2026-00001-3     -70000.00 CNY
"""
    with house.work("finance1") as work:
        close_period(work, date(2026, 12, 31), "The year is over")

    claim = a_submitted_claim(house, order)
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("84905.66"), CutReason.PRICE_TOO_HIGH)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    take_to_the_bank(house, [payout_of(house, claim).reference])

    assert entries(house, "claim.approved", "payout.") == """\
2027-01-09 claim.approved C-2027-00001-9
    entitlement:claimed:V-2026-00001-4                    20000.00 CNY
    entitlement:approved:V-2026-00001-4                  -16981.13 CNY
    entitlement:available:V-2026-00001-4                  -3018.87 CNY
    budget:obligated:L-2027-00001-2                       20000.00 CNY
    budget:delivered-unpaid:L-2027-00001-2               -16981.13 CNY
    budget:committed:L-2027-00001-2                       -3018.87 CNY
    financial:expense:subsidy:L-2027-00001-2              16981.13 CNY
    financial:payable:claims:C-2027-00001-9              -16981.13 CNY
    financial:equity:unexpended:L-2027-00001-2            16981.13 CNY
    financial:revenue:appropriation-used:L-2027-00001-2  -16981.13 CNY
    cn-financial:5001:L-2027-00001-2                      16981.13 CNY
    cn-financial:2303:L-2027-00001-2                     -16981.13 CNY
2027-01-09 payout.released Y-2027-00001-9
    financial:payable:claims:C-2027-00001-9              16981.13 CNY
    financial:asset:payments-in-transit:Y-2027-00001-9  -16981.13 CNY
2027-01-09 payout.settled Y-2027-00001-9
    entitlement:approved:V-2026-00001-4                  16981.13 CNY
    entitlement:paid:V-2026-00001-4                     -16981.13 CNY
    budget:delivered-unpaid:L-2027-00001-2               16981.13 CNY
    budget:paid:L-2027-00001-2                          -16981.13 CNY
    financial:asset:payments-in-transit:Y-2027-00001-9   16981.13 CNY
    financial:asset:treasury:L-2027-00001-2             -16981.13 CNY
    cn-financial:2303:L-2027-00001-2                     16981.13 CNY
    cn-financial:4001:L-2027-00001-2                    -16981.13 CNY
    cn-budget:7101:L-2027-00001-2                        16981.13 CNY
    cn-budget:6001:L-2027-00001-2                       -16981.13 CNY
"""
    old, new = lines_of(house, "P-2026-00001-9")
    assert stands(house, old) == {"appropriated": "100000.00", "committed": "10000.00", "carried": "20000.00", "lapsed": "70000.00"}
    assert stands(house, new) == {"appropriated": "20000.00", "committed": "3018.87", "paid": "16981.13"}
    sound(house)


def test_what_is_freed_of_a_carried_order_is_the_voucher_s_again_and_the_next_order_is_paid_from_both_years(house: House) -> None:
    voucher = an_issued_voucher(house, amount="30000.00")
    carried = an_accepted_order(house, voucher, net="94339.62", vat="5660.38")
    the_year_ends(house)
    with house.work("finance1") as work:
        carry_orders(work, line_of_2026(house), "Decision 9")
    with house.work(SME) as work:
        cancel_order(work, carried, "Another offer is better")
    old, new = lines_of(house, "P-2026-00001-9")
    assert [stands(house, each)["committed"] for each in (old, new)] == ["10000.00", "20000.00"]

    claim = an_approved_claim(house, a_completed_order(house, voucher, net="94339.62", vat="5660.38"))
    take_to_the_bank(house, [payout_of(house, claim).reference])

    assert [stands(house, each)["paid"] for each in (old, new)] == ["10000.00", "10000.00"]
    assert entries(house, "payout.settled") == """\
2027-01-09 payout.settled Y-2027-00001-9
    entitlement:approved:V-2026-00001-4                  20000.00 CNY
    entitlement:paid:V-2026-00001-4                     -20000.00 CNY
    budget:delivered-unpaid:L-2026-00001-3               10000.00 CNY
    budget:paid:L-2026-00001-3                          -10000.00 CNY
    budget:delivered-unpaid:L-2027-00001-2               10000.00 CNY
    budget:paid:L-2027-00001-2                          -10000.00 CNY
    financial:asset:payments-in-transit:Y-2027-00001-9   20000.00 CNY
    financial:asset:treasury:L-2026-00001-3             -10000.00 CNY
    financial:asset:treasury:L-2027-00001-2             -10000.00 CNY
    cn-financial:2303:L-2026-00001-3                     10000.00 CNY
    cn-financial:4001:L-2026-00001-3                    -10000.00 CNY
    cn-financial:2303:L-2027-00001-2                     10000.00 CNY
    cn-financial:4001:L-2027-00001-2                    -10000.00 CNY
    cn-budget:7101:L-2026-00001-3                        10000.00 CNY
    cn-budget:6001:L-2026-00001-3                       -10000.00 CNY
    cn-budget:7101:L-2027-00001-2                        10000.00 CNY
    cn-budget:6001:L-2027-00001-2                       -10000.00 CNY
"""
    sound(house)


def test_an_order_that_is_raised_and_lowered_after_it_was_carried_keeps_what_each_year_bears(house: House) -> None:
    order = an_accepted_order(house, an_issued_voucher(house, amount="30000.00"), net="94339.62", vat="5660.38")
    the_year_ends(house)
    with house.work("finance1") as work:
        carry_orders(work, line_of_2026(house), "Decision 9")
    old, new = lines_of(house, "P-2026-00001-9")
    for net, obligated in (("120000.00", ["4000.00", "20000.00"]), ("60000.00", ["4000.00", "8000.00"])):
        amend(house, order, net)
        assert [stands(house, each).get("obligated") for each in (old, new)] == obligated
    sound(house)
