"""What is paid of a cost, and how it is rounded."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from voucher.money import Money
from voucher.programmes.terms.condition import Condition
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, Names, cited
from voucher.programmes.terms.periods import Period


@dataclass(frozen=True)
class Band:
    """A part of the basis with a rate of its own."""

    up_to: Money | None = key("Where the band ends; the last band needs none.", default=None,
                              example="10000.00")
    rate: Fraction = key("What is paid of the part of the basis that lies in this band.",
                         example="100 %")
    clause: Clause | None = cited("第五条第一款")


@dataclass(frozen=True)
class Part:
    """One of several amounts of which the smallest (or largest) counts."""

    name: Names | None = key("What this amount is.", default=None, example="{zh: 租金的10%, en: 10 % of the rental}")
    basis: Code = key("The measure that it is a part of; without it, the basis of the file.", default="",
                      example="rental_income")
    rate: Fraction | None = key("Which part of it; under smaller_of it may be more than 100 %.", default=None, example="10 %")
    fixed: Money | None = key("A fixed amount instead.", default=None, example="500000.00")
    clause: Clause | None = cited("第五条第二款")


@dataclass(frozen=True)
class RateRule:
    """What is paid of the cost. Exactly one of rate, bands, fixed, per_piece, smaller_of, larger_of says how much.

    For each funder that rules name, and for all the rules that name none, the first rule whose condition fits applies,
    and with it every rule on top whose condition fits; the amounts are added.
    """

    name: Names | None = key("Name of the rule on the calculation sheet.", default=None,
                             example="{zh: 市级补助, en: city subsidy}")
    when: Condition = key("When the rule applies; without it, always.", factory=Condition,
                          example="{services: [testing]}")
    on_top: bool = key("Whether it is paid on top of what the other rules give, whenever its condition fits.", default=False,
                       example="yes")
    funder: Code = key("Whose money it is, when the rule is about one funder only.", default="", example="city")
    basis: Code = key("The measure that it is a part of; without it, the basis of the file.", default="",
                      example="added_value")
    rate: Fraction | None = key("What is paid of the basis.", default=None, example="20 %")
    bands: tuple[Band, ...] = key("Rates by band of the basis, lowest first.", default=(),
                                  example="[{up_to: 10000.00, rate: 100 %}, {rate: 50 %}]")
    whole_basis: bool = key("Whether the rate of the band that the basis reaches holds for all of it.", default=False,
                            example="yes")
    bands_over: Period = key("Over which time the bands count the cost of one company for these services.", default=Period.APPLICATION,
                             example="calendar_year",
                             words=(Period.APPLICATION, Period.CALENDAR_YEAR, Period.FISCAL_YEAR, Period.ROUND, Period.LIFETIME))
    fixed: Money | None = key("A fixed amount, never more than the basis.", default=None,
                              example="2000.00")
    per_piece: Money | None = key("A fixed amount for each piece, never more than the basis.",
                                  default=None,
                                  example="500.00")
    smaller_of: tuple[Part, ...] = key("The smallest of these amounts.", default=(),
                                       example="[{basis: rental, rate: 10 %}, {basis: income, rate: 20 %}]")
    larger_of: tuple[Part, ...] = key("The largest of these amounts.", default=(),
                                      example="[{rate: 10 %}, {fixed: 1000.00}]")
    clause: Clause | None = cited("第五条")


class Rounding(StrEnum):
    """How rate x basis becomes a whole number of minor units."""

    HALF_UP = "half_up"
    DOWN = "down"


@dataclass(frozen=True)
class RoundingRule:
    """How a share of an amount is rounded, before any cap."""

    way: Rounding = key("Half up, or always down.", default=Rounding.HALF_UP, example="down")
    to: Money | None = key("To whole multiples of this; without it, to the minor unit.", default=None,
                           example="100.00")
    clause: Clause | None = cited("第二十一条")
