"""A draft of terms tried on cases that happened: money needed, who gains or loses, which caps are hit. Nothing is posted.

Cases come one after the other in the order of their days, and what the draft gives to one counts against the caps of the
next. Only sums are kept, and of earlier uses what a later case may need.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from voucher.errors import NotValid
from voucher.languages import translator
from voucher.money import Money
from voucher.programmes.calculation import calculate
from voucher.programmes.casebook import as_use
from voucher.programmes.cases import Case
from voucher.programmes.remembered import Remembered
from voucher.programmes.sheet import Kind, Sheet
from voucher.programmes.terms import Terms
from voucher.programmes.terms.names import Names


@dataclass(frozen=True)
class Recorded:
    """A case that happened: its reference, what it is about (without history), and what it got."""

    reference: str
    case: Case
    got: Money


@dataclass(frozen=True)
class Replayed:
    """What a recorded case would get under the draft. `misfit` says why the draft cannot judge it; it then gets nothing."""

    recorded: Recorded
    gets: Money
    sheet: Sheet | None = None
    misfit: Names | None = None

    @property
    def change(self) -> Money:
        """What it gains; below zero, what it loses."""
        return self.gets - self.recorded.got


def replay(terms: Terms, recorded: Iterable[Recorded]) -> Iterator[Replayed]:
    """Each recorded case under the draft, one by one. The cases must come in the order of their days."""
    history = Remembered(terms)
    for each in recorded:
        case = replace(each.case, used=history.of(each.case))
        try:
            sheet = calculate(terms, case)
        except NotValid as refusal:
            yield Replayed(each, Money.zero(terms.currency), misfit=_told(refusal))
            continue
        if sheet.result:
            history.remember(as_use(case, sheet))
        yield Replayed(each, sheet.result, sheet)


def _told(refusal: NotValid) -> Names:
    """Why a draft cannot judge a case, as people read it."""
    chinese = translator("zh")
    return Names(zh="；".join(map(chinese.problem, refusal.problems)) or chinese.refusal(refusal),
                 en="; ".join(map(str, refusal.problems)) or refusal.message)


@dataclass
class Report:
    """What a back-test found, in sums. Months are "2026-03"; caps, refusals and misfits go by their English names.

    `in_chinese` has their Chinese ones.
    """

    currency: str
    cases: int = 0
    got_minor: int = 0
    gets_minor: int = 0
    gainers: int = 0
    losers: int = 0
    gained_minor: int = 0
    lost_minor: int = 0
    misfits: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    cap_hits: Counter[str] = field(default_factory=Counter)
    cap_cuts_minor: Counter[str] = field(default_factory=Counter)
    in_chinese: dict[str, str] = field(default_factory=dict)
    months: dict[str, list[int]] = field(default_factory=dict)
    companies: Counter[str] = field(default_factory=Counter)
    spent_on: date | None = None

    def add(self, each: Replayed, budget: Money | None = None) -> None:
        """Count one more case. `budget` is what there is in all; the day on which it no longer suffices is noted."""
        got, gets = each.recorded.got.minor, each.gets.minor
        self.cases += 1
        self.got_minor += got
        self.gets_minor += gets
        self._change(each.recorded.case.company, gets - got)
        month = self.months.setdefault(f"{each.recorded.case.on:%Y-%m}", [0, 0])
        month[0] += got
        month[1] += gets
        if budget is not None and self.spent_on is None and self.gets_minor > budget.minor:
            self.spent_on = each.recorded.case.on
        if each.misfit:
            self.misfits[each.misfit.en] += 1
            self.in_chinese[each.misfit.en] = each.misfit.zh
        elif each.sheet is not None:
            self._why(each.sheet)

    def _change(self, company: str, change: int) -> None:
        self.gainers += change > 0
        self.losers += change < 0
        self.gained_minor += max(change, 0)
        self.lost_minor -= min(change, 0)
        self.companies[company] += change

    def _why(self, sheet: Sheet) -> None:
        for line in sheet.refusals:
            self.refusals[line.label.en] += 1
            self.in_chinese[line.label.en] = line.label.zh
        for cap in sheet.of(Kind.CAP):
            cut = Money.parse(cap.details["cut"], self.currency)
            if cut:
                self.cap_hits[cap.label.en] += 1
                self.cap_cuts_minor[cap.label.en] += cut.minor
                self.in_chinese[cap.label.en] = cap.label.zh

    def most_changed(self, number: int = 10) -> list[tuple[str, Money]]:
        """The firms that gain or lose most, those that gain first: each with what it would get more (below zero: less)."""
        most = sorted(self.companies.items(), key=lambda each: (-abs(each[1]), each[0]))[:number]
        return [(company, self.money(change)) for company, change in sorted(most, key=lambda each: (-each[1], each[0])) if change]

    def by_month(self) -> dict[str, tuple[Money, Money]]:
        """What was got and what the draft gives, by month, the first month first."""
        return {month: (self.money(got), self.money(gets)) for month, (got, gets) in sorted(self.months.items())}

    def money(self, minor: int) -> Money:
        """Minor units of its currency."""
        return Money(minor, self.currency)

    def as_json(self) -> dict[str, object]:
        """The report for machines; amounts are strings."""
        return {
            "currency": self.currency, "cases": self.cases, "recorded": str(self.money(self.got_minor)),
            "draft": str(self.money(self.gets_minor)), "change": str(self.money(self.gets_minor - self.got_minor)),
            "gainers": self.gainers, "gained": str(self.money(self.gained_minor)),
            "losers": self.losers, "lost": str(self.money(self.lost_minor)),
            "most_changed": [{"company": company, "change": str(change)} for company, change in self.most_changed()],
            "caps": [{"name": name, "hits": hits, "cut": str(self.money(self.cap_cuts_minor[name]))}
                     for name, hits in self.cap_hits.most_common()],
            "refusals": dict(self.refusals.most_common()), "misfits": dict(self.misfits.most_common()),
            "in_chinese": self.in_chinese,
            "months": {month: {"recorded": str(got), "draft": str(gets)} for month, (got, gets) in self.by_month().items()},
            "budget_spent_on": self.spent_on.isoformat() if self.spent_on else None,
        }
