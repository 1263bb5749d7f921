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


def test_the_days_of_a_deadline_are_explained_in_the_readers_language(api: Programs, house: House) -> None:
    house.clock.turn(days=30)
    an_application(house)
    what = {language: [note["what"] for note in api.send("reviewer1", "GET", "/deadlines", headers={"Accept-Language": language}).json[
        "items"][0]["notes"]] for language in ("zh", "en")}  # type: ignore[index]
    assert ("不计入：清明节（补假）。" in what["zh"], "Does not count: Tomb-Sweeping Day (observed)." in what["en"]) == (True, True), what
