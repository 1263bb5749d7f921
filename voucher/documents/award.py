"""The statement of an award (奖补结算单): what a provider was paid for a year, how it was worked out, and by whom it was decided.

Made when the bank has confirmed the payment, with its data inside as `award.json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from voucher.documents.capitals import in_capitals
from voucher.documents.render import render as render_template
from voucher.documents.settlement import (
    LANGUAGES,
    Deed,
    Office,
    Offset,
    Payee,
    Posting,
    SheetLine,
    TermsOfProgramme,
    plain,
)
from voucher.money import Money

KIND = "award"
FORMAT = "voucher-award/1"
TEMPLATE = "award.html"


@dataclass(frozen=True)
class ScorePart:
    """A part of the score: its name in voucher/performance.py, and how much of it was good, in per cent; None when nothing is known."""

    name: str
    percent: int | None


@dataclass(frozen=True)
class AwardStatement:
    """Everything that the statement of an award says; amounts are of the currency of `amount`."""

    number: str
    issued_on: date
    language: str
    office: Office
    payee: Payee
    programme: TermsOfProgramme
    award: str
    name: str
    year: int
    payout: str
    sheet: Sequence[SheetLine]
    figures: Mapping[str, str]
    score: int | None
    parts: Sequence[ScorePart]
    amount: Money
    paid_on: date
    batch: str
    bank_reference: str
    ledger: Sequence[Posting]
    proposed: Deed
    decided: Deed
    released: Sequence[Deed]
    offsets: Sequence[Offset] = ()
    check_url: str = ""

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language


def render(statement: AwardStatement) -> bytes:
    """The PDF. Raises NotPrintable with every field that cannot be printed as it stands."""
    return render_template(TEMPLATE, data(statement), statement.language)


def data(statement: AwardStatement) -> dict[str, Any]:
    """What the PDF carries and shows."""
    shown: dict[str, Any] = plain(asdict(statement))
    head = {name: shown.pop(name) for name in ("number", "issued_on", "language", "check_url")}
    return shown | {"document": {"format": FORMAT, "kind": KIND, **head}, "currency": statement.amount.currency,
                    "in_capitals": in_capitals(statement.amount, statement.language)}
