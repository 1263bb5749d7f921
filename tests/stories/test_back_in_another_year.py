"""What counts for one year is undone in the next: in the law's books the year that is over stays as it was closed.

What the bank brings back of last year's payments is what the treasury gives again (1201) and was carried over (8101.01); paid anew, it is
spent from there. An expense of last year that falls away goes through 3501. Our own books know no such difference: a line is of a year.
"""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from tests.builders import SME, SMES, House, a_house, an_approved_claim, an_exported_batch, bank_answer
from tests.stories.invariants import assert_postings_say_what_the_manual_asks, assert_the_invariants_hold
from tests.stories.retold import assert_everything_agrees
from tests.workflows.recovering import (
    PRICE,
    a_final_recovery,
    a_settled_payout,
    payout_of,
    receive,
    take_to_the_bank,
    with_clawback,
)
from tests.workflows.test_awards import a_decided_award, payout_of_award, provider, to_the_bank
from tests.workflows.test_recovery import entries
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_unmatching import line_of
from tests.workflows.test_year_end import the_year_ends
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.payouts import Payout
from voucher.statements import BankLine
from voucher.statutory.surplus import SurplusStatement, surplus_statements
from voucher.work import read
from workflows.claiming import withdraw_claim
from workflows.closing import close_period
from workflows.reconciliation import import_statement, match_line
from workflows.recovery import annul_recovery, offset_recovery, refund_recovery
from workflows.registration import register_account
from workflows.reimbursement import reissue_payout
from workflows.returned import give_up_payout
from workflows.unmatching import unmatch_line

DECEMBER = datetime(2026, 12, 1, 1, tzinfo=UTC)


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office in December."""
    house = a_house(database, store, now=DECEMBER)
    with_clawback(house)
    return house


def of_the_law(house: House, *names: str) -> str:
    """What was posted in the law's books by these events, as plain text without whose sub-account it is."""
    found = ""
    for line in entries(house, *names).splitlines():
        if not line.startswith(" "):
            found += " ".join(line.split()[:2]) + "\n"
        elif line.lstrip().startswith("cn-"):
            account, amount, _currency = line.split()
            found += f"  {account.rpartition(':')[0]} {amount}\n"
    return found


def surpluses(house: House, year: int) -> SurplusStatement:
    with read(house.database) as session:
        [told] = surplus_statements(session, year)
    assert told.is_explained
    return told


def made(house: House, year: int) -> dict[str, str]:
    """What the revenue and expense of a year are made of, in the law's books."""
    told = surpluses(house, year)
    return {each.account: str(each.amount) for each in (*told.budget.changes, *told.accrual.changes)}


def stands(house: House) -> dict[str, str]:
    """What stands in the law's books that is neither revenue nor expense, both years together."""
    sums: dict[str, int] = {}
    with read(house.database) as session:
        for year in (2026, 2027, 2028):
            for told in surplus_statements(session, year):
                for each in told.changes:
                    sums[each.account] = sums.get(each.account, 0) + each.amount.minor
    return {account: f"{minor / 100:.2f}" for account, minor in sums.items() if minor}


def sound(house: House) -> None:
    assert_everything_agrees(house)
    with read(house.database) as session:
        assert_the_invariants_hold(session)
        assert_postings_say_what_the_manual_asks(session)


def a_new_account(house: House, party: str) -> None:
    with house.work("administrator1") as work:
        register_account(work, party, "CNY", f"62220200000000{house.number():05d}", holder="Another", bank_name="Bank",
                         bank_code="102455000122")


def pay_anew(house: House, payout: str) -> str:
    """To a new account; answers the payout that takes its place."""
    a_new_account(house, house.references[SMES[0].number])
    house.clock.turn(days=30)
    with house.work("finance1") as work:
        fresh = reissue_payout(work, payout).reference
    take_to_the_bank(house, [fresh])
    return fresh


