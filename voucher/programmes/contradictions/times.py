"""Days and lengths of time that cannot be."""

from datetime import date

from voucher.errors import _, problem
from voucher.programmes.contradictions.finding import Found
from voucher.programmes.source import Path, Verbatim
from voucher.programmes.terms import Awaited, Condition, CostRange, Happening, Programme, Terms
from voucher.programmes.words import parts

# From a day at which months are long, so that lengths can be compared.
_SOME_DAY = date(2025, 7, 1)


_PAIRS: dict[type, tuple[tuple[str, str], ...]] = {
    CostRange: (("at_least", "at_most"),),
    Condition: (("cost_from", "cost_up_to"), ("since", "until"), ("earlier_uses_from", "earlier_uses_up_to")),
    Programme: (("in_force_from", "in_force_until"),),
}


def ranges(terms: Terms) -> Found:
    """Pairs of values of which one must not be above the other."""
    for path, part in parts(terms):
        for low, high in _PAIRS.get(type(part), ()):
            lower, upper = getattr(part, low), getattr(part, high)
            if lower is not None and upper is not None and lower > upper:
                yield (*path, low), problem(_("{low} is {lower}, above {high}, which is {upper}."),
                                            low=Verbatim(low), lower=lower, high=Verbatim(high), upper=upper)


def rounds(terms: Terms) -> Found:
    """Rounds of applications, one after the other."""
    before: date | None = None
    for index, each in enumerate(terms.programme.rounds):
        path: Path = ("programme", "rounds", index)
        if each.opens > each.closes:
            yield (*path, "closes"), problem(_("The round closes on {closes}, before it opens on {opens}."),
                                              closes=each.closes, opens=each.opens)
        if before is not None and each.opens <= before:
            yield (*path, "opens"), problem(_("The round opens on {opens}, before the round above it has closed."), opens=each.opens)
        begins, ends = terms.programme.in_force_from, terms.programme.in_force_until
        if (begins and each.closes < begins) or (ends and each.opens > ends):
            yield path, problem(_("In this round the rules are not in force."))
        before = each.closes


def validity(terms: Terms) -> Found:
    """A voucher's last days."""
    validity = terms.validity
    if validity.use_within is None and validity.use_until is None and validity.use_until_day is None:
        yield ("validity",), problem(_("A voucher needs a last day of use: write use_within, use_until or use_until_day."))
        return
    yield from _start(terms)
    yield from _claim_by(terms)
    if validity.use_until and terms.programme.in_force_from and validity.use_until < terms.programme.in_force_from:
        yield ("validity", "use_until"), problem(_("This is before the rules are in force."))
    if validity.extension is not None and validity.extension.times == 0:
        yield ("validity", "extension", "times"), problem(_("An extension that can be had no times is none. Leave it out."))


def _start(terms: Terms) -> Found:
    validity = terms.validity
    if validity.needs_activation and validity.activate_within is None:
        yield ("validity",), problem(_("Say how long one may wait with the activation: activate_within."))
    if validity.activate_within is not None and not validity.needs_activation:
        yield ("validity", "activate_within"), problem(_("This is about activation, and the time counts from {start}."),
                                                       start=Verbatim(validity.starts_at))


def _claim_by(terms: Terms) -> Found:
    validity = terms.validity
    until, use_until = validity.claim_until, validity.use_until
    if until and use_until is None:
        yield ("validity", "claim_until"), problem(
            _("One could use a voucher after the last day to claim, {claim}. Write use_until too, not after it."), claim=until)
    if until and use_until and until < use_until:
        yield ("validity", "claim_until"), problem(_("The last day to claim, {claim}, is before the last day of use, {use}."),
                                                   claim=until, use=use_until)
    if (validity.claim_from == Happening.ISSUE and validity.claim_within and validity.use_within
            and validity.claim_within.after(_SOME_DAY, terms.calendar) < validity.use_within.after(_latest_start(terms), terms.calendar)):
        yield ("validity", "claim_within"), problem(
            _("One could claim for {claim} after issue but use the voucher for {use}: the claim-by day would be before the use-by day."),
            claim=validity.claim_within, use=validity.use_within)


def _latest_start(terms: Terms) -> date:
    """When the time of a voucher begins that was issued some day, and activated on the last day."""
    wait = terms.validity.activate_within
    return wait.after(_SOME_DAY, terms.calendar) if wait else _SOME_DAY


def retention(terms: Terms) -> Found:
    """Papers that would be given up while a voucher may still be used."""
    kept, used = terms.retention, terms.validity.use_within
    if used is not None and kept.after(_SOME_DAY, terms.calendar) < used.after(_SOME_DAY, terms.calendar):
        yield ("retention",), problem(_("Papers would be kept for {kept}, shorter than a voucher may be used, {used}."),
                                      kept=kept, used=used)


def office_days(terms: Terms) -> Found:
    """Days on which the office would both work and not."""
    for index, day in enumerate(terms.programme.open_days):
        if day in terms.programme.closed_days:
            yield ("programme", "open_days", index), problem(_("On {day} the office cannot be open and closed."), day=day)


def appeal(terms: Terms) -> Found:
    """Two times for the same appeal."""
    if terms.appeal_within is not None and Awaited.CLAIM_APPEAL in terms.deadlines:
        yield ("deadlines", Awaited.CLAIM_APPEAL), problem(_("How long one may appeal stands under appeal_within already."))
