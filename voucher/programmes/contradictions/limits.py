"""Limits that cannot be counted, that are below what they limit, or that can never bite."""

from collections.abc import Iterator, Sequence

from voucher.errors import _, problem
from voucher.money import Money
from voucher.programmes.contradictions.finding import Found, exactly_one, only_services
from voucher.programmes.durations import Unit
from voucher.programmes.source import Path
from voucher.programmes.terms import Cap, Condition, CountLimit, Period, SubjectKind, Terms


def caps(terms: Terms) -> Found:
    """How much each cap says, over which time, for which classes."""
    for index, cap in enumerate(terms.caps):
        path: Path = ("caps", index)
        yield from exactly_one(path, {"amount": cap.amount is not None, "amount_by_class": bool(cap.amount_by_class),
                                       "share": cap.share is not None})
        yield from _period(terms, path, cap)
        if cap.share is not None and cap.period != Period.APPLICATION:
            yield (*path, "share"), problem(_("A share of the basis can only limit one application."))
        concerned = cap.when.firm_classes or tuple(terms.firm_classes)
        for extra in [each for each in cap.amount_by_class if cap.when.firm_classes and each not in concerned]:
            yield (*path, "amount_by_class", extra), problem(_("The class {extra} is not among those under `when`."), extra=extra)
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


_AT_AN_ORDER = (SubjectKind.PROVIDER, SubjectKind.PAIR)


def counts(terms: Terms) -> Found:
    """Limits on how often."""
    for index, limit in enumerate(terms.count_limits):
        path: Path = ("count_limits", index)
        yield from _period(terms, path, limit)
        if limit.at_most == 0:
            yield (*path, "at_most"), problem(_("A limit of nothing forbids everything. Write an exclusion instead."))
        if limit.vouchers and (limit.subject in _AT_AN_ORDER or limit.services or limit.items or limit.pieces or limit.counts_facts
                               or _of_an_order(limit.when)):
            yield (*path, "vouchers"), problem(
                _("When a voucher is given nobody knows the provider, service, sub-item, cost, pieces or facts of the orders on it, nor "
                  "which of them is the first. Leave these out, or count orders."))


def _of_an_order(when: Condition) -> bool:
    """Whether a condition asks for what only an order says."""
    return any((when.services, when.items, when.provider_regions, when.facts, when.without_facts)) or any(
        each is not None for each in (when.provider_local, when.first_time, when.cost_from, when.cost_up_to))


def _amounts(cap: Cap) -> Iterator[tuple[Path, Money]]:
    if cap.amount is not None:
        yield ("amount",), cap.amount
    yield from ((("amount_by_class", name), amount) for name, amount in cap.amount_by_class.items())


def smallest(terms: Terms) -> Found:
    """Caps below the least that is paid, or below the fewest notes: where such a cap applies, nothing could ever be paid."""
    notes = terms.notes
    fewest = Money(notes.value.minor * notes.at_least, terms.currency) if notes is not None else None
    for index, cap in enumerate(terms.caps):
        if cap.period == Period.PIECE or (cap.funders and len(cap.funders) < len(terms.funders)):
            continue
        least = _least_paid(terms, cap)
        for name, amount in _amounts(cap):
            if not amount:
                yield ("caps", index, *name), problem(_("A cap of nothing forbids everything. Write an exclusion instead."))
            elif least is not None and amount < least:
                yield ("caps", index, *name), problem(
                    _("This cap of {cap} is below the minimum of {minimum}: nothing could ever be paid."), cap=amount, minimum=least)
            elif fewest is not None and amount < fewest:
                yield ("caps", index, *name), problem(
                    _("This cap of {cap} is below one note of {note}: nothing could ever be given."), cap=amount, note=fewest)


def _least_paid(terms: Terms, cap: Cap) -> Money | None:
    """The least that is paid of whatever a cap concerns; the smallest, where there are several."""
    services = terms.members(cap.services or cap.when.services) or frozenset(terms.services)
    least: list[Money | None] = []
    for service in services:
        theirs = [each for each in terms.minimums if not each.when.services or service in terms.members(each.when.services)]
        least += [each.amount for each in theirs]
        if not any(only_services(each.when) for each in theirs):
            least.append(terms.minimum)
    return None if None in least else min(each for each in least if each is not None)


_LASTS = {Period.APPLICATION: 0, Period.ROUND: 1, Period.CALENDAR_YEAR: 1, Period.FISCAL_YEAR: 1, Period.LIFETIME: 2}


def never_biting(terms: Terms) -> Found:
    """Limits over a shorter time that are above one over a longer time, for the same cases and subject."""
    several: tuple[tuple[str, Sequence[Cap | CountLimit]], ...] = (("caps", terms.caps), ("count_limits", terms.count_limits))
    for name, limits in several:
        for index, limit in enumerate(limits):
            for other in limits:
                if _same_cases(limit, other) and (longer := _most(other)) is not None and (most := _most(limit)) is not None and (
                        _LASTS.get(limit.period, 9) < _LASTS.get(other.period, -1) and longer < most):
                    yield (name, index), problem(_("This limit of {limit} can never bite: over a longer time only {other} is allowed."),
                                                 limit=_said(limit), other=_said(other))


def _same_cases(one: Cap | CountLimit, other: Cap | CountLimit) -> bool:
    alike = ("when", "services", "items", "subject")
    more = ("funders",) if isinstance(one, Cap) else ("pieces", "counts_facts")
    return all(getattr(one, name) == getattr(other, name) for name in (*alike, *more))


def _most(limit: Cap | CountLimit) -> int | None:
    if isinstance(limit, CountLimit):
        return limit.at_most
    return limit.amount.minor if limit.amount is not None else None


def _said(limit: Cap | CountLimit) -> Money | int:
    if isinstance(limit, CountLimit):
        return limit.at_most
    assert limit.amount is not None
    return limit.amount


def notes(terms: Terms) -> Found:
    """Notes of one value."""
    notes = terms.notes
    if notes is None:
        return
    if notes.at_most is not None and notes.at_least > notes.at_most:
        yield ("notes", "at_least"), problem(_("At least {least} notes and at most {most} cannot both be."),
                                             least=notes.at_least, most=notes.at_most)
    if notes.at_most is not None and terms.minimum is not None and notes.value.minor * notes.at_most < terms.minimum.minor:
        yield ("notes", "at_most"), problem(_("So many notes are below the minimum of {minimum}: nothing could ever be paid."),
                                            minimum=terms.minimum)
    if not notes.value:
        yield ("notes", "value"), problem(_("A note is worth more than nothing."))


def rounding(terms: Terms) -> Found:
    """To what amounts are rounded."""
    if terms.rounding.to is not None and not terms.rounding.to:
        yield ("rounding", "to"), problem(_("One cannot round to multiples of nothing."))
