"""Deadlines for programs: the office sees all, a firm its own."""

from tests.builders import PROVIDER, PROVIDERS, SME, House, an_application, an_issued_voucher
from tests.workflows.api.client import Programs
from tests.workflows.test_bans import ban
from tests.workflows.test_holding import freeze
from workflows.surrender import surrender_voucher


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


def test_days_of_vouchers_and_bans_follow_the_deadlines_page_by_page_and_each_firm_sees_its_own(api: Programs, house: House) -> None:
    first, second = an_issued_voucher(house), an_issued_voucher(house, purpose="Another")
    an_application(house, purpose="A third")
    ban(house, PROVIDERS[0].number)
    banned = house.references[PROVIDERS[0].number]

    def listed(who: str, **query: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        after: dict[str, str] = {}
        while True:
            page = api.seen(who, "/deadlines", **query, **after)
            found += [(each["rule"], each["subject"]) for each in page["items"]]
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    for limit in ("1", "2", "200"):
        every = listed("auditor1", limit=limit, standing="yes")
        assert every[0][0] == "review" and every[1] == ("ban", banned)
        assert sorted(every[2:]) == sorted((rule, voucher) for rule in ("use", "claim") for voucher in (first, second))
    assert listed(PROVIDER) == [("ban", banned)]
    assert {subject for rule, subject in listed(SME) if rule in ("use", "claim")} == {first, second}
    with house.work(SME) as work:
        surrender_voucher(work, first, "We need it no more")
    freeze(house, second)
    assert listed("auditor1", standing="no", waits_for="sme") == listed("auditor1", state="dropped", waits_for="sme")
    assert set(listed("auditor1", state="dropped", waits_for="sme")) == {("use", first), ("claim", first)}
    assert set(listed("auditor1", state="paused", limit="1")) >= {("use", second), ("claim", second)}
    assert listed("auditor1", due_by=house.today.isoformat()) == []
    (runs_out,) = [each for each in api.seen("auditor1", "/ageing")["ahead"] if each["rule"] == "ban"]
    assert (runs_out["waits_for"], runs_out["late"], runs_out["total"], runs_out["over_20"]) == ("approver", 0, 1, 1)
    assert "There is no own/x" in str(api.send("auditor1", "GET", "/deadlines?after=own/x").json)
