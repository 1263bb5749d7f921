"""Parts that are more than the whole, and shares that do not sum to it."""

from collections.abc import Iterable
from fractions import Fraction

from voucher.errors import Problem, _, problem
from voucher.programmes.cases import Case, fits, rules_for
from voucher.programmes.contradictions.finding import Found, decimal_of
from voucher.programmes.contradictions.kinds import kinds_of_cases
from voucher.programmes.source import Path
from voucher.programmes.terms import Award, Band, Cap, Funder, OwnShare, RateRule, Split, Terms
from voucher.programmes.words import parts

_WHOLE_AT_MOST = {
    RateRule: ("rate",), Band: ("rate",), Award: ("rate",), Cap: ("share",), Funder: ("share",),
    OwnShare: ("at_least", "kind_at_most"), Terms: ("sampling_rate",),
}


def more_than_all(terms: Terms) -> Found:
    """Rates and shares of more than the whole."""
    for path, part in parts(terms):
        for name in _WHOLE_AT_MOST.get(type(part), ()):
            rate = getattr(part, name)
            if rate is not None and rate > 1:
                yield (*path, name), problem(_("This is more than 100 %."))


def _sum_to_one(path: Path, shares: Iterable[Fraction]) -> Found:
    whole = sum(shares, Fraction(0))
    if whole != 1:
        yield path, problem(_("The shares sum to {sum} % instead of 100 %."), sum=decimal_of(whole * 100))


def funders(terms: Terms) -> Found:
    """Shares of funders, and funders that match each other."""
    own = {each.code: each.share for each in terms.funders}
    pooled = any(not rule.funder for rule in terms.rates)
    if terms.split == Split.BY_ORDER and not own:
        yield ("split",), problem(_("There are no funders to pay one after the other; name them."))
    by_order = terms.split == Split.BY_ORDER
    if any(share is not None for share in own.values()) or (pooled and len(own) > 1 and not by_order):
        yield from _sum_to_one(("funders",), [each.share or own.get(each.matches) or Fraction(0) for each in terms.funders])
    for index, funder in enumerate(terms.funders):
        if funder.matches == funder.code:
            yield ("funders", index, "matches"), problem(_("A funder cannot match itself."))
        if by_order and funder.matches and not any(rule.funder == funder.matches for rule in terms.rates):
            yield ("funders", index, "matches"), problem(
                _("Funders that pay one after the other match nothing. Write split: by_share, or rates of their own."))
        if funder.matches != funder.code and any(other.code == funder.matches and other.matches for other in terms.funders):
            yield ("funders", index, "matches"), problem(_("A funder cannot match one that matches another itself."))
        if funder.advances_for == funder.code:
            yield ("funders", index, "advances_for"), problem(_("A funder cannot pay first for itself."))
        if any(other.code == funder.advances_for and other.advances_for for other in terms.funders if other is not funder):
            yield ("funders", index, "advances_for"), problem(_("A funder cannot pay first for one that pays first for another itself."))
        if funder.matches and funder.share is not None:
            yield ("funders", index, "share"), problem(_("A funder that matches another has no share of its own."))


def more_than_the_whole(terms: Terms) -> Found:
    """Rates that are paid together, and what the SME has to bring, in some kind of case; each set of rules once."""
    seen = set()
    for case in kinds_of_cases(terms, [*(rule.when for rule in terms.rates), *(own.when for own in terms.own_share)]).cases:
        rules = _paid_together(terms, case)
        own = next((each for each in terms.own_share if fits(terms, each.when, case)), OwnShare())
        brought = (own.at_least if own.basis in ("", terms.basis) else None) or Fraction(0)
        key = (*(number for number, _rate in rules), own)
        if sum((rate for _number, rate in rules), brought) > 1 and rules and key not in seen and max(rate for _number, rate in rules) <= 1:
            seen.add(key)
            yield _together(terms, rules, brought)


def _paid_together(terms: Terms, case: Case) -> list[tuple[int, Fraction]]:
    """Each rule with a rate that a case of that kind gets, by its number; of bands the first; who matches another pays as much again."""
    chosen = rules_for(terms, case)
    matched = [each.matches for each in terms.funders if each.matches in chosen and each.code not in chosen]
    rates = {number: rule.rate if rule.rate is not None else rule.bands[0].rate if rule.bands and rule.when.cost_from is None else None
             for number, rule in enumerate(terms.rates) if rule.basis in ("", terms.basis)}
    found = []
    for number, rule in enumerate(terms.rates):
        if (rate := rates.get(number)) is not None and any(each is rule for each in chosen.get(rule.funder, ())):
            found += [(number, rate)] * (1 + matched.count(rule.funder) if rule.funder else 1)
    return found


def _together(terms: Terms, rules: list[tuple[int, Fraction]], brought: Fraction) -> tuple[Path, Problem]:
    last, _rate = rules[-1]
    path: Path = ("rates", last, *(("rate",) if terms.rates[last].rate is not None else ("bands", 0, "rate")))
    if len(rules) == 1:
        return path, problem(_("This rate and an own share of {own} per cent are more than the whole."), own=decimal_of(brought * 100))
    return path, problem(_("Rules {rules} pay {sum} % together, and the SME brings {own} %: that is more than the whole."),
                         rules=", ".join(dict.fromkeys(str(number + 1) for number, _each in rules)),
                         sum=decimal_of(sum((rate for _number, rate in rules), Fraction(0)) * 100), own=decimal_of(brought * 100))


def instalments(terms: Terms) -> Found:
    """Shares of instalments."""
    if terms.instalments:
        yield from _sum_to_one(("instalments",), [each.share for each in terms.instalments])
        if terms.instalments[0].wait is not None:
            yield ("instalments", 0, "wait"), problem(_("Before the first instalment there is none to wait for."))


def own_share(terms: Terms) -> Found:
    """In what the SME brings its share."""
    for index, own in enumerate(terms.own_share):
        if not own.kinds:
            yield ("own_share", index, "kinds"), problem(_("Say in what it may be brought: cash, kind."))
        if own.kind_at_most is not None and "kind" not in own.kinds:
            yield ("own_share", index, "kind_at_most"), problem(_("Nothing may be brought in kind by `kinds`."))
