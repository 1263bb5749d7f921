"""Whose money it is and how the budget is cut into lines."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from voucher.money import Money
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, Names, cited


class Split(StrEnum):
    """How an amount is divided over the funders."""

    BY_SHARE = "by_share"
    BY_ORDER = "by_order"


@dataclass(frozen=True)
class Funder:
    """One of those whose money it is, in the order in which they are named."""

    code: Code = key("Short name of the funder.", example="province")
    name: Names = key("Its name.", example="{zh: 山东省财政, en: Shandong province}")
    level: Code = key("Its level of government.", default="", example="province")
    share: Fraction | None = key("Its part of every amount.", default=None, example="60 %")
    ceiling: Money | None = key("The most that it pays of one case.", default=None,
                                example="500000.00")
    matches: Code = key("It pays as much as this other funder does.", default="", example="province")
    advances_for: Code = key("It may lend its free money for this other funder, whose own comes later, and asks for it back.",
                             default="", example="province")
    clause: Clause | None = cited("第十五条")


@dataclass(frozen=True)
class FundLines:
    """How the budget is cut into lines, beside by funder and year: each closes alone when it is empty."""

    per_group: tuple[Code, ...] = key("A line of its own for each of these services or groups.", default=(),
                                      example="[patents]")
    over_issue: Fraction | None = key("How much more may be issued than there is, because some expires.", default=None, example="10 %")
    clause: Clause | None = cited("第十五条")
