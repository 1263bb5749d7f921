"""Papers of the office: the list of a public notice for everybody, and the verification sheet for the file alone."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlmodel import select

from tests.builders import SME, House, a_completed_order, a_submitted_claim
from tests.workflows.mailing import tell
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim, CutReason, LineDecision, lines_of
from voucher.database import fetch
from voucher.files import FileKind, StoredFile
from voucher.programmes.programmes import Programme
from voucher.work import read
from workflows.approval import approve_claim
from workflows.publication import publish_notice
from workflows.verification import verify_claim


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
