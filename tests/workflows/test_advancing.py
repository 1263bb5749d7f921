"""One funder pays first for another: lent, used as if it were there, paid back; never more than is free, by nobody but finance."""

import pytest

from tests.builders import House, a_house
from tests.stories.invariants import assert_the_invariants_hold
from tests.workflows.scopes import publish, voucher_for, yuan
from tests.workflows.test_funders import FUNDERS
from tests.workflows.test_races import race, winners
from tests.workflows.test_recovery import entries
from tests.workflows.test_year_end import stands
from voucher.database import Database, fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.programmes.funding import FundLine, fund_lines_of
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.work import Work, read
from workflows.advancing import advance_funds, settle_advance
from workflows.funding import allot, record_appropriation
from workflows.publishing import publish_programme
from workflows.year_end import lapse_free_money

RULES = example("weihai") + FUNDERS.replace(b"share: 1/3", b"share: 1/3, advances_for: province")
STATE = b"  - {code: state, name: {zh: \"\xe5\x9b\xbd\xe5\xae\xb6\", en: state}, share: 1/3}\n"


def line_of(house: House, programme: str, funder: str) -> FundLine:
    """The fund line of a funder."""
    with read(house.database) as session:
        return next(line for line in fund_lines_of(session, fetch(session, Programme, programme).id) if line.funder == funder)


def test_the_city_pays_first_for_the_province_and_is_paid_back_when_its_money_comes(house: House) -> None:
    programme = publish(house, RULES, allotted="90000.00")
    city = line_of(house, programme, "city")
    with pytest.raises(NotNow, match="no money"):
        voucher_for(house, programme, amount="60000.00")
    for _time in range(2):  # the same letter counts once
        with house.work("finance1") as work:
            advance_funds(work, city.reference, yuan("50000.00"), "Letter 1")
    province = line_of(house, programme, "province")
    voucher_for(house, programme, amount="60000.00")
    assert stands(house, city) == {"appropriated": "90000.00", "free": "20000.00", "committed": "20000.00", "lent": "50000.00"}
    assert stands(house, province) == {"appropriated": "50000.00", "free": "10000.00", "committed": "40000.00"}
    with pytest.raises(NotNow, match=r"Only 10000\.00 CNY is free on L-2026-00002-1"), house.work("finance1") as work:
        settle_advance(work, city.reference, yuan("50000.00"), "Letter 2")
    with house.work("finance1") as work:
        record_appropriation(work, programme, 2026, yuan("70000.00"), "Decision 7", "province")
        allot(work, province.reference, yuan("70000.00"), "Notice 7")
        settle_advance(work, city.reference, yuan("50000.00"), "Letter 2")
    assert entries(house, "advance.") == """\
2026-03-02 advance.made L-2026-00001-3 L-2026-00002-1 Letter 1
    budget:free:L-2026-00001-3                       50000.00 CNY
    budget:lent:L-2026-00001-3                      -50000.00 CNY
    financial:asset:other-funders:L-2026-00001-3     50000.00 CNY
    financial:asset:treasury:L-2026-00001-3         -50000.00 CNY
    budget:appropriated:L-2026-00002-1               50000.00 CNY
    budget:free:L-2026-00002-1                      -50000.00 CNY
    financial:asset:treasury:L-2026-00002-1          50000.00 CNY
    financial:payable:other-funders:L-2026-00002-1  -50000.00 CNY
2026-03-02 advance.settled L-2026-00001-3 L-2026-00002-1 Letter 2
    budget:lent:L-2026-00001-3                       50000.00 CNY
    budget:free:L-2026-00001-3                      -50000.00 CNY
    financial:asset:treasury:L-2026-00001-3          50000.00 CNY
    financial:asset:other-funders:L-2026-00001-3    -50000.00 CNY
    budget:free:L-2026-00002-1                       50000.00 CNY
    budget:appropriated:L-2026-00002-1              -50000.00 CNY
    financial:payable:other-funders:L-2026-00002-1   50000.00 CNY
    financial:asset:treasury:L-2026-00002-1         -50000.00 CNY
"""
    assert stands(house, city) == {"appropriated": "90000.00", "free": "70000.00", "committed": "20000.00"}
    assert stands(house, province) == {"appropriated": "70000.00", "free": "30000.00", "committed": "40000.00"}
    with read(house.database) as session:
        assert_the_invariants_hold(session)


