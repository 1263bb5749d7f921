"""The bank sends a payment back and keeps a charge: the payee is owed all of it, the fund lines bear what is missing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from tests.builders import SMES, House, a_house
from tests.workflows.beside import beside
from tests.workflows.purchases import entry_of
from tests.workflows.recovering import a_settled_payout, receive, take_to_the_bank, with_clawback
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.test_year_end import lines_of, stands, the_year_ends
from tests.workflows.wallets import entries
from voucher import ledger
from voucher.accounting import fund_line_position
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from voucher.money import Money
from voucher.payouts import Payout
from voucher.posting import lock_free_money
from voucher.programmes.funding import FundLine, FundShare
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.charging import match_return_less_charge
from workflows.funding import allot, record_appropriation
from workflows.reconciliation import match_line
from workflows.registration import register_account
from workflows.reimbursement import reissue_payout
from workflows.replay import replay
from workflows.unmatching import unmatch_line
from workflows.year_end import carry_forward, lapse_free_money


def came_back(house: House, payout: str, amount: str, *, is_return: bool = True) -> str:
    """Money comes in under the reference of a payout, by default as a return; the open line."""
    receive(house, amount, payout)
    with house.work() as work:
        line = work.session.exec(select(BankLine).where(BankLine.state == "open").order_by(col(BankLine.id).desc())).all()[0]
        line.is_return = is_return
        work.session.add(line)
    return str(line.id)


def match(house: House, line: str, payout: str, who: str = "treasury2") -> None:
    """Somebody who did not take the bank's file in says that the bank kept a charge."""
    with house.work(who) as work:
        match_return_less_charge(work, line, payout)


def charges(house: House) -> tuple[str, str]:
    """What the fund line bore of charges, and what it has free; and everything agrees."""
    with read(house.database) as session:
        assert ledger.verify(session) == [] and replay(session).differences == []
        position = fund_line_position(session, session.exec(select(FundLine)).one())
    return str(position.charges), str(position.free)


def test_a_return_less_a_charge_is_owed_whole_and_the_fund_line_bears_the_charge(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    before = charges(house)
    line = came_back(house, payout, "19985.00")
    with pytest.raises(NotNow, match="does not fit"), house.work("finance1") as work:
        match_line(work, line, payout)
    with pytest.raises(NotAllowed, match="took in the bank's file"):
        match(house, line, payout, "finance1")
    match(house, line, payout)
    with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
        work.session.connection().execute(text("update bank_charges set booked_by = imported_by"))
    assert (before, charges(house)) == (("0.00", "9900000.00"), ("15.00", "9899985.00"))
    assert "financial:asset:treasury 20000.00" in entry_of(house, f"payout.returned {payout}")
    assert entry_of(house, f"payout.charged {payout}") == (
        "budget:free 15.00\nbudget:charges -15.00\nfinancial:expense:bank-charges 15.00\nfinancial:asset:treasury -15.00\n"
        "financial:equity:unexpended 15.00\nfinancial:revenue:appropriation-used -15.00\ncn-financial:5901 15.00\n"
        "cn-financial:4001 -15.00\ncn-budget:7901 15.00\ncn-budget:6001 -15.00")
    with house.work() as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6222020000000000777", bank_name="Another bank",
                         bank_code="102100099996")
    with house.work("finance1") as work:
        fresh = reissue_payout(work, payout)
    assert str(fresh.amount) == "20000.00"
    house.clock.turn(days=11)
    take_to_the_bank(house, [fresh.reference])
    assert charges(house) == ("15.00", "9899985.00")


