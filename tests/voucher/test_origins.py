"""From an entry of the books to the step, the person, the evidence and the clause behind it."""

from pathlib import Path

import pytest

from tests.builders import House, a_house
from tests.counting import statements
from tests.stories.test_appeals import a_cut_claim
from tests.workflows.recovering import a_settled_payout
from voucher.claims import Claim, evidence_of
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.ledger import Entry
from voucher.ledger.journal import load
from voucher.origins import origins_of
from voucher.work import read


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office, an SME and a provider."""
    return a_house(database, FileStore(str(tmp_path / "files")))


def test_an_entry_leads_to_its_step_its_person_its_evidence_and_its_clauses(house: House) -> None:
    claim = a_cut_claim(house)
    with read(house.database) as session:
        found = {entry.event: entry for entry in load(session)}
        origins = origins_of(session, list(found.values()))
        held = fetch(session, Claim, claim)
        papers = {paper.file_id for paper in evidence_of(session, held.id)}

    approved, submitted, placed, issued = (origins[found[name].id] for name in (
        "claim.approved", "claim.submitted", "order.placed", "voucher.issued"))
    assert [(step.name, step.subject) for step in approved.steps] == [("claim.approved", claim)]
    assert approved.actor == "审批员乙（演示）"
    assert {file.id for file in submitted.files} == papers
    assert issued.programme is not None and issued.version is not None
    assert (issued.programme.code, issued.version.number, issued.sheet) == ("weihai", 1, None)
    assert approved.about["claim"] == claim and approved.about["voucher"] == held_voucher(found["voucher.issued"])
    assert [each.sheet.result.minor for each in (submitted, approved) if each.sheet] == [held.requested_minor, held.approved_minor]
    assert held.requested_minor != held.approved_minor
    for each in (approved, submitted, placed):
        assert each.sheet is not None and any(line.clause for line in each.sheet.lines)


def held_voucher(issued: Entry) -> str:
    """The voucher that an entry is about."""
    return dict(issued.lines[0].dimensions)["voucher"]


def test_what_stands_behind_many_entries_is_asked_for_at_once(house: House) -> None:
    a_settled_payout(house)
    with read(house.database) as session:
        everything = load(session)
        counts = []
        for some in (everything[:6], everything):
            with statements(house.database) as sent:
                assert all(origin.steps for origin in origins_of(session, some).values())
            counts.append(len(sent))
    assert counts[1] <= counts[0] + 2  # sheets of claims and orders, of which the first entries know nothing
