"""Parts that are more than the whole, and shares that do not sum to it."""

from collections.abc import Iterable
from fractions import Fraction

from voucher.errors import _, problem
from voucher.programmes.contradictions.finding import Found, decimal_of
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
    if terms.split == Split.BY_SHARE and (any(share is not None for share in own.values()) or (pooled and len(own) > 1)):
        yield from _sum_to_one(("funders",), [each.share or own.get(each.matches) or Fraction(0) for each in terms.funders])
    for index, funder in enumerate(terms.funders):
        if funder.matches == funder.code:
            yield ("funders", index, "matches"), problem(_("A funder cannot match itself."))
        if funder.matches != funder.code and any(other.code == funder.matches and other.matches for other in terms.funders):
            yield ("funders", index, "matches"), problem(_("A funder cannot match one that matches another itself."))
        if funder.advances_for == funder.code:
            yield ("funders", index, "advances_for"), problem(_("A funder cannot pay first for itself."))
        if any(other.code == funder.advances_for and other.advances_for for other in terms.funders if other is not funder):
            yield ("funders", index, "advances_for"), problem(_("A funder cannot pay first for one that pays first for another itself."))
        if funder.matches and funder.share is not None:
            yield ("funders", index, "share"), problem(_("A funder that matches another has no share of its own."))


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
