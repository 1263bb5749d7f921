"""The office bans, lifts a ban and draws claims by lot on pages of its own; the API lifts and lists, and takes objections."""

from datetime import timedelta
from re import findall, search

from sqlalchemy import delete

from tests.builders import PROVIDERS, SME, SMES, House, a_programme, a_submitted_claim
from tests.workflows.portal.visitors import Visitors
from voucher.history import Untold
from voucher.programmes.library import example
from workflows.banning import ban_organisation
from workflows.publishing import publish_programme


def test_one_approver_bans_another_lifts_and_auditors_only_look(portal: Visitors, house: House) -> None:
    firm = house.references[SMES[0].number]
    until = str(house.today + timedelta(days=20))
    told = {"organisation": SMES[0].number, "until": until, "reason": "It sold the voucher.", "basis": "Article 21", "with_people": "yes"}
    refused = portal.post("approver1", "/office/bans", **(told | {"organisation": "91370000"}))
    assert refused.status_code == 422 and "No organisation has this reference or number" in refused.text
    assert portal.post("approver1", "/office/bans", **told).status_code == 303
    assert portal.post("auditor1", "/office/bans", **told).status_code == 403
    seen = {who: portal.get(who, "/office/bans").text for who in ("approver1", "approver2", "auditor1")}
    assert all("It sold the voucher." in text and "no other firm today" in text for text in seen.values())
    assert [who for who, text in seen.items() if "Lift the ban" in text] == ["approver2"]
    own = portal.post("approver1", f"/office/bans/{firm}/lift", **{f"reason_{firm}": "It was another one."})
    assert own.status_code == 403 and "You banned it yourself" in own.text
    assert portal.post("approver2", f"/office/bans/{firm}/lift", **{f"reason_{firm}": "It was another one."}).status_code == 303
    page = portal.get("auditor1", "/office/bans").text
    assert "lifted on" in page and "It was another one." in page
    house.clock.turn(days=1)
    assert portal.post("approver2", "/office/bans", **told).status_code == 303
    assert portal.post("approver1", f"/office/bans/{firm}/lift", **{f"reason_{firm}": "It gave it back."}).status_code == 303
    assert findall(r"It was another one\.|It gave it back\.", portal.get("auditor1", "/office/bans").text) == [
        "It gave it back.", "It was another one."]


def test_a_ban_of_before_there_were_letters_gets_one_when_somebody_asks_for_it(portal: Visitors, house: House) -> None:
    with house.work("approver1") as work:
        ban_organisation(work, house.references[SMES[0].number], house.today + timedelta(days=20), "It sold the voucher.", "Article 21")
        work.session.flush()
        work.session.connection().execute(delete(Untold))  # nobody asked for its letter then
    house.do_jobs()
    path = search(r"/decisions/[0-9a-f-]{36}", portal.get("auditor1", "/office/bans").text)
    assert path is not None
    assert portal.get("auditor1", path[0]).status_code == 409
    house.do_jobs()
    assert portal.get("auditor1", path[0]).status_code == 302


def test_an_auditor_draws_with_a_published_seed_and_everybody_in_the_office_sees_from_what(portal: Visitors, house: House) -> None:
    programme = a_programme(house)
    assert "Draw now" not in portal.get("auditor1", "/office/draws").text
    with house.work("approver1") as work:
        publish_programme(work, example("weihai") + b"\nsampling_rate: 50 %\n")
    claim = a_submitted_claim(house)
    short = portal.post("auditor1", "/office/draws", programme=programme, seed="7")
    assert short.status_code == 422 and "Name a seed that was published" in short.text
    assert portal.post("auditor1", "/office/draws", programme=programme, seed="Lottery of 2026-03-01: 8 15").status_code == 303
    page = portal.get("finance1", "/office/draws").text
    assert claim in page and "Lottery of 2026-03-01: 8 15" in page and "from a list of 1" in page and "Draw now" not in page
    assert portal.get(SME, "/office/draws").status_code == 403
    assert PROVIDERS[0].name_en not in page
