"""The decision letter (决定书): what was decided in a case, by which rule, how it was worked out, and how and until when to appeal.

One decision, one letter, made after the decision, with its data inside as `decision.json`: dates as ISO 8601, amounts as strings of one
currency. A notice of recovery is a document of its own (voucher/documents/recovery.py).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from voucher.documents.capitals import in_capitals
from voucher.documents.render import printable
from voucher.documents.settlement import (
    LANGUAGES,
    Deed,
    Line,
    Office,
    Party,
    SheetLine,
    TermsOfProgramme,
    plain,
    totals_of,
)
from voucher.money import Money

KIND = "decision"
FORMAT = "voucher-decision/1"
TEMPLATE = "decision.html"

#: Of a claim with more lines the letter shows only those that were cut.
MOST_LINES = 200

#: How much of a text stands in one paragraph: what people wrote may be longer than what may be printed in one piece.
_PARAGRAPH = 900


class Outcome(StrEnum):
    """What was decided; the value is its heading, which the catalog of documents has in both languages."""

    ISSUED = "Voucher granted"
    REJECTED = "Application rejected"
    APPEAL_DISMISSED = "Appeal dismissed"
    CANCELLED = "Voucher cancelled"
    REVOKED = "Voucher revoked"
    APPROVED = "Claim approved"
    PARTLY_APPROVED = "Claim approved in part"
    REFUSED = "Claim refused"
    AWARDED = "Award granted"
    NOT_AWARDED = "Award refused"
    FROZEN = "Voucher frozen"
    UNFROZEN = "Freeze lifted"
    APPEAL_UPHELD = "Appeal upheld"
    BANNED = "Organisation banned"


@dataclass(frozen=True)
class Step:
    """Who did what on the way to the decision; `name` is a word of the catalog of documents: Reviewed, Verified, Decided."""

    name: str
    deed: Deed


@dataclass(frozen=True)
class Decision:
    """Everything that a decision letter says.

    `amount` is what was decided: granted, approved, taken back; `asked` what was asked for. `rules` are what holds from now on, each
    with its clause; `lines` and `sheet` show how the amount was worked out. `basis` are clauses, `remedy` sentences in the letter's
    language; `appeal_by` is the last day of an appeal in this office, if there is one. `against` is the outcome that an appeal was made
    against. A freeze or a ban holds `until` a day; a ban belongs to no programme, and may hold `together_with` another's.
    """

    number: str
    issued_on: date
    language: str
    office: Office
    party: Party
    programme: TermsOfProgramme | None
    outcome: Outcome
    decided_on: date
    voucher: str
    order: str
    claim: str
    amount: Money
    asked: Money
    reason: str
    basis: Sequence[str]
    remedy: Sequence[str]
    steps: Sequence[Step]
    award: str = ""
    appeal_by: date | None = None
    use_by: date | None = None
    claim_by: date | None = None
    lines: Sequence[Line] = ()
    sheet: Sequence[SheetLine] = ()
    rules: Sequence[SheetLine] = ()
    against: str = ""
    until: date | None = None
    together_with: str = ""
    check_url: str = ""

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language
        assert self.basis or self.reason, "a decision rests on something"

    @property
    def refused(self) -> Money:
        """What was asked for and not given; nothing where something is taken back."""
        return max(self.asked - self.amount, Money.zero(self.asked.currency))


def data(decision: Decision) -> dict[str, Any]:
    """What the PDF carries and shows."""
    shown: dict[str, Any] = plain(asdict(decision))
    head = {name: shown.pop(name) for name in ("number", "issued_on", "language", "check_url")}
    for each, line in zip(shown["lines"], decision.lines, strict=True):
        each |= {"cut": str(line.cut), "description": printable(each["description"]), "invoice_number": printable(each["invoice_number"])}
    shown["lines"] = [each for each, line in zip(shown["lines"], decision.lines, strict=True)
                      if len(decision.lines) <= MOST_LINES or line.cut][:MOST_LINES]
    reason = shown.pop("reason")
    return shown | {
        "document": {"format": FORMAT, "kind": KIND, **head}, "currency": decision.amount.currency, "refused": str(decision.refused),
        "in_capitals": in_capitals(decision.amount, decision.language), "line_count": len(decision.lines),
        "totals": totals_of(decision.lines, decision.amount.currency),
        "reason": parted(reason)}


def parted(text: str) -> list[str]:
    """What people wrote, in parts that can be printed."""
    return [printable(text[start:start + _PARAGRAPH]) for start in range(0, len(text), _PARAGRAPH)]