SAME_YEAR = """\
2026-12-01 payout.settled
  cn-financial:2303 20000.00
  cn-financial:4001 -20000.00
  cn-budget:7101 20000.00
  cn-budget:6001 -20000.00
2026-12-03 payout.returned
  cn-financial:4001 20000.00
  cn-financial:2303 -20000.00
  cn-budget:6001 20000.00
  cn-budget:7101 -20000.00
"""


def test_what_comes_back_in_the_year_in_which_it_was_paid_was_not_paid(house: House) -> None:
    return_by_the_bank(house, a_settled_payout(house))
    assert of_the_law(house, "payout.") == "2026-12-01 payout.released\n" + SAME_YEAR
    sound(house)


def test_what_comes_back_in_january_and_is_paid_anew_is_spent_from_what_was_carried_over(house: House) -> None:
    payout = a_settled_payout(house)
    before = made(house, 2026)
    the_year_ends(house)

    return_by_the_bank(house, payout)

    assert stands(house) == {"cn-financial:1201": "20000.00", "cn-financial:2303": "-20000.00",
                             "cn-budget:8001": "20000.00", "cn-budget:8101.01": "-20000.00"}
    assert made(house, 2027) == {}
    sound(house)

    pay_anew(house, payout)

    assert of_the_law(house, "payout.returned", "payout.settled") == """\
2026-12-01 payout.settled
  cn-financial:2303 20000.00
  cn-financial:4001 -20000.00
  cn-budget:7101 20000.00
  cn-budget:6001 -20000.00
2027-01-11 payout.returned
  cn-financial:1201 20000.00
  cn-financial:2303 -20000.00
  cn-budget:8001 20000.00
  cn-budget:8101.01 -20000.00
2027-02-08 payout.settled
  cn-financial:2303 20000.00
  cn-financial:1201 -20000.00
  cn-budget:7101 20000.00
  cn-budget:8001 -20000.00
"""
    assert made(house, 2026) == before
    assert made(house, 2027) == {"cn-budget:7101": "20000.00"}
    assert stands(house) == {"cn-budget:8101.01": "-20000.00"}
    sound(house)


def test_what_came_back_and_is_brought_back_again_is_carried_over_as_often_as_a_year_ends_between(house: House) -> None:
    payout = a_settled_payout(house)
    the_year_ends(house)
    return_by_the_bank(house, payout)
    second = pay_anew(house, payout)
    return_by_the_bank(house, second)
    third = pay_anew(house, second)
    the_year_ends(house)
    return_by_the_bank(house, third)
    pay_anew(house, third)

    assert of_the_law(house, "payout.returned").splitlines()[5:] == [
        "2027-02-10 payout.returned", "  cn-financial:1201 20000.00", "  cn-financial:2303 -20000.00",
        "  cn-budget:8001 20000.00", "  cn-budget:7101 -20000.00",
        "2028-01-11 payout.returned", "  cn-financial:1201 20000.00", "  cn-financial:2303 -20000.00",
        "  cn-budget:8001 20000.00", "  cn-budget:8101.01 -20000.00"]
    assert [made(house, year).get("cn-budget:7101") for year in (2026, 2027, 2028)] == ["20000.00"] * 3
    assert stands(house) == {"cn-budget:8101.01": "-40000.00"}
    sound(house)


def test_what_came_back_and_is_given_up_is_no_expense_of_last_year_and_left_to_the_treasury(house: House) -> None:
    payout = a_settled_payout(house)
    the_year_ends(house)
    return_by_the_bank(house, payout)

    with house.work("approver3") as work:
        give_up_payout(work, payout, "The firm is gone")

    assert of_the_law(house, "approval.") == """\
2027-01-09 approval.undone
  cn-financial:2303 20000.00
  cn-financial:3501 -20000.00
2027-01-09 approval.closed
  cn-financial:3501 20000.00
  cn-financial:3001 -20000.00
2027-01-09 approval.left_to_treasury
  cn-financial:3001 20000.00
  cn-financial:1201 -20000.00
  cn-budget:8101.02 20000.00
  cn-budget:8001 -20000.00
"""
    assert made(house, 2027) == {}
    assert stands(house) == {"cn-budget:8101.01": "-20000.00", "cn-budget:8101.02": "20000.00"}
    sound(house)


