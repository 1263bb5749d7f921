"""The numbers people read out: V-2026-00123-4, O-.., C-.., B-.., with a check digit.

The check digit is Damm's (H. M. Damm, 2004): every single wrong digit and every swap of two neighbours is noticed. The
kind goes into it too, so that most slips of the letter are noticed as well; the reader of a reference knows besides which
kind it expects.
"""

import re
from datetime import date

from stdnum import damm

from voucher.errors import NotFound, _

KINDS = {
    "P": "programme", "V": "voucher", "O": "order", "C": "claim", "Y": "payout", "B": "batch", "S": "statement",
    "F": "file", "D": "document", "L": "fund line", "N": "organisation",
    "K": "finding",
    "R": "recovery",
    "A": "amendment",
    "G": "notice", "J": "objection", "W": "award", "E": "appeal", "U": "request for bounds",
    "M": "deposit",
}

_REFERENCE = re.compile(r"([A-Z])-([0-9]{4})-([0-9]{5,})-([0-9])", re.ASCII)


def reference(kind: str, year: int, number: int) -> str:
    """The reference of the `number`-th thing of a kind in a year.

    >>> reference("V", 2026, 123)
    'V-2026-00123-2'
    """
    assert kind in KINDS, kind
    assert number > 0, number
    serial = f"{number:05d}"
    return f"{kind}-{year:04d}-{serial}-{_check_digit(kind, f'{year:04d}{serial}')}"


def _check_digit(kind: str, digits: str) -> str:
    return str(damm.calc_check_digit(f"{ord(kind) - ord('A'):02d}{digits}"))


def is_reference(text: str, kind: str | None = None) -> bool:
    """Whether the text is a well-formed reference (of that kind), check digit included."""
    match = _REFERENCE.fullmatch(text)
    return bool(match and (kind is None or match[1] == kind) and match[4] == _check_digit(match[1], match[2] + match[3]))


def read_reference(text: str, kind: str) -> str:
    """The reference that a person typed, in the form in which it is kept; spaces and lower case are forgiven.

    Raises NotFound with the reason when it cannot be the number of anything.
    """
    tidy = "".join(text.split()).upper()
    if not is_reference(tidy, kind):
        raise NotFound(_("{text} is not the number of a {kind}: check the letter and each digit."),
                       text=text, kind=KINDS[kind])
    return tidy


def year_of(day: date) -> int:
    """The year that a number made on this day carries."""
    return day.year
