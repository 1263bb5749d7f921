"""Hostile bodies: whatever is sent, the answer is a refusal that says what is wrong, and nothing has happened."""

import json
from typing import Any

import pytest

from tests.builders import PROVIDER, SME, SMES, House, a_completed_order, a_programme, an_issued_voucher, who
from tests.workflows.api.client import Programs, complaints, refused

JSON = "application/json"


@pytest.fixture(scope="module")
def application(lone_api: Programs) -> dict[str, Any]:
    """What an application is made of."""
    house = lone_api.house
    return {"programme": a_programme(house), "sme": house.references[SMES[0].number], "amount": "1000.00", "currency": "CNY",
            "purpose": "Research"}


@pytest.mark.parametrize("amount", [
    1000, 1000.0, 0.1, True, None, [], {}, ["1000.00"], {"minor": 100}, "", " ", "1e3", "1E3", "NaN", "Infinity", "-Infinity", "1,000.00",
    "1 000.00", "+5", "007", "1.005", "1.", ".5", "-0", "-0.00", "0x10", "１００", "١٠٠", "1000.00 CNY", "1" * 17, "9" * 5000,
    "1000.00\n", "1000.00\u0000", "\ud800", "1_000", "--1", "1/2", "$5"])
def test_what_is_no_amount_is_refused_and_never_rounded(lone_api: Programs, application: dict[str, Any], amount: object) -> None:
    body = json.dumps(application | {"amount": amount})
    assert set(complaints(lone_api.post(SME, "/vouchers", data=body, content_type=JSON))) == {"amount"}
    assert lone_api.seen(SME, "/vouchers")["items"] == []


@pytest.mark.parametrize("amount", ["0", "0.00", "-1.00", "-1000000.00", "9999999999999999"])
def test_an_amount_that_makes_no_sense_is_refused(lone_api: Programs, application: dict[str, Any], amount: str) -> None:
    assert set(complaints(lone_api.post(SME, "/vouchers", application | {"amount": amount}))) == {"amount"}


@pytest.mark.parametrize("text", ["", "{", "[", "nothing", "{'a': 1}", '{"amount": NaN}', '{"amount": Infinity}', '{"a": 1, "a": 2}',
                                  '{"a": 1}}', "\ufeff{}", '{"a": "\n"}', '{"a":' * 100_000, "[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_what_is_no_json_is_refused(lone_api: Programs, text: str) -> None:
    response = lone_api.post(SME, "/vouchers", data=text.encode(), content_type=JSON)
    refused(response, 400 if text else 422)


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"purpose": "\xc3\x28"}', b"\x00"])
def test_bytes_that_are_no_text_are_refused(lone_api: Programs, body: bytes) -> None:
    refused(lone_api.post(SME, "/vouchers", data=body, content_type=JSON), 400)


@pytest.mark.parametrize("body", [[], "text", 5, None, True, [{}], 1.5])
def test_a_body_that_is_no_object_is_refused(lone_api: Programs, body: object) -> None:
    refused(lone_api.post(SME, "/vouchers", data=json.dumps(body), content_type=JSON), 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/html", ""])
def test_a_body_that_is_not_called_json_is_refused(lone_api: Programs, application: dict[str, Any], kind: str) -> None:
    refused(lone_api.post(SME, "/vouchers", data=json.dumps(application).encode(), content_type=kind), 400)


def test_a_body_that_is_too_large_is_refused(lone_api: Programs, application: dict[str, Any]) -> None:
    refused(lone_api.post(SME, "/vouchers", application | {"purpose": "x" * 1_100_000}), 400)


def test_a_thousand_unknown_fields_are_complained_of_a_hundred_times(lone_api: Programs, application: dict[str, Any]) -> None:
    unknown = {f"field{number}": 1 for number in range(1000)}
    assert len(complaints(lone_api.post(SME, "/vouchers", application | unknown))) == 100


@pytest.mark.parametrize(("field", "value"), [
    ("purpose", 5), ("purpose", ["a"]), ("purpose", {"a": 1}), ("purpose", "x" * 2001), ("purpose", "a\u0000b"), ("purpose", "\ud800"),
    ("purpose", "\u001b[2J"), ("purpose", None), ("sme", 5), ("sme", "V-2026-00001-4"), ("sme", "N-2026-00001-0"), ("sme", "N" * 100_000),
    ("currency", "cny"), ("currency", "XXX"), ("currency", 156), ("currency", None), ("currency", ["CNY"])])
def test_a_field_of_another_kind_is_refused_by_its_name(
    lone_api: Programs, application: dict[str, Any], field: str, value: object
) -> None:
    body = json.dumps(application | {field: value})
    assert set(complaints(lone_api.post(SME, "/vouchers", data=body, content_type=JSON))) == {field}


@pytest.mark.parametrize("purpose", ["<script>alert(1)</script>", "'; DROP TABLE vouchers; --", "{a} %s {0}", "𠮷野家 🧪", "x" * 2000])
def test_text_is_kept_as_it_was_written(api: Programs, house: House, purpose: str) -> None:
    body = {"programme": a_programme(house), "sme": house.references[SMES[0].number], "amount": "1000.00", "currency": "CNY",
            "purpose": purpose}
    made = api.done(SME, "/vouchers", body)
    assert api.seen(SME, f"/vouchers/{made['reference']}")["purpose"] == purpose


@pytest.mark.parametrize("day", ["2026-3-2", "20260302", "2026-W10-1", "02.03.2026", "2026-02-30", "2026-03-02T00:00:00", 20260302, None,
                                 "２０２６-03-02", "0000-01-01", "0001-01-01", "9999-12-31", ["2026-03-02"], "-2026-03-02"])
def test_what_is_no_day_is_refused(lone_api: Programs, day: object) -> None:
    assert set(complaints(lone_api.post("finance1", "/batches", {"execution_on": day}))) == {"execution_on"}


@pytest.mark.parametrize("number", ["1", 1.0, 1.5, True, 0, -1, 501, 10**30, None])
def test_what_is_no_number_of_a_line_is_refused(lone_api: Programs, number: object) -> None:
    claim = "C-2026-00001-8"
    body = {"currency": "CNY", "decisions": [{"number": number, "accepted": "1.00"}]}
    assert set(complaints(lone_api.post("verifier1", f"/claims/{claim}/verify", body))) == {"decisions.0.number"}


def test_every_wrong_part_of_a_claim_is_named_by_its_path(api: Programs, house: House) -> None:
    order = a_completed_order(house)
    line = {"invoice_number": "1", "issued_on": "yesterday", "description": "Buoy", "net": 5, "vat": "0.005"}
    body = {"order": order, "currency": "CNY", "lines": [line, 7], "own_payment": [], "evidence": [{"kind": "invoice", "file": "mine"}]}
    assert set(complaints(api.post(SME, "/claims", body))) == {
        "lines.0.issued_on", "lines.0.net", "lines.0.vat", "lines.1", "own_payment", "evidence.0.file"}


@pytest.mark.parametrize(("measures", "where"), [
    ({"added_value": 5}, "measures.added_value"), ({"added_value": "1e3"}, "measures.added_value"), ([], "measures"), ("", "measures"),
    ({"\u0000": "1.00"}, "measures.\u0000"), ({"x" * 65: "1.00"}, "measures." + "x" * 65),
    ({f"m{number}": "1.00" for number in range(51)}, "measures")])
def test_further_amounts_are_as_strict_as_the_price(lone_api: Programs, measures: object, where: str) -> None:
    body = {"service_type": "development", "net": "1.00", "vat": "0.00", "currency": "CNY", "measures": measures}
    assert set(complaints(lone_api.post(SME, "/vouchers/V-2026-00001-4/price", body))) == {where}


def test_a_nested_amount_is_read_in_the_currency_of_the_whole_body(lone_api: Programs) -> None:
    body = {"currency": "JPY", "decisions": [{"number": 1, "accepted": "100.50"}]}
    found = complaints(lone_api.post("verifier1", "/claims/C-2026-00001-8/verify", body))
    assert "JPY" in found["decisions.0.accepted"]


def test_a_list_that_is_too_long_is_refused_before_it_is_read(lone_api: Programs) -> None:
    body = {"currency": "CNY", "decisions": [{"number": "x"}] * 501}
    found = complaints(lone_api.post("verifier1", "/claims/C-2026-00001-8/verify", body))
    assert set(found) == {"decisions"}


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"limit": "ten"}, {"limit": "1e2"}, {"limit": "-1"}, {"state": "gone"},
                                   {"after": "V-1"}, {"colour": "red"}, {"sme": "V-2026-00001-4"}])
