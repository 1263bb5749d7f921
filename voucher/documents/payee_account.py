"""The statement of a payee's account: what was owed to it, what was paid or set off, and what is owed now.

Drawn when it is asked for, from the books as they are then, with its data inside as `account.json`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from voucher.documents.render import render as render_template
from voucher.documents.settlement import LANGUAGES, Office, Party, plain
from voucher.money import Money

KIND = "account"
FORMAT = "voucher-account/1"
TEMPLATE = "account.html"


@dataclass(frozen=True)
class Row:
    """One entry. `title` says what happened in the document's language, `cause` is its name in the books."""

    on: date
    title: str
    about: str
    cause: str
    amount: Money
    balance: Money


@dataclass(frozen=True)
class Part:
    """The account in one currency; `sums` are what the rows come to by what happened."""

    currency: str
    opening: Money
    rows: Sequence[Row]
    sums: Sequence[tuple[str, Money]]
    closing: Money


@dataclass(frozen=True)
class AccountStatement:
    """Everything that it says of the days from `since` through `until`."""

    number: str
    issued_on: date
    language: str
    office: Office
    payee: Party
    reference: str
    since: date
    until: date
    parts: Sequence[Part]
    check_url: str = ""

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language


def render(statement: AccountStatement) -> bytes:
    """The PDF. Raises NotPrintable with every field that cannot be printed as it stands."""
    shown: dict[str, Any] = plain(asdict(statement))
    head = {name: shown.pop(name) for name in ("number", "issued_on", "language", "check_url")}
    return render_template(TEMPLATE, shown | {"document": {"format": FORMAT, "kind": KIND, **head}}, statement.language)
