"""Lines of CSV: whatever stands in a cell comes back out of it, for readers that take the standard at its word too."""

import csv
import re
from io import StringIO

import pytest

from tests.voucher.rfc4180 import strictly_read
from voucher.money import Money
from voucher.spreadsheets import csv_line

TORN = 'Sui\rNan "Test"\nand, Sons\r\n=1+1'


def test_what_stands_in_a_cell_comes_back_out_of_it() -> None:
    text = csv_line(["name", "amount", ""]) + csv_line([TORN, Money(-5, "CNY"), None])
    assert strictly_read(text) == list(csv.reader(StringIO(text, newline=""))) == [["name", "amount", ""], [TORN, "-0.05", ""]]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_text_is_a_formula(sign: str) -> None:
    text = csv_line([f"{sign}HYPERLINK(1)", f"INV{sign}1", Money(-1, "CNY"), -1])
    assert strictly_read(text) == [[f"'{sign}HYPERLINK(1)", f"INV{sign}1", "-0.01", "-1"]]


@pytest.mark.parametrize("torn", ["a\r,b\r\n", "a,b\n", "a,b", 'a"b,c\r\n', '"a"b\r\n', '"a\r\n', "a\nb\r\n"])
def test_a_strict_reader_takes_no_line_that_the_standard_does_not_have(torn: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(torn[:1]))):
        strictly_read(torn)
