"""Checking a document against itself: what a good one gets, and every way of tampering we could think of."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from tests.voucher.documents.builders import a_statement, yuan
from voucher.documents import settlement
from voucher.documents.render import canonical, digest_of
from voucher.documents.verify import NotADocument, verify

GOOD = settlement.render(a_statement())


def edited(pdf: bytes, edit: Callable[[pikepdf.Pdf], None], **options: Any) -> bytes:
    """The file after a change by another program."""
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        edit(opened)
        opened.save(out, **options)
    return out.getvalue()


def with_data(pdf: bytes, data: object, *, keywords: bool = False) -> bytes:
    """The file with other data attached; with `keywords`, their digest in the properties too."""
    content = data if isinstance(data, bytes) else canonical(data)  # type: ignore[arg-type]

    def replace(opened: pikepdf.Pdf) -> None:
        opened.Root.Names.EmbeddedFiles.Names[1].EF.F.write(content)
        if keywords:
            opened.docinfo["/Keywords"] = f"Y-2026-00017-4, sha256:{digest_of(content)}"

    return edited(pdf, replace)


def complaints(pdf: bytes) -> list[str]:
    return [str(finding) for finding in verify(pdf).findings if not finding.good]


def test_a_statement_as_issued_is_good_and_the_same_when_drawn_again() -> None:
    checked = verify(GOOD)
    assert checked.good
    assert (checked.number, checked.sha256) == ("Y-2026-00017-4", digest_of(GOOD))
    assert checked.digest == digest_of(canonical(settlement.data(a_statement())))
    assert [str(finding) for finding in checked.findings] == [
        "Nothing was added to the file after it was made.",
        "The SHA-256 in the properties of the file is that of its data.",
        "The SHA-256 at the foot of every page is that of the data.",
        "Drawn again from its data, the file is the same byte for byte."]
    assert checked.as_json()["data"]["amount"] == "300000.00"


def test_a_statement_saved_by_another_program_still_says_what_its_data_say() -> None:
    checked = verify(edited(GOOD, lambda opened: None, compress_streams=True))
    assert checked.good
    assert str(checked.findings[-1]).startswith("The pages say what the data say.")


def test_other_data_under_the_same_pages_are_noticed() -> None:
    forged = with_data(GOOD, settlement.data(a_statement(amount=yuan("900000.00"))))
    assert len(complaints(forged)) == 3


def test_other_data_with_a_matching_digest_in_the_properties_are_noticed() -> None:
    forged = with_data(GOOD, settlement.data(a_statement(bank_reference="999")), keywords=True)
    assert [text.split(".")[0] for text in complaints(forged)] == [
        "The SHA-256 at the foot is not that of the data on page 1, 2", "The pages do not say what the data say: one of them was changed"]


def test_a_changed_page_is_noticed_though_data_and_digests_agree() -> None:
    """A figure painted over, the rest left alone."""
    other = settlement.render(a_statement(sheet=(a_statement().sheet[0], a_statement().sheet[0])))

    def paint_over(opened: pikepdf.Pdf) -> None:
        with pikepdf.open(BytesIO(other)) as donor:
            opened.pages.append(donor.pages[0])

    assert any("one of them was changed" in text for text in complaints(edited(GOOD, paint_over)))

    def drop_a_text(opened: pikepdf.Pdf) -> None:
        page = opened.pages[0]
        shown = [each for each in pikepdf.parse_content_stream(page) if str(each.operator) == "TJ"]
        kept = [each for each in pikepdf.parse_content_stream(page) if str(each.operator) != "TJ" or each.operands != shown[8].operands]
        page.Contents = opened.make_stream(pikepdf.unparse_content_stream(kept))

    assert complaints(edited(GOOD, drop_a_text)) == ["The pages do not say what the data say: one of them was changed."]


def test_something_added_at_the_end_is_noticed() -> None:
    last = GOOD[GOOD.rindex(b"startxref"):]
    assert complaints(GOOD + b"\n" + last)[0] == "The file was changed after it was made: it has 2 ends instead of one."


@pytest.mark.parametrize("change", [
    {"lines": 5}, {"lines": [{}]}, {"office": None}, {"amount": "a lot"}, {"amount": 3}, {"totals": {}}, {"currency": "\x00"},
    {"lines": [{}] * 501}, {"in_capitals": "长" * 5000}, {"sheet": "x"}, {"programme": {"name_zh": "x"}},
])
def test_malformed_data_are_a_finding_and_no_fault_of_ours(change: dict[str, Any]) -> None:
    forged = with_data(GOOD, settlement.data(a_statement()) | change, keywords=True)
    assert any(text.startswith("No statement can be drawn") for text in complaints(forged))


def test_a_statement_in_the_first_format_is_still_checked() -> None:
    data = settlement.data(a_statement())
    del data["seal"]
    data["document"]["format"] = "voucher-settlement/1"
    assert verify(settlement.render_data(data)).good


@pytest.mark.parametrize("head", [{"language": "xx"}, {"language": ["zh"]}, {"issued_on": "yesterday"}])
def test_a_malformed_head_is_a_finding_too(head: dict[str, Any]) -> None:
    data = settlement.data(a_statement())
    forged = with_data(GOOD, data | {"document": data["document"] | head}, keywords=True)
    assert not verify(forged).good


@pytest.mark.parametrize("data", [
    b"", b"{", b"[]", b"5", b"\xff\xfe", b"[" * 100_000, b'{"document": {"format": "other/1", "number": "1"}}', b'{"document": []}',
    b'{"document": {"format": "voucher-settlement/1", "kind": "settlement", "number": 1}}',
    b'{"document": {"format": "voucher-settlement/1", "kind": "/etc", "number": "1"}}',
])
def test_data_that_are_no_statement_are_refused(data: bytes) -> None:
    with pytest.raises(NotADocument, match="not those of a settlement statement"):
        verify(with_data(GOOD, data))


@pytest.mark.parametrize("pdf", [b"", b"no PDF", b"%PDF-1.7\n", GOOD[:20_000], GOOD[:-40_000], b"%PDF-" + b"0" * 21 * 1024 * 1024])
def test_what_is_no_whole_pdf_is_refused(pdf: bytes) -> None:
    with pytest.raises(NotADocument):
        verify(pdf)


def test_a_pdf_without_our_data_is_refused() -> None:
    def empty(opened: pikepdf.Pdf) -> None:
        del opened.Root.Names

    with pytest.raises(NotADocument, match="does not carry the data"):
        verify(edited(GOOD, empty))


def test_the_answer_for_machines_is_json() -> None:
    assert json.loads(json.dumps(verify(GOOD).as_json()))["good"] is True
