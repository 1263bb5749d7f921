"""Reading a log of instrument uses: CSV or XLSX, a use a row, with columns named in English or Chinese.

Pure: bytes in, rows out, or every problem at once with its line and column, as spreadsheets count them (the first is 1). Nothing
is guessed or rounded.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.money import Money
from voucher.spreadsheets import MOST_ROWS as LAST_ROW
from voucher.spreadsheets import looked_through

MOST_ROWS = 20_000
#: How many problems are told at once; whoever mends these sees the next.
MOST_PROBLEMS = 200

#: The columns, by the names under which they may stand.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "use_number": ("use_number", "use number", "使用编号", "服务编号"),
    "instrument": ("instrument", "仪器名称", "仪器"),
    "used_on": ("used_on", "used on", "使用日期"),
    "invoice_number": ("invoice_number", "invoice number", "发票号码"),
    "invoice_date": ("invoice_date", "invoice date", "开票日期"),
    "net": ("net", "不含税金额", "金额"),
    "vat": ("vat", "税额"),
}
_NAMED = {name: column for column, names in COLUMNS.items() for name in names}
_LONGEST = {"use_number": 40, "instrument": 120, "invoice_number": 40}


@dataclass(frozen=True)
class LoggedUse:
    """A row of a log: `row` is its number in the file, `at` the number of each column."""

    row: int
    use_number: str
    instrument: str
    used_on: date
    invoice_number: str
    invoice_date: date
    net: Money
    vat: Money


@dataclass(frozen=True)
class InstrumentLog:
    """What a log says, and in which column each thing stands."""

    uses: Sequence[LoggedUse]
    columns: Mapping[str, int]

    def problem(self, use: LoggedUse, column: str, what: str, **values: Any) -> Problem:
        """A problem with a cell."""
        return problem(what, column, line=use.row, column=self.columns[column], **values)


def read_log(name: str, content: bytes, currency: str, told: Callable[[int, int], None] | None = None) -> InstrumentLog:
    """The uses in a file. `told(row, rows)` hears how far it is. Raises NotValid with every problem, at most 200 at once."""
    rows = _spreadsheet(content) if content.startswith(b"PK\x03\x04") else _text(content)
    if not rows:
        raise NotValid(_("{name} is empty. Send a table with a row for each use of an instrument."), name=name)
    columns = _columns(rows[0])
    body = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(cell not in ("", None) for cell in row)]
    if not 0 < len(body) <= MOST_ROWS:
        raise NotValid(_("A log has at least one and at most {most} uses; this one has {rows}."), most=MOST_ROWS, rows=len(body))
    uses, problems = [], list[Problem]()
    for at, (number, row) in enumerate(body, start=1):
        cells = _Cells(number, row, columns, currency)
        uses.append(cells.use())
        problems += cells.problems
        if told is not None and (at % 500 == 0 or at == len(body)):
            told(at, len(body))
    refuse_rows(problems)
    return InstrumentLog(uses, {column: at + 1 for column, at in columns.items()})


def refuse_rows(problems: Sequence[Problem]) -> None:
    """Refuse with the first of these problems, and with how many there are."""
    refuse_if_any(sorted(problems, key=lambda each: (each.line or 0, each.column or 0))[:MOST_PROBLEMS],
                  _("The log has {count} problems; nothing was sent. Mend them in the file and send it again."), count=len(problems))


def _columns(head: Sequence[Any]) -> dict[str, int]:
    """Where each column stands. Raises NotValid naming those that are missing, or stand there twice."""
    found: dict[str, int] = {}
    problems = []
    for at, cell in enumerate(head):
        column = _NAMED.get(str(cell or "").strip().lower())
        if column in found:
            problems.append(problem(_("The column {name} stands here twice."), "", line=1, column=at + 1, name=column))
        elif column is not None:
            found[column] = at
    problems += [problem(_("The column {name} is missing. Its heading is one of: {names}."), "", line=1, name=column,
                         names=", ".join(names)) for column, names in COLUMNS.items() if column not in found]
    refuse_if_any(problems, _("The first row has to name the columns."))
    return found


class _Cells:
    """The cells of one row, read strictly; what is wrong with them is noted."""

    def __init__(self, number: int, row: Sequence[Any], columns: Mapping[str, int], currency: str) -> None:
        self._number, self._row, self._columns, self._currency = number, row, columns, currency
        self.problems: list[Problem] = []

    def use(self) -> LoggedUse:
        return LoggedUse(self._number, self._words("use_number"), self._words("instrument"), self._day("used_on"),
                         self._words("invoice_number"), self._day("invoice_date"), self._money("net", least=1), self._money("vat", least=0))

    def _wrong(self, column: str, what: str, **values: Any) -> None:
        self.problems.append(problem(what, column, line=self._number, column=self._columns[column] + 1, **values))

    def _cell(self, column: str) -> Any:
        at = self._columns[column]
        return self._row[at] if at < len(self._row) else ""

    def _said(self, column: str, cell: Any) -> str:
        """A cell as text, without the signs that cannot be kept."""
        text = str(cell if cell is not None else "").strip()
        hidden = sorted({sign for sign in text if sign not in "\t\n\r" and unicodedata.category(sign) in ("Cc", "Cs")})
        if hidden:
            self._wrong(column, _("This holds signs that cannot be kept: {signs}."),
                        signs=", ".join(f"U+{ord(sign):04X}" for sign in hidden[:5]))
        return "".join(sign for sign in text if sign not in hidden)

    def _words(self, column: str) -> str:
        cell = self._cell(column)
        if isinstance(cell, float):
            if abs(cell) >= 10**15:
                self._wrong(column, _("The spreadsheet keeps this as a number and loses digits. Make it a cell of text."))
            cell = _plain(cell)
        text = self._said(column, cell)
        if not text:
            self._wrong(column, _("Fill this in."))
        elif len(text.upper()) > _LONGEST[column]:  # some letters are several as capitals, and numbers are compared as such
            self._wrong(column, _("At most {longest} characters; these are {length}."), longest=_LONGEST[column], length=len(text.upper()))
        return text

    def _day(self, column: str) -> date:
        cell = self._cell(column)
        if isinstance(cell, datetime):
            return cell.date()
        if isinstance(cell, date):
            return cell
        text = self._said(column, cell).replace("/", "-")
        try:
            if len(text) == len("2026-03-31"):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self._wrong(column, _("{text} is not a day. Write it as 2026-03-31."), text=text or "–")
        return date.min

    def _money(self, column: str, least: int) -> Money:
        cell = self._cell(column)
        text = _plain(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else self._said(column, cell)
        try:
            amount = Money.parse(text, self._currency)
        except NotValid as refusal:
            self._wrong(column, refusal.template, **refusal.values)
            return Money.zero(self._currency)
        if amount.minor < least:
            self._wrong(column, _("The amount must be more than zero, and the tax not below."))
        return amount


def _plain(number: float) -> str:
    """A number as the spreadsheet shows it: 1800.0 is 1800, and no digit is invented."""
    return format(Decimal(repr(number)).normalize(), "f")


def _text(content: bytes) -> list[list[str]]:
    """The rows of a CSV file: UTF-8, or GB 18030 as older spreadsheets in China write it; comma, semicolon or tab."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise NotValid(_("This is neither a spreadsheet (XLSX) nor text (CSV in UTF-8 or GB 18030).")) from None
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        return list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)))
    except csv.Error:
        raise NotValid(_("This is no table that can be read. Save it again as CSV or XLSX.")) from None


def _limited(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """The rows; empty ones count too. Raises NotValid when there are more than are read."""
    for at, row in enumerate(rows):
        if at == LAST_ROW:
            raise NotValid(_("This table goes on after row {most}. Delete the rows that are empty, or send it in several files."),
                           most=LAST_ROW)
        yield row


def _spreadsheet(content: bytes) -> list[list[Any]]:
    """The rows of the first sheet, from its first cell on."""
    seen = looked_through(content)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(seen)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except CalamineError:
        raise NotValid(_("This spreadsheet cannot be read. Save it as XLSX without a password, or as CSV.")) from None
