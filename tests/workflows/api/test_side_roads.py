"""The roads beside the main one: turned down, taken back, sent back, returned by the bank, matched by hand."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.builders import (
    IRISH_PROVIDERS,
    IRISH_SMES,
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
    a_verified_claim,
    an_application,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
    who,
)
from tests.workflows.api.client import Programs, complaints, refused
from tests.workflows.api.conftest import a_house_with_firms
from tests.workflows.portal.visitors import an_app
from voucher import accounting, ledger
from voucher.database import Database
from voucher.money import Money
from workflows.predicting import predict_payments

REASON = {"reason": "For a reason"}
REJECTION = REASON | {"basis": "Article 5"}


def test_an_application_is_withdrawn_rejected_or_refused(api: Programs, house: House) -> None:
    assert api.done(SME, f"/vouchers/{an_application(house)}/withdraw")["state"] == "withdrawn"
    rejected = api.done("reviewer1", f"/vouchers/{an_application(house)}/reject", REJECTION)
    assert rejected["events"][-1] | {"at": ""} == {
        "at": "", "name": "voucher.rejected", "subject": rejected["reference"], "from_state": "submitted", "to_state": "rejected",
        "reason": "For a reason", "actor": rejected["events"][-1]["actor"]}
    assert api.done("approver1", f"/vouchers/{a_reviewed_application(house)}/refuse", REJECTION)["state"] == "rejected"


def test_a_reason_must_say_something(api: Programs, house: House) -> None:
    voucher = an_application(house)
    assert set(complaints(api.post("reviewer1", f"/vouchers/{voucher}/reject", {"reason": "  ", "basis": "Article 5"}))) == {"reason"}


def test_an_order_is_declined_or_cancelled_and_what_it_held_is_free_again(api: Programs, house: House) -> None:
    voucher = an_issued_voucher(house)
    declined = a_placed_order(house, voucher)
    assert api.done(PROVIDER, f"/orders/{declined}/decline", REASON)["state"] == "declined"
    cancelled = a_placed_order(house, voucher)
    assert api.seen(SME, f"/vouchers/{voucher}")["position"]["reserved"] == "21200.00"
    assert api.done(SME, f"/orders/{cancelled}/cancel", REASON)["state"] == "cancelled"
    assert api.seen(SME, f"/vouchers/{voucher}")["position"]["available"] == "100000.00"


def test_an_order_is_changed_by_agreement_and_its_earlier_version_stays_in_sight(api: Programs, house: House) -> None:
    order = a_placed_order(house)
    proposed = api.done(PROVIDER, f"/orders/{order}/propose-change", REASON | {"net": "50000.00", "vat": "3000.00", "currency": "CNY"})
    assert (proposed["version"], proposed["amendments"][0]["state"], proposed["voucher_part"]) == (1, "proposed", "21200.00")
    assert "agree_amendment" in api.seen(SME, f"/orders/{order}")["steps"]
    agreed = api.done(SME, f"/orders/{order}/agree-amendment")
    assert (agreed["version"], agreed["voucher_part"], agreed["guaranteed"]) == (2, "10600.00", "0.00")
    [amendment] = agreed["amendments"]
    assert (amendment["state"], amendment["replaced"]["net"], amendment["replaced"]["sheet"]["result"]) == (
        "agreed", "100000.00", "21200.00")
    assert agreed["cash"] == {"invoice_to_office": "0.00", "invoice_to_sme": "53000.00", "tax": "3000.00", "sme_pays": "53000.00",
                              "sme_gets_back": "10600.00", "sme_bears": "42400.00"}


def test_an_order_may_ask_for_a_smaller_part(api: Programs, house: House) -> None:
    voucher = an_issued_voucher(house)
    provider = api.seen(SME, "/organisations", kind="provider")["items"][0]["reference"]
    order = api.done(SME, "/orders", {"voucher": voucher, "provider": provider, "service_type": "development", "title": "Buoy",
                                      "net": "100000.00", "vat": "6000.00", "part": "5000.00", "currency": "CNY"})
    assert (order["voucher_part"], order["own_part"]) == ("5000.00", "101000.00")


def test_a_claim_is_withdrawn_or_sent_back(api: Programs, house: House) -> None:
    claim = a_verified_claim(house)
    assert api.done("approver2", f"/claims/{claim}/send-back", REASON)["state"] == "submitted"
    assert api.done(SME, f"/claims/{claim}/withdraw")["state"] == "withdrawn"


def test_a_cut_needs_a_reason_and_is_told_line_by_line(api: Programs, house: House) -> None:
    claim = a_submitted_claim(house)
    cut: dict[str, Any] = {"number": 1, "accepted": "50000.00"}
    assert set(complaints(api.post("verifier1", f"/claims/{claim}/verify", {"currency": "CNY", "decisions": [cut]}))) == {
        "decisions.1.reason"}
    verified = api.done("verifier1", f"/claims/{claim}/verify", {
        "currency": "CNY", "decisions": [cut | {"reason": "price_too_high"}]})
    line = verified["lines"][0]
    assert (line["basis"], line["accepted"], line["reason"]) == ("106000.00", "50000.00", "price_too_high")
    assert verified["steps"] == []


def test_a_claim_of_which_nothing_was_accepted_is_refused(api: Programs, house: House) -> None:
    claim = a_submitted_claim(house)
    api.done("verifier1", f"/claims/{claim}/verify", {
        "currency": "CNY", "decisions": [{"number": 1, "accepted": "0.00", "reason": "no_evidence"}]})
    assert "approve_claim" in api.seen("approver2", f"/claims/{claim}")["steps"]
    refused_claim = api.done("approver2", f"/claims/{claim}/approve")
    assert (refused_claim["state"], refused_claim["approved"]) == ("refused", "0.00")


def test_a_batch_is_taken_apart(api: Programs, house: House) -> None:
    batch = a_gathered_batch(house)
    shown = api.seen("auditor1", f"/batches/{batch}")
    assert shown["totals"] == [{"currency": "CNY", "amount": "21200.00", "count": 1}]
    assert api.done("finance1", f"/batches/{batch}/dissolve", REASON)["state"] == "dissolved"
    assert api.seen("finance1", "/payouts", state="payable")["items"][0]["reference"] == shown["payouts"][0]


def test_a_returned_payout_is_paid_again_to_another_account(api: Programs, house: House) -> None:
    batch = an_exported_batch(house)
    payout = api.seen("finance1", f"/batches/{batch}")["payouts"][0]
    _report(api, house, batch, returned=[payout])
    assert api.seen("finance1", f"/payouts/{payout}")["steps"] == ["undo_rejection", "unmatch_line", "reissue_payout"]
    refused(api.post("finance1", f"/payouts/{payout}/reissue"), 409)
    firm = house.references[SMES[0].number]
    api.done("administrator1", f"/organisations/{firm}/accounts", {
        "currency": "CNY", "number": "6222000000000001", "bank_name": "Bank", "bank_code": "102465000018"})
    again = api.done("finance1", f"/payouts/{payout}/reissue")
    assert (again["replaces"], again["state"], again["account_number"]) == (payout, "payable", "6222000000000001")
    assert [each["active"] for each in api.seen(SME, f"/organisations/{firm}/accounts")["items"]] == [True, False]


def _report(api: Programs, house: House, batch: str, **trouble: Any) -> Any:
    file = (BytesIO(bank_answer(house, batch, **trouble)), "camt.053.xml")
    return api.done("finance1", "/bank-statements", data={"file": file})


def test_a_mangled_line_is_matched_by_hand_and_a_stranger_set_aside(api: Programs, house: House) -> None:
    batch = an_exported_batch(house)
    payout = api.seen("finance1", f"/batches/{batch}")["payouts"][0]
    imported = _report(api, house, batch, mangled={payout: "zeros_lost"}, stranger=True)
    assert imported["open"] == 2
    lines = api.seen("finance1", "/bank-lines", state="open")["items"]
    ours, strange = sorted(lines, key=lambda line: abs(float(line["amount"])) != 21200)
    best = api.seen("finance1", f"/bank-lines/{ours['id']}/suggestions")["items"][0]
    assert (best["payout"], best["amount"]) == (payout, "21200.00")
    assert best["score"] > 25
    assert "same amount" in best["reasons"]
    matched = api.done("finance1", f"/bank-lines/{ours['id']}/match", {"payout": payout})
    assert (ours["entries"], matched["payout"], matched["entries"]) == ([], payout, [f"payout.settled {payout}"])
    assert api.done("finance1", f"/bank-lines/{strange['id']}/set-aside", REASON)["state"] == "set_aside"
    refused(api.post("finance1", f"/bank-lines/{ours['id']}/match", {"payout": payout}), 409)
    assert api.seen("finance1", f"/bank-statements/{ours['statement']}")["currency"] == "CNY"
    assert api.seen("finance1", "/bank-lines", statement=ours["statement"], state="open")["items"] == []


def test_predictions_are_measured_by_payments_that_stand_in_the_books(api: Programs, house: House) -> None:
    batch = an_exported_batch(house)
    for _day in range(2):
        with house.work() as work:
            predict_payments(work, house.store)
        house.clock.turn(days=1)
    _report(api, house, batch)
    [paid] = api.seen("reviewer1", "/predictions/measured", stage="bank")["items"]
    assert (paid["entry"], len(paid["said"])) == (f"payout.settled {paid['payout']}", 2)
    assert paid["entry"] in [each["cause"] for each in api.seen("auditor1", "/ledger/entries", subject=paid["claim"])["items"]]
    assert api.seen("reviewer1", "/predictions/measured", stage="approval")["items"] == []


def test_the_same_statement_again_adds_nothing(api: Programs, house: House) -> None:
    batch = an_exported_batch(house)
    first, again = _report(api, house, batch), _report(api, house, batch)
    assert (first["new"], again["new"], again["known"]) == (1, 0, 1)


def test_the_terms_are_tried_on_a_case_of_ones_own(api: Programs, house: House) -> None:
    programme = a_programme(house)
    case = {"firm_class": "technology_sme", "service": "development", "net": "2000000.00", "vat": "0.00", "currency": "CNY"}
    assert api.done(SME, f"/programmes/{programme}/calculate", case)["result"] == "300000.00"
    other = case | {"firm_class": "other", "net": "300000.00", "used": [{"on": house.today.isoformat(), "amount": "70000.00"}]}
    sheet = api.done(SME, f"/programmes/{programme}/calculate", other)
    assert (sheet["result"], sheet["own_share"], sheet["currency"]) == ("30000.00", "270000.00", "CNY")
    assert any(line["kind"] == "cap" and line["label"]["zh"] for line in sheet["lines"])


def test_a_programme_tells_its_terms(api: Programs, house: House) -> None:
    programme = api.seen(SME, "/programmes", code="weihai")["items"] or [{"reference": a_programme(house)}]
    shown = api.seen(SME, f"/programmes/{programme[0]['reference']}")
    assert shown["terms"]["payee"] == "sme"
    assert shown["terms"]["services"]["development"] == {"zh": "技术开发", "en": "technology development"}
    assert len(shown["versions"]) == 1
    assert api.seen(SME, f"/programmes/{shown['reference']}/terms")["source"].startswith("#")


def test_where_the_provider_redeems_the_claim_and_the_money_are_the_providers(database: Database, tmp_path: Path) -> None:
    house = a_house_with_firms(database, tmp_path, irish=True)
    api = Programs(an_app(house, tmp_path), house)
    voucher = an_issued_voucher(house, sme=IRISH_SMES[0], amount="5000.00")
    claim = an_approved_claim(house, a_completed_order(
        house, voucher, sme=IRISH_SMES[0], provider=IRISH_PROVIDERS[0], net="5000.00", vat="1150.00"),
        sme=IRISH_SMES[0], provider=IRISH_PROVIDERS[0])
    provider, sme = who(IRISH_PROVIDERS[0]), who(IRISH_SMES[0])
    shown = api.seen(provider, f"/claims/{claim}")
    assert (shown["approved"], shown["currency"]) == ("5000.00", "EUR")
    assert api.seen(provider, f"/payouts/{shown['payouts'][0]}")["payee"]["reference"] == house.references[IRISH_PROVIDERS[0].number]
    refused(api.get(sme, f"/payouts/{shown['payouts'][0]}"), 404)


def test_the_books_are_open_to_the_office(api: Programs, house: House) -> None:
    voucher = an_issued_voucher(house)
    items = api.seen("auditor1", "/ledger/trial-balance")["items"]
    standing = {each["account"]: each["amount"] for each in items}
    assert standing[f"entitlement:available:{voucher}"] == "-100000.00"
    assert api.seen("auditor1", "/ledger/trial-balance", as_of="2026-03-01") == {"items": []}
    entries = api.seen("auditor1", "/ledger/entries", subject=voucher)["items"]
    assert [each["event"] for each in entries] == ["voucher.issued"]
    statement = api.seen("auditor1", "/ledger/statement", account=f"entitlement:available:{voucher}", currency="CNY")
    assert [line["balance"] for line in statement["lines"]] == ["-100000.00"]
    last = entries[-1]
    assert last["actor"] and last["steps"] and last["about"]["voucher"] == voucher
    assert last["terms"]["version"] == 1 and len(last["terms"]["sha256"]) == 64
    assert api.seen("auditor1", "/ledger/entries", subject="nonsense") == {"items": []}


def test_the_books_are_asked_as_they_were_known_at_an_instant(api: Programs, house: House) -> None:
    voucher, before = an_issued_voucher(house), house.today
    account = {"account": f"entitlement:available:{voucher}", "currency": "CNY"}
    house.clock.turn(seconds=1)
    then = house.clock.now.isoformat()
    house.clock.turn(days=1)
    with house.work() as work:
        ledger.post(work, accounting.entry("order.placed", "O1", before, {"part": Money.parse("100.00", "CNY")},
                                           {"voucher": voucher, "fund_line": "L-2026-00001-3"}))
    assert [api.seen("auditor1", "/ledger/balance", **account, as_of=str(before), **known)["amount"]
            for known in ({}, {"known_at": then})] == ["-99900.00", "-100000.00"]
    assert [len(api.seen("auditor1", "/ledger/statement", **account, **known)["lines"]) for known in ({}, {"known_at": then})] == [2, 1]
    trial = api.seen("auditor1", "/ledger/trial-balance", known_at=then)["items"]
    assert {each["account"]: each["amount"] for each in trial}[account["account"]] == "-100000.00"
    told = api.seen("auditor1", "/ledger/comparison", **account, as_of=str(before), known_at=then)
    assert (told["then"], told["now"], [line["cause"] for line in told["between"]]) == ("-100000.00", "-99900.00", ["order.placed O1"])
    refused(api.get("auditor1", "/ledger/trial-balance", known_at="2026-03-31T16:00:00"), 422)


def test_a_year_s_surpluses_are_told_with_what_lies_between_them(api: Programs, house: House) -> None:
    an_approved_claim(house)
    [told] = api.seen("auditor1", "/ledger/surplus", year=str(house.today.year))["items"]
    assert told["headed"][3] == {
        "zh": "当期确认为费用但没有确认为预算支出", "en": "Recognised as expense, not as budget expenditure", "adds": "-21200.00",
        "differences": [{"event": "claim.approved", "amount": "21200.00"}]}
    assert (told["budget"], told["difference"]) == ({"amount": "0.00", "changes": []}, "-21200.00")
    assert told["accrual"] == {"amount": "-21200.00", "changes": [{"account": "cn-financial:5001", "adds": "-21200.00"}]}
    assert told["changes"] == [{"account": "cn-financial:2303", "adds": "-21200.00"}]
    assert api.seen("auditor1", "/ledger/surplus", year="2019") == {"items": []}
    refused(api.get("auditor1", "/ledger/surplus", year="99999"), 422)


def test_a_period_is_closed_by_one_and_opened_again_by_another(api: Programs, house: House) -> None:
    an_issued_voucher(house)
    house.clock.turn(days=40)
    closed = api.done("finance1", "/ledger/periods/close", {"through": "2026-03-31", "reason": "Quarter"})
    assert (closed["closed_through"], closed["reason"]) == ("2026-03-31", "Quarter")
    assert set(complaints(api.post("approver1", "/ledger/periods/reopen", {}))) == {"reason"}
    refused(api.post("finance1", "/ledger/periods/reopen", REASON), 403)
    assert api.done("approver1", "/ledger/periods/reopen", REASON)["closed_through"] is None
    assert [act["number"] for act in api.seen("auditor1", "/ledger/periods")["items"]] == [1, 2]
    refused(api.post("verifier1", "/ledger/periods/close", {"through": "2026-03-31"}), 403)


def test_firms_people_accounts_and_roles_are_entered(api: Programs, house: House) -> None:
    boss = "administrator1"
    firm = api.done(boss, "/organisations", {"kind": "sme", "name": "New", "number": "IE1234567T", "country": "IE"})["reference"]
    refused(api.post(boss, "/organisations", {"kind": "sme", "name": "New", "number": "IE1234567T", "country": "IE"}), 409)
    assert set(complaints(api.post(boss, "/organisations", {"kind": "sme", "name": "New", "number": "123"}))) == {"number"}
    person = {"email": "new@voucher.example", "name": "New", "password": "correct horse battery"}
    assert "password" not in api.done(boss, "/people", person)
    assert set(complaints(api.post(boss, "/people", person | {"email": "new2@voucher.example", "password": "short"}))) == {"password"}
    api.done(boss, "/people/roles", {"email": "new@voucher.example", "role": "sme", "organisation": firm})
    refused(api.post(boss, "/people/roles", {"email": "new@voucher.example", "role": "treasury", "organisation": firm}), 403)
    assert api.seen("new", "/me")["roles"] == [{"role": "sme", "organisation": {"reference": firm, "name": "New"}}]
    assert api.seen("new", f"/organisations/{firm}")["number"] == "IE1234567T"
    refused(api.get("new", f"/organisations/{house.references[SMES[0].number]}"), 404)


def test_a_firm_sees_the_accounts_of_no_other(api: Programs, house: House) -> None:
    provider = api.seen(SME, "/organisations", kind="provider")["items"][0]["reference"]
    refused(api.get(SME, f"/organisations/{provider}/accounts"), 404)


def test_a_fault_of_ours_is_told_without_our_insides(api: Programs, house: House) -> None:
    file = api.seen(SME, f"/claims/{a_submitted_claim(house)}")["evidence"][0]["file"]
    for kept in house.store._system.find(house.store._root):
        house.store._system.rm(kept)
    details = refused(api.get(SME, f"/files/{file}/content"), 500)
    assert "FileNotFound" not in str(details)


def test_bans_objections_and_mails_have_their_operations(api: Programs, house: House) -> None:
    firm = house.references[SMES[0].number]
    body = {"until": str(house.today + timedelta(days=20)), "reason": "It sold the voucher.", "basis": "Article 21"}
    assert api.done("approver1", f"/organisations/{firm}/ban", body)["with_people"] is False
    assert [each["organisation"]["reference"] for each in api.seen("auditor1", "/bans")["items"]] == [firm]
    assert api.seen(SME, f"/organisations/{firm}/bans")["items"][0]["reason"] == "It sold the voucher."
    refused(api.get(who(SMES[1]), f"/organisations/{firm}/bans"), 404)
    refused(api.post("approver1", f"/organisations/{firm}/lift-ban", REASON), 403)
    (lifted,) = api.done("approver2", f"/organisations/{firm}/lift-ban", REASON)["items"]
    assert lifted["lifted_on"] == str(house.today) and api.seen("auditor1", "/bans")["items"] == []
    assert api.done(SME, "/me/mails", {"mails": "daily"})["mails"] == "daily"
    claim = an_approved_claim(house)
    grounds = {"claim": claim, "name": "Li Wei", "contact": "li@example.org", "grounds": "There is no buoy."}
    refused(api.post(SME, "/objections", grounds), 404)  # it stands on no notice
    refused(api.post(SME, "/objections", grounds | {"provider": firm}), 422)
    assert api.app.test_client().get(f"/api/v1/programmes/{a_programme(house)}/paid").json == {"items": [], "next": None}
