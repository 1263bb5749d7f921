"""Which part of a cost counts at all: its range, and the office's list of highest prices."""

from dataclasses import dataclass

from voucher.money import Money
from voucher.programmes.terms.condition import ALWAYS, Condition
from voucher.programmes.terms.keys import Code, key
from voucher.programmes.terms.names import Clause, cited


@dataclass(frozen=True)
class CostRange:
    """How small and how large a cost may be."""

    when: Condition = key("For which cases; without it, for all.", default=ALWAYS, example="{services: [standard]}")
    at_least: Money | None = key("A smaller cost (a smaller invoice) gets nothing.", default=None, example="4000.00")
    at_most: Money | None = key("What lies above does not count.", default=None, example="30000.00")
    refuse_above: bool = key("Whether a larger cost gets nothing at all.", default=False, example="yes")
    clause: Clause | None = cited("Nr. 5.2")


@dataclass(frozen=True)
class Price:
    """What a service costs at most, in the office's list."""

    service: Code = key("The service.", example="testing")
    item: Code = key("The sub-item; without it, the whole service.", default="", example="copyright")
    price: Money = key("The price of one piece; what is charged above does not count.",
                       example="1200.00")
    clause: Clause | None = cited("附件2")
