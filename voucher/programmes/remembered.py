"""What terms gave so far, as sums: cases by the hundred thousand need no more memory than their limits ask for.

For each window of time in which limits count (a firm's calendar year, a group's last three years, ..) there is a sum a firm, group, ..;
of a year or a lifetime nothing else, so what is kept grows with the firms and not with the cases. Of a rolling period, and of a round,
each day is kept on which the firm used something, for as long as the period looks back.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from voucher.money import Money
from voucher.programmes.cases import EVER, Case, Use, Window, name_of
from voucher.programmes.terms import Cap, Condition, CountLimit, Period, SubjectKind, Terms
from voucher.programmes.windows import window_of
from voucher.programmes.words import parts

# Over these no earlier use counts: of what is held, all is used by the time the next case comes.
_ALONE = (Period.PIECE, Period.APPLICATION, Period.HELD)
_BY_DAY = (Period.ROLLING, Period.ROUND)

# What a later case may ask for: amount, quantity, times, cost, and the part of each funder; in minor units.
_Figures = tuple[int, ...]


class Remembered:
    """Earlier uses, by the windows of time in which a later case may ask for them. Cases come in the order of their days."""

    def __init__(self, terms: Terms) -> None:
        self.windows = [_Kept(terms, window) for window in sorted(_windows(terms), key=str)]
        self.day = date.min

    def remember(self, use: Use) -> None:
        """Count a use. It is no longer held when the next case comes."""
        for window in self.windows:
            window.add(use)

    def of(self, case: Case) -> tuple[Use, ...]:
        """What counts for a case, summed up: uses of its own firm, group, .. that each count in one window only."""
        self.day = max(self.day, case.on)
        return tuple(use for window in self.windows for use in window.of(case))

    def __len__(self) -> int:
        """How many sums and days are kept."""
        return sum(len(sum_.days) + 1 for window in self.windows for sums in window.sums.values() for sum_ in sums.values())


@dataclass(slots=True)
class _Sum:
    """What is used of a window so far; `days` are what it is the sum of, where days leave the window one by one."""

    last: date
    figures: _Figures
    days: list[tuple[date, _Figures]] = field(default_factory=list)

    def add(self, on: date, figures: _Figures, *, by_day: bool) -> None:
        self.last = on
        self.figures = tuple(map(int.__add__, self.figures, figures))
        if by_day and self.days and self.days[-1][0] == on:
            self.days[-1] = (on, tuple(map(int.__add__, self.days[-1][1], figures)))
        elif by_day:
            self.days.append((on, figures))

    def forget(self, first: date) -> None:
        while self.days and self.days[0][0] < first:
            self.figures = tuple(map(int.__sub__, self.figures, self.days.pop(0)[1]))


class _Kept:
    """The sums of one window of time. What no limit on it asks for (service, facts, funders, cost) is not told apart."""

    def __init__(self, terms: Terms, window: Window) -> None:
        self.terms, self.window, self.currency = terms, window, terms.currency
        self.subject, self.period, self.length = window
        limits = [each for each in _limits(terms) if _window(each) == window]
        bands = [rule for rule in terms.rates if (SubjectKind.COMPANY, rule.bands_over, None) == window]
        self.by_service = any(each.services or each.items for each in limits) or any(rule.when.services for rule in bands)
        self.facts = frozenset(fact for each in limits if isinstance(each, CountLimit) for fact in each.counts_facts)
        self.by_funder = any(each.funders for each in limits if isinstance(each, Cap))
        self.by_cost = bool(bands)
        self.by_day = self.period in _BY_DAY
        self.since = date.min
        self.sums: dict[tuple[str, str], dict[tuple[Any, ...], _Sum]] = defaultdict(dict)

    def add(self, use: Use) -> None:
        """Count a use."""
        if not self.by_day and self._since(use.on) != self.since:  # another year: nobody asks for the one before any more
            self.since = self._since(use.on)
            self.sums.clear()
        funders = tuple(use.funders) if self.by_funder else ()
        has_cost = self.by_cost and use.cost is not None
        kind = (*((use.service, use.item) if self.by_service else ("", "")), use.facts & self.facts, funders, has_cost)
        cost = use.cost.minor if has_cost and use.cost is not None else 0
        figures = (use.amount.minor, use.quantity, use.times, cost, *(use.funders[code].minor for code in funders))
        sums = self.sums[self._name(use)]
        kept = sums[kind] = sums.get(kind) or _Sum(use.on, (0,) * len(figures))
        kept.add(use.on, figures, by_day=self.by_day)

    def of(self, case: Case) -> Iterator[Use]:
        """What is used of the window in which a case lies."""
        first = self._since(case.on)
        for (service, item, facts, funders, has_cost), kept in self.sums.get(self._name(case), {}).items():
            if self.by_day:
                kept.forget(first)
            if kept.last < first:
                continue
            amount, quantity, times, cost, *shares = kept.figures
            yield Use(kept.last, self._money(amount), service, item, facts=facts, quantity=quantity, times=times, window=self.window,
                      funders={code: self._money(minor) for code, minor in zip(funders, shares, strict=True)},
                      cost=self._money(cost) if has_cost else None)

    def _name(self, whose: Case | Use) -> tuple[str, str]:
        if self.subject == SubjectKind.PAIR:
            return whose.company, whose.provider
        return name_of(whose, self.subject), ""

    def _since(self, on: date) -> date:
        return window_of(self.terms, self.period, on, self.length)[0]

    def _money(self, minor: int) -> Money:
        return Money(minor, self.currency)


def _limits(terms: Terms) -> list[Cap | CountLimit]:
    return [*terms.caps, *terms.count_limits]


def _window(limit: Cap | CountLimit) -> Window:
    return SubjectKind(limit.subject), limit.period, limit.length


def _windows(terms: Terms) -> set[Window]:
    """Whose earlier uses are counted, and over which time."""
    found = {_window(each) for each in _limits(terms)}
    found |= {(SubjectKind.COMPANY, rule.bands_over, None) for rule in terms.rates}
    if any(part.asks_for_earlier_uses for _path, part in parts(terms) if isinstance(part, Condition)):
        found.add(EVER)
    return {window for window in found if window[1] not in _ALONE}
