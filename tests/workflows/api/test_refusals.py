"""Every refusal has one of four kinds and one form, whoever refuses: the door, the body, the verb, or HTTP itself."""

from io import BytesIO

import pytest

from tests.builders import (
    PROVIDER,
    SME,
    SMES,
    House,
    a_completed_order,
    a_gathered_batch,
    a_placed_order,
    a_programme,
    a_reviewed_application,
    a_submitted_claim,
    an_application,
    an_approved_claim,
    an_issued_voucher,
    who,
)
from tests.workflows.api.client import Programs, complaints, refused
from voucher.claims import Claim
from voucher.database import fetch
from voucher.payouts import payouts_of
from voucher.references import reference
from voucher.work import read

OTHER_SME = who(SMES[1])


def test_without_a_key_nothing_is_told(api: Programs) -> None:
    response = api.get("", "/vouchers")
    assert refused(response, 401)["detail"] == "You have to sign in for this."
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_key_is_refused(api: Programs) -> None:
    refused(api.send("", "GET", "/vouchers", headers={"Authorization": "Bearer vk_wrong"}), 401)


def test_too_many_wrong_keys_are_throttled(api: Programs) -> None:
    wrong = {"Authorization": "Bearer vk_wrong"}
    statuses = [api.send("", "GET", "/vouchers", headers=wrong).status_code for _turn in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


def test_a_session_cookie_opens_nothing(api: Programs) -> None:
    client = api.app.test_client()
    client.set_cookie("session", "anything")
    refused(client.get("/api/v1/me"), 401)


def test_what_was_given_wrongly_comes_back_with_every_problem_at_once(api: Programs, house: House) -> None:
    a_programme(house)
    found = complaints(api.post(SME, "/vouchers", {"programme": "P-1", "amount": 100, "currency": "YEN", "colour": "red"}))
    assert set(found) == {"programme", "sme", "amount", "currency", "purpose", "colour"}
    assert found["purpose"] == "This is missing."
    assert found["colour"] == "There is no such field here."
    assert found["amount"].startswith("Write an amount as a string")


def test_what_the_verb_finds_wrong_comes_back_in_the_same_form(api: Programs, house: House) -> None:
    programme = a_programme(house)
    body = {"programme": programme, "sme": house.references[SMES[0].number], "amount": "900000.00", "currency": "CNY", "purpose": " "}
    found = complaints(api.post(SME, "/vouchers", body))
    assert set(found) == {"amount", "purpose"}
    assert "300000.00 CNY" in found["amount"]


def test_an_amount_in_another_currency_is_refused_and_not_converted(api: Programs, house: House) -> None:
    programme = a_programme(house)
    body = {"programme": programme, "sme": house.references[SMES[0].number], "amount": "100.00", "currency": "EUR", "purpose": "x"}
    assert "CNY" in complaints(api.post(SME, "/vouchers", body))["amount"]


def test_who_lacks_the_role_is_told_so(api: Programs, house: House) -> None:
    voucher = an_application(house)
    refused(api.post(SME, f"/vouchers/{voucher}/review"), 403)
    refused(api.get(SME, "/ledger/trial-balance"), 403)


def test_who_took_part_in_a_case_does_nothing_else_in_it(api: Programs, house: House) -> None:
    voucher = a_reviewed_application(house)
    api.done("approver1", f"/vouchers/{voucher}/issue")
    claim = _claim_on(house, voucher)
    api.done("verifier1", f"/claims/{claim}/verify", {"currency": "CNY", "decisions": [{"number": 1, "accepted": "106000.00"}]})
    details = refused(api.post("approver1", f"/claims/{claim}/approve"), 403)
    assert "already took part" in details["detail"]


def _claim_on(house: House, voucher: str) -> str:
    return a_submitted_claim(house, a_completed_order(house, voucher))


def test_what_the_state_does_not_allow_is_refused_with_the_state(api: Programs, house: House) -> None:
    voucher = an_application(house)
    details = refused(api.post("approver1", f"/vouchers/{voucher}/issue"), 409)
    assert "submitted" in details["detail"]


@pytest.mark.parametrize("path", ["", "/price", "/withdraw"])
def test_what_belongs_to_another_firm_is_not_found(api: Programs, house: House, path: str) -> None:
    voucher = an_issued_voucher(house)
    price = {"service_type": "development", "net": "1.00", "vat": "0.00", "currency": "CNY"}
    ask = api.get(OTHER_SME, f"/vouchers/{voucher}") if not path else api.post(
        OTHER_SME, f"/vouchers/{voucher}{path}", price if path == "/price" else None)
    assert refused(ask, 404)["type"] == "urn:voucher:refusal:NotFound"


def test_orders_claims_payouts_and_files_of_others_are_not_found(api: Programs, house: House) -> None:
    claim = an_approved_claim(house)
    with read(house.database) as session:
        payout = payouts_of(session, fetch(session, Claim, claim).id)[0].reference
    shown = api.seen(SME, f"/claims/{claim}")
    file = shown["evidence"][0]["file"]
    for path in (f"/orders/{shown['order']}", f"/claims/{claim}", f"/payouts/{payout}", f"/files/{file}", f"/files/{file}/content",
                 f"/payouts/{payout}/settlement-statement"):
        refused(api.get(OTHER_SME, path), 404)
    refused(api.post(OTHER_SME, f"/claims/{claim}/withdraw"), 404)
    refused(api.post(OTHER_SME, f"/orders/{shown['order']}/cancel", {"reason": "mine"}), 404)


def test_lists_hold_ones_own_only(api: Programs, house: House) -> None:
    an_approved_claim(house)
    for path in ("/vouchers", "/orders", "/claims", "/payouts", "/files"):
        assert api.seen(SME, path)["items"], path
        assert api.seen(OTHER_SME, path) == {"items": [], "next": None}


def test_a_provider_sees_of_a_voucher_what_concerns_its_order(api: Programs, house: House) -> None:
    order = a_placed_order(house)
    voucher = api.seen(PROVIDER, f"/orders/{order}")["voucher"]
    shown = api.seen(PROVIDER, f"/vouchers/{voucher}")
    assert "position" not in shown
    assert {event["subject"] for event in shown["events"]} == {order}
    assert all("actor" not in event for event in shown["events"])


def test_the_office_is_told_who_did_what(api: Programs, house: House) -> None:
    voucher = a_reviewed_application(house)
    events = api.seen("auditor1", f"/vouchers/{voucher}")["events"]
    assert [event["name"] for event in events] == ["voucher.applied", "voucher.reviewed"]
    assert all(event["actor"] for event in events)


@pytest.mark.parametrize("wrong", ["V-2026-00001-0", "nonsense", "O-2026-00001-1", "V-2026-00001-4%00", "%F0%9F%92%A9"])
def test_a_reference_that_cannot_be_one_is_not_found(lone_api: Programs, wrong: str) -> None:
    refused(lone_api.get("auditor1", f"/vouchers/{wrong}"), 404)


def test_a_reference_is_read_as_people_type_it(api: Programs, house: House) -> None:
    voucher = an_application(house)
    assert api.seen(SME, f"/vouchers/{voucher.lower()}")["reference"] == voucher


def test_a_bank_line_that_is_not_there_is_not_found(api: Programs) -> None:
    line = "01900000-0000-7000-8000-000000000000"
    refused(api.get("finance1", f"/bank-lines/{line}/suggestions"), 404)
    refused(api.post("finance1", f"/bank-lines/{line}/set-aside", {"reason": "not ours"}), 404)
    refused(api.post("finance1", f"/bank-lines/{line}/match", {"payout": reference("Y", 2026, 1)}), 404)
    refused(api.get("finance1", "/bank-lines/7/suggestions"), 404)


def test_who_gathered_a_batch_does_not_release_it(api: Programs, house: House) -> None:
    batch = a_gathered_batch(house)
    assert "gathered this batch" in refused(api.post("finance1", f"/batches/{batch}/release"), 403)["detail"]


def test_a_settlement_statement_that_is_not_made_yet_says_so(api: Programs, house: House) -> None:
    payout = api.seen(SME, f"/claims/{an_approved_claim(house)}")["payouts"][0]
    assert payout in refused(api.get(SME, f"/payouts/{payout}/settlement-statement"), 409)["detail"]


@pytest.mark.parametrize(("language", "said"), [("zh-CN,zh;q=0.9", "zh"), ("en-GB", "en"), ("fr", "zh")])
def test_refusals_speak_the_readers_language(lone_api: Programs, language: str, said: str) -> None:
    response = lone_api.send("", "GET", "/vouchers", headers={"Accept-Language": language})
    assert refused(response, 401)["detail"].isascii() == (said == "en")


def test_http_itself_refuses_in_the_same_form(lone_api: Programs) -> None:
    refused(lone_api.get("auditor1", "/nothing"), 404)
    refused(lone_api.send("auditor1", "DELETE", "/vouchers"), 405)


def test_a_terms_file_is_refused_with_each_problem_and_its_line(api: Programs) -> None:
    response = api.post("approver1", "/programmes", data=b"format: 1\nprogramme: {code: X Y}\n", content_type="application/yaml")
    problems = refused(response, 422)["problems"]
    assert len(problems) > 1
    assert all(each["line"] >= 1 for each in problems)


def test_a_bank_file_that_is_none_is_refused(api: Programs) -> None:
    refused(api.post("finance1", "/bank-statements", data={"file": (BytesIO(b"<html>"), "x.xml")}), 422)