def test_a_charge_is_taken_back_with_the_match_and_may_be_kept_again(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    line = came_back(house, payout, "19985.00")
    for _time in range(2):
        match(house, line, payout)
        assert charges(house) == ("15.00", "9899985.00")
        house.clock.turn(days=3)
        with house.work("treasury1") as work:
            unmatch_line(work, line, "Another office's payment")
        assert charges(house) == ("0.00", "9900000.00")
    days = [each[:10] for each in entries(house, "payout.charge").split("\n") if " payout." in each]
    assert days == ["2026-03-02"] * 4  # on no day in between is it borne twice
    with read(house.database) as session:
        assert fetch(session, Payout, payout).state == "settled"


def test_this_years_line_bears_a_charge_where_nothing_is_left_of_the_year_that_paid(house: House) -> None:
    programme = with_clawback(house)
    payout = a_settled_payout(house)
    the_year_ends(house)
    with house.work("finance1") as work:
        carry_forward(work, lines_of(house, programme)[0].reference, "Decision 9")
    line = came_back(house, payout, "19985.00")
    match(house, line, payout)
    paid, following = lines_of(house, programme)
    assert {"free", "charges"} & stands(house, paid).keys() == set()
    assert (stands(house, following)["charges"], stands(house, following)["free"]) == ("15.00", "9899985.00")
    assert f"budget:charges:{following.reference}" in entries(house, "payout.charged")
    with house.work("treasury1") as work:
        unmatch_line(work, line, "Another office's payment")
    assert (stands(house, following).get("charges"), stands(house, following)["free"]) == (None, "9900000.00")


def test_who_takes_a_charge_back_waits_in_no_circle_with_who_posts_on_the_same_line(racing: House) -> None:
    with_clawback(racing)
    payout = a_settled_payout(racing)
    line = came_back(racing, payout, "19985.00")
    match(racing, line, payout)
    with read(racing.database) as session:
        returned = ledger.find(session, f"payout.returned {payout}")
    assert returned is not None
    refused = beside(
        racing, ("finance1", lambda work: lock_free_money(work.session, work.session.exec(select(FundLine)).all())),
        ("treasury1", lambda work: unmatch_line(work, line, "Another office's payment")),
        then=lambda work: ledger.balances(work.session, [each.account for each in returned.lines], locked=True))
    assert refused is None
    assert charges(racing) == ("0.00", "9900000.00")


@pytest.mark.parametrize("amount", ["17999.99", "20000.01"])
def test_what_is_no_charge_is_refused(house: House, amount: str) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    with pytest.raises(NotNow, match="no return of"):
        match(house, came_back(house, payout, amount), payout)


def test_what_the_payee_sends_back_himself_is_no_return_of_the_bank(house: House) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    with pytest.raises(NotNow, match="no return of"):
        match(house, came_back(house, payout, "19985.00", is_return=False), payout)


@pytest.fixture
def racing(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def test_two_who_match_the_same_return_bear_one_charge(racing: House) -> None:
    with_clawback(racing)
    payout = a_settled_payout(racing)
    line = came_back(racing, payout, "19985.00")
    outcomes = race(racing, ["treasury1", "treasury2"], lambda work, _number: match_return_less_charge(work, line, payout), 6)
    assert winners(outcomes) == 1 and charges(racing) == ("15.00", "9899985.00")
    refused = beside(racing, ("finance1", lambda work: unmatch_line(work, line, "Wrong")),
                     ("treasury1", lambda work: match_return_less_charge(work, line, payout)))
    with read(racing.database) as session:
        assert refused is None and fetch(session, Payout, payout).state == "returned"
        assert_sound(session)


def test_a_line_of_this_year_that_stands_for_two_of_a_voucher_bears_no_more_than_it_has_free(house: House) -> None:
    programme = with_clawback(house)
    payout = a_settled_payout(house)
    the_year_ends(house)
    (paid,) = lines_of(house, programme)
    with house.work("finance1") as work:
        lapse_free_money(work, paid.reference, "Decision 9")
    with house.work("finance1") as work:
        following = record_appropriation(work, programme, house.today.year, Money.parse("1000.00", "CNY"), "Vote 2", "city")
        allot(work, following.reference, Money.parse("1000.00", "CNY"), "Allotment 2")
        voucher = work.session.exec(select(Voucher)).one()
        work.session.add(FundShare(subject_id=voucher.id, fund_line_id=following.id, amount_minor=0))  # an order of it was carried
    line = came_back(house, payout, "18500.00")
    with pytest.raises(NotNow, match="have not so much free"):
        match(house, line, payout)
