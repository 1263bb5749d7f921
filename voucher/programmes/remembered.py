"""What terms gave so far, kept for as long as a later case may ask for it: cases by the hundred thousand need no more memory
than the longest of their limits.
"""

from collections import defaultdict, deque
from dataclasses import replace
from datetime import date

from voucher.programmes.cases import Case, Use, name_of
from voucher.programmes.durations import Duration
from voucher.programmes.terms import Condition, Period, SubjectKind, Terms
from voucher.programmes.windows import window_of
from voucher.programmes.words import parts

_Limit = tuple[SubjectKind, Period, Duration | None]

# Over these no earlier use counts: of what is held, all is used by the time the next case comes.
_ALONE = (Period.PIECE, Period.APPLICATION, Period.HELD)


class Remembered:
    """Earlier uses by each name under which a later case may ask for them. Cases come in the order of their days."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.limits = _limits(terms)
        self.asks_for_ever = any(part.asks_for_earlier_uses for _path, part in parts(terms) if isinstance(part, Condition))
        subjects = {subject for subject, _period, _length in self.limits}
        self.subjects = sorted(subjects | ({SubjectKind.COMPANY} if self.asks_for_ever else set()))
        self.uses: dict[tuple[SubjectKind, str], deque[Use]] = defaultdict(deque)
        self.in_order: dict[SubjectKind, deque[Use]] = {subject: deque() for subject in self.subjects}
        self.day = date.min

    def remember(self, use: Use) -> None:
        """A use, under each name that it has. It is no longer held when the next case comes."""
        use = replace(use, held=False)
        for subject in self.subjects:
            if name := name_of(use, subject):
                self.uses[subject, name].append(use)
                self.in_order[subject].append(use)

    def of(self, case: Case) -> tuple[Use, ...]:
        """The uses that may count for a case, each once, oldest first by subject."""
        if case.on > self.day:
            self.day = case.on
            self._forget()
        found = {id(use): use for subject in self.subjects for use in self.uses.get((subject, name_of(case, subject)), ())}
        return tuple(found.values())

    def _forget(self) -> None:
        """Let go of what is older than all limits of its subject look back."""
        for subject, uses in self.in_order.items():
            first = self._looks_back_to(subject)
            while uses and uses[0].on < first:
                name = name_of(uses.popleft(), subject)
                self.uses[subject, name].popleft()
                if not self.uses[subject, name]:
                    del self.uses[subject, name]

    def _looks_back_to(self, subject: SubjectKind) -> date:
        if subject == SubjectKind.COMPANY and self.asks_for_ever:
            return date.min
        return min(window_of(self.terms, period, self.day, length)[0] for whose, period, length in self.limits if whose == subject)


def _limits(terms: Terms) -> set[_Limit]:
    """Whose earlier uses are counted, and over which time; whoever has those of the company has those of the pair."""
    caps: list[_Limit] = [(cap.subject, cap.period, cap.length) for cap in terms.caps]
    counts: list[_Limit] = [(limit.subject, limit.period, limit.length) for limit in terms.count_limits]
    bands: list[_Limit] = [(SubjectKind.COMPANY, rule.bands_over, None) for rule in terms.rates]
    return {(SubjectKind.COMPANY if subject == SubjectKind.PAIR else subject, period, length)
            for subject, period, length in (*caps, *counts, *bands) if period not in _ALONE}
