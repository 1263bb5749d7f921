"""A country's statutory books: a file says which local accounts each event touches. Another country is another file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from voucher.ledger import Account, Line, credit, debit
from voucher.money import Money


@dataclass(frozen=True)
class Named:
    """A name in both languages."""

    zh: str
    en: str


# Cases of an event that a law may tell apart: it undoes what counts for an earlier year; it is about money that came back in a later year
# than it was paid. Any other is "".
LATE, RESTORED = "late", "restored"
CASES = ("", LATE, RESTORED)


@dataclass(frozen=True)
class LawRule:
    """An amount of an event, by its name, and the local accounts it goes to; one sub-account a fund line, or a deposit.

    `when` says which case of the event it is for, where the law tells cases apart (`CASES`).
    """

    amount: str
    book: str
    debit: str
    credit: str
    each: str = "fund_line"
    when: str = ""

    def lines(self, money: Money, places: Mapping[str, str]) -> tuple[Line, Line]:
        """Its two postings."""
        left, right = (Account(f"{self.book}:{code}:{places[self.each]}", money.currency) for code in (self.debit, self.credit))
        return debit(left, money, **places), credit(right, money, **places)


@dataclass(frozen=True)
class Surplus:
    """What a surplus is made of: the revenue and the expense of a book, by how the codes of their accounts begin."""

    book: str
    revenue: str
    expense: str
    zh: str
    en: str

    def kind(self, code: str) -> str:
        """Whether an account of the book is one of revenue or of expense; nothing when it is neither."""
        return "revenue" if code.startswith(self.revenue) else "expense" if code.startswith(self.expense) else ""


@dataclass(frozen=True)
class Heading:
    """Under which differences stand that the revenue or the expense of one of the two books alone makes."""

    side: str
    kind: str
    zh: str
    en: str

    @property
    def is_added(self) -> bool:
        """Whether it is added to the budget surplus on the way to the other; if not, it is taken off."""
        return (self.side, self.kind) in (("accrual", "revenue"), ("budget", "expense"))


@dataclass(frozen=True)
class Surpluses:
    """The two surpluses of a year that a law asks for, and the headings that lead from the one of the budget to the other."""

    budget: Surplus
    accrual: Surplus
    differences: tuple[Heading, ...]

    @property
    def books(self) -> tuple[str, str]:
        """The two books."""
        return self.budget.book, self.accrual.book

    def place(self, account: str) -> tuple[str, str]:
        """Where an account of one of the books stands: on which side, and as what kind there, which is nothing when it is neither."""
        book, code = account.split(":")[:2]
        side = "accrual" if book == self.accrual.book else "budget"
        return side, getattr(self, side).kind(code)


@dataclass(frozen=True)
class StatutoryMapping:
    """The file of one country; without one, no event has statutory postings."""

    country: str
    standard: Named
    books: Mapping[str, Named] = field(default_factory=dict)
    accounts: Mapping[str, Named] = field(default_factory=dict)
    events: Mapping[str, tuple[LawRule, ...]] = field(default_factory=dict)
    surpluses: Surpluses | None = None

    def rules(self, event: str, when: str = "") -> tuple[LawRule, ...]:
        """What the law asks for of an event in a case; what it asks for in any, where it does not tell that one apart."""
        rules = self.events.get(event, ())
        return tuple(rule for rule in rules if rule.when == when) or tuple(rule for rule in rules if not rule.when)


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
        _events(data["events"]),
        _surpluses(data["surplus"]) if "surplus" in data else None)
    for event, rules in mapping.events.items():
        for rule in rules:
            assert rule.book in mapping.books and {rule.debit, rule.credit} <= set(mapping.accounts), (event, rule)
            assert rule.each in ("fund_line", "deposit") and rule.when in CASES, (event, rule)
    return mapping


def _events(data: Mapping[str, Any]) -> dict[str, tuple[LawRule, ...]]:
    """The rules of each event, of all its cases: "payout.returned late" is one of "payout.returned"."""
    found: dict[str, tuple[LawRule, ...]] = {}
    for name, rows in data.items():
        event, _space, when = name.partition(" ")
        found[event] = found.get(event, ()) + tuple(replace(LawRule(*row), when=when) for row in rows)
    return found


def _surpluses(data: Mapping[str, Any]) -> Surpluses:
    found = Surpluses(Surplus(**data["budget"]), Surplus(**data["accrual"]), tuple(Heading(*row) for row in data["differences"]))
    told = sorted((each.side, each.kind) for each in found.differences)
    assert told == [(side, kind) for side in ("accrual", "budget") for kind in ("expense", "revenue")], told
    return found
