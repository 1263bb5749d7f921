"""Over-issue: more vouchers than money, within a limit that finance consents to; never more orders than money."""

from collections.abc import Callable

import pytest

from tests.builders import PROVIDER, SME, SMES, House, a_house, who
from tests.stories.invariants import assert_the_invariants_hold
from tests.workflows.scopes import an_application_for, order, publish, voucher_for, weihai_with, yuan
from tests.workflows.test_fund_lines import CAP, expired, happened, line_of, more
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.accounting import FundLinePosition, fund_line_position
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from voucher.money import Money
from voucher.posting import post
from voucher.work import SYSTEM, Work, read
from workflows.funding import allow_over_issue, withdraw_over_issue
from workflows.issue import NoMoneyLeft, issue_voucher
from workflows.purchase import accept_order, cancel_order

RULES = weihai_with(CAP) + b"\nfund_lines: {over_issue: 20 %}\n"


def consent(house: House, programme: str, amount: str, document: str = "Consent 1",
            verb: Callable[..., object] = allow_over_issue) -> None:
    """Finance consents."""
    with house.work("finance1") as work:
        verb(work, line_of(house, programme).reference, yuan(amount), document)


def stands(house: House, programme: str) -> FundLinePosition:
    """How the line stands."""
    with read(house.database) as session:
        assert ledger.verify(session) == []
        return fund_line_position(session, line_of(house, programme))


def a_programme(house: House) -> str:
    """A programme with 100,000 yuan of which finance lets 20,000 be promised twice."""
    programme = publish(house, RULES, allotted="100000.00")
    consent(house, programme, "20000.00")
    return programme


def test_vouchers_go_beyond_the_allotment_as_far_as_finance_consents_and_the_office_is_told(house: House) -> None:
    programme = a_programme(house)
    voucher_for(house, programme, amount="90000.00")
    voucher_for(house, programme, amount="30000.00")
    position = stands(house, programme)
    assert (position.free, position.committed, position.uncovered, position.over_issue_left) == (
        yuan("0.00"), yuan("100000.00"), yuan("20000.00"), yuan("0.00"))
    assert happened(house.database, line_of(house, programme))[-1] == "fund_line.over_issued"
    with pytest.raises(NoMoneyLeft):
        voucher_for(house, programme, amount="0.01")
    house.do_jobs()
    assert line_of(house, programme).state == "closed"


def test_without_consent_nothing_is_promised_beyond_the_allotment(house: House) -> None:
    programme = publish(house, RULES, allotted="100000.00")
    with pytest.raises(NoMoneyLeft):
        voucher_for(house, programme, amount="100000.01")


def test_finance_consents_to_no_more_than_the_terms_say(house: House) -> None:
    programme = a_programme(house)
    with pytest.raises(NotNow, match="CNY beyond"):
        consent(house, programme, "0.01", "Consent 2")
    consent(house, programme, "20000.00")  # the same document again changes nothing
    assert stands(house, programme).over_issue_left == yuan("20000.00")
    with pytest.raises(NotAllowed), house.work("approver1") as work:
        allow_over_issue(work, line_of(house, programme).reference, yuan("1.00"), "Consent 3")
    with pytest.raises(NotNow, match="know no over-issue"):
        consent(house, publish(house, weihai_with(CAP, "other")), "1.00")


def test_a_consent_is_taken_back_as_far_as_it_is_not_used(house: House) -> None:
    programme = a_programme(house)
    voucher_for(house, programme, amount="105000.00")
    with pytest.raises(NotNow, match="Only 15000"):
        consent(house, programme, "15000.01", "Back 1", withdraw_over_issue)
    consent(house, programme, "15000.00", "Back 1", withdraw_over_issue)
    with pytest.raises(NoMoneyLeft):
        voucher_for(house, programme, amount="0.01")


def two_vouchers(house: House, programme: str) -> list[str]:
    """Two vouchers of 60,000 each from 100,000."""
    return [voucher_for(house, programme, amount="60000.00") for _time in range(2)]


