"""Contradictions in terms whose every value can be read: words that nobody declared, rules that cannot both hold.

Each function looks at one part of the file and yields the path of a key with what is wrong there.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from voucher.errors import Problem, _, problem
from voucher.money import LARGEST_MINOR, Money
from voucher.programmes.durations import Unit
from voucher.programmes.source import Path, Verbatim
from voucher.programmes.terms import (
    Award,
    Band,
    Cap,
    Condition,
    CostRange,
    CountLimit,
    Funder,
    Happening,
    OwnShare,
    Part,
    Period,
    Programme,
    Queue,
    RateRule,
    Rhythm,
    Split,
    Terms,
    Vat,
)
from voucher.programmes.words import parts, undeclared

FORMAT = 1

Found = Iterator[tuple[Path, Problem]]

# From a day at which months are long, so that lengths can be compared.
_SOME_DAY = date(2025, 7, 1)


def contradictions(terms: Terms) -> list[tuple[Path, Problem]]:
    """Every contradiction with the path of the key to which it belongs.

    What hangs on declared words is looked at only when all words are declared.
    """
    found = [*_format(terms), *undeclared(terms), *_doubles(terms), *_empty(terms)]
    return found or [each for look in _LOOKS for each in look(terms)]


def _format(terms: Terms) -> Found:
    if terms.format != FORMAT:
        yield ("format",), problem(_("This is format {format}; only format {known} can be read."), format=terms.format, known=FORMAT)


def _empty(terms: Terms) -> Found:
    for name in ("firm_classes", "services", "rates", "evidence"):
        if not getattr(terms, name):
            yield (name,), problem(_("This is empty; there has to be at least one."))
    for code, group in terms.service_groups.items():
        if not group.services:
            yield ("service_groups", code), problem(_("This group has no services."))


def _doubles(terms: Terms) -> Found:
    """Words that would name two things."""
    lists: dict[str, list[str]] = {
        "funders": [each.code for each in terms.funders],
        "instalments": [each.code for each in terms.instalments],
        "provider_awards": [each.code for each in terms.provider_awards],
    }
    for name, codes in lists.items():
        for code, times in Counter(codes).items():
            if times > 1:
                last = len(codes) - 1 - codes[::-1].index(code)
                yield (name, last, "code"), problem(_("The name {code} is given twice."), code=code)
    for code in terms.service_groups:
        if code in terms.services:
            yield ("service_groups", code), problem(_("The name {code} is that of a service already."), code=code)


# -- rates ------------------------------------------------------------------------------------------------------------

def _rates(terms: Terms) -> Found:
    for index, rule in enumerate(terms.rates):
        path: Path = ("rates", index)
        ways = {"rate": rule.rate is not None, "bands": bool(rule.bands), "fixed": rule.fixed is not None,
                "per_piece": rule.per_piece is not None, "smaller_of": bool(rule.smaller_of), "larger_of": bool(rule.larger_of)}
        yield from _exactly_one(path, ways)
        yield from _bands(path, rule.bands)
        if rule.whole_basis and not rule.bands:
            yield (*path, "whole_basis"), problem(_("This says something about bands, and there are none."))
        if rule.bands_over in (Period.PIECE, Period.HELD, Period.ROLLING):
            yield (*path, "bands_over"), problem(
                _("Bands cannot count over this; write application, calendar_year, fiscal_year, round or lifetime."))
        if rule.bands_over != Period.APPLICATION and (not rule.bands or rule.whole_basis):
            yield (*path, "bands_over"), problem(_("Only bands with a rate for each part can count over more than one case."))
        for own in terms.own_share:
            yield from _too_much(terms, path, rule, own)


def _exactly_one(path: Path, ways: dict[str, bool]) -> Found:
    said = [name for name, present in ways.items() if present]
    if len(said) != 1:
        yield path, problem(_("Exactly one of {ways} has to be said; here stand {said}."), ways=Verbatim(", ".join(ways)),
                            said=Verbatim(", ".join(said)) if said else _("none of them"))


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


def _too_much(terms: Terms, path: Path, rule: RateRule, own: OwnShare) -> Found:
    together = _only_services(own.when) and (not own.when.services or not rule.when.services
                                             or terms.members(own.when.services) & terms.members(rule.when.services))
    if together and rule.rate is not None and own.at_least is not None and rule.rate + own.at_least > 1:
        yield (*path, "rate"), problem(_("This rate and an own share of {own} per cent are more than the whole."),
                                       own=_decimal(own.at_least * 100))


def _unreachable_rates(terms: Terms) -> Found:
    open_ended: dict[str, int] = {}
    for index, rule in enumerate(terms.rates):
        if rule.on_top:
            continue
        if rule.funder in open_ended:
            yield ("rates", index), problem(_("This rule can never apply: rule {first} above it applies always."),
                                            first=open_ended[rule.funder] + 1)
        elif rule.when == Condition():
            open_ended[rule.funder] = index


def _services_without_rate(terms: Terms) -> Found:
    for service in terms.services:
        plain = [rule.when for rule in terms.rates if not rule.on_top]
        if not any(not when.services or service in terms.members(when.services) for when in plain):
            yield ("services", service), problem(_("No rate applies to the service {service}."), service=service)


# -- parts of a whole ---------------------------------------------------------------------------------------------------

_WHOLE_AT_MOST = {
    RateRule: ("rate",), Band: ("rate",), Award: ("rate",), Cap: ("share",), Funder: ("share",),
    OwnShare: ("at_least", "kind_at_most"), Terms: ("sampling_rate",),
}


def _shares_of_more_than_all(terms: Terms) -> Found:
    for path, part in parts(terms):
        for name in _WHOLE_AT_MOST.get(type(part), ()):
            rate = getattr(part, name)
            if rate is not None and rate > 1:
                yield (*path, name), problem(_("This is more than 100 %."))


def _larger_of_more_than_all(terms: Terms) -> Found:
    """Of several amounts of which the smallest counts, one may be several times a measure; the largest may not."""
    for index, rule in enumerate(terms.rates):
        for at, part in enumerate(rule.larger_of):
            if part.rate is not None and part.rate > 1:
                yield ("rates", index, "larger_of", at, "rate"), problem(_("This is more than 100 %."))


def _sum_to_one(path: Path, shares: Iterable[Fraction]) -> Found:
    whole = sum(shares, Fraction(0))
    if whole != 1:
        yield path, problem(_("The shares sum to {sum} % instead of 100 %."), sum=_decimal(whole * 100))


def _decimal(number: Fraction) -> str:
    if (number * 10_000).denominator != 1:
        return str(number)
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def _funders(terms: Terms) -> Found:
    own = {each.code: each.share for each in terms.funders}
    pooled = any(not rule.funder for rule in terms.rates)
    if terms.split == Split.BY_ORDER and not own:
        yield ("split",), problem(_("There are no funders to pay one after the other; name them."))
    if terms.split == Split.BY_SHARE and (any(share is not None for share in own.values()) or (pooled and len(own) > 1)):
        yield from _sum_to_one(("funders",), [each.share or own.get(each.matches) or Fraction(0) for each in terms.funders])
    for index, funder in enumerate(terms.funders):
        if funder.matches == funder.code:
            yield ("funders", index, "matches"), problem(_("A funder cannot match itself."))
        if funder.matches and funder.share is not None:
            yield ("funders", index, "share"), problem(_("A funder that matches another has no share of its own."))


def _instalments(terms: Terms) -> Found:
    if terms.instalments:
        yield from _sum_to_one(("instalments",), [each.share for each in terms.instalments])


# -- limits ---------------------------------------------------------------------------------------------------------------

def _caps(terms: Terms) -> Found:
    for index, cap in enumerate(terms.caps):
        path: Path = ("caps", index)
        yield from _exactly_one(path, {"amount": cap.amount is not None, "amount_by_class": bool(cap.amount_by_class),
                                       "share": cap.share is not None})
        yield from _period(terms, path, cap)
        if cap.share is not None and cap.period != Period.APPLICATION:
            yield (*path, "share"), problem(_("A share of the basis can only limit one application."))
        concerned = cap.when.firm_classes or tuple(terms.firm_classes)
        for missing in [each for each in concerned if cap.amount_by_class and each not in cap.amount_by_class]:
            yield (*path, "amount_by_class"), problem(
                _("The class {missing} has no amount here. Give it one, or name the classes under `when`."), missing=missing)


def _period(terms: Terms, path: Path, limit: Cap | CountLimit) -> Found:
    if limit.period == Period.ROUND and not terms.programme.rounds:
        yield (*path, "period"), problem(_("There are no rounds; name them under programme."))
    if limit.period == Period.ROLLING and limit.length is None:
        yield path, problem(_("A rolling period needs a length, such as 3 years."))
    if limit.length is not None and limit.period != Period.ROLLING:
        yield (*path, "length"), problem(_("Only a rolling period has a length."))
    if limit.length is not None and limit.length.unit == Unit.WORKING_DAY:
        yield (*path, "length"), problem(_("A limit is not counted over working days."))


def _counts(terms: Terms) -> Found:
    for index, limit in enumerate(terms.count_limits):
        path: Path = ("count_limits", index)
        yield from _period(terms, path, limit)
        if limit.period == Period.PIECE:
            yield (*path, "period"), problem(_("One does not count cases for each piece. Write pieces: yes."))
        if limit.at_most == 0:
            yield (*path, "at_most"), problem(_("A limit of nothing forbids everything. Write an exclusion instead."))


def _caps_below_bands(terms: Terms) -> Found:
    """A cap on one application that is reached before a band even begins."""
    for cap_index, cap in enumerate(terms.caps):
        if cap.period != Period.APPLICATION or not _only_services(cap.when):
            continue
        for rule_index, rule in enumerate(terms.rates):
            if rule.bands_over != Period.APPLICATION or not _same_services(terms, cap, rule):
                continue
            for name, amount in _amounts(cap):
                if (band := _never_full(rule, amount)) is not None:
                    yield ("caps", cap_index, *name), problem(
                        _("This cap of {cap} is below a band: rule {rule} pays {pays} up to {up_to}, where its band {band} ends."),
                        cap=amount, rule=rule_index + 1, pays=_paid_up_to(rule, band), up_to=rule.bands[band].up_to, band=band + 1)


def _only_services(when: Condition) -> bool:
    return when == Condition(services=when.services)


def _same_services(terms: Terms, cap: Cap, rule: RateRule) -> bool:
    sets = [terms.members(each) for each in (cap.services, cap.when.services, rule.when.services) if each]
    return not sets or bool(frozenset.intersection(*sets))


def _amounts(cap: Cap) -> Iterator[tuple[Path, Money]]:
    if cap.amount is not None:
        yield ("amount",), cap.amount
    yield from ((("amount_by_class", name), amount) for name, amount in cap.amount_by_class.items())


def _never_full(rule: RateRule, cap: Money) -> int | None:
    """The first band that ends only above the cap; the last of several is let pass, for a cap may well lie in it."""
    closed = [index for index, band in enumerate(rule.bands) if band.up_to is not None and (index == 0 or index < len(rule.bands) - 1)]
    return next((index for index in closed if _paid_up_to(rule, index) > cap), None)


def _paid_up_to(rule: RateRule, last: int) -> Money:
    """What the bands up to and with that one pay when they are full."""
    paid, floor, currency = Fraction(0), 0, ""
    for band in rule.bands[:last + 1]:
        assert band.up_to is not None
        paid += band.rate * (band.up_to.minor - floor)
        floor, currency = band.up_to.minor, band.up_to.currency
    return Money(int(paid), currency)


def _ranges(terms: Terms) -> Found:
    """Pairs of values of which one must not be above the other."""
    for path, part in parts(terms):
        for low, high in _PAIRS.get(type(part), ()):
            lower, upper = getattr(part, low), getattr(part, high)
            if lower is not None and upper is not None and lower > upper:
                yield (*path, low), problem(_("{low} is {lower}, above {high}, which is {upper}."),
                                            low=Verbatim(low), lower=lower, high=Verbatim(high), upper=upper)


_PAIRS: dict[type, tuple[tuple[str, str], ...]] = {
    CostRange: (("at_least", "at_most"),),
    Condition: (("cost_from", "cost_up_to"), ("since", "until"), ("earlier_uses_from", "earlier_uses_up_to")),
    Programme: (("in_force_from", "in_force_until"),),
}


def _rounds(terms: Terms) -> Found:
    before: date | None = None
    for index, each in enumerate(terms.programme.rounds):
        path: Path = ("programme", "rounds", index)
        if each.opens > each.closes:
            yield (*path, "closes"), problem(_("The round closes on {closes}, before it opens on {opens}."),
                                              closes=each.closes, opens=each.opens)
        if before is not None and each.opens <= before:
            yield (*path, "opens"), problem(_("The round opens on {opens}, before the round above it has closed."), opens=each.opens)
        before = each.closes


def _minimum(terms: Terms) -> Found:
    plain = [(index, cap.amount) for index, cap in enumerate(terms.caps)
             if cap.amount is not None and cap.period == Period.APPLICATION and cap.when == Condition() and not cap.services]
    for index, amount in plain:
        if terms.minimum is not None and amount < terms.minimum:
            yield ("caps", index, "amount"), problem(_("This cap of {cap} is below the minimum of {minimum}: nothing could ever be paid."),
                                                     cap=amount, minimum=terms.minimum)
        if terms.notes is not None and amount < terms.notes.value:
            yield ("caps", index, "amount"), problem(_("This cap of {cap} is below one note of {note}: nothing could ever be given."),
                                                     cap=amount, note=terms.notes.value)


def _notes(terms: Terms) -> Found:
    notes = terms.notes
    if notes is None:
        return
    if notes.at_most is not None and notes.at_least > notes.at_most:
        yield ("notes", "at_least"), problem(_("At least {least} notes and at most {most} cannot both be."),
                                             least=notes.at_least, most=notes.at_most)
    if not notes.value:
        yield ("notes", "value"), problem(_("A note is worth more than nothing."))


def _rounding(terms: Terms) -> Found:
    if terms.rounding.to is not None and not terms.rounding.to:
        yield ("rounding", "to"), problem(_("One cannot round to multiples of nothing."))


# -- time -------------------------------------------------------------------------------------------------------------------

def _validity(terms: Terms) -> Found:
    validity = terms.validity
    if validity.use_within is None and validity.use_until is None and validity.use_until_day is None:
        yield ("validity",), problem(_("A voucher needs a last day of use: write use_within, use_until or use_until_day."))
        return
    if validity.starts_at not in (Happening.ISSUE, Happening.ACTIVATION):
        yield ("validity", "starts_at"), problem(_("A voucher's time counts from issue or from activation."))
    if validity.needs_activation and validity.activate_within is None:
        yield ("validity",), problem(_("Say how long one may wait with the activation: activate_within."))
    if validity.activate_within is not None and not validity.needs_activation:
        yield ("validity", "activate_within"), problem(_("This is about activation, and the time counts from {start}."),
                                                       start=Verbatim(validity.starts_at))
    if validity.claim_from not in (Happening.USE_BY, Happening.ISSUE):
        yield ("validity", "claim_from"), problem(_("The time to claim counts from use_by or from issue."))
    if validity.claim_until and validity.use_until and validity.claim_until < validity.use_until:
        yield ("validity", "claim_until"), problem(_("The last day to claim, {claim}, is before the last day of use, {use}."),
                                                   claim=validity.claim_until, use=validity.use_until)
    if (validity.claim_from == Happening.ISSUE and validity.claim_within and validity.use_within
            and validity.claim_within.after(_SOME_DAY, terms.calendar) < validity.use_within.after(_latest_start(terms), terms.calendar)):
        yield ("validity", "claim_within"), problem(
            _("One could claim for {claim} after issue but use the voucher for {use}: the claim-by day would be before the use-by day."),
            claim=validity.claim_within, use=validity.use_within)
    if validity.extension is not None and validity.extension.times == 0:
        yield ("validity", "extension", "times"), problem(_("An extension that can be had no times is none. Leave it out."))


def _latest_start(terms: Terms) -> date:
    """When the time of a voucher begins that was issued some day, and activated on the last day."""
    wait = terms.validity.activate_within
    return wait.after(_SOME_DAY, terms.calendar) if wait else _SOME_DAY


# -- the rest -----------------------------------------------------------------------------------------------------------------

def _evidence(terms: Terms) -> Found:
    for service in terms.services:
        stages = ("", *(each.code for each in terms.instalments))
        if not any(terms.evidence_for(service, Money(LARGEST_MINOR, terms.currency), stage) for stage in stages):
            yield ("services", service), problem(_("No evidence is asked for the service {service}."), service=service)


def _tax(terms: Terms) -> Found:
    for index, own in enumerate(terms.own_share):
        if own.vat == Vat.PROGRAMME and terms.basis == "net":
            yield ("own_share", index, "vat"), problem(
                _("The programme cannot bear the tax when the basis is net of it. Write basis: gross."))


def _payout(terms: Terms) -> Found:
    if (terms.payout.rhythm == Rhythm.DATES) != bool(terms.payout.dates):
        yield ("payout",), problem(_("The rhythm `dates` and a list of dates go together."))


def _queue(terms: Terms) -> Found:
    waiting = terms.waiting_list
    if waiting is not None and waiting.order == Queue.LOTTERY and not waiting.seed:
        yield ("waiting_list",), problem(_("A lottery needs a published seed."))


def _awards(terms: Terms) -> Found:
    for index, award in enumerate(terms.provider_awards):
        path: Path = ("provider_awards", index)
        yield from _exactly_one(path, {"rate": award.rate is not None, "smaller_of": bool(award.smaller_of)})
        if award.rate is not None and not award.basis:
            yield path, problem(_("Say under basis of what the rate is a part."))
        for at, threshold in enumerate(award.thresholds):
            yield from _exactly_one((*path, "thresholds", at), {"at_least": threshold.at_least is not None,
                                                                "times": threshold.times is not None})


def _several_parts(terms: Terms) -> Found:
    for path, part in parts(terms):
        if isinstance(part, Part):
            yield from _exactly_one(path, {"rate": part.rate is not None, "fixed": part.fixed is not None})


_LOOKS = (
    _rates, _unreachable_rates, _services_without_rate, _shares_of_more_than_all, _larger_of_more_than_all,
    _funders, _instalments, _caps, _counts,
    _caps_below_bands, _ranges, _rounds, _minimum, _notes, _rounding, _validity, _evidence, _tax, _payout, _queue, _awards,
    _several_parts,
)
