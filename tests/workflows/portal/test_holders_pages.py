"""What the holder of a voucher reads on its page when the office takes it away, and when an appeal gives it back."""

from sqlmodel import select

from tests.builders import SME, House, an_issued_voucher
from tests.workflows.portal.visitors import Visitors
from tests.workflows.test_application import a_paper
from voucher.history import Event
from voucher.work import read
from workflows.holding import cancel_voucher
from workflows.measure_appeal import appeal_cancellation, uphold_cancellation_appeal
from workflows.revocation import open_revocation, record_revocation_hearing, revoke_voucher


def revoke(house: House, voucher: str) -> None:
    with house.work("auditor1") as work:
        open_revocation(work, voucher, "The report was copied", "Article 19")
    with house.work("auditor1") as work:
        record_revocation_hearing(work, voucher, "It says nothing", house.today)
    with house.work("approver3") as work:
        revoke_voucher(work, voucher, "The report was copied")


def test_the_end_of_a_voucher_is_one_moment_with_its_entry_and_an_upheld_appeal_leads_to_the_new_application(portal: Visitors) -> None:
    house = portal.house
    cancelled, revoked = an_issued_voucher(house), an_issued_voucher(house, amount="50000.00")
    with house.work("approver2") as work:
        cancel_voucher(work, cancelled, "It moved away", "Article 5")
    revoke(house, revoked)

    for voucher, word in ((cancelled, "Voucher cancelled"), (revoked, "Voucher revoked")):
        happened = portal.get(SME, f"/vouchers/{voucher}").text.partition("What happened")[2]
        moments = [each for each in happened.split("<li>") if "Voucher cancelled</strong>" in each or "Voucher revoked</strong>" in each]
        assert len(moments) == 1, voucher
        assert f"<strong>{word}</strong>" in moments[0] and "In the books" in moments[0]

    paper = a_paper(house)
    with house.work(SME) as work:
        appeal_cancellation(work, cancelled, "We are here still", files=[paper])
    assert f'href="/files/{paper}">' in portal.get("approver3", f"/vouchers/{cancelled}").text, "who decides reads what came with it"
    assert portal.get("approver3", f"/files/{paper}").status_code == 200
    with house.work("approver3") as work:
        uphold_cancellation_appeal(work, cancelled, "It is here still")
    with read(house.database) as session:
        fresh = session.exec(select(Event.subject).where(Event.name == "voucher.renewed")).one()
    page = portal.get(SME, f"/vouchers/{cancelled}").text
    assert "Appeal upheld" in page and f'new application: <a class="ref" href="/vouchers/{fresh}">' in page
    assert "申诉成立" in portal.client(SME, "zh").get(f"/vouchers/{cancelled}").text
