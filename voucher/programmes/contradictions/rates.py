"""Rates that say too much or too little, or that can never apply."""


from voucher.errors import _, problem
from voucher.money import Money
from voucher.programmes.contradictions.finding import Found, exactly_one
from voucher.programmes.source import Path
from voucher.programmes.terms import Band, Condition, Part, Period, Terms
from voucher.programmes.words import parts


def rates(terms: Terms) -> Found:
    """How much each rule says, its bands, and whether an own share leaves room for it."""
    for index, rule in enumerate(terms.rates):
        path: Path = ("rates", index)
        ways = {"rate": rule.rate is not None, "bands": bool(rule.bands), "fixed": rule.fixed is not None,
                "per_piece": rule.per_piece is not None, "smaller_of": bool(rule.smaller_of), "larger_of": bool(rule.larger_of)}
        yield from exactly_one(path, ways)
        yield from _bands(path, rule.bands)
        if rule.whole_basis and not rule.bands:
            yield (*path, "whole_basis"), problem(_("This says something about bands, and there are none."))
        if rule.bands_over != Period.APPLICATION and (not rule.bands or rule.whole_basis):
            yield (*path, "bands_over"), problem(_("Only bands with a rate for each part can count over more than one case."))


def _bands(path: Path, bands: tuple[Band, ...]) -> Found:
    below: Money | None = None
    for index, band in enumerate(bands):
        place = (*path, "bands", index)
        if band.up_to is None and index < len(bands) - 1:
            yield place, problem(_("Only the last band may be without an end."))
        elif band.up_to is not None and below is not None and band.up_to <= below:
            yield (*place, "up_to"), problem(_("This band ends at {end}, not above the band before it, which ends at {below}."),
                                             end=band.up_to, below=below)
        below = band.up_to or below


def unreachable_rates(terms: Terms) -> Found:
    """Rules below one that always applies."""
    open_ended: dict[str, int] = {}
    for index, rule in enumerate(terms.rates):
        if rule.on_top:
            continue
        if rule.funder in open_ended:
            yield ("rates", index), problem(_("This rule can never apply: rule {first} above it applies always."),
                                            first=open_ended[rule.funder] + 1)
        elif rule.when == Condition():
            open_ended[rule.funder] = index


def without_rate(terms: Terms) -> Found:
    """Services, and classes of firms, to which no rate applies."""
    plain = [rule.when for rule in terms.rates if not rule.on_top]
    for service in terms.services:
        theirs = [when for when in plain if not when.services or service in terms.members(when.services)]
        if not theirs:
            yield ("services", service), problem(_("No rate applies to the service {service}."), service=service)
    for name in terms.firm_classes:
        if not any(not when.firm_classes or name in when.firm_classes for when in plain):
            yield ("firm_classes", name), problem(_("No rate applies to the class {firm_class}."), firm_class=name)


def larger_of_more_than_all(terms: Terms) -> Found:
    """Of several amounts of which the smallest counts, one may be several times a measure; the largest may not."""
    for index, rule in enumerate(terms.rates):
        for at, part in enumerate(rule.larger_of):
            if part.rate is not None and part.rate > 1:
                yield ("rates", index, "larger_of", at, "rate"), problem(_("This is more than 100 %."))


def several_parts(terms: Terms) -> Found:
    """Each of several amounts is a rate or a fixed amount."""
    for path, part in parts(terms):
        if isinstance(part, Part):
            yield from exactly_one(path, {"rate": part.rate is not None, "fixed": part.fixed is not None})
