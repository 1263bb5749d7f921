"""Amounts in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voucher.documents.capitals import in_capitals
from voucher.money import LARGEST_MINOR, Money


@pytest.mark.parametrize(("figures", "words"), [
    ("0.00", "人民币零元整"), ("0.05", "人民币伍分"), ("0.50", "人民币伍角整"), ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
    ("6007.14", "人民币陆仟零柒元壹角肆分"), ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"), ("325.04", "人民币叁佰贰拾伍元零肆分"),
    ("5002.00", "人民币伍仟零贰元整"), ("54000.00", "人民币伍万肆仟元整"), ("100000.00", "人民币壹拾万元整"),
    ("107000.53", "人民币壹拾万柒仟元伍角叁分"), ("1000000.00", "人民币壹佰万元整"), ("10000000.01", "人民币壹仟万元零壹分"),
    ("13873600.00", "人民币壹仟叁佰捌拾柒万叁仟陆佰元整"), ("60890000.00", "人民币陆仟零捌拾玖万元整"),
    ("1000500000.00", "人民币壹拾亿零伍拾万元整"), ("100000000.00", "人民币壹亿元整"), ("1000000000000.00", "人民币壹万亿元整"),
    ("1200000000000.00", "人民币壹万贰仟亿元整"),
])
def test_yuan_are_written_as_the_payment_rules_write_them(figures: str, words: str) -> None:
    assert in_capitals(Money.parse(figures, "CNY"), "zh") == words


@pytest.mark.parametrize(("figures", "currency", "words"), [
    ("5000.00", "EUR", "five thousand euro and 00/100"), ("0.00", "EUR", "zero euro and 00/100"),
    ("6150.05", "EUR", "six thousand one hundred fifty euro and 05/100"), ("1.00", "GBP", "one pound and 00/100"),
    ("300000.00", "CNY", "three hundred thousand yuan and 00/100"), ("21", "JPY", "twenty-one yen"),
    ("1000019.125", "TND", "one million nineteen Tunisian dinars and 125/1000"),
])
def test_english_writes_whole_units_in_words_and_the_rest_as_a_fraction(figures: str, currency: str, words: str) -> None:
    assert in_capitals(Money.parse(figures, currency), "en") == words


@pytest.mark.parametrize(("figures", "currency", "words"), [
    ("5000.00", "EUR", "欧元伍仟元整"), ("1000", "JPY", "日元壹仟元整"), ("1.005", "TND", "突尼斯第纳尔壹元零伍厘"),
])
def test_chinese_names_another_currency_in_front(figures: str, currency: str, words: str) -> None:
    assert in_capitals(Money.parse(figures, currency), "zh") == words


def _read(words: str) -> int:
    """The minor units that Chinese words stand for: the way back, written apart from the way there."""
    units, _yuan, parts = words.removeprefix("人民币").rpartition("元")
    minor = sum("零壹贰叁肆伍陆柒捌玖".index(parts[at - 1]) * worth
                for sign, worth in (("角", 10), ("分", 1)) if (at := parts.find(sign)) > 0)
    return _read_whole(units) * 100 + minor


def _read_whole(units: str) -> int:
    whole = 0
    for sign, worth in (("亿", 10**8), ("万", 10**4)):
        head, found, rest = units.rpartition(sign)
        if found:
            return _read_whole(head) * worth + _read_whole(rest)
    figure = 0
    for char in units:
        if char in "拾佰仟":
            whole += figure * {"拾": 10, "佰": 100, "仟": 1000}[char]
            figure = 0
        else:
            figure = "零壹贰叁肆伍陆柒捌玖".index(char)
    return whole + figure


@given(st.integers(0, LARGEST_MINOR))
def test_every_amount_can_be_read_back_from_its_capitals(minor: int) -> None:
    words = in_capitals(Money(minor, "CNY"), "zh")
    assert _read(words) == minor
    assert "零零" not in words
    assert words.endswith("分") != words.endswith("整")
