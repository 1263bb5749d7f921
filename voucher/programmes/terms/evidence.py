"""The papers that a claim needs."""

from dataclasses import dataclass

from voucher.money import Money
from voucher.programmes.terms.condition import ALWAYS, Condition
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, Names, cited


@dataclass(frozen=True)
class Evidence:
    """A paper that a claim needs."""

    kind: Code = key("Short name of the kind of paper.", example="invoice")
    name: Names = key("Name of the paper.", example="{zh: 发票, en: invoice}")
    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{services: [testing]}")
    from_amount: Money | None = key("Only when the voucher pays at least this.", default=None,
                                    example="10000.00")
    instalment: Code = key("Only for this instalment.", default="", example="after_installation")
    original: bool = key("Whether the original must be shown: a verifier notes that he saw it, before anything is approved.", default=False,
                         example="yes")
    clause: Clause | None = cited("第十二条")
