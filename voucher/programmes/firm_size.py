"""How large and how old a firm is, as it says when it applies, and whether that fits the class in which it is registered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from voucher.errors import Problem, _, problem
from voucher.money import Money
from voucher.programmes.durations import months_later
from voucher.programmes.terms import FirmClass, Terms


@dataclass(frozen=True)
class FirmSize:
    """People, yearly turnover and the day of its foundation; None is not said. The turnover is of the programme's currency."""

    employees: int | None = None
    turnover: Money | None = None
    founded_on: date | None = None


NOTHING_SAID = FirmSize()


def asked_of(terms: Terms, firm_class: str) -> frozenset[str]:
    """What a firm of that class has to say of itself (fields of `FirmSize`): that for which its class has a bound."""
    bounds = terms.firm_classes[firm_class]
    asked = {"employees": bounds.employees_at_most, "turnover": bounds.turnover_at_most,
             "founded_on": bounds.years_at_least if bounds.years_at_most is None else bounds.years_at_most}
    return frozenset(name for name, bound in asked.items() if bound is not None)


def size_problems(terms: Terms, firm_class: str, size: FirmSize, today: date) -> list[Problem]:
    """What keeps a firm of that size out of its class, by field; with it, the classes that it would fit."""
    said = {name for name in ("employees", "turnover", "founded_on") if getattr(size, name) is not None}
    missing = [problem(_("This class of firm has bounds. Say this of your firm."), name)
               for name in sorted(asked_of(terms, firm_class) - said)]
    beyond = list(_beyond(terms.firm_classes[firm_class], size, today))
    fitting = [code for code, each in terms.firm_classes.items()
               if asked_of(terms, code) <= said and not list(_beyond(each, size, today))]
    if beyond and fitting:
        beyond.append(problem(_("By what you say, your firm is of the class {classes}. Ask the office to register it so."), "sme",
                              classes=", ".join(fitting)))
    return missing + beyond


def _beyond(bounds: FirmClass, size: FirmSize, today: date) -> Iterator[Problem]:
    if size.employees is not None and bounds.employees_at_most is not None and size.employees > bounds.employees_at_most:
        yield problem(_("A firm of this class has at most {most} people."), "employees", most=bounds.employees_at_most)
    if size.turnover is not None and bounds.turnover_at_most is not None and size.turnover > bounds.turnover_at_most:
        yield problem(_("A firm of this class has a turnover of at most {most} {currency}."), "turnover",
                      most=str(bounds.turnover_at_most), currency=bounds.turnover_at_most.currency)
    if size.founded_on is not None:
        yield from _age(bounds, size.founded_on, today)


def _age(bounds: FirmClass, founded_on: date, today: date) -> Iterator[Problem]:
    if founded_on > today:
        yield problem(_("This day has not come yet."), "founded_on")
    if bounds.years_at_least is not None and months_later(founded_on, 12 * bounds.years_at_least) > today:
        yield problem(_("A firm of this class is at least {years} years old."), "founded_on", years=bounds.years_at_least)
    if bounds.years_at_most is not None and months_later(founded_on, 12 * bounds.years_at_most) < today:
        yield problem(_("A firm of this class is at most {years} years old."), "founded_on", years=bounds.years_at_most)
