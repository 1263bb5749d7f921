"""What the SME itself must bring."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.terms.condition import ALWAYS, Condition
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, cited


class Vat(StrEnum):
    """Who bears the value added tax."""

    SME = "sme"
    PROGRAMME = "programme"


@dataclass(frozen=True)
class OwnShare:
    """What the SME itself must bring."""

    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{services: [follow_on]}")
    basis: Code = key("The measure that it is a part of; without it, the basis of the file.", default="", example="gross")
    at_least: Fraction | None = key("Its part of the basis.", default=None, example="10 %")
    at_least_amount: Money | None = key("The least amount that it brings.", default=None, example="500.00")
    match: Fraction | None = key("How much voucher there is for what it brings: 100 % pays one for one.", default=None, example="100 %")
    kinds: tuple[Code, ...] = key("In what it may bring it: cash, kind. What it brings in kind it need not pay to the provider.",
                                   default=("cash",), example="[cash, kind]")
    kind_at_most: Fraction | None = key("The part of what it brings that may be in kind.", default=None, example="50 %")
    vat: Vat = key("Who bears the value added tax, when it is not part of the basis.", default=Vat.SME, example="sme")
    vat_first: bool = key("Whether the SME pays its tax before work starts: the provider notes that it came in, and can neither begin nor "
                          "deliver before.", default=False, example="yes")
    within: Duration | None = key("How long after the provider accepts it has to pay its share in, where the model is wallet.",
                                  default=None, example="30 days")
    proof: tuple[Code, ...] = key("Kinds of evidence that show the payment.", default=(), example="[bank_transfer]")
    clause: Clause | None = cited("第九条")