def test_what_cannot_be_lent_or_paid_back_is_refused(house: House) -> None:
    programme = publish(house, RULES, funders=("city", "province"), allotted="90000.00")
    city, province = (line_of(house, programme, funder).reference for funder in ("city", "province"))
    for verb, line, amount, refusal, said in (
        (advance_funds, city, "90000.01", NotNow, r"Only 90000\.00 CNY is free"),
        (advance_funds, province, "1.00", NotNow, "pays first for nobody"),
        (advance_funds, city, "0.00", NotValid, "more than zero"),
        (settle_advance, city, "1.00", NotNow, r"Only 0\.00 CNY is owed"),
    ):
        with pytest.raises(refusal, match=said), house.work("finance1") as work:
            verb(work, line, yuan(amount), "Letter 1")
    with pytest.raises(NotAllowed), house.work("treasury1") as work:
        advance_funds(work, city, yuan("1.00"), "Letter 1")
    with house.work("finance1") as work:
        advance_funds(work, city, yuan("40000.00"), "Letter 1")
    with pytest.raises(NotNow, match="with other content"), house.work("finance1") as work:
        advance_funds(work, city, yuan("4000.00"), "Letter 1")
    house.clock.turn(days=365)
    with pytest.raises(NotNow, match=r"40000\.00 CNY of it is borrowed"), house.work("finance1") as work:
        lapse_free_money(work, province, "Decision 9")


def test_what_was_lent_under_earlier_terms_is_paid_back_under_later_ones_that_name_another_funder(house: House) -> None:
    programme = publish(house, RULES, funders=("city", "province"), allotted="90000.00")
    city, province = (line_of(house, programme, funder) for funder in ("city", "province"))
    with house.work("finance1") as work:
        advance_funds(work, city.reference, yuan("40000.00"), "Letter 1")
    later = RULES.replace(b"share: 2/3", b"share: 1/3").replace(b"advances_for: province", b"advances_for: state") + STATE
    with house.work("approver1") as work:
        publish_programme(work, later)
    with house.work("finance1") as work:
        assert settle_advance(work, city.reference, yuan("40000.00"), "Letter 2").reference == province.reference
        assert advance_funds(work, city.reference, yuan("10000.00"), "Letter 3").funder == "state"
    with house.work("approver1") as work:
        publish_programme(work, later.replace(b", advances_for: state", b""))
    with pytest.raises(NotNow, match="pays first for nobody"), house.work("finance1") as work:
        advance_funds(work, city.reference, yuan("10000.00"), "Letter 4")
    assert (stands(house, province)["free"], stands(house, line_of(house, programme, "state"))["free"]) == ("90000.00", "10000.00")


def test_those_who_lend_or_pay_back_at_once_take_no_more_than_there_is(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    programme = publish(house, RULES, allotted="90000.00")
    city = line_of(house, programme, "city").reference

    def lend(work: Work, number: int) -> None:
        advance_funds(work, city, yuan("40000.00"), f"Letter {number}")

    def settle(work: Work, number: int) -> None:
        settle_advance(work, city, yuan("50000.00"), f"Letter {number}")

    assert winners(race(house, ["finance1"] * 4, lend, times=4)) == 2
    assert winners(race(house, ["finance1"] * 4, settle, times=4)) == 1
    assert stands(house, line_of(house, programme, "province")) == {"appropriated": "30000.00", "free": "30000.00"}
    with read(house.database) as session:
        assert_the_invariants_hold(session)