def test_what_came_back_and_is_set_off_is_spent_from_what_was_carried_over_too(house: House) -> None:
    payout, other = a_settled_payout(house), a_settled_payout(house)
    the_year_ends(house)
    return_by_the_bank(house, payout)
    a_new_account(house, house.references[SMES[0].number])
    case = a_final_recovery(house, other, principal="5000.00")
    with house.work("finance1") as work:
        fresh = reissue_payout(work, payout).reference
    with house.work("finance1") as work:
        offset_recovery(work, case, fresh)
    take_to_the_bank(house, [fresh])

    assert of_the_law(house, "payout.offset") == f"""\
{house.today} payout.offset
  cn-financial:2303 {set_off(house, fresh)}
  cn-financial:1201 -{set_off(house, fresh)}
  cn-budget:7101 {set_off(house, fresh)}
  cn-budget:8001 -{set_off(house, fresh)}
"""
    assert "cn-financial:1201" not in stands(house)
    sound(house)


def set_off(house: House, payout: str) -> str:
    with read(house.database) as session:
        held = fetch(session, Payout, payout)
        return str(held.whole - held.amount)


def test_an_approval_of_last_year_that_is_taken_back_is_an_adjustment_of_the_surplus(house: House) -> None:
    claim = an_approved_claim(house, **PRICE)
    assert stands(house) == {"cn-financial:2303": "-20000.00"}
    the_year_ends(house)

    with house.work(SME) as work:
        withdraw_claim(work, claim)

    assert of_the_law(house, "approval.") == """\
2027-01-09 approval.undone
  cn-financial:2303 20000.00
  cn-financial:3501 -20000.00
2027-01-09 approval.closed
  cn-financial:3501 20000.00
  cn-financial:3001 -20000.00
"""
    assert made(house, 2026) == {"cn-financial:5001": "20000.00"}
    assert made(house, 2027) == {}
    assert stands(house) == {"cn-financial:3001": "-20000.00"}
    sound(house)


def test_an_award_that_comes_back_in_january_is_paid_anew_from_what_was_carried_over(house: House) -> None:
    a_settled_payout(house)
    award = a_decided_award(house)
    first = payout_of_award(house, award).reference
    to_the_bank(house, first)
    the_year_ends(house)
    return_by_the_bank(house, first)
    a_new_account(house, provider(house))
    house.clock.turn(days=30)
    with house.work("finance1") as work:
        reissue_payout(work, first)
    to_the_bank(house, payout_of_award(house, award).reference)

    assert of_the_law(house, "award.returned", "award.settled") == """\
2026-12-01 award.settled
  cn-financial:2303 2000.00
  cn-financial:4001 -2000.00
  cn-budget:7101 2000.00
  cn-budget:6001 -2000.00
2027-01-11 award.returned
  cn-financial:1201 2000.00
  cn-financial:2303 -2000.00
  cn-budget:8001 2000.00
  cn-budget:8101.01 -2000.00
2027-02-08 award.settled
  cn-financial:2303 2000.00
  cn-financial:1201 -2000.00
  cn-budget:7101 2000.00
  cn-budget:8001 -2000.00
"""
    assert stands(house) == {"cn-budget:8101.01": "-2000.00"}
    sound(house)


def test_a_return_that_was_not_one_leaves_a_payment_of_its_own_year(house: House) -> None:
    payout = a_settled_payout(house)
    the_year_ends(house)
    for _time in range(2):
        return_by_the_bank(house, payout)
        with house.work("treasury1") as work:
            unmatch_line(work, line_of(house, payout), "It was of another payment")
    with read(house.database) as session:
        assert not fetch(session, Payout, payout).restored
    assert stands(house) == {}
    sound(house)