def test_nothing_is_ordered_beyond_the_allotment_until_money_is_freed(house: House) -> None:
    programme = a_programme(house)
    first, second = two_vouchers(house, programme)
    with house.work(SME) as work:
        held = order(work, house, first, "300000.00").reference  # 60,000
    with house.work(PROVIDER) as work:
        accept_order(work, held)
    with house.work(SME) as work:
        order(work, house, second, "200000.00")  # 40,000
    with pytest.raises(NotNow, match="More was promised"), house.work(SME) as work:
        order(work, house, second, "5.00")
    with house.work(SME) as work:
        cancel_order(work, held, "Not needed")
    with house.work(SME) as work:
        order(work, house, second, "100000.00")
    position = stands(house, programme)
    assert (position.reserved, position.committed, position.uncovered) == (yuan("60000.00"), yuan("40000.00"), yuan("20000.00"))


def test_what_is_freed_covers_what_was_promised_first(house: House) -> None:
    programme = a_programme(house)
    first, second = two_vouchers(house, programme)
    with house.work(SME) as work:
        order(work, house, second, "300000.00")
    entry = expired(house, first, yuan("60000.00"))
    for _time in range(2):  # the second time answers the entry that stands
        with house.work() as work:
            post(work, entry)
    position = stands(house, programme)
    assert (position.free, position.committed, position.uncovered, position.over_issue_left, position.reserved) == (
        yuan("40000.00"), yuan("0.00"), yuan("0.00"), yuan("20000.00"), yuan("60000.00"))
    with read(house.database) as session:
        assert {dict(line.dimensions).get("voucher") for line in ledger.find_many(session, [entry.cause])[entry.cause].lines} == {first}


def test_an_allotment_covers_what_was_promised_first(house: House) -> None:
    programme = a_programme(house)
    two_vouchers(house, programme)
    with read(house.database) as session:  # promised beyond the allotment, it still is what vouchers may use
        assert_the_invariants_hold(session)
    more(house, line_of(house, programme), "30000.00")
    position = stands(house, programme)
    assert (position.free, position.committed, position.uncovered, position.over_issue_left) == (
        yuan("10000.00"), yuan("120000.00"), yuan("0.00"), yuan("20000.00"))


def test_orders_that_race_never_go_beyond_the_allotment(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store, smes=2)
    programme = a_programme(house)
    vouchers = [voucher_for(house, programme, sme, "60000.00") for sme in SMES[:2]]

    def attempt(work: Work, number: int) -> None:
        order(work, house, vouchers[number % 2], "50000.00")  # 10,000: six of each voucher, twelve of the promises, ten of the money

    outcomes = race(house, [SME, who(SMES[1])], attempt, 20)

    assert winners(outcomes) == 10
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    position = stands(house, programme)
    assert (position.reserved, position.committed, position.uncovered) == (yuan("100000.00"), yuan("0.00"), yuan("20000.00"))


def test_issues_and_expiries_that_race_keep_within_the_consent(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store, smes=2)
    programme = a_programme(house)
    standing = [voucher_for(house, programme, amount="10000.00") for _time in range(4)]
    waiting = [an_application_for(house, programme, "10000.00", SMES[number % 2]) for number in range(12)]
    entries = [expired(house, each, yuan("10000.00")) for each in standing]
    house.people["system"] = SYSTEM

    def attempt(work: Work, number: int) -> None:
        if number % 4 == 3:
            post(work, entries[number // 4])
        else:
            issue_voucher(work, waiting[number - number // 4])

    outcomes = race(house, ["approver1", "approver2", "approver1", "system"], attempt, 16)

    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    position = stands(house, programme)
    issued = sum(outcome is None for number, outcome in enumerate(outcomes) if number % 4 != 3)
    assert position.committed + position.uncovered == Money(10_000_00 * issued, "CNY")
    assert position.free.minor == 0 or position.uncovered.minor == 0
    assert position.free + position.committed == yuan("100000.00")
    assert position.uncovered + position.over_issue_left == yuan("20000.00")
