"""What terms do, by the API: a draft is tried, one funder pays first for another, and what was paid is published."""

from tests.builders import (
    SME,
    House,
    a_placed_order,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from tests.workflows.api.client import Programs, complaints
from tests.workflows.scopes import publish
from tests.workflows.test_advancing import RULES as LENDING
from tests.workflows.test_advancing import line_of
from voucher.programmes.library import example
from workflows.reconciliation import import_statement
from workflows.worker import work_off

DRAFT = example("weihai").decode().replace("technology_sme: 300000.00", "technology_sme: 10000.00")


def test_a_draft_is_tried_looked_at_and_its_table_fetched(api: Programs, house: House) -> None:
    a_placed_order(house, an_issued_voucher(house), net="100000.00", vat="0.00")
    path, body = "/programmes/P-2026-00001-9/backtests", {"draft": DRAFT, "budget": "5000.00", "currency": "CNY"}
    asked = api.done("finance1", path, body)
    one = f"{path}/{asked['id']}"
    assert (asked["state"], asked["of_cases"], api.get("finance1", f"{one}/cases").status_code) == ("running", 1, 409)
    work_off(house.database, house.store, house.clock)
    found = api.seen("auditor1", one)
    assert (found["state"], found["cases"], found["report"]["change"]) == ("finished", 1, "-10000.00")
    assert found["report"]["budget_spent_on"] == "2026-03-02"
    assert [each["id"] for each in api.seen("auditor1", path)["items"]] == [asked["id"]]
    table = api.get("auditor1", f"{one}/cases").get_data().decode("utf-8-sig").splitlines()
    assert table[1].split(",")[5:8] == ["20000.00", "10000.00", "-10000.00"]
    wrong = complaints(api.post("finance1", path, body | {"draft": DRAFT.replace("caps:", "cpas:")}))
    assert "Did you mean caps?" in wrong["cpas"]
    assert [api.post(who, path, body).status_code for who in ("reviewer1", SME)] == [403, 403]


def test_one_funder_lends_and_is_paid_back(api: Programs, house: House) -> None:
    line = line_of(house, publish(house, LENDING, allotted="90000.00"), "city").reference
    body = {"amount": "50000.00", "document": "Letter 1", "currency": "CNY"}
    lent = api.done("finance1", f"/fund-lines/{line}/advance-funds", body)
    assert (lent["funder"], lent["position"]["free"]) == ("province", "50000.00")
    paid = api.done("finance1", f"/fund-lines/{line}/settle-advance", body | {"document": "Letter 2"})
    assert (paid["funder"], paid["position"]["free"]) == ("province", "0.00")
    assert api.seen("finance1", f"/fund-lines/{line}")["position"]["free"] == "90000.00"


def test_what_was_paid_is_listed_page_by_page_as_far_as_the_terms_publish_it(api: Programs, house: House) -> None:
    programme = publish(house, example("weihai") + b"publication_fields: [service, amount]\n")
    claims = [an_approved_claim(house) for _turn in range(2)]
    batch = an_exported_batch(house)
    path = f"/programmes/{programme}/paid"
    assert api.seen(SME, path)["items"] == []
    with house.work("finance1") as work:
        import_statement(work, house.store, "camt.xml", bank_answer(house, batch))
    first = api.seen(SME, path, limit=1)
    second = api.seen(SME, path, limit=1, after=first["next"])
    assert ([page["items"][0]["claim"] for page in (first, second)], second["next"]) == (claims[::-1], None)
    [item] = first["items"]
    assert (item["amount"], item["currency"], item["paid_on"]) == ("21200.00", "CNY", house.today.isoformat())
    assert (item["firm"], item["provider"], item["contract"]) == ("", "", None)
    assert item["service"]["en"]
