"""Cases written in a file, with the history that counts against limits: to try terms without a database.

A cases file is YAML, read as strictly as a terms file and with the same complaints. Its keys are the fields below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from voucher.errors import NotValid, Problem, _, problem
from voucher.money import Money
from voucher.programmes.awards import Merit, calculate_award
from voucher.programmes.calculation import calculate
from voucher.programmes.cases import Case, Use
from voucher.programmes.reading import in_order, load
from voucher.programmes.sheet import Kind, Sheet
from voucher.programmes.source import Path, Source, read_source
from voucher.programmes.terms import Code, Terms, key


@dataclass(frozen=True)
class UseEntry:
    """An earlier use. What is not said of company, group, team, person and provider is that of the case."""

    on: date = key("The day of the use.", example="2026-02-01")
    amount: Money = key("What was given.", unit="currency", example="70000.00")
    service: Code = key("The service.", default="", example="testing")
    item: Code = key("The sub-item.", default="", example="copyright")
    company: str = key("The company.", default="", example="A Ltd")
    group: str = key("Its actual controller.", default="", example="the A family")
    team: str = key("The team.", default="", example="team 7")
    person: str = key("The person.", default="", example="Li Lei")
    provider: str = key("The provider.", default="", example="University B")
    funders: Mapping[str, Money] = key("Whose money it was.", factory=dict, unit="currency",
                                       example="{province: 60000.00, city: 10000.00}")
    held: bool = key("Whether it is a voucher that is still held.", default=False, example="yes")
    facts: tuple[Code, ...] = key("Facts that held for it.", default=(), example="[resold]")
    quantity: int = key("How many pieces.", default=1, unit="pieces", example="3")
    cost: Money | None = key("The cost on which it rested, for bands that count over a longer time.", default=None, unit="currency",
                             example="140000.00")

    def as_use(self) -> Use:
        """The use as the engine takes it."""
        return Use(**_copied(self) | {"facts": frozenset(self.facts)})


@dataclass(frozen=True)
class Expected:
    """What a case should come to; the file is refused when it does not."""

    result: Money | None = key("What the voucher pays.", default=None, unit="currency", example="30000.00")
    own_share: Money | None = key("What remains for the SME, tax included.", default=None, unit="currency",
                                  example="270000.00")
    funders: Mapping[str, Money] = key("What each funder pays.", factory=dict, unit="currency",
                                       example="{province: 36000.00}")


@dataclass(frozen=True)
class CaseEntry:
    """A case to calculate."""

    name: str = key("Name of the case in the answer.", default="", example="published check value")
    on: date = key("The day that decides the year of caps.", example="2026-05-15")
    firm_class: Code = key("The class of the firm, one of the terms file.", example="technology_sme")
    service: Code = key("The service, one of the terms file.", example="development")
    item: Code = key("The sub-item.", default="", example="copyright")
    net: Money = key("The price without value added tax.", unit="currency", example="2000000.00")
    vat: Money | None = key("The value added tax; without it, none.", default=None, unit="currency", example="0.00")
    quantity: int = key("How many pieces.", default=1, unit="pieces", example="3")
    region: Code = key("The firm's region.", default="", example="liaocheng")
    provider_region: Code = key("The provider's region.", default="", example="liaocheng")
    facts: tuple[Code, ...] = key("Facts that hold.", default=(), example="[resold]")
    measures: Mapping[str, Money] = key("Further amounts.", factory=dict, unit="currency",
                                        example="{added_value: 50000.00}")
    own_cash: Money | None = key("What the SME brings in cash.", default=None, unit="currency", example="2000.00")
    own_kind: Money | None = key("What the SME brings in kind.", default=None, unit="currency", example="3000.00")
    company: str = key("The company.", default="", example="A Ltd")
    group: str = key("Its actual controller.", default="", example="the A family")
    team: str = key("The team.", default="", example="team 7")
    person: str = key("The person.", default="", example="Li Lei")
    provider: str = key("The provider.", default="", example="University B")
    left: Mapping[str, Money] = key("What the fund lines still hold, by funder.", factory=dict, unit="currency",
                                    example="{province: 100000.00}")
    used: tuple[UseEntry, ...] = key("Earlier uses that count for this case.", default=(),
                                     example="[{on: 2026-02-01, amount: 70000.00}]")
    expect: Expected | None = key("What it should come to.", default=None, example="{result: 30000.00}")

    def as_case(self, history: Sequence[Use]) -> Case:
        """The case as the engine takes it, with the common history before its own."""
        given = _copied(self, leave_out=("name", "expect", "used", "vat"))
        used = (*history, *(use.as_use() for use in self.used))
        return Case(**given | {"vat": self.vat or Money.zero(self.net.currency), "facts": frozenset(self.facts), "used": used})


@dataclass(frozen=True)
class AwardEntry:
    """A provider's award to calculate."""

    name: str = key("Name in the answer.", default="", example="the laboratory")
    award: Code = key("Which award of the terms file.", example="shared_facilities")
    measures: Mapping[str, Money] = key("Amounts that the provider reached.", factory=dict, unit="currency",
                                        example="{rental_income: 900000.00}")
    counts: Mapping[str, int] = key("Numbers that it reached.", factory=dict, unit="times", example="{deals: 3}")
    score: int | None = key("Its score in the yearly assessment.", default=None, unit="points", example="85")
    awarded: Money | None = key("What it was awarded before in the year.", default=None, unit="currency",
                                example="0.00")
    expect: Expected | None = key("What it should come to.", default=None, example="{result: 90000.00}")

    def as_merit(self) -> Merit:
        """The merit as the engine takes it."""
        return Merit(self.measures, self.counts, self.score, self.awarded)


