"""Terms and cases with defaults, for tests that care about one thing."""

from datetime import date
from typing import Any

from voucher.money import Money
from voucher.programmes.calculation import Case, Use
from voucher.programmes.library import example
from voucher.programmes.reading import read_terms
from voucher.programmes.terms import Terms

DAY = date(2026, 5, 15)

SMALL = """\
format: 1
programme:
  code: small
  name: {zh: 小项目, en: A small programme}
  office: {name: {zh: 办公室, en: The office}}
  currency: EUR
  zone: Europe/Dublin
  country: IE
model: reimburse_sme
firm_classes:
  sme: {name: {zh: 中小企业, en: SME}}
services:
  testing: {name: {zh: 检测, en: testing}}
basis: net
rates:
  - rate: 50 %
caps:
  - {name: {zh: 上限, en: a cap}, amount: 5000.00, period: application}
validity: {use_within: 12 months, claim_within: 3 months}
evidence:
  - {kind: invoice, name: {zh: 发票, en: invoice}}
"""


def a_file(*, instead: dict[str, str] | None = None, more: str = "") -> bytes:
    """The small terms file, with some of its text replaced and more keys at its end."""
    text = SMALL
    for old, new in (instead or {}).items():
        assert old in text, old
        text = text.replace(old, new)
    return (text + more).encode()


def terms(*, instead: dict[str, str] | None = None, more: str = "") -> Terms:
    """The terms of the small file."""
    return read_terms(a_file(instead=instead, more=more))


def shipped(name: str) -> Terms:
    """The terms of an example that comes with the software."""
    return read_terms(example(name))


def euro(text: str) -> Money:
    return Money.parse(text, "EUR")


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def pounds(text: str) -> Money:
    return Money.parse(text, "GBP")


def a_case(rules: Terms, net: str = "1000.00", vat: str = "0.00", **more: Any) -> Case:
    """A case of the first class of firms and the first service."""
    given: dict[str, Any] = {"on": DAY, "firm_class": next(iter(rules.firm_classes)), "service": next(iter(rules.services))}
    return Case(**given | {"net": Money.parse(net, rules.currency), "vat": Money.parse(vat, rules.currency)} | more)


def a_use(rules: Terms, amount: str, **more: Any) -> Use:
    """An earlier use, in the same year."""
    given: dict[str, Any] = {"on": date(2026, 2, 1), "amount": Money.parse(amount, rules.currency)}
    return Use(**given | more)
