"""A case as the checks are told of it, in which nothing is wrong; tests change what they are about."""

from dataclasses import replace
from datetime import date
from typing import Any

from voucher.checks.facts import Facts, Firm, Invoice, Paper, Payment, Purchase
from voucher.checks.table import CHECKS
from voucher.money import Money

TODAY = date(2026, 3, 18)
SME = Firm("N-2026-00002-1", "威海蓝海", "CN:SME", "CN:SME")
PROVIDER = Firm("N-2026-00003-9", "山东大学", "CN:PROVIDER", "CN:PROVIDER")
EARLIER = "C-2026-00001-8"
CLAIM = "C-2026-00002-6"


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def an_invoice(number: str = "26371000000000004711", **about: Any) -> Invoice:
    """A line of the claim; `claim=EARLIER` for one of the earlier claim."""
    return replace(Invoice(CLAIM, 1, PROVIDER.number, number, date(2026, 3, 16), yuan("10000.00"), "Salt spray test", "weihai"), **about)


def a_paper(kind: str, content: str, **about: Any) -> Paper:
    """A file of the claim, told from others by what it holds."""
    about = {"order": "O-2026-00001-9"} | about if about.get("claim", CLAIM) != CLAIM else about
    return replace(Paper(CLAIM, kind, f"F-{kind}", content, PROVIDER.number, "weihai", "O-2026-00002-7"), **about)


def a_payment(**about: Any) -> Payment:
    """The payment by which the claim proves the own share; `claim=EARLIER` for that of the earlier claim, on another order."""
    about = {"order": "O-2026-00001-9"} | about if about.get("claim", CLAIM) != CLAIM else about
    return replace(Payment(CLAIM, "O-2026-00002-7", SME.number, PROVIDER.number, "TX 0047-11", date(2026, 3, 17), "weihai"), **about)


def an_order(**about: Any) -> Purchase:
    """The order that is claimed."""
    return replace(Purchase("O-2026-00002-7", SME.reference, PROVIDER.reference, "testing", date(2026, 3, 4), yuan("10000.00"),
                            "Salt spray test"), **about)


def facts(**about: Any) -> Facts:
    """A claim of one invoice in which nothing is wrong."""
    return replace(Facts(CLAIM, "weihai", TODAY, SME, PROVIDER, SME, an_order(), (an_invoice(),)), **about)


def found_in(case: Facts, check: str) -> list[str]:
    """What a check of the table finds, in words."""
    return [each.what.format(**each.values) for each in CHECKS[check].find(case)]
