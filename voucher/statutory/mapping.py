"""A country's statutory books: a file says which local accounts each event touches. Another country is another file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from voucher.ledger import Account, Line, credit, debit
from voucher.money import Money


@dataclass(frozen=True)
class Named:
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class LawRule:
    """An amount of an event, by its name, and the local accounts it goes to; one sub-account a fund line, or a deposit."""

    amount: str
    book: str
    debit: str
    credit: str
    each: str = "fund_line"

    def lines(self, money: Money, places: Mapping[str, str]) -> tuple[Line, Line]:
        """Its two postings."""
        left, right = (Account(f"{self.book}:{code}:{places[self.each]}", money.currency) for code in (self.debit, self.credit))
        return debit(left, money, **places), credit(right, money, **places)


@dataclass(frozen=True)
class StatutoryMapping:
    """The file of one country; without one, no event has statutory postings."""

    country: str
    standard: Named
    books: Mapping[str, Named] = field(default_factory=dict)
    accounts: Mapping[str, Named] = field(default_factory=dict)
    events: Mapping[str, tuple[LawRule, ...]] = field(default_factory=dict)

    def rules(self, event: str) -> tuple[LawRule, ...]:
        """What the law asks for of an event."""
        return self.events.get(event, ())


_NONE = StatutoryMapping("", Named("", ""))


@cache
def mapping_of(country: str) -> StatutoryMapping:
    """The statutory books of a country (ISO 3166-1 alpha-2), or none."""
    if country not in countries():
        return _NONE
    return _read(Path(__file__).with_name(f"{country.lower()}.yaml").read_text(encoding="utf-8"))


def countries() -> tuple[str, ...]:
    """The countries for which there is a file."""
    return tuple(sorted(path.stem.upper() for path in Path(__file__).parent.glob("*.yaml")))


def _read(text: str) -> StatutoryMapping:
    data = yaml.safe_load(text)
    mapping = StatutoryMapping(
        data["country"], Named(**data["standard"]), {book: Named(**names) for book, names in data["books"].items()},
        {code: Named(**names) for code, names in data["accounts"].items()},
        {event: tuple(LawRule(*row) for row in rows) for event, rows in data["events"].items()})
    for event, rules in mapping.events.items():
        for rule in rules:
            assert rule.book in mapping.books and {rule.debit, rule.credit} <= set(mapping.accounts), (event, rule)
            assert rule.each in ("fund_line", "deposit"), (event, rule)
    return mapping
