"""What terms ask of an order beside its price: a sub-item, a number of pieces, facts, further amounts.

An order form shows what its terms ask for and nothing else, and the same answers are checked when the order comes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from voucher.errors import Problem, _, problem
from voucher.money import Money
from voucher.programmes.phrases import MEASURES
from voucher.programmes.terms import Names, Period, Terms

# What the SME brings itself. Without them, all that the voucher does not pay, in cash.
OWN_MEASURES: Mapping[str, Names] = {
    "own_cash": Names(zh="企业自付（现金）", en="what the firm brings, in cash"),
    "own_kind": Names(zh="企业自付（实物）", en="what the firm brings, in kind"),
}

_OF_THE_PRICE = frozenset({"gross", "net", "vat"})
MOST_PIECES = 1_000_000


def measures_needed(terms: Terms) -> tuple[str, ...]:
    """The amounts without which no order can be priced."""
    return _beside_the_price((terms.basis, *terms.basis_at_most))


def measures_asked(terms: Terms) -> tuple[str, ...]:
    """The amounts beside the price that some rule for orders may need."""
    parts = [part.basis for rule in terms.rates for part in (*rule.smaller_of, *rule.larger_of) if part.fixed is None]
    own = [each.basis for each in terms.own_share]
    asked = _beside_the_price((terms.basis, *terms.basis_at_most, *(rule.basis for rule in terms.rates), *parts, *own))
    return (*asked, *(code for code in OWN_MEASURES if code not in asked and _asks_what_it_brings(terms)))


def _asks_what_it_brings(terms: Terms) -> bool:
    """Whether what the SME brings, and in what, decides how much the voucher pays."""
    return any(own.match is not None or "kind" in own.kinds for own in terms.own_share)


def _beside_the_price(codes: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code and code not in _OF_THE_PRICE))


def facts_asked(terms: Terms) -> tuple[str, ...]:
    """The facts on which some rule for orders depends."""
    ruled = [rule.when for rule in terms.rates] + [cap.when for cap in terms.caps] + [each.when for each in terms.count_limits]
    others = [own.when for own in terms.own_share] + [cost.when for cost in terms.eligible_cost] + [each.when for each in terms.evidence]
    refused = [each.when for each in terms.exclusions if each.when is not None]
    known = {fact for when in (*ruled, *others, *refused) for fact in (*when.facts, *when.without_facts)}
    known |= {fact for limit in terms.count_limits for fact in limit.counts_facts}
    return tuple(fact for fact in terms.facts if fact in known)


def asks_for_pieces(terms: Terms) -> bool:
    """Whether it matters how many pieces an order is for."""
    return bool(terms.prices) or any(rule.per_piece for rule in terms.rates) or any(
        cap.period == Period.PIECE for cap in terms.caps) or any(limit.pieces for limit in terms.count_limits)


@dataclass(frozen=True)
class Asked:
    """What an order form asks beside the price: sub-items, facts and amounts by code, and whether for a number of pieces."""

    items: Mapping[str, Names]
    facts: Mapping[str, Names]
    measures: Mapping[str, Names]
    pieces: bool


def asking_of(terms: Terms) -> Asked:
    """What these terms ask of an order."""
    return Asked(
        items={code: name for service in terms.services.values() for code, name in service.items.items()},
        facts={code: terms.facts[code] for code in facts_asked(terms)},
        measures={code: _measure_name(terms, code) for code in measures_asked(terms)},
        pieces=asks_for_pieces(terms))


def _measure_name(terms: Terms, code: str) -> Names:
    return terms.measures.get(code) or OWN_MEASURES.get(code) or MEASURES.get(code) or Names(zh=code, en=code)


def answer_problems(
    terms: Terms, service: str, item: str, quantity: int, facts: Collection[str], measures: Mapping[str, Money]
) -> list[Problem]:
    """What is wrong with what an order says beside its price, all of it."""
    problems = []
    items = terms.services[service].items if service in terms.services else {}
    if item and item not in items:
        problems.append(problem(_("This service has the sub-items {items}."), "item", items=", ".join(items) or "-"))
    if not 1 <= quantity <= MOST_PIECES:
        problems.append(problem(_("The number of pieces is between 1 and {most}."), "quantity", most=MOST_PIECES))
    problems += [problem(_("These terms know no fact {fact}; they know {facts}."), "facts", fact=fact,
                         facts=", ".join(terms.facts) or "-") for fact in sorted(set(facts) - set(terms.facts))]
    return problems + _measure_problems(terms, measures)


def _measure_problems(terms: Terms, measures: Mapping[str, Money]) -> list[Problem]:
    asked = measures_asked(terms)
    problems = []
    for code, money in measures.items():
        where = f"measures.{code}"
        if code not in asked:
            problems.append(problem(_("These terms ask for no such amount; they ask for {measures}."), where,
                                    measures=", ".join(asked) or "-"))
        elif money.currency != terms.currency or money.minor < 0:
            problems.append(problem(_("Give an amount of at least zero in {currency}."), where, currency=terms.currency))
    return problems + [problem(_("This amount is needed here."), f"measures.{code}")
                       for code in measures_needed(terms) if code not in measures]
