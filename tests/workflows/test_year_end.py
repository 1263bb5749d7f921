"""The end of a budget year: what nobody was promised lapses or is carried; what is promised is paid from its own year."""

from datetime import UTC, date, datetime
from typing import cast

import pytest

from tests.builders import PROVIDER, SME, House, a_completed_order, a_house, a_verified_claim
from tests.stories.invariants import assert_the_invariants_hold
from tests.workflows.purchases import an_accepted_order
from tests.workflows.scopes import order, publish, voucher_for, weihai_with, yuan
from tests.workflows.test_fund_lines import CAP, happened
from tests.workflows.test_over_issue import RULES, consent
from tests.workflows.test_races import race, winners
from tests.workflows.test_recovery import entries
from voucher import ledger
from voucher.accounting import fund_line_position, manual_check
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.programmes import Programme
from voucher.statutory.mapping import LawRule, mapping_of
from voucher.work import Work, read
from workflows.approval import approve_claim
from workflows.closing import close_period
from workflows.expiry import expire_vouchers
from workflows.funding import record_appropriation
from workflows.open_orders import carry_orders
from workflows.purchase import accept_order, cancel_order, decline_order
from workflows.year_end import carry_forward, lapse_free_money


def lines_of(house: House, programme: str) -> list[FundLine]:
    """The fund lines of a programme, the earlier year first."""
    with read(house.database) as session:
        assert ledger.verify(session) == []
        return sorted(fund_lines_of(session, fetch(session, Programme, programme).id), key=lambda line: line.year)


def stands(house: House, line: FundLine) -> dict[str, str]:
    """How a line stands: what is not zero."""
    with read(house.database) as session:
        return {name: str(amount) for name, amount in vars(fund_line_position(session, line)).items() if amount}


def a_year_with_a_voucher(house: House) -> tuple[str, FundLine, str]:
    """A programme in which 80,000 of 100,000 are allotted and a voucher over 30,000 is issued: programme, line, voucher."""
    programme = publish(house, weihai_with(CAP), allotted="80000.00")
    with house.work("finance1") as work:
        line = record_appropriation(work, programme, house.today.year, yuan("20000.00"), "Decision 2", "city")
    return programme, line, voucher_for(house, programme, amount="30000.00")


def the_year_ends(house: House) -> None:
    """It is 9 January of the next year."""
    house.clock.turn(days=(date(house.today.year + 1, 1, 9) - house.today).days)


def test_what_nobody_was_promised_lapses_once_and_an_order_goes_on_from_its_own_year(house: House) -> None:
    programme, line, voucher = a_year_with_a_voucher(house)
    with house.work(SME) as work:
        placed = order(work, house, voucher, "100000.00").reference
    with pytest.raises(NotNow, match="is not over"), house.work("finance1") as work:
        lapse_free_money(work, line.reference, "Decision 9")
    the_year_ends(house)
    for document in ("Decision 9", " Decision  9"):
        with house.work("finance1") as work:
            lapse_free_money(work, line.reference, document)
    assert entries(house, "year.lapsed") == """\
2026-12-31 year.lapsed L-2026-00001-3 Decision 9
    budget:unallotted:L-2026-00001-3             20000.00 CNY
    budget:lapsed:L-2026-00001-3                -70000.00 CNY
    budget:free:L-2026-00001-3                   50000.00 CNY
    financial:equity:unexpended:L-2026-00001-3   70000.00 CNY
    financial:asset:treasury:L-2026-00001-3     -70000.00 CNY
"""
    assert happened(house.database, line).count("year.lapsed") == 1
    with house.work(PROVIDER) as work:
        accept_order(work, placed)
    assert stands(house, line) == {"appropriated": "100000.00", "committed": "10000.00", "obligated": "20000.00", "lapsed": "70000.00"}
    with pytest.raises(NotNow, match="Nothing of this fund line was free"), house.work("finance1") as work:
        carry_forward(work, line.reference, "Decision 10")
    assert [each.year for each in lines_of(house, programme)] == [2026]


