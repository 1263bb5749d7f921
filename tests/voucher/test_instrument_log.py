"""Logs that mean harm, or say what cannot be kept: refused with a sentence, before they take memory or rows."""

import io
import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from voucher.errors import NotValid
from voucher.instrument_log import read_log

HEAD = "use_number,instrument,used_on,invoice_number,invoice_date,net,vat"
ROW = "U-1,SEM,2026-03-02,26500000000000000001,2026-03-02,100.00,6.00"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def a_book(sheet: str, **others: str) -> bytes:
    """An XLSX file of one sheet, given as XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{LINKS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
                           'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="log" sheetId="1" r:id="r1"/></sheets>'
                               "</workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{LINKS}"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
                                          'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>', **others,
        }.items():
            parts.writestr(name, text)
    return out.getvalue()


def cells(line: str, row: int) -> str:
    """A row of cells of text."""
    return f'<row r="{row}">' + "".join(f'<c r="{chr(65 + at)}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
                                       for at, text in enumerate(line.split(","))) + "</row>"


@pytest.fixture
def little_memory() -> Iterator[None]:
    """A reader that lays out a whole sheet fails in here, not on the machine."""
    now = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 2**29, now[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, now)


def refused(content: bytes) -> str:
    with pytest.raises(NotValid) as refusal:
        read_log("log", content, "CNY")
    return " ".join([str(refusal.value), *(str(each) for each in refusal.value.problems)])


@pytest.mark.parametrize("sheet", [
    '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    '<sheetData><row><c r="XFD40000"><v>1</v></c></row></sheetData>',
    '<x:sheetData xmlns:x="urn:y"><x:row r="9"><x:c r="bm9"/></x:row></x:sheetData>',
    '<dimension ref="A1:XFD1048576"/><sheetData/>',
    "<sheetData>" + "<row/>" * 40_001 + "</sheetData>",
    "<sheetData><row>" + "<c/>" * 65 + "</row></sheetData>",
    '<sheetData><row r="40000"><c r="A1"/></row><row><c r="A2"/></row></sheetData>',
    '<sheetData><row r="many"/></sheetData>',
])
def test_a_spreadsheet_that_reaches_far_is_refused_before_it_takes_memory(little_memory: None, sheet: str) -> None:
    assert "at most 40000 rows and 64 columns" in refused(a_book(sheet))


def test_only_the_looked_through_parts_of_an_xlsx_file_are_read(little_memory: None) -> None:
    other = ('<o:x xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:t="urn:oasis:names:tc:opendocument:xmlns:table:1.0">'
             '<t:table-row t:number-rows-repeated="1000000"/></o:x>')
    assert "cannot be read" in refused(a_book("", **{"xl/workbook.xml": "", "content.xml": other}))
    assert "cannot be read" in refused(a_book("", **{"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}))
    good = f'<dimension ref="A1:G2"/><sheetData>{cells(HEAD, 1)}{cells(ROW, 2)}</sheetData>'
    with_others = a_book(good, **{"content.xml": other, "xl/theme/theme1.xml": "<unfinished"})
    assert str(read_log("log.xlsx", with_others, "CNY").uses[0].net) == "100.00"


def test_no_row_of_a_log_is_left_out_in_silence() -> None:
    far = "\n".join([HEAD, ROW, *[""] * 39_997, ROW.replace("U-1", "U-2")])
    assert len(read_log("log.csv", far.encode(), "CNY").uses) == 2
    assert "goes on after row 40000" in refused((far + "\n" + ROW.replace("U-1", "U-3")).encode())


def test_a_cell_that_is_true_is_no_amount() -> None:
    sheet = f'<sheetData>{cells(HEAD, 1)}{cells(ROW.replace(",100.00,6.00", ""), 2)}</sheetData>'
    sheet = sheet.replace("</row></sheetData>", '<c r="F2" t="b"><v>1</v></c><c r="G2"><v>6</v></c></row></sheetData>')
    assert "column 6: net: 'True' is not an amount" in refused(a_book(sheet))


def test_signs_that_cannot_be_kept_are_refused_and_numbers_measured_as_they_are_compared() -> None:
    assert "column 2: instrument: This holds signs that cannot be kept: U+0000, U+0007." in refused(
        f"{HEAD}\n{ROW.replace('SEM', 'S' + chr(0) + 'E' + chr(7) + 'M')}".encode())
    assert "column 1: use_number: At most 40 characters; these are 80." in refused(f"{HEAD}\n{ROW.replace('U-1', 'ß' * 40)}".encode())