def test_a_payment_of_a_closed_december_counts_for_january_and_so_does_its_return(house: House) -> None:
    payout = payout_of(house, an_approved_claim(house, **PRICE)).reference
    batch = an_exported_batch(house)
    the_year_ends(house)
    with house.work("finance1") as work:
        close_period(work, date(2026, 12, 31), "The year is over")
    for returned in ({}, {payout: "AC04"}):
        with house.work("finance1") as work:
            import_statement(work, house.store, "statement.xml", bank_answer(
                house, batch, booked_on=date(2026, 12, 30), sequence=house.number(), returned=returned))
    january = SAME_YEAR.replace("2026-12-01", "2027-01-09").replace("2026-12-03", "2027-01-01")
    assert of_the_law(house, "payout.settled", "payout.returned") == january
    assert stands(house) == {"cn-financial:2303": "-20000.00"}
    sound(house)


def approved_in_december_and_paid_in_january(house: House) -> str:
    """Answers the payout."""
    payout = payout_of(house, an_approved_claim(house, **PRICE)).reference
    batch = an_exported_batch(house)
    the_year_ends(house)
    with house.work("finance1") as work:
        close_period(work, date(2026, 12, 31), "The year is over")
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(
            house, batch, booked_on=date(2027, 1, 4), sequence=house.number(), returned={}))
    return payout


def recovered(house: House, payout: str) -> str:
    """5,000 of it; answers the case."""
    case = a_final_recovery(house, payout, principal="5000.00")
    receive(house, "5000.00", case)
    return case


def annul_and_refund(house: House, case: str) -> None:
    with house.work("approver1") as work:
        annul_recovery(work, case, "It was wrong")
    with house.work("finance1") as work:
        refund_recovery(work, case, "DOC-1")


def test_what_is_recovered_of_a_payment_of_this_year_lowers_no_expense_of_this_year_that_was_of_the_last(house: House) -> None:
    recovered(house, approved_in_december_and_paid_in_january(house))

    assert of_the_law(house, "recovery.") == """\
2027-01-09 recovery.decided
2027-02-12 recovery.collected
  cn-financial:4001 5000.00
  cn-financial:3501 -5000.00
  cn-budget:6001 5000.00
  cn-budget:7101 -5000.00
2027-02-12 recovery.adjustment_closed
  cn-financial:3501 5000.00
  cn-financial:3001 -5000.00
"""
    assert made(house, 2026) == {"cn-financial:5001": "20000.00"}
    assert made(house, 2027) == {"cn-budget:6001": "-15000.00", "cn-budget:7101": "15000.00", "cn-financial:4001": "-15000.00"}
    assert stands(house) == {"cn-financial:3001": "-5000.00"}
    sound(house)


def test_what_was_recovered_so_and_goes_back_is_no_expense_of_this_year_either(house: House) -> None:
    annul_and_refund(house, recovered(house, approved_in_december_and_paid_in_january(house)))

    assert of_the_law(house, "recovery.refund", "recovery.adjustment_closed") == """\
2027-02-12 recovery.adjustment_closed
  cn-financial:3501 5000.00
  cn-financial:3001 -5000.00
2027-02-12 recovery.refund_due
  cn-financial:3501 5000.00
  cn-financial:2307 -5000.00
2027-02-12 recovery.adjustment_closed
  cn-financial:3001 5000.00
  cn-financial:3501 -5000.00
2027-02-12 recovery.refunded
  cn-financial:2307 5000.00
  cn-financial:4001 -5000.00
  cn-budget:7101 5000.00
  cn-budget:6001 -5000.00
"""
    assert made(house, 2027) == {"cn-budget:6001": "-20000.00", "cn-budget:7101": "20000.00", "cn-financial:4001": "-20000.00"}
    assert stands(house) == {}
    sound(house)


def test_an_award_of_december_that_is_paid_and_recovered_in_january_lowers_no_expense_of_january(house: House) -> None:
    a_settled_payout(house)
    award = a_decided_award(house, "approver2")
    the_year_ends(house)
    payout = payout_of_award(house, award).reference
    to_the_bank(house, payout)
    case = a_final_recovery(house, payout, principal="500.00")
    receive(house, "500.00", case)

    assert made(house, 2027) == {"cn-budget:6001": "-1500.00", "cn-budget:7101": "1500.00", "cn-financial:4001": "-1500.00"}
    assert stands(house) == {"cn-financial:3001": "-500.00"}


