"""Lists come a page at a time, newest first, at a price that does not grow with them."""

from io import BytesIO

from tests.builders import (
    PROVIDER,
    SME,
    House,
    a_placed_order,
    an_application,
    an_approved_claim,
    an_exported_batch,
    an_issued_voucher,
    bank_answer,
)
from tests.counting import statements
from tests.workflows.api.client import Programs


def test_pages_follow_each_other_without_gap_or_repetition(api: Programs, house: House) -> None:
    made = [an_application(house) for _turn in range(5)]
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = api.seen(SME, "/vouchers", **query)
        seen += [each["reference"] for each in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert seen == made[::-1]


def test_what_is_added_meanwhile_moves_nothing_on_the_next_page(api: Programs, house: House) -> None:
    made = [an_application(house) for _turn in range(3)]
    first = api.seen(SME, "/vouchers", limit=2)
    an_application(house)
    assert [each["reference"] for each in api.seen(SME, "/vouchers", limit=2, after=first["next"])["items"]] == made[:1]


def test_filters_leave_what_was_asked_for(api: Programs, house: House) -> None:
    application, issued = an_application(house), an_issued_voucher(house)
    asked = [each["reference"] for each in api.seen("auditor1", "/vouchers", state="submitted")["items"]]
    assert asked == [application]
    order = a_placed_order(house, issued)
    assert [each["reference"] for each in api.seen(PROVIDER, "/orders", voucher=issued, state="placed")["items"]] == [order]
    assert api.seen(PROVIDER, "/orders", voucher=application)["items"] == []
    assert api.seen("auditor1", "/organisations", kind="office")["items"][0]["kind"] == "office"


def test_a_filter_by_what_does_not_exist_finds_nothing_not_what_has_none(api: Programs, house: House) -> None:
    an_approved_claim(house)
    assert len(api.seen("auditor1", "/payouts")["items"]) == 1
    assert api.seen("auditor1", "/payouts", batch="B-2026-99999-2")["items"] == []


LISTS = ("/vouchers", "/orders", "/claims", "/payouts", "/files", "/batches", "/people", "/organisations", "/programmes", "/fund-lines",
         "/bank-lines", "/bank-statements")


def test_a_longer_list_takes_no_more_questions(api: Programs, house: House) -> None:
    _one_more_of_each(api, house)
    one = {path: _questions(api, house, path, least=1) for path in LISTS}
    for _turn in range(3):
        _one_more_of_each(api, house)
    many = {path: _questions(api, house, path, least=1 if path in ("/programmes", "/fund-lines") else 4) for path in LISTS}
    assert many == one
    assert max(many.values()) < 12


def _one_more_of_each(api: Programs, house: House) -> None:
    batch = an_exported_batch(house)
    house.clock.turn(days=1)
    api.done("finance1", "/bank-statements", data={"file": (BytesIO(bank_answer(house, batch)), "camt.053.xml")})


def _questions(api: Programs, house: House, path: str, least: int) -> int:
    who = "finance1" if path.startswith("/bank") else "administrator1"
    api.key(who)
    with statements(house.database) as asked:
        assert len(api.seen(who, path)["items"]) >= least
    return len(asked)
