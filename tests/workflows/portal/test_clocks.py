"""How long things wait, by when money comes, and who is away: on pages."""

from datetime import timedelta

from sqlmodel import Session

from tests.builders import SME, SMES, House, a_gathered_batch, a_placed_order, a_submitted_claim, who
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim, CutReason, LineDecision
from voucher.database import fetch, get
from voucher.money import Money
from voucher.orders import Order
from voucher.people import office
from voucher.vouchers import Voucher
from workflows.amendment import propose_change
from workflows.appeal import file_appeal
from workflows.approval import approve_claim
from workflows.predicting import predict_payments
from workflows.revocation import open_revocation
from workflows.verification import verify_claim


def test_whoever_waits_reads_when_the_money_probably_comes_and_the_office_how_good_that_was(portal: Visitors, house: House) -> None:
    claim = a_submitted_claim(house)
    with house.work() as work:
        predict_payments(work, house.store)
    page, order = portal.get(SME, f"/claims/{claim}").text, _order_of(house, claim)
    assert "Probably paid by" in page and "Last day of use" in page
    no_day = "No day can be told before"
    assert no_day not in page and no_day not in portal.get("approver2", f"/claims/{claim}").text
    assert "Last day to claim" in portal.get(SME, f"/orders/{order}").text
    ageing = portal.get("finance1", "/office/ageing").text
    assert claim in ageing and "Last day of use" in ageing.split("What runs out")[1]
    assert "No claim with a prediction is paid yet" in portal.get("finance1", "/office/predictions").text
    assert "the last first" in portal.get("finance1", "/office/deadlines?standing=no").text

    with house.work("auditor1") as work:
        open_revocation(work, _voucher_of(work.session, claim), "It sold the voucher", "Article 9")
    assert no_day in portal.get(SME, f"/claims/{claim}").text


def test_what_has_waited_longest_leads_to_its_page_for_who_may_open_it(portal: Visitors, house: House) -> None:
    order = a_placed_order(house)
    with house.work(SME) as work:
        proposal = propose_change(work, order, "Later", deliver_by=work.today + timedelta(days=80)).reference
    claim = a_submitted_claim(house)
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, Money(5300000, "CNY"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    with house.work(SME) as work:
        appeal = file_appeal(work, claim, "It is eligible").reference
    batch = a_gathered_batch(house)
    pages = {reader: portal.get(reader, "/office/ageing").text for reader in ("finance1", "reviewer1")}
    assert [f'href="/office/batches/{batch}"' in page for page in pages.values()] == [True, False]
    for thing, path, leads_to in ((appeal, f"/appeals/{appeal}", f"/claims/{claim}"),
                                  (proposal, f"/amendments/{proposal}", f"/orders/{order}")):
        assert all(f'<a class="ref" href="{path}">{thing}</a>' in page for page in pages.values())
        assert portal.get("reviewer1", path).headers["Location"] == leads_to
        assert portal.get(who(SMES[1]), path).status_code == 404, "no stranger learns whose it is"


def test_a_role_is_handed_over_and_taken_back_on_the_page(portal: Visitors, house: House) -> None:
    day = house.today.isoformat()
    refused = portal.post("approver1", "/absences", from_on=day, until_on=day, role="approver", deputy=f"{SME}@voucher.example")
    assert refused.status_code == 422 and "same organisation" in refused.text
    assert portal.get("approver1", "/absences").text.count("Back already") == 0
    portal.post("approver1", "/absences", from_on=day, until_on=day, role="approver", deputy="verifier1@voucher.example")
    page = portal.get("approver1", "/absences").text
    assert "Back already" in page and portal.get("verifier1", "/").status_code == 200
    assert "Issue the voucher" not in page
    absence = page.split("/absences/")[1].split("/")[0]
    assert "away until" in portal.get("administrator1", f"/office/organisations/{_office(house)}").text
    assert portal.post("approver1", f"/absences/{absence}/end").status_code == 303
    assert portal.get(SME, "/absences").text.count("verifier") == 0


def _voucher_of(session: Session, claim: str) -> str:
    order = get(session, Order, fetch(session, Claim, claim).order_id)
    return get(session, Voucher, order.voucher_id).reference


def _order_of(house: House, claim: str) -> str:
    with house.work() as work:
        return get(work.session, Order, fetch(work.session, Claim, claim).order_id).reference


def _office(house: House) -> str:
    with house.work() as work:
        return office(work.session).reference
