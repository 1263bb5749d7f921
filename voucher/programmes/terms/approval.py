"""How many approvers sign a claim, by its amount."""

from dataclasses import dataclass

from voucher.money import Money
from voucher.programmes.terms.keys import key
from voucher.programmes.terms.names import Clause, cited


@dataclass(frozen=True)
class ApprovalLevel:
    """From an amount on, so many approvers sign a claim, each another person."""

    from_amount: Money = key("The amount of the claim from which it holds.", example="50000.00")
    approvers: int = key("How many approvers sign.", unit="people", example="2")
    clause: Clause | None = cited("第十二条")
