"""How a key of a terms file is declared, and the kinds of words that are plain texts in Python."""

from collections.abc import Iterable
from dataclasses import MISSING, field
from enum import StrEnum
from typing import Annotated, Any

# A word by which the parts of a file name each other: small letters, digits, underscores.
Code = Annotated[str, "code"]
# A day of the year without the year, "06-30".
YearDay = Annotated[str, "year day"]
# ISO 3166-1, IANA time zone, ISO 4217.
Country = Annotated[str, "country"]
Zone = Annotated[str, "zone"]
Currency = Annotated[str, "currency"]


def key(
    meaning: str, *, default: Any = MISSING, factory: Any = MISSING, example: str = "", unit: str = "", words: Iterable[StrEnum] = (),
) -> Any:
    """A key of the terms file: what it means, its default, an example as one would type it, and its unit where the kind of
    value does not say it. `words` are those of its kind that have a meaning here, where not all have. A key on which nothing
    acts has no place here.
    """
    return field(default=default, default_factory=factory, kw_only=True,
                 metadata={"meaning": meaning, "example": example, "unit": unit, "words": tuple(words)})
