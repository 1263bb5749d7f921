"""Days and lengths of time that cannot be."""

from collections.abc import Iterator
from datetime import date, timedelta

from voucher.errors import _, problem
from voucher.programmes.contradictions.finding import Found
from voucher.programmes.durations import Duration, Unit, months_later
from voucher.programmes.source import Path, Verbatim
from voucher.programmes.terms import Awaited, Condition, CostRange, Happening, Programme, Terms, next_day
from voucher.programmes.words import parts

# From a day at which months are long, so that lengths can be compared.
_SOME_DAY = date(2025, 7, 1)
_MOST_EXTENSIONS = 12


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
    if not _has_last_day_of_use(terms):
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
    elif until and use_until and until < use_until:
        yield ("validity", "claim_until"), problem(_("The last day to claim, {claim}, is before the last day of use, {use}."),
                                                   claim=until, use=use_until)
    else:
        yield from _claim_before_use(terms)


def _claim_before_use(terms: Terms) -> Found:
    """Days of issue on which the last day to claim would come before the last day of use, however the two are said."""
    validity = terms.validity
    where = "claim_within" if validity.claim_from == Happening.ISSUE and validity.claim_within else "claim_until"
    if getattr(validity, where) is None:
        return  # what counts from the last day of use comes after it
    for issued in _days_of_issue(terms):
        for more in sorted({0, min(validity.extension.times, _MOST_EXTENSIONS) if validity.extension else 0}):
            use = _last_use(terms, issued, more)
            claim = validity.claim_by(issued, use, terms.calendar)
            if claim < use:
                how = _(", its time made longer") if more else ""
                yield ("validity", where), problem(
                    _("The claim-by day would be before the use-by day: what is issued on {issued} could be used until {use}{how} and "
                      "claimed until {claim}."), issued=issued, use=use, how=how, claim=claim)
                return


def instalments(terms: Terms) -> Found:
    """Waits that end after the last day to claim, whenever a voucher was issued and however early the first instalment was claimed."""
    waits = [each.wait for each in terms.instalments if each.wait is not None]
    if not waits or not _has_last_day_of_use(terms):
        return
    extension = terms.validity.extension
    for issued in _days_of_issue(terms):
        due = issued
        for wait in waits:
            due = wait.after(due, terms.calendar)
        claim = terms.validity.claim_by(issued, _last_use(terms, issued, min(extension.times, _MOST_EXTENSIONS) if extension else 0),
                                        terms.calendar)
        if due <= claim:
            return
    last = max(at for at, each in enumerate(terms.instalments) if each.wait is not None)
    yield ("instalments", last, "wait"), problem(
        _("This instalment could never be claimed: of a voucher that is issued on {issued} it comes on {due}, after the last day to claim, "
          "{claim}."), issued=issued, due=due, claim=claim)


def _has_last_day_of_use(terms: Terms) -> bool:
    validity = terms.validity
    return not (validity.use_within is None and validity.use_until is None and validity.use_until_day is None)


def _last_use(terms: Terms, issued: date, more: int) -> date:
    """The last day of use of a voucher that was activated as late as may be and whose time was made longer so often."""
    validity, calendar = terms.validity, terms.calendar
    start = validity.activate_within.after(issued, calendar) if validity.activate_within else issued
    use = validity.use_by(start, calendar)
    for _each in range(more):
        assert validity.extension is not None
        use = validity.extension.length.after(use, calendar)
    return use


def _days_of_issue(terms: Terms) -> Iterator[date]:
    """Days on which a voucher may be issued: the first and last that there are, and both ends of each month and of each year of use.

    Where the file says nothing of the first, the last year before a fixed end of use is looked at.
    """
    programme, fixed = terms.programme, terms.validity.use_until
    ends = [day for day in (programme.in_force_until, fixed, *(each.closes for each in programme.rounds)) if day]
    begins = [day for day in (programme.in_force_from, *(each.opens for each in programme.rounds)) if day]
    first = min(begins, default=months_later(min(ends), -12) if ends else _SOME_DAY)
    last = min((day for day in (programme.in_force_until, fixed) if day), default=date.max)
    yearly = terms.validity.use_until_day
    counted = {each.unit for each in vars(terms.validity).values() if isinstance(each, Duration)}
    for number in range(0, 48, 12 if Unit.WORKING_DAY in counted else 1):
        month = months_later(first.replace(day=1), number)
        turn = next_day(yearly, month) + timedelta(days=1) if yearly else month
        for day in (max(month, first), months_later(month, 1) - timedelta(days=1), turn):
            if first <= day <= last:
                yield day


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