def test_what_is_carried_stands_on_the_next_year_s_line_and_vouchers_are_issued_from_it(house: House) -> None:
    programme, line, _voucher = a_year_with_a_voucher(house)
    the_year_ends(house)
    for _time in range(2):
        with house.work("finance1") as work:
            following = carry_forward(work, line.reference, "Decision 9")
    assert entries(house, "year.free") == """\
2026-12-31 year.free_carried L-2026-00001-3 Decision 9
    budget:unallotted:L-2026-00001-3             20000.00 CNY
    budget:carried-forward:L-2026-00001-3       -70000.00 CNY
    budget:free:L-2026-00001-3                   50000.00 CNY
    financial:equity:unexpended:L-2026-00001-3   70000.00 CNY
    financial:asset:treasury:L-2026-00001-3     -70000.00 CNY
2027-01-01 year.free_opened L-2027-00001-2 L-2026-00001-3 Decision 9
    budget:appropriated:L-2027-00001-2           70000.00 CNY
    budget:unallotted:L-2027-00001-2            -20000.00 CNY
    budget:free:L-2027-00001-2                  -50000.00 CNY
    financial:asset:treasury:L-2027-00001-2      70000.00 CNY
    financial:equity:unexpended:L-2027-00001-2  -70000.00 CNY
"""
    assert (following.year, following.funder) == (2027, "city")
    assert stands(house, line) == {"appropriated": "100000.00", "committed": "30000.00", "carried": "70000.00"}
    voucher_for(house, programme, amount="45000.00")
    assert stands(house, following) == {"appropriated": "70000.00", "unallotted": "20000.00", "free": "5000.00", "committed": "45000.00"}


def test_what_was_freed_after_the_year_does_not_lapse_for_its_last_day_but_by_another_document(house: House) -> None:
    _programme, line, _voucher = a_year_with_a_voucher(house)
    the_year_ends(house)
    house.clock.turn(days=800)  # the voucher's time is over
    with house.work() as work:
        expire_vouchers(work, house.store, "Asia/Shanghai")
    with house.work("finance1") as work:
        lapse_free_money(work, line.reference, "Decision 9")
    assert stands(house, line) == {"appropriated": "100000.00", "free": "30000.00", "lapsed": "70000.00"}
    with house.work("finance1") as work:
        lapse_free_money(work, line.reference, "Decision 10", house.today)
    assert stands(house, line) == {"appropriated": "100000.00", "lapsed": "100000.00"}


def test_what_cannot_be_is_refused(house: House) -> None:
    programme = publish(house, RULES, allotted="100000.00")
    consent(house, programme, "20000.00")
    voucher_for(house, programme, amount="110000.00")
    line = lines_of(house, programme)[0]
    the_year_ends(house)
    for verb in (lapse_free_money, carry_forward):
        with pytest.raises(NotAllowed), house.work("treasury1") as work:
            verb(work, line.reference, "Decision 9")
        with pytest.raises(NotNow, match=r"10000\.00 CNY is promised beyond"), house.work("finance1") as work:
            verb(work, line.reference, "Decision 9")
        with pytest.raises(NotValid) as refused, house.work("finance1") as work:
            verb(work, line.reference, " ", date(2026, 12, 30))
        assert [each.where for each in refused.value.problems] == ["document", "on"]


def test_a_closed_year_is_not_changed_and_a_later_day_may_be_named(house: House) -> None:
    _programme, line, _voucher = a_year_with_a_voucher(house)
    the_year_ends(house)
    with house.work("finance1") as work:
        close_period(work, date(2026, 12, 31), "The year is over")
    with pytest.raises(ledger.PeriodClosed), house.work("finance1") as work:
        lapse_free_money(work, line.reference, "Decision 9")
    with house.work("finance1") as work:
        lapse_free_money(work, line.reference, "Decision 9", house.today)
    assert entries(house, "year.lapsed").startswith("2027-01-09 year.lapsed")


