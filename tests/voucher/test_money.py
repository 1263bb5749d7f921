"""Money: parsed strictly, never rounded by itself, split without losing a minor unit."""

from decimal import ROUND_DOWN
from fractions import Fraction

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from voucher.errors import NotValid
from voucher.money import CURRENCIES, DIGITS, LARGEST_MINOR, Money, NotAnAmount, digits_of, split_within, total

currencies = st.sampled_from(CURRENCIES)
minors = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@pytest.mark.parametrize(("text", "currency", "minor"), [
    ("1234.50", "CNY", 123450), ("0", "CNY", 0), ("0.05", "EUR", 5), ("-3.1", "EUR", -310), ("1000", "KRW", 1000),
    ("1.005", "TND", 1005), ("99999999999999.99", "CNY", 9999999999999999),
])
def test_an_amount_is_read_as_it_is_written(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", [
    "1.005", "1e3", "NaN", "Infinity", "-0.00", "-0", "+5", "007", "1,234.50", "1 234", " 1", "1 ", "", ".5", "5.", "１２.００",
    "٣", "0x10", "1_000", "100000000000000000.00", "1.2.3", "--1", "¥5", "1\n", None, 0.1, 5, True, b"5", ["5"],
])
def test_what_would_have_to_be_guessed_or_rounded_is_refused(text: object) -> None:
    with pytest.raises(NotAnAmount):
        Money.parse(text, "CNY")


@pytest.mark.parametrize(("money", "for_people", "for_machines"), [
    (Money(123450000, "CNY"), "1,234,500.00", "1234500.00"), (Money(-100005, "EUR"), "-1,000.05", "-1000.05"),
    (Money(99, "CNY"), "0.99", "0.99"), (Money(1234500, "KRW"), "1,234,500", "1234500"),
    (Money(10**15 + 1, "TND"), "1,000,000,000,000.001", "1000000000000.001"),
])
def test_an_amount_stands_in_a_sentence_with_its_thousands_apart(money: Money, for_people: str, for_machines: str) -> None:
    assert (f"{money:,}", f"{money}") == (for_people, for_machines)


def test_a_currency_without_decimals_takes_none() -> None:
    with pytest.raises(NotAnAmount, match="more decimals than KRW"):
        Money.parse("10.5", "KRW")


def test_an_unknown_currency_is_refused_by_name() -> None:
    with pytest.raises(NotValid, match="XXX"):
        Money.parse("1", "XXX")


def test_currencies_never_mix() -> None:
    for mixed in (lambda: Money(1, "CNY") + Money(1, "EUR"), lambda: Money(1, "CNY") < Money(1, "EUR"),
                  lambda: total([Money(1, "CNY")], "EUR")):
        with pytest.raises(AssertionError):
            mixed()


@pytest.mark.parametrize("minor", [1.0, "1", True, None])
def test_minor_units_are_whole_numbers(minor: object) -> None:
    with pytest.raises(AssertionError):
        Money(minor, "CNY")  # type: ignore[arg-type]


@given(minors, currencies)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money), currency) == money
    assert money.decimal * 10 ** digits_of(currency) == minor


@given(minors, currencies, weights)
def test_parts_sum_to_the_whole_and_stray_by_less_than_one_unit(minor: int, currency: str, shares: list[int]) -> None:
    whole = Money(minor, currency)
    parts = whole.split(shares)
    assert total(parts, currency) == whole
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.minor - Fraction(minor * share, sum(shares))) < 1


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 10**6)), min_size=1, max_size=5), st.data())
def test_parts_stay_within_their_limits_and_still_sum_to_the_whole(shares: list[tuple[int, int]], data: st.DataObject) -> None:
    limits = [Money(minor, "CNY") for _weight, minor in shares]
    whole = Money(data.draw(st.integers(0, sum(limit.minor for limit in limits))), "CNY")
    parts = split_within(whole, [weight for weight, _minor in shares], limits)
    assert total(parts, "CNY") == whole
    assert all(0 <= part.minor <= limit.minor for part, limit in zip(parts, limits, strict=True))


def test_a_limit_that_binds_the_last_part_gives_to_the_first() -> None:
    limits = [Money(100, "CNY"), Money(10, "CNY")]
    assert [part.minor for part in split_within(Money(60, "CNY"), [1, 1], limits)] == [50, 10]


def test_a_tie_goes_to_the_part_that_stands_first() -> None:
    assert [part.minor for part in Money(1, "CNY").split([1, 1])] == [1, 0]
    assert [part.minor for part in Money(-1, "CNY").split([1, 1])] == [-1, 0]


def test_people_are_shown_every_decimal_that_we_keep() -> None:
    assert {currency: get_currency_precision(currency) for currency in CURRENCIES} == DIGITS


@pytest.mark.parametrize(("minor", "rate", "half_up", "down"), [
    (15289, Fraction(30, 100), 4587, 4586), (5, Fraction(1, 2), 3, 2), (-5, Fraction(1, 2), -3, -2), (7, Fraction(0), 0, 0),
])
def test_a_rate_rounds_only_as_it_is_told(minor: int, rate: Fraction, half_up: int, down: int) -> None:
    assert Money(minor, "EUR").part(rate).minor == half_up
    assert Money(minor, "EUR").part(rate, ROUND_DOWN).minor == down
