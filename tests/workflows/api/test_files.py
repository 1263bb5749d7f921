"""Files come in as bytes and go out as bytes: nothing that somebody uploads is ever shown or run."""

from io import BytesIO

import pytest

from tests.builders import SME, SMES, House, an_exported_batch, who
from tests.workflows.api.client import Programs, refused

EVIL = b"<html><script>fetch('/api/v1/me')</script></html>"
SLY = b"Report of a test. <script>fetch('/api/v1/me')</script>"


def test_evidence_comes_back_byte_for_byte_and_inert(api: Programs, house: House) -> None:
    form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(SLY), "../../évidence 合同.html", "text/html")}
    kept = api.done(SME, "/files", data=form)
    assert kept["media_type"] == "application/octet-stream"
    assert kept["name"] == "évidence 合同.html"
    response = api.get(SME, f"/files/{kept['reference']}/content")
    assert response.data == SLY
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("content", [EVIL, b"MZ\x90", b"#!/bin/sh\n", b"  <SVG onload=x>"])
def test_a_page_or_program_is_no_evidence(api: Programs, house: House, content: bytes) -> None:
    form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(content), "report.txt")}
    refused(api.post(SME, "/files", data=form), 422)


def test_nobody_uploads_for_another_firm(api: Programs, house: House) -> None:
    form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(EVIL), "a.pdf")}
    refused(api.post(who(SMES[1]), "/files", data=form), 404)


def test_the_office_uploads_no_evidence(api: Programs, house: House) -> None:
    form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(EVIL), "a.pdf")}
    refused(api.post("finance1", "/files", data=form), 403)


@pytest.mark.parametrize("name", ['a"; filename=b.exe', "a" * 400 + ".text", "", "."])
def test_a_name_stays_within_its_header(api: Programs, house: House, name: str) -> None:
    form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(SLY), name or "x")}
    kept = api.done(SME, "/files", data=form)
    response = api.get(SME, f"/files/{kept['reference']}/content")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_a_name_that_would_begin_another_header_is_refused(api: Programs, house: House) -> None:
    form = {"organisation": house.references[SMES[0].number], "file": (BytesIO(EVIL), "a\r\nSet-Cookie: x=1")}
    refused(api.post(SME, "/files", data=form), 422)


def test_a_payment_file_is_for_the_treasury(api: Programs, house: House) -> None:
    batch = an_exported_batch(house)
    shown = api.seen("treasury1", f"/batches/{batch}")
    assert [each["currency"] for each in shown["files"]] == ["CNY"]
    response = api.get("treasury1", f"/batches/{batch}/files/CNY")
    assert response.headers["Content-Disposition"].startswith("attachment")
    refused(api.get("treasury1", f"/batches/{batch}/files/EUR"), 404)
    refused(api.get("verifier1", f"/batches/{batch}/files/CNY"), 403)