def test_two_who_end_a_year_at_once_while_orders_are_placed_and_declined_move_its_free_money_once(
        postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    programme, line, voucher = a_year_with_a_voucher(house)
    with house.work(SME) as work:
        placed = [order(work, house, voucher, "5000.00").reference for _number in range(3)]
    the_year_ends(house)

    def attempt(work: Work, number: int) -> None:
        if number % 4 == 2:
            order(work, house, voucher, "5000.00")
        elif number % 4 == 3:
            decline_order(work, placed[number // 4], "Too busy")
        else:
            (carry_forward if number % 4 else lapse_free_money)(work, line.reference, f"Decision {number // 8}")

    outcomes = race(house, ["finance1", "finance1", SME, PROVIDER], attempt, 12)

    assert winners([each for number, each in enumerate(outcomes) if number % 4 > 1]) == 6
    position, years = stands(house, line), lines_of(house, programme)
    assert (position["committed"], position["reserved"]) == ("27000.00", "3000.00")
    assert position.keys() - {"committed", "reserved"} in ({"appropriated", "lapsed"}, {"appropriated", "carried"})
    assert len(years) == 1 if "lapsed" in position else stands(house, years[1])["appropriated"] == position["carried"] == "70000.00"


def test_a_budget_year_that_begins_in_april_ends_in_march_and_vouchers_of_february_are_of_the_year_before(house: House) -> None:
    april = weihai_with(CAP).replace(b"  country: CN\n", b"  country: CN\n  fiscal_year_starts: 04-01\n", 1)
    programme = publish(house, april, allotted="80000.00")  # on 2 March 2026, as money of 2026: for what begins in April
    with pytest.raises(NotNow, match="money"):
        voucher_for(house, programme, amount="30000.00")
    house.clock.turn(days=(date(2027, 2, 1) - house.today).days)
    voucher_for(house, programme, amount="30000.00")
    line = lines_of(house, programme)[0]
    assert stands(house, line)["committed"] == "30000.00"
    house.clock.turn(days=(date(2027, 3, 31) - house.today).days)
    with pytest.raises(NotNow, match="is not over"), house.work("finance1") as work:
        carry_forward(work, line.reference, "Decision 9")
    house.clock.turn(days=1)
    with house.work("finance1") as work:
        carry_forward(work, line.reference, "Decision 9")
    assert [each.split()[0] for each in entries(house, "year.free").splitlines() if each.startswith("20")] == ["2027-03-31", "2027-04-01"]


def test_the_law_s_books_take_part_in_a_year_end_if_the_file_of_the_country_says_so(
        house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _programme, line, _voucher = a_year_with_a_voucher(house)
    the_year_ends(house)
    asked = LawRule("returned", "cn-financial", "3001", "1002")
    monkeypatch.setitem(cast("dict[str, tuple[LawRule, ...]]", mapping_of("CN").events), "year.lapsed", (asked,))
    monkeypatch.setattr(manual_check, "_sides_of", manual_check._sides_of.__wrapped__)  # not as it was remembered
    with house.work("finance1") as work:
        lapse_free_money(work, line.reference, "Decision 9")
    assert entries(house, "year.lapsed").endswith("""\
    cn-financial:3001:L-2026-00001-3             70000.00 CNY
    cn-financial:1002:L-2026-00001-3            -70000.00 CNY
""")


def test_orders_that_are_carried_while_others_approve_and_cancel_them_are_carried_once_or_not_at_all(
        postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store, now=datetime(2026, 12, 1, 1, tzinfo=UTC))
    programme = publish(house, weihai_with(CAP))
    voucher = voucher_for(house, programme, amount="100000.00")
    claims = [a_verified_claim(house, a_completed_order(house, voucher, net="20000.00", vat="0.00")) for _number in range(3)]
    open_ones = [an_accepted_order(house, voucher, net="20000.00", vat="0.00", title=f"Drawings of a {thing}")
                 for thing in ("mast", "hull", "keel")]
    line = lines_of(house, programme)[0]
    the_year_ends(house)

    def attempt(work: Work, number: int) -> None:
        if number % 3 == 0:
            carry_orders(work, line.reference, f"Decision {number % 2}")
        elif number % 3 == 1:
            approve_claim(work, claims[number // 3])
        else:
            cancel_order(work, open_ones[number // 3], "Another offer is better")

    outcomes = race(house, ["finance1", "approver2", SME], attempt, 9)

    assert [str(each) for number, each in enumerate(outcomes) if number % 3] == ["None"] * 6
    old, *new = (stands(house, each) for each in lines_of(house, programme))
    assert [sum(float(each.get(name, "0")) for each in (old, *new)) for name in ("delivered", "committed", "obligated")] == [
        12000.0, 88000.0, 0.0]
    assert [old.get("carried")] == ([each.get("appropriated") for each in new] or [None])  # none where the others were first
    with read(house.database) as session:
        assert_the_invariants_hold(session)