def test_a_query_that_makes_no_sense_is_refused(lone_api: Programs, query: dict[str, str]) -> None:
    assert set(complaints(lone_api.get("auditor1", "/vouchers", **query))) == set(query)


def test_a_page_cannot_begin_after_what_is_not_on_the_list(api: Programs, house: House) -> None:
    voucher = an_issued_voucher(house)
    assert set(complaints(api.get(who(SMES[1]), "/vouchers", after=voucher))) == {"after"}


def test_a_step_that_takes_no_body_refuses_one_that_says_something(api: Programs, house: House) -> None:
    voucher = an_issued_voucher(house)
    assert set(complaints(api.post(SME, f"/vouchers/{voucher}/withdraw", {"really": True}))) == {"really"}


@pytest.mark.parametrize("form", [{}, {"organisation": "N-2026-00002-3"}, {"file": "text, not a file", "organisation": "N-2026-00002-3"}])
def test_a_form_without_a_file_is_refused(lone_api: Programs, form: dict[str, str]) -> None:
    assert "file" in complaints(lone_api.post(SME, "/files", data=form, content_type="multipart/form-data"))


def test_an_empty_file_and_one_that_is_too_large_are_refused(lone_api: Programs) -> None:
    firm = lone_api.house.references[SMES[0].number]
    for size, status in ((0, 422), (20 * 1024 * 1024 + 1, 422), (22 * 1024 * 1024, 413)):
        refused(lone_api.post(SME, "/files", data=_form(firm, b"x" * size), content_type="multipart/form-data; boundary=cut"), status)
    assert lone_api.seen(SME, "/files")["items"] == []


def _form(organisation: str, content: bytes) -> bytes:
    return (b'--cut\r\nContent-Disposition: form-data; name="organisation"\r\n\r\n' + organisation.encode()
            + b'\r\n--cut\r\nContent-Disposition: form-data; name="file"; filename="x.pdf"\r\n\r\n' + content + b"\r\n--cut--\r\n")


def test_terms_that_are_no_text_are_refused(lone_api: Programs) -> None:
    refused(lone_api.post("approver1", "/programmes", data=b"\xff\x00", content_type="application/yaml"), 422)
    refused(lone_api.post("approver1", "/programmes", data=b"a: 1", content_type=JSON), 400)


def test_an_amount_that_need_not_be_given_wants_its_currency(lone_api: Programs) -> None:
    order = a_completed_order(lone_api.house)
    path, number = f"/orders/{order}/register-contract", {"contract_number": "2026371000009999"}
    assert set(complaints(lone_api.post(PROVIDER, path, number | {"amount": "1000.00"}))) == {"currency"}
    refused(lone_api.post(PROVIDER, path, number), 409)  # it is registered, and needs no currency to hear so
