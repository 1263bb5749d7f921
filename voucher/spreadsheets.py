"""Spreadsheets from outside, looked through before they are read: one far cell makes a reader lay out the whole sheet in memory.
And lines of our own tables, in which nothing may look like a formula.

Pure: bytes or values in, bytes or text out.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from xml.parsers import expat

from voucher.errors import NotValid, _

MOST_ROWS, MOST_COLUMNS = 40_000, 64
#: How large the parts that are read may be once they are unpacked.
_LARGEST = 200 * 1024 * 1024
#: What a reader needs for the values of the cells; pictures, drawings and other formats than XLSX are left behind.
_NEEDED = re.compile(r"\[content_types\]\.xml|_rels/\.rels|xl/(workbook|sharedstrings|styles)\.xml|xl/_rels/workbook\.xml\.rels"
                     r"|xl/worksheets/[^/]+\.xml")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_PIECE = 64 * 1024
# What a spreadsheet would take for a formula; one in Chinese or Japanese takes the full-width signs too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_line(cells: Iterable[object]) -> str:
    """A line of CSV as RFC 4180 has it: CR LF ends it, and a cell that holds either, a quote or a comma is quoted.

    A text that a spreadsheet would take for a formula gets a quote before it; amounts, numbers and days are no texts.
    """
    line = io.StringIO(newline="")
    csv.writer(line).writerow(f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in cells)
    return line.getvalue()


def looked_through(content: bytes) -> bytes:
    """The parts of an XLSX file that hold its cells, packed anew, so that nobody reads what was not looked at.

    Raises NotValid when it is no XLSX file, too large unpacked, or a cell stands beyond row 40,000 or column 64.
    """
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(out, "w") as kept:
            needed = {each.filename.lower(): each for each in parts.infolist() if _NEEDED.fullmatch(each.filename.lower())}
            if sum(each.file_size for each in needed.values()) > _LARGEST:
                raise NotValid(_("This spreadsheet is too large once it is unpacked. Send a CSV file."))
            for each in needed.values():
                with parts.open(each) as part, kept.open(each.filename, "w") as copy:
                    sheet = _Sheet()
                    while piece := part.read(_PIECE):  # never more than the size it says, which was added up above
                        sheet.look(piece)
                        copy.write(piece)
                    sheet.look(b"", last=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, expat.ExpatError):
        raise NotValid(_("This spreadsheet cannot be read. Save it as XLSX without a password, or as CSV.")) from None
    return out.getvalue()


class _Sheet:
    """Where the cells of one part stand, followed while it is read; a cell or row without a place stands after the one before."""

    def __init__(self) -> None:
        self._row = self._column = 0
        self._xml = expat.ParserCreate("utf-8", namespace_separator=" ")  # as the reader after us takes it, whatever the part says
        self._xml.StartElementHandler = self._start
        self._xml.StartDoctypeDeclHandler = _refuse_doctype

    def look(self, piece: bytes, last: bool = False) -> None:
        """See the next piece of the part."""
        self._xml.Parse(piece, last)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name, place = name.rpartition(" ")[2], attributes.get("r")
        if name == "row":
            self._reach(self._row + 1 if place is None else _number(place), 0, place)
            self._column = 0
        elif name == "c":
            self._reach(*(self._row, self._column + 1) if place is None else _place(place), place)
        elif name == "dimension" and "ref" in attributes:
            for corner in attributes["ref"].split(":"):
                _check(*_place(corner), corner)

    def _reach(self, row: int, column: int, place: str | None) -> None:
        """Go on, and never back: readers differ on what follows when a place lies before the last."""
        self._row, self._column = max(self._row, row), max(self._column, column)
        _check(self._row, self._column, place or str(self._row))


def _refuse_doctype(*_said: object) -> None:
    raise expat.ExpatError("a sheet has no document type")


def _number(text: str) -> int:
    """The number of a row; what is none lies beyond every bound."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else MOST_ROWS + 1


def _place(reference: str) -> tuple[int, int]:
    """Row and column of a cell such as B7, the first is 1; what is no reference lies beyond every bound."""
    found = _CELL.fullmatch(reference.upper())
    if found is None:
        return MOST_ROWS + 1, 0
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _check(row: int, column: int, place: str) -> None:
    if row > MOST_ROWS or column > MOST_COLUMNS:
        raise NotValid(_("This spreadsheet reaches to {place}. Its sheets have at most {rows} rows and {columns} columns; delete the rows "
                         "and columns behind the table, or send a CSV file."), place=place[:40], rows=MOST_ROWS, columns=MOST_COLUMNS)
