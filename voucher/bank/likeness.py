"""Whether a damaged text could be one of our references: for suggestions to a person, never for matching by itself."""

import re

# Fewer signs than these say nothing: a year and a few zeros stand in many texts.
_FEWEST_DIGITS = 6

_NUMBERS = re.compile(r"[0-9]+", re.ASCII)
_NOT_A_SIGN = re.compile(r"[^0-9A-Z]", re.ASCII)


def resembles(reference: str, text: str) -> bool:
    """Whether the text may hold the reference with spaces or line breaks in it, in small letters, without its leading
    zeros, without its letter and year, or without its check digit.

    >>> resembles("Y-2026-00123-7", "inv y 2026 00123 7"), resembles("Y-2026-00123-7", "2026/123-7")
    (True, True)
    """
    wanted, seen = _NOT_A_SIGN.sub("", reference.upper()), _NOT_A_SIGN.sub("", text.upper())
    if wanted in seen or wanted[:-1] in seen:
        return True
    __, ___, serial, check = reference.split("-")
    digits = "".join(_NUMBERS.findall(text))
    if len(serial + check) >= _FEWEST_DIGITS and serial + check in digits:
        return True
    return _holds_in_a_row([int(each) for each in _NUMBERS.findall(reference)], [int(each[:18]) for each in _NUMBERS.findall(text)])


def _holds_in_a_row(wanted: list[int], seen: list[int]) -> bool:
    """Whether the numbers of the reference stand next to each other in the text, whatever their leading zeros."""
    return any(seen[at:at + len(wanted)] == wanted for at in range(len(seen) - len(wanted) + 1))
