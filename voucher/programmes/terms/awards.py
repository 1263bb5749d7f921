"""What providers get for having served well."""

from dataclasses import dataclass
from fractions import Fraction

from voucher.money import Money
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, Names, cited
from voucher.programmes.terms.rates import Part


@dataclass(frozen=True)
class Threshold:
    """What a provider must have reached to get an award."""

    measure: Code = key("The measure or count.", example="deals")
    at_least: Money | None = key("The least amount of it.", default=None, example="2000000.00")
    times: int | None = key("The least number of it.", default=None, unit="times", example="3")
    clause: Clause | None = cited("第十六条第二款")


@dataclass(frozen=True)
class Award:
    """What a provider gets for having served well."""

    code: Code = key("Short name of the award.", example="shared_facilities")
    name: Names = key("Its name.", example="{zh: 共享设备奖补, en: shared facility award}")
    basis: Code = key("The measure that it is a part of.", default="", example="paid_subsidy")
    rate: Fraction | None = key("Which part of it.", default=None, example="10 %")
    smaller_of: tuple[Part, ...] = key("The smallest of these amounts.", default=(),
                                       example="[{basis: rental, rate: 10 %}, {basis: income, rate: 20 %}]")
    thresholds: tuple[Threshold, ...] = key("What must have been reached.", default=(),
                                            example="[{measure: deals, times: 3}]")
    score_at_least: int | None = key("The least score in the yearly assessment.", default=None, unit="points",
                                     example="80")
    cap: Money | None = key("The most for one provider and year.", default=None, example="500000.00")
    clause: Clause | None = cited("第十六条")
