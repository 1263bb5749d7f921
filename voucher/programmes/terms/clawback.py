"""How money that was paid wrongly comes back."""

from dataclasses import dataclass
from fractions import Fraction

from voucher.programmes.durations import Duration
from voucher.programmes.terms.keys import key
from voucher.programmes.terms.names import Clause, cited


@dataclass(frozen=True)
class Clawback:
    """How money that was paid wrongly comes back."""

    look_back: Duration | None = key("How old a payment may be.", default=None, example="5 years")
    interest: Fraction | None = key("Interest a year.", default=None, example="3.45 %")
    ban: Duration | None = key("How long those concerned may not apply.", default=None, example="3 years")
    clause: Clause | None = cited("第十九条")
