"""When money is paid, and in how many parts."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import Code, YearDay, key
from voucher.programmes.terms.names import Clause, Names, cited


class Rhythm(StrEnum):
    """How often money is paid out."""

    ROLLING = "rolling"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    DATES = "dates"


@dataclass(frozen=True)
class Payout:
    """When money is paid."""

    rhythm: Rhythm = key("How often; what becomes payable in between waits for the next day of payment.", default=Rhythm.ROLLING,
                         example="monthly")
    dates: tuple[YearDay, ...] = key("Days of the year on which it is paid, for the rhythm dates.", default=(),
                                     example="[06-30, 12-15]")
    within: Duration | None = key("How long after approval at most: a deadline of the finance office. It stands still while an "
                                  "objection or a hold is in the way.", default=None, example="60 days")
    clause: Clause | None = cited("第十四条")


@dataclass(frozen=True)
class Instalment:
    """A part of the money that is paid on its own."""

    code: Code = key("Short name of the instalment.", example="after_installation")
    name: Names = key("Its name.", example="{zh: 首付款, en: first instalment}")
    share: Fraction = key("Its part of the amount.", example="50 %")
    after: Names = key("What must have happened before.", example="{zh: 安装完成, en: installation is done}")
    wait: Duration | None = key("How long after the instalment before.", default=None, example="12 months")
    clause: Clause | None = cited("art. 32")
