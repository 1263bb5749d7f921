"""Classes of firms with bounds: a firm says how large and how old it is when it applies, and what is beyond a bound is refused."""

from datetime import date

import pytest

from tests.builders import SME, SMES, House
from tests.workflows.scopes import publish, yuan
from voucher.errors import NotValid
from voucher.programmes.firm_size import NOTHING_SAID, FirmSize
from voucher.programmes.library import example
from voucher.vouchers import Voucher
from workflows.issue import apply_for_voucher

FIRM = "technology_sme: {name: {zh: 科技型中小企业, en: technology SME}"
BOUNDS = ", employees_at_most: 49, turnover_at_most: 20000000.00, years_at_least: 2, years_at_most: 10"
OTHER = "other: {name: {zh: 其他企业和创业团队, en: other firm or start-up team}"


@pytest.fixture
def programme(house: House) -> str:
    """The Weihai rules with bounds for the class of our firm, and wider ones for another."""
    text = example("weihai").decode()
    assert FIRM in text and OTHER in text
    return publish(house, text.replace(FIRM, FIRM + BOUNDS).replace(OTHER, f"{OTHER}, employees_at_most: 999").encode())


def apply(house: House, programme: str, size: FirmSize) -> Voucher:
    with house.work(SME) as work:
        return apply_for_voucher(work, programme, house.references[SMES[0].number], yuan("100000.00"), "Research", size=size)


def refused(house: House, programme: str, size: FirmSize) -> dict[str, str]:
    with pytest.raises(NotValid) as caught:
        apply(house, programme, size)
    return {each.where: str(each) for each in caught.value.problems}


def test_a_firm_says_how_large_it_is_where_its_class_has_bounds(house: House, programme: str) -> None:
    assert set(refused(house, programme, NOTHING_SAID)) == {"employees", "turnover", "founded_on"}


def test_who_is_beyond_the_bounds_is_told_which_and_where_it_belongs(house: House, programme: str) -> None:
    found = refused(house, programme, FirmSize(50, yuan("20000000.01"), date(2025, 3, 3)))
    assert set(found) == {"employees", "turnover", "founded_on", "sme"}
    assert "at most 49 people" in found["employees"] and "at most 20000000.00 CNY" in found["turnover"]
    assert "at least 2 years" in found["founded_on"] and "other" in found["sme"]


@pytest.mark.parametrize("founded_on", [date(2024, 3, 2), date(2016, 3, 2)])
def test_who_just_fits_may_apply_and_what_it_said_is_kept(house: House, programme: str, founded_on: date) -> None:
    assert house.today == date(2026, 3, 2)
    made = apply(house, programme, FirmSize(49, yuan("20000000.00"), founded_on))
    assert (made.employees, made.turnover, made.founded_on) == (49, yuan("20000000.00"), founded_on)


def test_a_firm_that_is_too_old_or_of_tomorrow_is_refused(house: House, programme: str) -> None:
    assert "at most 10 years" in refused(house, programme, FirmSize(1, yuan("1.00"), date(2016, 3, 1)))["founded_on"]
    assert "founded_on" in refused(house, programme, FirmSize(1, yuan("1.00"), date(2026, 3, 3)))


def test_where_a_class_has_no_bounds_nothing_is_asked(house: House) -> None:
    made = apply(house, publish(house, example("weihai")), NOTHING_SAID)
    assert (made.employees, made.turnover, made.founded_on) == (None, None, None)
