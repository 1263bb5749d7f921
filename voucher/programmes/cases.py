"""Cases: what one knows of an order, claim or application when one asks what it is worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.money import Money
from voucher.programmes.durations import Duration
from voucher.programmes.source import unknown_word
from voucher.programmes.terms import ALWAYS, Condition, OwnShare, Period, RateRule, SubjectKind, Terms

# Whose uses count together, and over which time.
Window = tuple[SubjectKind, Period, Duration | None]
EVER: Window = (SubjectKind.COMPANY, Period.LIFETIME, None)


@dataclass(frozen=True, slots=True)
class Use:
    """An earlier use that counts against limits: money reserved, claimed or paid on a day.

    An empty `company`, `group`, .. means: the same as the case's. `funders` says whose money it was; without it, the
    whole amount counts for every funder. `held` is a voucher that has been given and not yet been used up. `cost` is
    the basis on which it rested; only bands over more than one case ask for it. `times` is how many uses it stands for, whose
    amounts, quantities and costs are summed; an `undated` one counts in every window of time from `on`
    on, as its day is still to come; `window`, where it stands for all of one window of time, for limits on which alone it counts.
    """

    on: date
    amount: Money
    service: str = ""
    item: str = ""
    company: str = ""
    group: str = ""
    team: str = ""
    person: str = ""
    provider: str = ""
    funders: Mapping[str, Money] = field(default_factory=dict)
    held: bool = False
    facts: frozenset[str] = frozenset()
    quantity: int = 1
    cost: Money | None = None
    times: int = 1
    undated: bool = False
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One order, claim or application.

    `on` is the day that decides the year; of an `undated` one that is still to come, on `on` or later, and limits hold in every window
    of time from then on. `net` and `vat` are the price; `measures` further amounts such as
    recognised_income. `own_cash` and `own_kind` are what the SME brings; None means all that is not paid for, in cash.
    `left` is what the fund lines still hold, by funder ("" for all together).
    """

    on: date
    firm_class: str
    service: str
    net: Money
    vat: Money
    used: tuple[Use, ...] = ()
    item: str = ""
    quantity: int = 1
    region: str = ""
    provider_region: str = ""
    facts: frozenset[str] = frozenset()
    measures: Mapping[str, Money] = field(default_factory=dict)
    own_cash: Money | None = None
    own_kind: Money | None = None
    company: str = ""
    group: str = ""
    team: str = ""
    person: str = ""
    provider: str = ""
    left: Mapping[str, Money] = field(default_factory=dict)
    undated: bool = False

    @property
    def gross(self) -> Money:
        """The price with its tax."""
        return self.net + self.vat

    def measure(self, code: str) -> Money:
        """An amount of the case by its name. Raises NotValid when the case does not say it."""
        known = {"gross": self.gross, "net": self.net, "vat": self.vat, **self.measures}
        if code not in known:
            raise NotValid(_("The case does not say {measure}, of which these terms pay a part."), measure=code,
                           problems=[problem(_("This amount is needed here."), f"measures.{code}")])
        return known[code]

    @property
    def earlier_uses(self) -> int:
        """How often the firm used a voucher here before."""
        return sum(use.times for use in self.uses_of(SubjectKind.COMPANY, EVER))

    def uses_of(self, subject: SubjectKind, window: Window | None = None) -> list[Use]:
        """The earlier uses of the same company, group, .. as this case, and what was summed up for that window.

        A use that does not say whose it is counts for all.
        """
        if subject == SubjectKind.PAIR:
            return [use for use in self.uses_of(SubjectKind.COMPANY, window) if use.provider in ("", self.provider)]
        mine = ("", name_of(self, subject))
        return [use for use in self.used if use.window in (None, window) and name_of(use, subject) in mine]


def name_of(whose: Case | Use, subject: SubjectKind) -> str:
    """The name under which it counts for a subject; a company that names no group, team or person stands alone."""
    match subject:
        case SubjectKind.COMPANY:
            return whose.company
        case SubjectKind.PROVIDER:
            return whose.provider
    return getattr(whose, subject) or whose.company


