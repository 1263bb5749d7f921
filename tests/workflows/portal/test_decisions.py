"""Decisions: whoever is decided against reads on what it rests and until when he may appeal, by mail and as a document of its own."""

import json
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader
from sqlmodel import select

from tests.builders import (
    SME,
    SMES,
    House,
    a_completed_order,
    a_submitted_claim,
    an_application,
    an_approved_claim,
    who,
)
from tests.scenes import scene
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.mailing import all_letters, tell
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim, CutReason, LineDecision, lines_of
from voucher.database import fetch
from voucher.documents.decision import TEMPLATE
from voucher.documents.render import digest_of, render
from voucher.files import FileKind, StoredFile
from voucher.history import Event, record
from voucher.letters import Letter
from voucher.work import read
from workflows.appeal import dismiss_claim_appeal, file_appeal
from workflows.approval import approve_claim
from workflows.decisions import OUTCOMES
from workflows.issue import reject_voucher
from workflows.notices import NOTICES
from workflows.remedies import ADVERSE
from workflows.verification import verify_claim


@scene
def a_rejection(house: House) -> str:
    """An application that was rejected."""
    voucher = an_application(house)
    with house.work("reviewer1") as work:
        reject_voucher(work, voucher, "The firm is not listed.", "第五条")
    return voucher


