"""The whole of a file: every contradiction, each with the path of its key."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence

from voucher.errors import Problem, _, problem
from voucher.programmes.contradictions import caps_below, conditions, limits, others, papers, rates, shares, times
from voucher.programmes.contradictions.finding import Found
from voucher.programmes.source import Path
from voucher.programmes.terms import Terms
from voucher.programmes.words import undeclared

FORMAT = 1


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
        for code, often in Counter(codes).items():
            if often > 1:
                last = len(codes) - 1 - codes[::-1].index(code)
                yield (name, last, "code"), problem(_("The name {code} is given twice."), code=code)
    for code in terms.service_groups:
        if code in terms.services:
            yield ("service_groups", code), problem(_("The name {code} is that of a service already."), code=code)
    yield from _said_twice("prices", [(each.service, each.item) for each in terms.prices])
    yield from _said_twice("evidence", [(each.kind, each.when, each.from_amount, each.instalment) for each in terms.evidence])


def _said_twice(name: str, entries: Sequence[Hashable]) -> Found:
    for index, entry in enumerate(entries):
        if entry in entries[:index]:
            yield (name, index), problem(_("This stands above already, in entry {other}."), other=entries.index(entry) + 1)


_LOOKS: tuple[Callable[[Terms], Found], ...] = (
    rates.rates, rates.unreachable_rates, rates.without_rate, rates.larger_of_more_than_all, rates.several_parts,
    shares.more_than_all, shares.funders, shares.instalments, shares.own_share, shares.more_than_the_whole,
    limits.caps, limits.counts, caps_below.caps_below, limits.smallest, limits.notes, limits.rounding, limits.never_biting,
    times.ranges, times.rounds, times.validity, times.instalments, times.retention, times.office_days, times.appeal,
    conditions.never_hold, papers.without_papers, others.tax, others.approval, others.payout, others.queue, others.checks,
    others.awards, others.fund_lines, others.relations,
)
