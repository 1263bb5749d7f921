"""The pages of a recovery: the office goes its whole road there, and who is liable sees its own case and nothing of a suspicion."""

from datetime import timedelta
from io import BytesIO

from pypdf import PdfReader

from tests.builders import SME, House, an_approved_claim
from tests.workflows.portal.visitors import Visitors
from tests.workflows.recovering import (
    a_final_recovery,
    a_heard_recovery,
    a_settled_payout,
    payout_of,
    recovery_of,
    with_clawback,
)
from voucher.database import fetch
from voucher.files import FileKind, document_of
from voucher.payouts import Payout
from voucher.recoveries import Recovery, RecoveryState, live_recovery_of
from voucher.work import read
from workflows.recovery import decide_recovery, serve_recovery


def test_a_case_goes_from_a_suspicion_to_its_notice_on_its_pages(house: House, portal: Visitors) -> None:
    with_clawback(house)
    payout = a_settled_payout(house)
    assert portal.post("verifier1", f"/payouts/{payout}/suspect", facts="The invoice was cancelled.").status_code == 303
    with read(house.database) as session:
        suspected = live_recovery_of(session, fetch(session, Payout, payout).id)
        assert suspected is not None
        page = f"/recoveries/{suspected.reference}"
    assert portal.get(SME, page).status_code == 404
    assert "cancelled" not in portal.get(SME, f"/payouts/{payout}").text
    assert portal.post("auditor1", f"{page}/take-up", basis="Article 19").status_code == 303
    assert "The invoice was cancelled." in portal.get(SME, page).text
    assert portal.post(SME, f"{page}/answer", words="The seller sent another.").status_code == 303
    house.clock.turn(days=73)
    assert portal.post("approver3", f"{page}/decide", reason="It did not.", principal="10000.00").status_code == 303
    assert portal.post("finance1", f"{page}/serve").status_code == 303
    house.do_jobs()

    shown = portal.get("finance1", page).text
    assert "10,073.00" in shown and "73 / 365" in shown
    assert "10,073.00" in portal.get("auditor1", "/office/recoveries").text
    assert "10,073.00" in portal.get(SME, "/recoveries").text
    notice = notice_of(house, suspected)
    assert all(words in notice for words in (suspected.reference, "壹万零柒拾叁元整", "The seller sent another.", "Article 19", "3.65 %"))
    assert recovery_of(house, suspected.reference).state == RecoveryState.SERVED

    until = str(house.today + timedelta(days=20))
    assert portal.post("approver1", f"{page}/ban", until=until).status_code == 303
    pages = {reader: portal.get(reader, page).text for reader in ("approver1", "approver2")}
    assert all("Banned until" in text for text in pages.values())
    assert [reader for reader, text in pages.items() if "Lift the ban" in text] == ["approver2"]
    house.clock.turn(days=21)
    over = portal.get("approver2", page).text
    assert "Banned until" not in over and "Lift the ban" not in over


def test_page_and_notice_say_the_name_of_the_funder_and_amounts_as_people_read_them(house: House, portal: Visitors) -> None:
    with_clawback(house, ("province",), "funders: [{code: province, name: {zh: 省级财政, en: the province}}]\n")
    recovery = a_heard_recovery(house)
    house.clock.turn(days=73)
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "Nothing was delivered.")
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    house.do_jobs()
    page = portal.client("finance1", "zh").get(f"/recoveries/{recovery}").text
    assert "<td>省级财政</td>" in page and '<td class="number">¥20,000.00</td>' in page
    assert "<td>the province</td>" in portal.get("finance1", f"/recoveries/{recovery}").text
    notice = notice_of(house, recovery_of(house, recovery))
    assert "省级财政" in notice and "province" not in notice


def test_a_mistyped_payout_is_told_where_it_was_typed_and_what_is_awaited_stands_beside(house: House, portal: Visitors) -> None:
    with_clawback(house)
    page = f"/recoveries/{a_final_recovery(house)}"
    answer = portal.post("finance1", f"{page}/offset", payout="Y-2026-00009-9")
    assert (answer.status_code, 'value="Y-2026-00009-9"' in answer.text, "Check the reference." in answer.text) == (404, True, True)
    assert "Payment of a recovery" in answer.text.split("<h2>Deadlines</h2>")[1]
    nowhere = portal.post("finance1", "/recoveries/R-2026-00009-9/offset", payout="Y-2026-00009-9")
    assert (nowhere.status_code, "what you typed is still there" in nowhere.text) == (404, True), "nothing to be shown again"


def test_who_is_paid_less_reads_on_the_payout_for_which_recovery_and_finance_how_that_is_called(house: House, portal: Visitors) -> None:
    with_clawback(house)
    recovery = a_final_recovery(house)
    payout = payout_of(house, an_approved_claim(house)).reference
    assert portal.post("finance1", f"/recoveries/{recovery}/offset", payout=payout).status_code == 303
    told = portal.get(SME, f"/payouts/{payout}").text.split("Set off against a recovery")[1]
    assert f'<a class="ref" href="/recoveries/{recovery}">' in told
    page = portal.client("finance1", "zh").get(f"/payouts/{payout}").text
    assert "payout.offset" not in page.split('id="books"')[1].split("/books")[0] and "抵扣追缴款" in page.split('id="books"')[1]


def notice_of(house: House, recovery: Recovery) -> str:
    """The words of a notice."""
    with read(house.database) as session:
        file = document_of(session, FileKind.RECOVERY_NOTICE, recovery.reference)
        assert file is not None and file.owner_id == recovery.liable_id
    return "".join(page.extract_text() for page in PdfReader(BytesIO(house.store.get(file.sha256))).pages)