@scene
def a_cut_claim(house: House) -> str:
    """A claim of which half was approved, because the price was too high."""
    claim = a_submitted_claim(house, a_completed_order(house))
    with house.work("verifier1") as work:
        [line] = lines_of(work.session, fetch(work.session, Claim, claim).id)
        verify_claim(work, claim, [LineDecision(1, line.money(line.basis_minor // 2), CutReason.PRICE_TOO_HIGH)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    return claim


def letter_to(house: House, name: str, event: str) -> Letter:
    """What one person was told of an event."""
    return next(letter for receiver, letter in all_letters(house) if (receiver, letter.event) == (name, event))


def paper_on(house: House, subject: str) -> tuple[StoredFile, bytes]:
    """The newest decision letter about a thing, and its bytes."""
    with read(house.database) as session:
        file = session.exec(select(StoredFile).where(StoredFile.kind == FileKind.DECISION_LETTER, StoredFile.subject == subject)
                            .order_by(StoredFile.reference)).all()[-1]
    return file, house.store.get(file.sha256)


def words_of(pdf: bytes) -> str:
    """The words on its pages."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def test_a_rejection_says_its_basis_and_how_to_appeal_by_mail_on_paper_and_on_its_page(
    house: House, portal: Visitors, tmp_path: Path
) -> None:
    voucher = a_rejection(house)
    mails = tell(house).mails
    told = letter_to(house, SME, "voucher.rejected").words
    assert told["basis"] == "法律依据：威科字〔2019〕2号（规则第1版）；第五条"
    assert "2026年4月1日" in told["appeal"] and "行政复议" in told["appeal"]
    bodies = [body.get_content() for mail in mails for body in [mail.get_body(("plain",))] if body is not None]
    [body] = [text for text in bodies if told["paper"] in text]
    assert told["basis"] in body and told["appeal"] in body

    file, pdf = paper_on(house, voucher)
    said = words_of(pdf)
    assert all(text in said for text in ("申请不予批准", "第五条", "Thefirmisnotlisted.", "2026-04-01", "威科字", file.name[:-4]))
    opened = portal.get(SME, told["paper"])
    assert opened.location == f"/files/{file.reference}" and portal.get(SME, opened.location).data == pdf
    page = portal.get(SME, f"/vouchers/{voucher}").text
    assert f'<a href="/files/{file.reference}">{file.name}</a> · Application rejected' in page, "what each letter decides stands beside it"
    assert f'<a class="small" href="/files/{file.reference}">' in page.partition("Decision letter made")[2]
    assert told["appeal"] in portal.get(SME, "/letters").text
    assert portal.get(who(SMES[1]), told["paper"]).status_code == 404
    [written] = Desk(house, tmp_path).told("letter", "decisions", voucher, "--to", tmp_path / "out")
    assert (written["sha256"], (tmp_path / "out" / file.name).read_bytes()) == (file.sha256, pdf)


def test_the_way_to_a_letter_stands_before_the_letter_is_drawn(house: House, portal: Visitors) -> None:
    voucher = a_rejection(house)
    with read(house.database) as session:
        event = session.exec(select(Event).where(Event.subject == voucher, Event.name == "voucher.rejected")).one()
    assert portal.get(SME, f"/decisions/{event.id}").status_code == 409
    assert portal.get(who(SMES[1]), f"/decisions/{event.id}").status_code == 404


def test_a_cut_is_explained_line_by_line_with_the_rule_and_the_calculation(house: House) -> None:
    claim = a_cut_claim(house)
    tell(house)
    told = letter_to(house, SME, "claim.approved").words
    assert told["basis"].endswith("补助标准；年度补助上限") and "2026年4月1日" in told["appeal"]
    file, pdf = paper_on(house, claim)
    said = words_of(pdf)
    assert all(text in said for text in ("兑付申请部分核准", "价格高于", "10,600.00", "21,200.00", "53,000.00", "补助标准"))
    [attached] = PdfReader(BytesIO(pdf)).attachments["decision.json"]
    assert digest_of(attached) in said
    assert render(TEMPLATE, json.loads(attached), "zh") == pdf, "drawn again from its data it is the same"
    assert (file.owner_id, file.subject) == (next(iter(house.people[SME].organisations())), claim)


def test_who_gets_all_that_he_asked_for_is_told_of_no_appeal(house: House) -> None:
    claim = an_approved_claim(house)
    tell(house)
    assert "appeal" not in letter_to(house, SME, "claim.approved").words
    said = words_of(paper_on(house, claim)[1])
    assert "兑付申请予以核准" in said and "救济途径" not in said


def test_a_letter_that_is_drawn_late_tells_what_was_decided_then(house: House) -> None:
    claim = a_cut_claim(house)
    with house.work() as work:  # as an objection that is upheld leaves it, before any worker has drawn the letter
        held = fetch(work.session, Claim, claim)
        held.requested_minor = held.approved_minor or 0
        work.session.add(held)
        record(work, "claim.reopened", claim, case="", from_state="approved", to_state="submitted")
    tell(house)
    assert "2026年4月1日" in letter_to(house, SME, "claim.approved").words["appeal"]
    said = words_of(paper_on(house, claim)[1])
    assert all(text in said for text in ("兑付申请部分核准", "10,600.00", "21,200.00")) and "53,000.00" not in said


def test_a_dismissed_appeal_is_final_here_and_rests_on_what_the_cut_did(house: House) -> None:
    claim = a_cut_claim(house)
    with house.work(SME) as work:
        file_appeal(work, claim, "The price was agreed.")
    with house.work("approver3") as work:
        dismiss_claim_appeal(work, claim, "It was not.")
    tell(house)
    told = letter_to(house, SME, "appeal.dismissed").words
    assert told["basis"].endswith("补助标准；年度补助上限") and "最终决定" in told["appeal"]
    said = words_of(paper_on(house, claim)[1])
    assert "申诉不予支持" in said and "Itwasnot." in said and "10,600.00" in said


def test_every_decision_against_a_party_is_told_to_it() -> None:
    assert ADVERSE.keys() <= NOTICES.keys() and OUTCOMES.keys() <= NOTICES.keys()
    adverse = {"rejected", "refused", "dismissed", "cancelled", "revoked", "banned", "suspended", "delisted", "served"}
    # decided between the sides, inside the office or by the bank; what ends with a voucher is told with the voucher
    inside = {"bounds.refused", "recovery.write_off_refused", "deposit.refused", "order.cancelled", "order.revoked", "claim.revoked",
              "order.delivery_rejected", "payout.rejected", "voucher.served", "voucher.surrender_refused"}
    assert {event for event in NOTICES if event.rpartition(".")[2].split("_")[-1] in adverse} - inside <= ADVERSE.keys()
