"""Caps below what a band or a fixed amount would pay, in every case to which that applies.

A cap over any time and for any subject caps each single case, for earlier uses only leave less of it. Not decided are caps for each
piece beside anything but an amount for each piece (there may be many pieces), caps on some funders beside money that is divided only
later, and, where bands count over a longer time, caps over another one, of some services, or by anybody but company and group.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from voucher.errors import _, problem
from voucher.money import Money
from voucher.programmes.cases import Case, fits, rules_for
from voucher.programmes.contradictions.finding import Found
from voucher.programmes.contradictions.kinds import kinds_of_cases
from voucher.programmes.phrases import percent
from voucher.programmes.source import Path
from voucher.programmes.terms import Cap, Period, RateRule, SubjectKind, Terms


@dataclass(frozen=True)
class _Wanted:
    """What a rule would pay: an amount (with a band, from the cost on that fills it), or a part of the basis."""

    amount: Money | None = None
    share: Fraction = Fraction(0)
    band: int | None = None
    full_at: Money | None = None


@dataclass(frozen=True)
class _Lower:
    """A cap that leaves less: where it stands, and what it says."""

    cap: Cap
    path: Path
    amount: Money | None


def caps_below(terms: Terms) -> Found:
    """Bands and amounts that caps never let be paid in full, in no case to which they apply."""
    kinds = kinds_of_cases(terms, [*(rule.when for rule in terms.rates), *(cap.when for cap in terms.caps)])
    if not kinds.whole:
        return
    chosen = [(case, [rule for rules in rules_for(terms, case).values() for rule in rules]) for case in kinds.cases]
    for number, rule in enumerate(terms.rates):
        cases = [case for case, rules in chosen if any(each is rule for each in rules)]
        for wanted in _wanted(rule):
            lower = [_lower(terms, rule, wanted, case) for case in cases if wanted.full_at is None or case.net >= wanted.full_at]
            if lower and None not in lower:
                yield from _told(number, rule, wanted, list({each.path: each for each in lower if each is not None}.values()))
                break


def _wanted(rule: RateRule) -> Iterator[_Wanted]:
    """What of a rule must be payable. The last of several bands is let pass, for a cap may well lie in it."""
    if (fixed := rule.fixed if rule.fixed is not None else rule.per_piece) is not None:
        yield _Wanted(fixed)
    if rule.bands and not rule.basis:
        yield _Wanted(share=min(band.rate for band in rule.bands))
    paid, floor = Fraction(0), 0
    for index, band in enumerate(rule.bands):
        if band.up_to is not None and (index == 0 or index < len(rule.bands) - 1):
            paid = band.rate * band.up_to.minor if rule.whole_basis else paid + band.rate * (band.up_to.minor - floor)
            floor = band.up_to.minor
            yield _Wanted(Money(int(paid), band.up_to.currency), band=index, full_at=band.up_to)


def _lower(terms: Terms, rule: RateRule, wanted: _Wanted, case: Case) -> _Lower | None:
    """The first cap that leaves less of it in the case."""
    for index, cap in enumerate(terms.caps):
        if not _binds(terms, cap, rule, case):
            continue
        amount = cap.amount if cap.amount is not None else cap.amount_by_class.get(case.firm_class)
        if wanted.amount is not None and amount is not None and amount < wanted.amount:
            return _Lower(cap, ("caps", index, *(("amount",) if cap.amount is not None else ("amount_by_class", case.firm_class))), amount)
        if cap.share is not None and cap.share < wanted.share:
            return _Lower(cap, ("caps", index, "share"), None)
    return None


def _binds(terms: Terms, cap: Cap, rule: RateRule, case: Case) -> bool:
    """Whether what the rule gives in the case is never more than the cap."""
    concerns = (fits(terms, cap.when, case) and (not cap.services or case.service in terms.members(cap.services))
                and (not cap.items or case.item in cap.items))
    whose = not cap.funders or rule.funder in cap.funders or {each.code for each in terms.funders} <= {*cap.funders}
    one = cap.period != Period.PIECE or rule.per_piece is not None
    return concerns and whose and one and (rule.bands_over == Period.APPLICATION or _counts_all(cap, rule.bands_over))


def _counts_all(cap: Cap, over: Period) -> bool:
    """Whether a cap counts whatever one company gets over such a time."""
    return (cap.subject in (SubjectKind.COMPANY, SubjectKind.GROUP) and not cap.services and not cap.items
            and cap.period in (over, Period.LIFETIME))


def _told(number: int, rule: RateRule, wanted: _Wanted, lower: Sequence[_Lower]) -> Found:
    first = lower[0]
    if wanted.band is not None:
        for each in lower:
            yield each.path, problem(
                _("This cap of {cap} is below a band: rule {rule} pays {pays} up to {up_to}, where its band {band} ends."),
                cap=each.amount, rule=number + 1, pays=wanted.amount, up_to=wanted.full_at, band=wanted.band + 1)
    elif wanted.amount is not None:
        key = "fixed" if rule.fixed is not None else "per_piece"
        yield ("rates", number, key), problem(_("This amount is never paid: the cap {cap} stops at {amount}."), cap=first.cap.name.en,
                                               amount=first.amount)
    else:
        for each in lower:
            yield each.path, problem(_("This cap of {cap} is below every band of rule {rule}, of which the least pays {rate}."),
                                     cap=percent(each.cap.share or Fraction(0)), rule=number + 1, rate=percent(wanted.share))