def fits(terms: Terms, when: Condition, case: Case) -> bool:
    """Whether the condition holds for the case."""
    if when is ALWAYS:
        return True
    local = bool(case.region) and case.region == case.provider_region
    return (
        _among(case.firm_class, when.firm_classes) and _among(case.item, when.items)
        and (not when.services or case.service in terms.members(when.services))
        and _among(case.region, when.regions) and _among(case.provider_region, when.provider_regions)
        and when.provider_local in (None, local) and _experience_fits(when, case)
        and set(when.facts) <= case.facts and not set(when.without_facts) & case.facts
        and _cost_fits(terms, when, case)
        and (when.since is None or when.since <= case.on) and (when.until is None or case.on <= when.until)
    )


def rules_for(terms: Terms, case: Case) -> dict[str, list[RateRule]]:
    """By funder ("" where a rule names none): the first rule that fits the case, then each that comes on top."""
    chosen: dict[str, list[RateRule]] = {}
    for plain in (True, False):
        for rule in terms.rates:
            if rule.on_top != plain and (rule.on_top or rule.funder not in chosen) and fits(terms, rule.when, case):
                chosen.setdefault(rule.funder, []).append(rule)
    return chosen


def own_share_of(terms: Terms, case: Case) -> OwnShare | None:
    """The rule about what the SME brings that holds for the case: the first that fits."""
    return next((rule for rule in terms.own_share if fits(terms, rule.when, case)), None)


def evidence_for(terms: Terms, case: Case, amount: Money, instalment: str = "") -> tuple[str, ...]:
    """The kinds of papers that a claim of the case needs (for an instalment), in the order of the file, when the voucher pays an amount.

    What proves the firm's own share is among them, by the rule about that share which holds.
    """
    kinds = [each.kind for each in terms.evidence
             if (each.from_amount is None or amount >= each.from_amount) and each.instalment in ("", instalment)
             and fits(terms, each.when, case)]
    own = own_share_of(terms, case)
    return tuple(dict.fromkeys((*kinds, *(own.proof if own else ()))))


def _among(word: str, words: tuple[str, ...]) -> bool:
    return not words or word in words


def _experience_fits(when: Condition, case: Case) -> bool:
    if not when.asks_for_earlier_uses:
        return True
    before = case.earlier_uses
    return (when.first_time in (None, before == 0) and (when.earlier_uses_from is None or before >= when.earlier_uses_from)
            and (when.earlier_uses_up_to is None or before <= when.earlier_uses_up_to))


def _cost_fits(terms: Terms, when: Condition, case: Case) -> bool:
    if when.cost_from is None and when.cost_up_to is None:
        return True
    cost = case.measure(terms.basis)
    return (when.cost_from is None or when.cost_from <= cost) and (when.cost_up_to is None or cost <= when.cost_up_to)


def check_case(terms: Terms, case: Case) -> None:
    """Refuse a case that speaks of things which the terms do not know, with all problems at once."""
    refuse_if_any(_unknown(terms, case) + _amounts(terms, case), _("This case does not fit these terms."))


def _unknown(terms: Terms, case: Case) -> list[Problem]:
    asked: list[tuple[str, str, Iterable[str]]] = [
        ("firm_class", case.firm_class, terms.firm_classes), ("service", case.service, terms.services),
    ]
    if case.item and case.service in terms.services:
        asked.append(("item", case.item, terms.services[case.service].items))
    if terms.regions:
        asked += [(where, region, terms.regions) for where, region in
                  (("region", case.region), ("provider_region", case.provider_region)) if region]
    asked += [("facts", fact, terms.facts) for fact in sorted(case.facts)]
    found = [(where, unknown_word(word, known, _("The word"))) for where, word, known in asked if word not in list(known)]
    return [Problem(each.what, where, values=each.values) for where, each in found]


def _amounts(terms: Terms, case: Case) -> list[Problem]:
    amounts = [("net", case.net), ("vat", case.vat),
               *(("measures." + code, money) for code, money in case.measures.items())]
    problems = [problem(_("The amount is in {currency}; these terms are in {wanted}."), where,
                        currency=money.currency, wanted=terms.currency)
                for where, money in amounts if money.currency != terms.currency]
    problems += [problem(_("The amount is below zero."), where) for where, money in amounts if money.minor < 0]
    if case.quantity < 1:
        problems.append(problem(_("The quantity is at least 1."), "quantity"))
    return problems
