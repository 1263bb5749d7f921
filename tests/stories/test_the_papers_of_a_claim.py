"""The papers of a claim, told as it happens: what is wanting is asked for, what lies is refused, who looks is noted, and all of it leaves
the house as a folder that a stranger checks."""

import io
import zipfile
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.builders import PROVIDER, SME, SMES, House, a_completed_order, a_house, full_decisions, who
from tests.stories.retold import assert_everything_agrees
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.scopes import publish, voucher_for
from tests.workflows.test_auditing import changed, checked, export
from voucher.claims import InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotFound, NotValid
from voucher.files import FileStore
from voucher.history import events_of
from voucher.looks import Look
from voucher.orders import Order
from voucher.people import Person
from voucher.programmes.library import example
from voucher.work import read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim, upload_file
from workflows.closing import seal_books
from workflows.demo.evidence import evidence_page
from workflows.verification import verify_claim

# A report of what was developed is wanted of services of development, and an audit where the voucher pays 20,000 and more.
RULES = example("weihai").decode().replace("\nevidence:\n", """
evidence:
  - {kind: report, name: {zh: 研发报告, en: report of the development}, when: {services: [development]}}
  - {kind: trial, name: {zh: 检测报告, en: report of the trial}, when: {services: [service]}}
  - {kind: audit, name: {zh: 专项审计报告, en: audit}, from_amount: 20000.00}
""").encode()
ALL = ("report", "contract", "registration", "invoice", "own_payment")


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with two SMEs and one provider."""
    return a_house(database, store, smes=2)


def give(house: House, name: str, content: bytes) -> str:
    """The SME gives a file."""
    with house.work(SME) as work:
        return upload_file(work, house.store, house.references[SMES[0].number], name, content).reference


def claim_with(house: House, order: str, papers: dict[str, str]) -> str:
    """The SME claims the whole order on these papers."""
    with house.work(SME) as work:
        bought = fetch(work.session, Order, order)
        line = InvoiceLine(f"26371{house.number():015d}", house.today, "Buoy", bought.net, bought.vat)
        paid = OwnPayment(f"BANK-{house.number()}", house.today, bought.gross)
        return submit_claim(work, order, [line], paid, list(papers.items())).reference


def wanting(house: House, order: str, papers: dict[str, str]) -> list[str]:
    """What a claim on these papers is refused for, all at once."""
    with pytest.raises(NotValid) as refused:
        claim_with(house, order, papers)
    return [str(each) for each in refused.value.problems]


def looks(house: House) -> list[tuple[str, str, str]]:
    """Who opened what: the person, the kind of thing, and which."""
    with read(house.database) as session:
        rows = session.exec(select(Person.email, Look).join(Look, col(Look.person_id) == Person.id).order_by(col(Look.id)))
        return [(email.partition("@")[0], each.seen, each.subject) for email, each in rows]


def test_papers_are_asked_for_by_service_and_amount_looked_at_by_name_and_leave_the_house_in_a_folder_that_proves_itself(
    house: House, tmp_path: Path,
) -> None:
    voucher = voucher_for(house, publish(house, RULES))
    small, large = a_completed_order(house, voucher, net="10000.00", vat="600.00"), a_completed_order(house, voucher)

    # What wants is told at once, by the service and by the amount: the small order needs no audit, and neither needs a trial.
    asked = "evidence.{kind}: The terms ask for evidence of this kind: {kind}."
    assert wanting(house, small, {}) == [asked.format(kind=kind) for kind in ALL]
    papers = {kind: give(house, f"{kind}.pdf", evidence_page(kind, large)) for kind in ALL}
    assert wanting(house, large, papers) == [asked.format(kind="audit")]

    # A program that is called a PDF is none, nor is a page that would run, and nobody brings the paper of another firm.
    for name, content in (("audit.pdf", b"MZ\x90\x00 this program cannot be run"), ("audit.html", b"<html><script>alert(1)</script>")):
        with pytest.raises(NotValid, match=name):
            give(house, name, content)
    with house.work(who(SMES[1])) as work:
        theirs = upload_file(work, house.store, house.references[SMES[1].number], "audit.pdf", evidence_page("audit", "theirs")).reference
    assert wanting(house, large, papers | {"audit": theirs}) == [f"evidence.audit: There is no file {theirs} of yours."]

    # With the right one it is claimed. The SME sees its own paper, the verifier sees it and that is noted, the provider sees nothing.
    papers["audit"] = give(house, "审计 报告.pdf", evidence_page("audit", large))
    claim = claim_with(house, large, papers)
    portal = Visitors(an_app(house, tmp_path), house)
    shown = portal.get("verifier1", f"/files/{papers['audit']}")
    assert (shown.status_code, shown.mimetype, shown.headers["Content-Security-Policy"]) == (
        200, "application/pdf", "default-src 'none'; sandbox")
    assert [portal.get(each, f"/files/{papers['audit']}").status_code for each in (SME, PROVIDER)] == [200, 404]
    assert looks(house) == [("verifier1", "file", papers["audit"])]
    assert papers["audit"] in portal.get(SME, "/looks").text

    # It is verified, approved and paid, and the books are sealed.
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("approver2") as work:
        approve_claim(work, claim)
    take_to_the_bank(house, [payout_of(house, claim).reference])
    house.do_jobs()
    with house.work() as work:
        seal_books(work, house.store)

    # The auditor takes the whole case along, which history knows; a party does not. It holds without us: each file, each entry.
    folder, content = export(house, voucher)
    with pytest.raises(NotFound):
        export(house, voucher, SME)
    with house.work() as work:
        taken = [each for each in events_of(work.session, voucher) if each.name == "case.exported"]
        assert [(each.data["manifest"], each.person_id) for each in taken] == [(folder.digest, house.people["auditor1"].person_id)]
    assert checked(content) == []
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        names = held.namelist()
        evidence = sorted(each.split("-", 4)[4] for each in names if each.startswith("evidence/"))
        paper = next(each for each in names if each.startswith(f"evidence/{papers['audit']}"))
        entry = [each for each in names if each.startswith("entries/")][-1]
        altered = held.read(paper).replace(large.encode(), b"O-2026-99999-9"), held.read(entry).replace(b"2120000", b"9120000")
    assert evidence == sorted([*(f"{kind}.pdf" for kind in ALL), "审计 报告.pdf"])

    # A changed byte is found, wherever it is: in a paper, in an entry, and in the file as it lies there.
    assert checked(changed(content, paper, altered[0])) == [f"{paper}: was altered"]
    assert checked(changed(content, entry, altered[1]))[0] == f"{entry}: was altered"
    flipped = bytearray(content)
    flipped[content.index(b"%PDF")] ^= 1
    assert len(checked(bytes(flipped))) == 1
    assert_everything_agrees(house)