def test_what_is_recovered_of_a_payment_made_anew_goes_back_to_what_the_treasury_gave_again_and_is_left_to_it(house: House) -> None:
    payout = a_settled_payout(house)
    the_year_ends(house)
    return_by_the_bank(house, payout)
    case = recovered(house, pay_anew(house, payout))

    assert of_the_law(house, "recovery.") == """\
2027-02-08 recovery.decided
2027-03-11 recovery.collected
  cn-financial:1201 5000.00
  cn-financial:3501 -5000.00
  cn-budget:8001 5000.00
  cn-budget:7101 -5000.00
2027-03-11 recovery.adjustment_closed
  cn-financial:3501 5000.00
  cn-financial:3001 -5000.00
2027-03-11 recovery.left_to_treasury
  cn-financial:3001 5000.00
  cn-financial:1201 -5000.00
  cn-budget:8101.02 5000.00
  cn-budget:8001 -5000.00
"""
    assert made(house, 2027) == {"cn-budget:7101": "15000.00"}
    assert stands(house) == {"cn-budget:8101.01": "-20000.00", "cn-budget:8101.02": "5000.00"}
    sound(house)

    annul_and_refund(house, case)

    assert made(house, 2027) == {"cn-budget:6001": "-5000.00", "cn-budget:7101": "20000.00", "cn-financial:4001": "-5000.00"}
    assert stands(house) == {"cn-budget:8101.01": "-20000.00", "cn-budget:8101.02": "5000.00", "cn-financial:3001": "5000.00"}
    sound(house)


def test_what_came_in_last_year_and_has_to_go_back_in_this_one_is_no_expense_of_it(database: Database, store: FileStore) -> None:
    house = a_house(database, store, now=datetime(2026, 6, 1, 1, tzinfo=UTC))
    with_clawback(house)
    case = recovered(house, a_settled_payout(house))
    before = made(house, 2026)
    the_year_ends(house)
    annul_and_refund(house, case)

    assert of_the_law(house, "recovery.refund_due", "recovery.adjustment_closed") == """\
2027-01-09 recovery.refund_due
  cn-financial:3501 5000.00
  cn-financial:2307 -5000.00
2027-01-09 recovery.adjustment_closed
  cn-financial:3001 5000.00
  cn-financial:3501 -5000.00
"""
    assert made(house, 2026) == before
    assert made(house, 2027) == {"cn-budget:6001": "-5000.00", "cn-budget:7101": "5000.00", "cn-financial:4001": "-5000.00"}
    assert stands(house) == {"cn-financial:3001": "5000.00"}
    sound(house)


def test_a_payment_of_december_that_was_of_another_claim_is_no_less_and_no_more_revenue_of_january(house: House) -> None:
    right, wrong = (payout_of(house, an_approved_claim(house, **PRICE)).reference for _time in range(2))
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(
            house, batch, sequence=house.number(), mangled=dict.fromkeys((right, wrong), "cut")))
    with read(house.database) as session:
        line = str(session.exec(select(BankLine.id)).all()[0])
    with house.work("finance1") as work:
        match_line(work, line, wrong)
    before = made(house, 2026)
    the_year_ends(house)
    with house.work("finance1") as work:
        close_period(work, date(2026, 12, 31), "The year is over")
    with house.work("treasury1") as work:
        unmatch_line(work, line, "It was of the other claim")
    with house.work("finance1") as work:
        match_line(work, line, right)

    assert made(house, 2026) == before
    assert surplus_statements_of(house, 2027) == []
    assert stands(house) == {"cn-financial:2303": "-20000.00"}
    sound(house)


def surplus_statements_of(house: House, year: int) -> list[SurplusStatement]:
    with read(house.database) as session:
        return [told for told in surplus_statements(session, year) if told.budget.changes or told.accrual.changes or told.changes]
