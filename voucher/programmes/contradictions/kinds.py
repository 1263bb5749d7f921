"""Kinds of cases: one for each way in which the conditions of a file tell cases apart.

What holds in one of these holds in every case like it, so that a rule can be tried by the engine's own conditions instead of being
compared with others word by word.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, combinations, islice, product

from voucher.money import Money
from voucher.programmes.cases import Case, Use
from voucher.programmes.terms import Condition, Terms
from voucher.programmes.words import BUILT_IN_MEASURES

#: So many kinds are looked at; of more, the first ones.
MOST_KINDS = 4000
_MOST_FACTS = 4
# Larger than any limit that a file would name.
_LARGE_MINOR = 10**13
_SOME_DAY = date(2026, 1, 1)
_PLACES = ("here", "there")


@dataclass(frozen=True)
class Kinds:
    """The kinds of cases; `whole` says whether these are all."""

    cases: tuple[Case, ...]
    whole: bool


def kinds_of_cases(terms: Terms, conditions: Iterable[Condition]) -> Kinds:
    """The kinds of cases that these conditions tell apart, for each class of firms, service and item."""
    asked = tuple(dict.fromkeys(conditions))
    found = tuple(islice(_cases(terms, asked), MOST_KINDS + 1))
    return Kinds(found[:MOST_KINDS], len(found) <= MOST_KINDS)


def _cases(terms: Terms, asked: Sequence[Condition]) -> Iterator[Case]:
    zero = Money.zero(terms.currency)
    goods = [(service, item) for service, each in terms.services.items() for item in ("", *each.items)]
    dimensions = (terms.firm_classes, goods, _regions(terms, asked), _facts(asked), _uses(asked), _costs(terms, asked), _days(terms, asked))
    for firm_class, (service, item), (region, provider_region), facts, uses, cost, on in product(*dimensions):
        used = tuple(Use(on, zero) for _each in range(uses))
        measures = dict.fromkeys((*BUILT_IN_MEASURES, *terms.measures), cost)
        yield Case(on, firm_class, service, cost, zero, used, item, region=region, provider_region=provider_region, facts=facts,
                   measures=measures)


def _regions(terms: Terms, asked: Sequence[Condition]) -> list[tuple[str, str]]:
    places = tuple(terms.regions) or _PLACES
    local = any(when.provider_local is not None for when in asked)
    firms = places if local or any(when.regions for when in asked) else ("",)
    sellers = places if local or any(when.provider_regions for when in asked) else ("",)
    return list(product(firms, sellers))


def _facts(asked: Sequence[Condition]) -> list[frozenset[str]]:
    """Every set of the facts that are asked for; of very many, those with all, one or none of them."""
    named = tuple(dict.fromkeys(fact for when in asked for fact in (*when.facts, *when.without_facts)))
    sizes = range(len(named) + 1) if len(named) <= _MOST_FACTS else (0, 1, len(named))
    return [frozenset(each) for each in chain.from_iterable(combinations(named, size) for size in sizes)]


def _uses(asked: Sequence[Condition]) -> list[int]:
    bounds = {0} | ({1} if any(when.first_time is not None for when in asked) else set())
    for when in asked:
        bounds |= {when.earlier_uses_from or 0, 0 if when.earlier_uses_up_to is None else when.earlier_uses_up_to + 1}
    return sorted(each for each in bounds if each <= 20)


def _costs(terms: Terms, asked: Sequence[Condition]) -> list[Money]:
    """A large cost, and those on both sides of each bound."""
    bounds = [(-1, when.cost_from) for when in asked] + [(1, when.cost_up_to) for when in asked]
    minors = {_LARGE_MINOR, *(minor for step, bound in bounds if bound is not None for minor in (bound.minor, bound.minor + step))}
    return [Money(minor, terms.currency) for minor in sorted(minors, reverse=True) if minor > 0]


def _days(terms: Terms, asked: Sequence[Condition]) -> list[date]:
    """A day on which the rules are in force, and those on both sides of each bound."""
    first, last = terms.programme.in_force_from, terms.programme.in_force_until
    bounds = [(-1, when.since) for when in asked] + [(1, when.until) for when in asked]
    days = {day for step, bound in bounds if bound is not None for day in (bound, bound + timedelta(days=step))}
    days |= {first or last or _SOME_DAY} if not days else set()
    return sorted(day for day in days if (first is None or first <= day) and (last is None or day <= last))
