"""What happens to those who come when the money is gone."""

from dataclasses import dataclass
from enum import StrEnum

from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import key
from voucher.programmes.terms.names import Clause, cited


class Queue(StrEnum):
    """Who is served first when money is short."""

    ARRIVAL = "arrival"
    RANK = "rank"
    LOTTERY = "lottery"


@dataclass(frozen=True)
class WaitingList:
    """What happens to those who come when the money is gone."""

    order: Queue = key("Who is served first; a lottery needs a `seed`.", default=Queue.ARRIVAL, example="rank")
    seed: str = key("The published seed of the lottery.", default="", example="draw of 2026-03-01, 8 15 22 31 40")
    offer_open: Duration | None = key("How long an offer from the list stands.", default=None,
                                      example="10 working days")
    clause: Clause | None = cited("第二十条")
