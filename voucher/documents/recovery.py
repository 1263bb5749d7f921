"""The recovery notice (追缴通知): what was paid wrongly, why, how much comes back, where and by when to pay, and how to appeal.

Made when the notice is served, with its data inside as `recovery.json`: dates as ISO 8601, amounts as strings of one currency.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from voucher.documents.capitals import in_capitals
from voucher.documents.render import render as render_template
from voucher.documents.settlement import LANGUAGES, Office, Party, plain
from voucher.money import Money, total

KIND = "recovery"
FORMAT = "voucher-recovery/1"
TEMPLATE = "recovery.html"


@dataclass(frozen=True)
class Borne:
    """What goes back to a funder, for the money of a year."""

    funder: str
    year: int
    principal: Money
    interest: Money


@dataclass(frozen=True)
class InterestShown:
    """How the interest of a calendar year was reckoned: principal x rate x days / days of the year."""

    funder: str
    year: int
    principal: str
    days: int
    of: int
    rate: str
    interest: str


@dataclass(frozen=True)
class AccountToPay:
    """Where the debtor pays: the office's account."""

    holder: str
    number: str
    bank_name: str = ""
    bank_code: str = ""


@dataclass(frozen=True)
class RecoveryNotice:
    """Everything that a recovery notice says. `borne` sums to principal and interest; `number` is the document's.

    What was paid is a claim with its order and voucher, or an award.
    """

    number: str
    issued_on: date
    language: str
    office: Office
    debtor: Party
    recovery: str
    payout: str
    paid: Money
    paid_on: date
    facts: str
    basis: str
    hearing: str
    heard_on: date
    reason: str
    decided_on: date
    borne: Sequence[Borne]
    interest: Sequence[InterestShown]
    account: AccountToPay
    pay_by: date
    appeal_by: date
    voucher: str = ""
    order: str = ""
    claim: str = ""
    award: str = ""
    check_url: str = ""

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language
        assert self.borne, "a notice asks for something"
        assert bool(self.award) != bool(self.claim and self.order and self.voucher), "a payment was of a claim or of an award"

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.paid.currency

    @property
    def amount(self) -> Money:
        """Principal and interest."""
        return total((money for each in self.borne for money in (each.principal, each.interest)), self.currency)


def render(notice: RecoveryNotice) -> bytes:
    """The PDF. Raises NotPrintable with every field that cannot be printed as it stands."""
    return render_template(TEMPLATE, data(notice), notice.language)


def data(notice: RecoveryNotice) -> dict[str, Any]:
    """What the PDF carries and shows."""
    shown: dict[str, Any] = plain(asdict(notice))
    head = {name: shown.pop(name) for name in ("number", "issued_on", "language", "check_url")}
    return shown | {
        "document": {"format": FORMAT, "kind": KIND, **head}, "currency": notice.currency, "amount": str(notice.amount),
        "principal": str(total((each.principal for each in notice.borne), notice.currency)),
        "interest_sum": str(total((each.interest for each in notice.borne), notice.currency)),
        "in_capitals": in_capitals(notice.amount, notice.language),
    }
