"""The main road through the API alone: from a terms file to a payout that the bank has confirmed."""

from io import BytesIO
from typing import Any

from tests.builders import PROVIDER, PROVIDERS, SME, SMES, House, bank_answer
from tests.workflows.api.client import Programs
from voucher.programmes.library import example
from workflows.demo.data import WEIHAI
from workflows.demo.evidence import evidence_page

YUAN = {"currency": "CNY"}


def test_a_voucher_goes_from_its_terms_to_a_confirmed_payout(api: Programs, house: House) -> None:
    voucher = _issue(api, house)
    order = _buy(api, house, voucher)
    claim = _claim(api, house, order)
    assert claim["requested"] == claim["approved"] == "21200.00"
    payout = _pay(api, house, claim["payouts"][0])
    assert payout["state"] == "settled"
    assert api.seen(SME, f"/vouchers/{voucher}")["position"] == {
        "face": "100000.00", "available": "78800.00", "reserved": "0.00", "claimed": "0.00", "approved": "0.00", "paid": "21200.00",
        "expired": "0.00", "cancelled": "0.00", "disallowed": "0.00", "clawed_back": "0.00"}
    assert api.seen("auditor1", "/ledger/verification") == {"items": []}


def _issue(api: Programs, house: House) -> str:
    programme = api.done("approver1", "/programmes", data=example(WEIHAI), content_type="application/yaml")["reference"]
    line = api.done("finance1", "/fund-lines", {"programme": programme, "year": 2026, "funder": "city", "amount": "1000000.00",
                                                "document": "Decision 1"} | YUAN)
    allotted = api.done("finance1", f"/fund-lines/{line['reference']}/allot", {"amount": "800000.00", "document": "Notice 1"} | YUAN)
    assert allotted["position"]["free"] == "800000.00"
    assert allotted["position"]["unallotted"] == "200000.00"
    voucher = api.done(SME, "/vouchers", {"programme": programme, "sme": house.references[SMES[0].number], "amount": "100000.00",
                                          "purpose": "Research"} | YUAN)
    assert voucher["state"] == "submitted"
    assert voucher["steps"] == ["withdraw_application"]
    reference: str = voucher["reference"]
    api.done("reviewer1", f"/vouchers/{reference}/review", {"note": "Register checked"})
    assert api.done("approver1", f"/vouchers/{reference}/issue")["state"] == "issued"
    return reference


def _buy(api: Programs, house: House, voucher: str) -> str:
    price = {"service_type": "development", "net": "100000.00", "vat": "6000.00"} | YUAN
    assert api.done(SME, f"/vouchers/{voucher}/price", price)["result"] == "21200.00"
    order = api.done(SME, "/orders", price | {"voucher": voucher, "provider": house.references[PROVIDERS[0].number],
                                              "title": "Buoy"})["reference"]
    assert api.seen(PROVIDER, f"/orders/{order}")["steps"] == ["accept_order", "decline_order", "propose_change"]
    api.done(PROVIDER, f"/orders/{order}/accept")
    api.done(PROVIDER, f"/orders/{order}/register-contract", {"contract_number": "2026371000000001"})
    api.done(PROVIDER, f"/orders/{order}/deliver", {"note": "Report of 12 pages"})
    completed = api.done(SME, f"/orders/{order}/accept-delivery")
    assert completed["state"] == "completed"
    return str(order)


def _claim(api: Programs, house: House, order: str) -> Any:
    firm = house.references[SMES[0].number]
    evidence = []
    for kind in ("contract", "registration", "invoice", "own_payment"):
        form = {"organisation": firm, "file": (BytesIO(evidence_page(kind)), f"{kind}.pdf")}
        evidence.append({"kind": kind, "file": api.done(SME, "/files", data=form)["reference"]})
    today = house.today.isoformat()
    claim = api.done(SME, "/claims", {
        "order": order, "evidence": evidence, "own_payment": {"reference": "BANK-1", "paid_on": today, "amount": "106000.00"},
        "lines": [{"invoice_number": "26371000000000000001", "issued_on": today, "description": "Buoy", "net": "100000.00",
                   "vat": "6000.00"}]} | YUAN)["reference"]
    api.done("verifier1", f"/claims/{claim}/verify", {"decisions": [{"number": 1, "accepted": "106000.00"}]} | YUAN)
    return api.done("approver2", f"/claims/{claim}/approve")


def _pay(api: Programs, house: House, payout: str) -> Any:
    batch = api.done("finance1", "/batches", {"execution_on": house.today.isoformat()})["reference"]
    assert api.done("treasury1", f"/batches/{batch}/release")["state"] == "signed"
    assert api.done("treasury2", f"/batches/{batch}/release")["state"] == "released"
    house.do_jobs()
    assert api.get("treasury1", f"/batches/{batch}/files/CNY").data.startswith(b"<?xml")
    imported = api.done("finance1", "/bank-statements", data={"file": (BytesIO(bank_answer(house, batch)), "camt.053.xml")})
    assert (imported["new"], imported["settled"], imported["open"]) == (1, 1, 0)
    house.do_jobs()
    document = api.get(SME, f"/payouts/{payout}/settlement-statement")
    assert document.data.startswith(b"%PDF-")
    return api.seen(SME, f"/payouts/{payout}")