@dataclass(frozen=True)
class Casebook:
    """The whole of a cases file."""

    history: tuple[UseEntry, ...] = key("Earlier uses that count for every case.", default=(),
                                        example="[{on: 2026-02-01, amount: 70000.00}]")
    remember: bool = key("Whether what a case gets counts as used for the cases below it.", default=False,
                         example="yes")
    cases: tuple[CaseEntry, ...] = key("The cases.", default=(),
                                       example="[{on: 2026-05-15, firm_class: other, service: testing, net: 300000.00}]")
    awards: tuple[AwardEntry, ...] = key("The awards.", default=(),
                                         example="[{award: services, measures: {paid_subsidy: 100000.00}}]")


class NotCases(NotValid):
    """The cases file has problems. Mend each of them and try again."""


def calculate_all(terms: Terms, source: bytes) -> list[tuple[str, Sheet]]:
    """Name and sheet of every case and award of a cases file, in its order.

    Raises NotCases with every problem of the file, line and column included, and for every case that does not come to
    what it expects.
    """
    read = read_source(source)
    book = load(Casebook, read, terms.currency, NotCases)
    problems: list[Problem] = []
    answers = [*_cases(terms, book, read, problems), *_awards(terms, book, read, problems)]
    if problems:
        raise NotCases(problems=in_order(problems))
    return answers


def _cases(terms: Terms, book: Casebook, read: Source, problems: list[Problem]) -> list[tuple[str, Sheet]]:
    history, answers = [use.as_use() for use in book.history], []
    for index, entry in enumerate(book.cases):
        case = entry.as_case(history)
        try:
            sheet = calculate(terms, case)
        except NotValid as refusal:
            problems += placed(read, ("cases", index), refusal)
            continue
        problems += unexpected(read, ("cases", index), entry.expect, sheet)
        answers.append((entry.name or f"case {index + 1}", sheet))
        if book.remember and sheet.result:
            history.append(as_use(case, sheet))
    return answers


def as_use(case: Case, sheet: Sheet) -> Use:
    """What a case got, as a use that counts for later ones."""
    return Use(case.on, sheet.result, case.service, case.item, case.company, case.group, case.team, case.person, case.provider,
               funders=sheet.funders, facts=case.facts, quantity=case.quantity, held=True,
               cost=next((line.amount for line in sheet.of(Kind.BASIS)[-1:]), None))


def _awards(terms: Terms, book: Casebook, read: Source, problems: list[Problem]) -> list[tuple[str, Sheet]]:
    answers = []
    for index, entry in enumerate(book.awards):
        try:
            sheet = calculate_award(terms, entry.award, entry.as_merit())
        except NotValid as refusal:
            problems += placed(read, ("awards", index), refusal)
            continue
        problems += unexpected(read, ("awards", index), entry.expect, sheet)
        answers.append((entry.name or entry.award, sheet))
    return answers


def placed(read: Source, path: Path, refusal: NotValid) -> list[Problem]:
    """The problems of a refusal, each at its key below a path."""
    found = refusal.problems or (Problem(refusal.template, values=tuple(refusal.values.items())),)
    return [each if each.line else read.locate((*path, *(each.where.split(".") if each.where else ())), each) for each in found]


def unexpected(read: Source, path: Path, expected: Expected | None, sheet: Sheet) -> list[Problem]:
    """Where the sheet differs from what was expected."""
    if expected is None:
        return []
    wanted: dict[Path, tuple[Money | None, Money]] = {
        ("result",): (expected.result, sheet.result), ("own_share",): (expected.own_share, sheet.own_share),
        **{("funders", code): (money, sheet.funders.get(code, Money.zero(money.currency))) for code, money in expected.funders.items()},
    }
    return [read.locate((*path, "expect", *where), problem(_("{wanted} was expected, the terms give {found}."), wanted=want, found=found))
            for where, (want, found) in wanted.items() if want is not None and want != found]


def _copied(entry: Any, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    return {each.name: getattr(entry, each.name) for each in fields(entry) if each.name not in leave_out}
