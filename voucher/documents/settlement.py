"""The settlement statement (结算单): what was paid to whom for which claim, what was cut and why, how it was worked out.

One payout, one statement, made when the bank has confirmed the payment. The template draws from the very data that the
PDF carries as `settlement.json`: dates as ISO 8601, amounts as strings such as "1234.50" of the one currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from voucher.documents.capitals import in_capitals
from voucher.documents.render import render as render_template
from voucher.documents.render import tidy, with_thousands
from voucher.documents.words import say
from voucher.money import Money, total
from voucher.programmes.sheet import Kind, Sheet
from voucher.programmes.sheet import SheetLine as CalculationLine

KIND = "settlement"
FORMAT = "voucher-settlement/3"
# What was issued in an earlier format is checked as it was issued: the first had no seal of the books, none but this names what was
# set off.
FORMATS = ("voucher-settlement/1", "voucher-settlement/2", FORMAT)
TEMPLATE = "settlement.html"
LANGUAGES = ("zh", "en")

# The facts of a line of the calculation sheet that a reader wants to see, and what they are called.
_DETAILS = {"limit": "Limit", "used": "Used", "left": "Left", "cut": "Cut"}


@dataclass(frozen=True)
class Office:
    """The office that issues the statement. `contact` is how to ask it: a telephone number, an address."""

    name: str
    name_en: str = ""
    address: str = ""
    contact: str = ""


@dataclass(frozen=True)
class Party:
    """A firm or provider: its name and official number (unified social credit code, VAT number)."""

    name: str
    number: str
    address: str = ""


@dataclass(frozen=True)
class Payee:
    """Who was paid, and on which account. The account is shown in full: the statement goes to its holder.

    `role` is "sme" or "provider".
    """

    role: str
    name: str
    number: str
    holder: str
    account_number: str
    bank_name: str = ""
    bank_code: str = ""


@dataclass(frozen=True)
class TermsOfProgramme:
    """The programme and the version of its terms that decided; `digest` is the SHA-256 of the terms file."""

    reference: str
    name_zh: str
    name_en: str
    terms_number: int
    terms_digest: str


@dataclass(frozen=True)
class Line:
    """An invoice line as verified. `basis` is what counts of it by the terms, `accepted` what was accepted of that.

    `reason` says why less was accepted, in the document's language; empty when nothing was cut.
    """

    number: int
    invoice_number: str
    issued_on: date
    description: str
    net: Money
    vat: Money
    basis: Money
    accepted: Money
    reason: str = ""

    @property
    def cut(self) -> Money:
        """What counts and was not accepted."""
        return self.basis - self.accepted


@dataclass(frozen=True)
class SheetLine:
    """A line of the calculation sheet, already in the document's language. `note`: the clause, a limit and what is left."""

    text: str
    amount: Money | None = None
    note: str = ""


@dataclass(frozen=True)
class Posting:
    """A posting in the books that concerns this claim, in one of two columns. `account` without its currency.

    The titles say in the document's language what event and account are; without them the names stand alone.
    """

    on: date
    event: str
    account: str
    debit: Money | None = None
    credit: Money | None = None
    event_title: str = ""
    account_title: str = ""


@dataclass(frozen=True)
class Seal:
    """The last seal of the books when the statement was made: how many entries it covers, its head (SHA-256), and its day.

    Whoever keeps the paper keeps the head: entries below it cannot be changed any more without its showing.
    """

    size: int
    head: str
    on: date


@dataclass(frozen=True)
class Deed:
    """Somebody did something on a day."""

    person: str
    on: date


@dataclass(frozen=True)
class Offset:
    """Part of what was approved was set off against what the payee had to pay back, on a day."""

    recovery: str
    on: date
    amount: Money


@dataclass(frozen=True)
class VoucherPosition:
    """What the voucher was worth, what is used of it with this payout, and what is left."""

    face: Money
    used: Money
    left: Money


@dataclass(frozen=True)
class SettlementStatement:
    """Everything that a settlement statement says. All amounts are of one currency, that of `amount`.

    `number` is the document's, `voucher`, `order`, `claim`, `payout` and `batch` are references. `amount` went to the bank,
    `offsets` were set off before: of a payout that was set off whole nothing went there, so it has neither batch nor reference
    of the bank. A claim for what was invoiced whole before has no `lines`. `check_url`, if any, is the address at which a reader
    can check the document; the QR code then leads there.
    """

    number: str
    issued_on: date
    language: str
    office: Office
    payee: Payee
    sme: Party
    provider: Party
    programme: TermsOfProgramme
    voucher: str
    order: str
    contract_number: str
    claim: str
    payout: str
    lines: Sequence[Line]
    sheet: Sequence[SheetLine]
    amount: Money
    paid_on: date
    batch: str
    bank_reference: str
    position: VoucherPosition
    ledger: Sequence[Posting]
    verified: Deed
    approved: Deed
    released: Sequence[Deed]
    check_url: str = ""
    seal: Seal | None = None
    offsets: Sequence[Offset] = ()

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language
        assert self.payee.role in ("sme", "provider"), self.payee.role


def render(statement: SettlementStatement) -> bytes:
    """The PDF. Raises NotPrintable with every field that cannot be printed as it stands."""
    return render_data(data(statement))


def render_data(content: Mapping[str, Any]) -> bytes:
    """The PDF of the data that a statement carries: how a statement is made, and made again to check it."""
    return render_template(TEMPLATE, content, content["document"]["language"])


def sheet_lines(sheet: Sheet, language: str) -> tuple[SheetLine, ...]:
    """The lines of a calculation sheet, with what the SME bears itself; the document ends them with the amount."""
    return tuple(SheetLine(line.label.in_language(language), line.amount, _note(line, language))
                 for line in sheet.lines if line.kind != Kind.RESULT)


def _note(line: CalculationLine, language: str) -> str:
    parts = [] if line.clause is None else [line.clause.in_language(language)]
    parts += [f"{say(word, language)} {_figure(line.details[name])}" for name, word in _DETAILS.items() if name in line.details]
    return ("，" if language == "zh" else ", ").join(part for part in parts if part)


def _figure(text: str) -> str:
    return with_thousands(text) if text.replace(".", "", 1).isdecimal() else text


def in_language(statement: SettlementStatement, language: str) -> SettlementStatement:
    """The same statement for readers of another language. What the office wrote itself stays as it is."""
    return replace(statement, language=language)


def data(statement: SettlementStatement) -> dict[str, Any]:
    """What the PDF carries and shows: only strings, whole numbers, lists and mappings."""
    shown: dict[str, Any] = plain(asdict(statement))
    head = {name: shown.pop(name) for name in ("number", "issued_on", "language", "check_url")}
    shown["document"] = {"format": FORMAT, "kind": KIND, **head}
    for each, line in zip(shown["lines"], statement.lines, strict=True):
        each["cut"] = str(line.cut)
    return shown | {
        "currency": statement.amount.currency, "totals": totals_of(statement.lines, statement.amount.currency),
        "in_capitals": in_capitals(statement.amount, statement.language),
    }


def totals_of(lines: Sequence[Line], currency: str) -> dict[str, str]:
    """What the columns of claim lines come to."""
    columns = ("net", "vat", "basis", "accepted", "cut")
    return {name: str(total((getattr(line, name) for line in lines), currency)) for name in columns}


def plain(value: Any) -> Any:
    """Values as JSON has them, for any document; texts tidied."""
    if isinstance(value, dict):
        return str(Money(**value)) if set(value) == {"minor", "currency"} else {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, str):
        return tidy(value)
    return value.isoformat() if isinstance(value, date) else value
