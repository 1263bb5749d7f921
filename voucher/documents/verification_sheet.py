"""The verification sheet (核验表) for the file: what was found and accepted line by line, on which papers, what the checks said and
people decided about it, how the amount was worked out, and who looked.

Made when a claim is decided, with its data inside as `verification.json`. It names what the checks found, so it stays in the office.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from voucher.documents.decision import Step, parted
from voucher.documents.render import printable
from voucher.documents.settlement import LANGUAGES, Line, Office, Party, SheetLine, TermsOfProgramme, plain, totals_of
from voucher.money import Money

KIND = "verification"
FORMAT = "voucher-verification/1"
TEMPLATE = "verification.html"

#: So many rows of a kind are shown; a claim from an instrument log has more lines, which its log and the claim's page show.
MOST_SHOWN = 200


@dataclass(frozen=True)
class PaperSeen:
    """A paper that the claim rests on: what it shows, its file, and the SHA-256 of its bytes."""

    kind: str
    name: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Checked:
    """What a check found, how much it weighs, how it stands, and what people decided about it, in the sheet's language."""

    reference: str
    check: str
    level: str
    what: str
    state: str
    decisions: Sequence[str] = ()


@dataclass(frozen=True)
class VerificationSheet:
    """Everything that the sheet says. `drawn` names the lot that drew the claim for a closer look, if one did."""

    number: str
    issued_on: date
    language: str
    office: Office
    claimant: Party
    provider: Party
    programme: TermsOfProgramme
    voucher: str
    order: str
    contract_number: str
    claim: str
    version: int
    requested: Money
    approved: Money
    lines: Sequence[Line]
    papers: Sequence[PaperSeen]
    checks: Sequence[Checked]
    sheet: Sequence[SheetLine]
    steps: Sequence[Step]
    drawn: str = ""
    check_url: str = ""

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language


def data(told: VerificationSheet) -> dict[str, Any]:
    """What the PDF carries and shows."""
    shown: dict[str, Any] = plain(asdict(told))
    head = {name: shown.pop(name) for name in ("number", "issued_on", "language", "check_url")}
    for each, line in zip(shown["lines"], told.lines, strict=True):
        each |= {"cut": str(line.cut), "description": printable(each["description"]), "invoice_number": printable(each["invoice_number"])}
    for each in shown["papers"]:
        each["name"] = printable(each["name"])
    for each in shown["checks"]:
        each |= {"what": printable(each["what"]), "decisions": [part for one in each["decisions"] for part in parted(one)]}
    shown["contract_number"] = printable(shown["contract_number"])
    counts = {name: len(shown[name]) for name in ("lines", "papers", "checks")}
    shown |= {name: shown[name][:MOST_SHOWN] for name in counts}
    return shown | {
        "document": {"format": FORMAT, "kind": KIND, **head}, "currency": told.requested.currency, "counts": counts,
        "totals": totals_of(told.lines, told.requested.currency), "cut": str(told.requested - told.approved)}
