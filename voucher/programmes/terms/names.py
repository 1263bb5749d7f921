"""A text in both languages, and where a regulation says so."""

from dataclasses import dataclass
from typing import Any

from voucher.programmes.terms.keys import key


@dataclass(frozen=True, slots=True)
class Names:
    """A text in both languages."""

    zh: str = key("The text in Chinese.", example="威海市")
    en: str = key("The text in English.", example="Weihai")

    def in_language(self, language: str) -> str:
        """The text in that language; anything but Chinese reads English."""
        return self.zh if language.startswith("zh") else self.en

    def __str__(self) -> str:
        return self.en


@dataclass(frozen=True, slots=True)
class Clause(Names):
    """Where the regulation says so. A plain text stands for both languages."""


def cited(example: str) -> Any:
    """The key `clause` of a rule: where the regulation says so."""
    return key("Where the regulation says so.", default=None, example=example)
