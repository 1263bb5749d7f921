"""Deadlines for programs: the office sees all, a firm its own."""

from tests.builders import PROVIDER, SME, House, an_application
from tests.workflows.api.client import Programs


def test_a_deadline_says_what_is_awaited_of_whom_and_why_it_is_that_day(api: Programs, house: House) -> None:
    voucher = an_application(house)
    (found,) = api.seen("reviewer1", "/deadlines", due_by="2026-03-16", waits_for="reviewer")["items"]
    assert {name: found[name] for name in ("subject", "rule", "state", "started_on", "length", "due_on", "days_left", "firm")} == {
        "subject": voucher, "rule": "review", "state": "running", "started_on": "2026-03-02", "length": "10 working days",
        "due_on": "2026-03-16", "days_left": 14, "firm": None}
    assert found["notes"][0] == {"day": "2026-03-02", "what": "The clock starts; 10 working days."}
    assert api.seen("reviewer1", "/deadlines", due_by="2026-03-15")["items"] == []
    assert [each["subject"] for each in api.seen(SME, "/deadlines", voucher=voucher)["items"]] == [voucher]
    assert api.seen(PROVIDER, "/deadlines")["items"] == []
