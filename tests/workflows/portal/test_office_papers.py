"""Papers of the office: the list of a public notice for everybody, and the verification sheet for the file alone."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlmodel import select

from tests.builders import SME, House, a_completed_order, a_submitted_claim, an_issued_voucher
from tests.workflows.mailing import tell
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim, CutReason, LineDecision, lines_of
from voucher.database import fetch
from voucher.documents import decision, verification_sheet
from voucher.documents.render import refuse_if_any_unprintable
from voucher.documents.verification_sheet import Checked
from voucher.files import FileKind, StoredFile
from voucher.history import events_of
from voucher.programmes.programmes import Programme
from voucher.work import read
from workflows.approval import approve_claim
from workflows.decisions import describe_decision
from workflows.publication import publish_notice
from workflows.verification import verify_claim
from workflows.verification_sheet import describe_sheet


@pytest.fixture
def claim(house: House) -> str:
    """A claim of which half was approved."""
    reference = a_submitted_claim(house, a_completed_order(house))
    with house.work("verifier1") as work:
        [line] = lines_of(work.session, fetch(work.session, Claim, reference).id)
        verify_claim(work, reference, [LineDecision(1, line.money(line.basis_minor // 2), CutReason.NO_EVIDENCE)])
    with house.work("approver2") as work:
        approve_claim(work, reference)
    return reference


def words_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def test_the_list_of_a_notice_is_a_paper_for_everybody_with_the_digest_of_what_was_frozen(
        house: House, portal: Visitors, claim: str) -> None:
    with house.work("approver1") as work:
        notice = publish_notice(work, work.session.exec(select(Programme.reference)).one())
        reference, digest, until = notice.reference, notice.digest, notice.ends_on
    assert portal.get("", f"/notices/{reference}/list.pdf").status_code == 409
    assert "list.pdf" not in portal.get("", f"/notices/{reference}").text
    house.do_jobs()
    said = words_of(portal.get("", f"/notices/{reference}/list.pdf").data)
    assert all(text in said for text in (claim, digest, until.isoformat(), "10,600.00", "提出异议"))
    with read(house.database) as session:
        full = session.exec(select(Claim)).one()
        assert str(full.requested) == "21200.00" and "21,200.00" not in said
    assert f"/notices/{reference}/list.pdf" in portal.get("", f"/notices/{reference}").text


def test_the_verification_sheet_has_lines_papers_and_checks_and_stays_in_the_office(house: House, portal: Visitors, claim: str) -> None:
    tell(house)
    with read(house.database) as session:
        sheet = session.exec(select(StoredFile).where(StoredFile.kind == FileKind.VERIFICATION_SHEET)).one()
        papers = session.exec(select(StoredFile.sha256).where(StoredFile.kind == FileKind.EVIDENCE)).all()
    assert sheet.subject == claim and sheet.owner_id is None
    said = words_of(portal.get("auditor1", f"/files/{sheet.reference}").data)
    assert all(text in said for text in (claim, "10,600.00", "53,000.00", "核验员甲", "审批员乙", *papers))
    assert f"/files/{sheet.reference}" in portal.get("auditor1", f"/claims/{claim}").text
    own = portal.get(SME, f"/claims/{claim}").text
    assert sheet.reference not in own and "Verification sheet" not in own
    assert portal.get(SME, f"/files/{sheet.reference}").status_code == 404


def test_what_no_font_has_and_what_is_long_keeps_no_paper_from_being_made(house: House, claim: str) -> None:
    with house.work() as work:
        for file in work.session.exec(select(StoredFile).where(StoredFile.kind == FileKind.EVIDENCE)):
            file.name = "scan\U0001f9fe.pdf"
        event = next(each for each in events_of(work.session, claim) if each.name == "claim.approved")
        sheet, letter = describe_sheet(work, event, "X-1"), describe_decision(work, event, "X-2")
    said = "\U0001f9fe" + "a" * 2500
    long = Checked("X-3", "check", "level", said, "state", [said])
    lines = [replace(line, description="\U0001f9fe" + "e\u0301\u0301\u0301\u0301") for line in sheet.lines]
    first = verification_sheet.data(replace(sheet, checks=[long], lines=lines))
    second = decision.data(replace(letter, reason=said, lines=lines))
    for shown in (first, second):
        refuse_if_any_unprintable(shown)
    assert "scan?.pdf" in {each["name"] for each in first["papers"]}
    assert "".join(first["checks"][0]["decisions"]) == "".join(second["reason"]) == "?" + "a" * 2500, "nothing of a reason is lost"


def test_whoever_takes_a_case_along_finds_on_its_page_what_the_office_wrote_down_of_it(house: House, portal: Visitors) -> None:
    page = f"/vouchers/{an_issued_voucher(house)}"
    digest = portal.post("auditor1", f"{page}/folder").headers["X-Manifest-SHA256"]
    assert [digest in portal.get(reader, page).text for reader in ("auditor1", SME)] == [True, False]
