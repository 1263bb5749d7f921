"""Money: a whole number of minor units of one currency. Never a float.

The number of minor digits comes from the currency (ISO 4217: CNY 2, KRW 0, TND 3), never from a constant 100.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import lcm
from typing import Self

from voucher.errors import NotValid, _

# The currencies we keep books in, with their decimals after ISO 4217. The standard knows more; one that nobody asked for
# is more likely a slip of the pen. One whose decimals locale data drop for cash (RSD) would be shown rounded: not yet.
DIGITS = {
    "CNY": 2, "EUR": 2, "AUD": 2, "BHD": 3, "CAD": 2, "CHF": 2, "CZK": 2, "DKK": 2, "GBP": 2, "HKD": 2, "HUF": 2, "INR": 2,
    "JPY": 0, "KRW": 0, "MOP": 2, "NOK": 2, "NZD": 2, "PLN": 2, "RON": 2, "SEK": 2, "SGD": 2, "TND": 3, "TWD": 2,
    "USD": 2, "VND": 0,
}
CURRENCIES = tuple(DIGITS)

# 18 digits fit into a signed 64-bit column with room for sums over every row of a real office.
LARGEST_MINOR = 10**16

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,16})(?:\.([0-9]+))?", re.ASCII)


class NotAnAmount(NotValid):
    """This is not an amount of money. Write digits with a point, such as 1234.50, and no more decimals than the currency has."""


def digits_of(currency: str) -> int:
    """How many decimals the currency has (ISO 4217).

    >>> digits_of("CNY"), digits_of("KRW"), digits_of("TND")
    (2, 0, 3)
    """
    if currency not in DIGITS:
        raise NotValid(_("{currency} is not a currency of these books. Use one of {currencies}."),
                       currency=currency, currencies=", ".join(CURRENCIES))
    return DIGITS[currency]


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """`minor` units of `currency`: Money(5000, "CNY") is fifty yuan."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        assert type(self.minor) is int, f"minor units are whole numbers, not {self.minor!r}"
        assert self.currency in DIGITS, self.currency

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing of a currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: object, currency: str) -> Self:
        """The amount that a person or a file wrote: a string such as "1234.50".

        Refuses anything that would have to be rounded or guessed: floats, 1.005, 1e3, NaN, +5, 007, 1,234.5,
        full-width digits, spaces. Raises NotAnAmount.
        """
        digits = digits_of(currency)
        match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise NotAnAmount(_("{text} is not an amount. Write digits with a point, such as 1234.50, without spaces or commas."),
                              text=repr(text))
        sign, whole, decimals = match[1], match[2], match[3] or ""
        if len(decimals) > digits:
            raise NotAnAmount(_("{text} has more decimals than {currency} has ({digits}). Round it yourself; we never do."),
                              text=text, currency=currency, digits=digits)
        minor = int(whole + decimals.ljust(digits, "0"))
        if minor > LARGEST_MINOR:
            raise NotAnAmount(_("{text} is larger than any amount we keep."), text=text)
        if sign and minor == 0:
            raise NotAnAmount(_("{text} is not an amount: zero has no sign."), text=text)
        return cls(-minor if sign else minor, currency)

    def __str__(self) -> str:
        """The plain form for machines: "1234.50". No signs of thousands, no currency."""
        digits = DIGITS[self.currency]
        if not digits:
            return str(self.minor)
        whole, decimals = divmod(abs(self.minor), 10 ** digits)
        return f"{'-' if self.minor < 0 else ''}{whole}.{decimals:0{digits}d}"

    def __format__(self, form: str) -> str:
        """As `str`, or with "," for people, its thousands apart.

        >>> f"{Money(123450000, 'CNY')}", f"{Money(123450000, 'CNY'):,}"
        ('1234500.00', '1,234,500.00')
        """
        return f"{self.decimal:{form}f}" if form else str(self)

    @property
    def decimal(self) -> Decimal:
        """For printing only."""
        return Decimal(self.minor).scaleb(-digits_of(self.currency))

    def _same(self, other: Self) -> int:
        assert self.currency == other.currency, f"{self.currency} and {other.currency} do not mix"
        return other.minor

    def __add__(self, other: Self) -> Self:
        return type(self)(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Self) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def part(self, rate: Fraction, rounding: str = ROUND_HALF_UP) -> Self:
        """`rate` of this amount, rounded to the minor unit: half up (ROUND_HALF_UP) or down (ROUND_DOWN)."""
        assert rounding in (ROUND_HALF_UP, ROUND_DOWN), rounding
        exact, whole = rate.numerator * abs(self.minor), rate.denominator  # exact / whole, in whole numbers throughout
        minor = (2 * exact + whole) // (2 * whole) if rounding == ROUND_HALF_UP else exact // whole
        return type(self)(minor if self.minor >= 0 else -minor, self.currency)

    def split(self, weights: Sequence[int | Fraction]) -> list[Self]:
        """This amount over `weights` by the largest remainder; a tie goes to the one that stands first.

        The parts always sum to the whole.
        """
        assert weights and all(weight >= 0 for weight in weights) and any(weights), weights
        scale = lcm(*(weight.denominator for weight in weights))
        whole = [weight.numerator * (scale // weight.denominator) for weight in weights]
        divided = [divmod(abs(self.minor) * each, sum(whole)) for each in whole]
        parts = [part for part, _rest in divided]
        missing = abs(self.minor) - sum(parts)
        for index in sorted(range(len(parts)), key=lambda at: (-divided[at][1], at))[:missing]:
            parts[index] += 1
        sign = 1 if self.minor >= 0 else -1
        return [type(self)(sign * each, self.currency) for each in parts]


def split_within(whole: Money, weights: Sequence[int | Fraction], limits: Sequence[Money]) -> list[Money]:
    """`whole` over `weights` by the largest remainder, but no part above its limit: what a limit cuts goes to the first
    parts that have room. The limits must have room for the whole.
    """
    room = total(limits, whole.currency)
    assert whole <= room, f"{whole} does not fit into {room}"
    parts = whole.split(weights) if any(weights) else [Money.zero(whole.currency) for _limit in limits]
    parts = [min(part, limit) for part, limit in zip(parts, limits, strict=True)]
    left = whole - total(parts, whole.currency)
    for index, limit in enumerate(limits):
        more = min(left, limit - parts[index])
        parts[index], left = parts[index] + more, left - more
    return parts


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts, all of one currency; zero of that currency when there are none."""
    minor = 0
    for amount in amounts:
        assert amount.currency == currency, f"{amount.currency} and {currency} do not mix"
        minor += amount.minor
    return Money(minor, currency)
