"""The list of a public notice (公示) on paper: what stands on it as it was frozen, until when one may object, and how.

Made when the notice is published, with its data inside as `notice.json`. `list_sha256` is the digest of the frozen list, which the
notice tells: whoever compares the two knows that paper and page say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from voucher.documents.settlement import LANGUAGES, Office, plain

KIND = "notice"
FORMAT = "voucher-notice-list/1"
TEMPLATE = "notice_list.html"

#: So many lines stand in one piece of the data: a longer list is several.
_PART = 400


@dataclass(frozen=True)
class NoticeList:
    """Everything that the list says. `lines` are as they were frozen, `services` the names of the codes in them."""

    number: str
    issued_on: date
    language: str
    office: Office
    notice: str
    programme: str
    since: date
    until: date
    lines: Sequence[Mapping[str, str]]
    services: Mapping[str, str]
    list_sha256: str
    check_url: str = ""

    def __post_init__(self) -> None:
        assert self.language in LANGUAGES, self.language


def data(told: NoticeList) -> dict[str, Any]:
    """What the PDF carries and shows. Of a firm, a contract or an amount only what the frozen list has."""
    rows = [dict(line) | {"service": told.services.get(line.get("service", ""), line.get("service", ""))} for line in told.lines]
    columns = [name for name in ("firm", "provider", "service", "contract", "amount") if told.lines and name in told.lines[0]]
    shown: dict[str, Any] = plain({
        "document": {"format": FORMAT, "kind": KIND, "number": told.number, "issued_on": told.issued_on, "language": told.language,
                     "check_url": told.check_url},
        "office": asdict(told.office), "notice": told.notice, "programme": told.programme, "since": told.since, "until": told.until,
        "list_sha256": told.list_sha256, "columns": columns, "count": len(rows), "currency": rows[0]["currency"] if rows else "",
        "parts": [rows[start:start + _PART] for start in range(0, len(rows), _PART)]})
    return shown
