"""Limits on money and on how often, and vouchers in notes of one value."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.terms.condition import ALWAYS, Condition
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, Names, cited
from voucher.programmes.terms.periods import Period
from voucher.programmes.terms.subjects import SubjectKind


class Cut(StrEnum):
    """Which funder's money gets less when a limit over several funders cuts: each in proportion, or the last one first."""

    PROPORTIONALLY = "proportionally"
    LAST_FIRST = "last_first"


@dataclass(frozen=True)
class Cap:
    """A limit on money over a subject, a period, services and funders.

    Exactly one of amount, amount_by_class and share says how much. A cap is freed by what is cancelled or expires.
    """

    name: Names = key("Name of the cap on the calculation sheet.", example="{zh: 年度上限, en: yearly cap}")
    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{first_time: yes}")
    amount: Money | None = key("The limit.", default=None, example="500000.00")
    amount_by_class: Mapping[str, Money] = key("The limit for each class of firm.", factory=dict,
                                               example="{high_tech: 500000.00, other: 100000.00}")
    share: Fraction | None = key("The limit as a part of the basis; only for one application.", default=None, example="90 %")
    subject: SubjectKind = key("For whom it is counted: one company, all companies of one controller, a team, a person, "
                               "a provider, or one SME with one provider.", default=SubjectKind.COMPANY, example="group")
    period: Period = key("Over which time it is counted.", example="calendar_year")
    length: Duration | None = key("How far a rolling period looks back; the day itself counts.", default=None,
                                  example="3 years")
    services: tuple[Code, ...] = key("The services or groups to which it applies and which it counts together; without it, all.",
                                     default=(),
                                     example="[testing]")
    items: tuple[Code, ...] = key("The sub-items to which it applies and which it counts together; without it, all.", default=(),
                                  example="[copyright]")
    funders: tuple[Code, ...] = key("Funders whose money it counts together; without it, all.", default=(),
                                    example="[province, city]")
    cut: Cut = key("Whose money gets less when it cuts a sum of several funders.", default=Cut.PROPORTIONALLY,
                   example="last_first")
    clause: Clause | None = cited("第六条")


@dataclass(frozen=True)
class CountLimit:
    """A limit on how often."""

    name: Names = key("Name of the limit.", example="{zh: 次数上限, en: number of vouchers}")
    when: Condition = key("For which cases; without it, for all.", factory=Condition,
                          example="{without_facts: [co_funded]}")
    at_most: int = key("How many, this one included.", unit="times", example="3")
    subject: SubjectKind = key("For whom it is counted.", default=SubjectKind.COMPANY, example="group")
    period: Period = key("Over which time it is counted.", example="lifetime", words=[each for each in Period if each != Period.PIECE])
    length: Duration | None = key("How far a rolling period looks back.", default=None, example="5 years")
    services: tuple[Code, ...] = key("The services or groups to which it applies and which it counts; without it, all.", default=(),
                                     example="[fast_track]")
    items: tuple[Code, ...] = key("The sub-items to which it applies and which it counts; without it, all.",
                                  default=(), example="[copyright]")
    pieces: bool = key("Whether pieces are counted, instead of cases.", default=False, example="yes")
    vouchers: bool = key("Whether vouchers are counted, when one is applied for and given, instead of the orders on them. One that was "
                         "cancelled or given back unused does not count.", default=False, example="yes")
    counts_facts: tuple[Code, ...] = key("Count only earlier cases for which these facts held.", default=(),
                                         example="[fully_funded]")
    clause: Clause | None = cited("第七条")


@dataclass(frozen=True)
class Minimum:
    """The least that is paid in some cases."""

    when: Condition = key("For which cases.", example="{services: [testing]}")
    amount: Money = key("A smaller result is not paid.", example="100.00")
    clause: Clause | None = cited("第八条")


@dataclass(frozen=True)
class Notes:
    """Vouchers that come in notes of one value, as money does."""

    value: Money = key("What one note is worth.", example="5000.00")
    at_least: int = key("Fewest notes in one application.", default=1, unit="notes", example="1")
    at_most: int | None = key("Most notes in one application.", default=None, unit="notes", example="40")
    clause: Clause | None = cited("第八条")
