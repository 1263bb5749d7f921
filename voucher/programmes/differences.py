"""What one version of terms says differently from another: value by value, and in plain words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.phrases import percent
from voucher.programmes.summary import Section, summary
from voucher.programmes.telling.sentence import Sentence
from voucher.programmes.terms import Names, Terms


@dataclass(frozen=True)
class ValueChange:
    """A value that is new, gone or another one. `where` is the path of its key; None says that it was not there."""

    where: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RuleChange:
    """A rule in plain words that is new, gone or another one, under the heading where it stands."""

    heading: Names
    before: Sentence | None
    after: Sentence | None


def value_changes(old: Terms, new: Terms) -> tuple[ValueChange, ...]:
    """Every value that differs, in the order of the newer file. Entries of lists are told apart by their name, if they have one."""
    before, after = dict(_values(old)), dict(_values(new))
    places = dict.fromkeys((*after, *before))
    return tuple(ValueChange(where, before.get(where), after.get(where)) for where in places if before.get(where) != after.get(where))


def rule_changes(old: Terms, new: Terms) -> tuple[RuleChange, ...]:
    """Every rule that reads differently, section by section."""
    before, after = _by_heading(old), _by_heading(new)
    return tuple(change for heading in dict.fromkeys((*before, *after))
                 for change in _compared(heading, before.get(heading, ()), after.get(heading, ())))


def _by_heading(terms: Terms) -> dict[Names, tuple[Sentence, ...]]:
    sections: tuple[Section, ...] = summary(terms)
    return {section.heading: section.sentences for section in sections}


def _compared(heading: Names, before: tuple[Sentence, ...], after: tuple[Sentence, ...]) -> Iterator[RuleChange]:
    for step, low, high, other_low, other_high in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if step != "equal":
            for gone, come in zip_longest(before[low:high], after[other_low:other_high]):
                yield RuleChange(heading, gone, come)


def _values(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every single value with its path, as one would write it."""
    if isinstance(value, tuple):
        for name, each in _named(value):
            yield from _values(each, f"{path}[{name}]")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _values(each, f"{path}.{name}")
    elif is_dataclass(value) and not isinstance(value, Money | Duration):
        for key in fields(value):
            yield from _values(getattr(value, key.name), f"{path}.{key.name}".lstrip("."))
    elif value is not None and value != "":
        yield path, _written(value)


def _named(entries: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """The entries of a list with what tells them apart: a name of their own, else their number."""
    for number, each in enumerate(entries, 1):
        name = getattr(each, "code", None) or getattr(each, "kind", None) or getattr(getattr(each, "name", None), "en", None)
        same = sum(1 for other in entries if _name_like(other, name))
        yield (name if name and same == 1 else str(number)), each


def _name_like(entry: Any, name: Any) -> bool:
    own = (getattr(entry, "code", None), getattr(entry, "kind", None), getattr(getattr(entry, "name", None), "en", None))
    return name is not None and name in own


def _written(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return percent(value)
        case StrEnum():
            return value.value
    return str(value)
