"""Who has forgotten what was written beside an entry, and what tells of it."""

import json
from pathlib import Path

import pytest

from tests.builders import House
from tests.workflows.api.client import Programs
from tests.workflows.cli.typist import type_command
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.recovering import a_settled_payout
from tests.workflows.test_absence import hand_over
from tests.workflows.test_unmatching import WHY, line_of, unmatch
from voucher import ledger
from voucher.errors import NotAllowed, NotFound, NotValid
from voucher.history import events_of
from voucher.work import read
from workflows.forgetting import forget_memo
from workflows.replay import replay


def an_entry_with_words(house: House) -> str:
    """A reversal beside which treasury1 wrote why; answers its cause."""
    payout = a_settled_payout(house)
    unmatch(house, line_of(house, payout))
    cause = f"payout.settlement_undone {payout} 1"
    with read(house.database) as session:
        entry = ledger.find(session, cause)
    assert entry and entry.memo == WHY
    return cause


def test_another_person_of_finance_or_treasury_has_it_forgotten_and_history_tells_why(house: House) -> None:
    cause = an_entry_with_words(house)
    for who, reason, refusal in (("treasury1", "my own words", NotAllowed), ("auditor1", "x", NotAllowed), ("finance1", " ", NotValid)):
        with pytest.raises(refusal), house.work(who) as work:
            forget_memo(work, cause, reason)
    with pytest.raises(NotFound), house.work("finance1") as work:
        forget_memo(work, "no such entry", "x")
    with house.work("finance1") as work:
        assert forget_memo(work, cause, "its writer asks").is_forgotten
    with pytest.raises(ledger.NothingWritten), house.work("finance1") as work:
        forget_memo(work, cause, "again")
    with read(house.database) as session:
        told = [each for each in events_of(session, cause.split()[1]) if each.name == "memo.forgotten"]
        assert [(each.reason, each.data["cause"], each.person_id) for each in told] == [
            ("its writer asks", cause, house.people["finance1"].person_id)]
        assert told[0].case_reference.startswith("V-")
        assert ledger.verify(session) == [] and replay(session).differences == []


def test_nor_does_who_stands_in_for_its_writer(house: House) -> None:
    cause = an_entry_with_words(house)
    hand_over(house, "treasury1", "treasury", "verifier1")
    with pytest.raises(NotAllowed, match="third person"), house.work("verifier1") as work:
        forget_memo(work, cause, "his words")


def test_it_is_asked_for_in_the_portal(house: House, tmp_path: Path) -> None:
    portal, cause = Visitors(an_app(house, tmp_path), house), an_entry_with_words(house)
    page = f"/office/books/entries/{cause}"
    for who, offered in (("finance1", True), ("treasury1", False), ("auditor1", False)):
        told = portal.get(who, page).text
        assert (WHY in told, "Forget it" in told) == (True, offered), who
    assert portal.post("auditor1", f"{page}/forget", reason="x").status_code in (403, 404)
    assert portal.post("treasury1", f"{page}/forget", reason="x").status_code == 403
    assert portal.post("finance1", f"{page}/forget", reason="").status_code == 422
    assert portal.post("finance1", f"{page}/forget", reason="its writer asks").status_code == 303
    told = portal.get("finance1", page).text
    assert '<span class="soft">forgotten</span>' in told and "Forget it" not in told
    assert "<h1>Entry reversed</h1>" in told and "<blockquote>its writer asks</blockquote>" in told


def test_it_is_asked_for_by_a_program_and_at_the_command_line(house: House, tmp_path: Path) -> None:
    api, cause = Programs(an_app(house, tmp_path), house), an_entry_with_words(house)
    payout = cause.split()[1]
    asked = {"cause": cause, "reason": "its writer asks"}
    assert api.send("treasury1", "POST", "/ledger/entries/forget", json=asked).status_code == 403
    shown = {each["cause"]: each for each in api.seen("auditor1", "/ledger/entries", subject=payout)["items"]}
    assert (shown[cause]["memo"], shown[cause]["is_forgotten"]) == (WHY, False)
    assert api.done("finance1", "/ledger/entries/forget", asked)["is_forgotten"] is True
    shown = {each["cause"]: each for each in api.seen("auditor1", "/ledger/entries", subject=payout)["items"]}
    assert (shown[cause]["memo"], shown[cause]["is_forgotten"]) == ("", True)
    answer = type_command(house, tmp_path, "finance1", "ledger", "forget", cause, "--reason", "again")
    assert (answer.exit_code, "it was forgotten before" in answer.stderr) == (2, True)


def test_the_command_has_it_forgotten(house: House, tmp_path: Path) -> None:
    cause = an_entry_with_words(house)
    answer = type_command(house, tmp_path, "finance1", "ledger", "forget", cause, "--reason", "its writer asks", "--json")
    assert json.loads(answer.stdout)["is_forgotten"] is True
