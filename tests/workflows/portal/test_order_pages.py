"""The pages of an order that does not go straight: who is asked for what, and what he sees."""

from tests.builders import IRISH_PROVIDERS, PROVIDER, SME, House, a_completed_order
from tests.builders import who as named
from tests.workflows.portal.visitors import Visitors
from tests.workflows.purchases import a_delivered_order, a_registered_order, an_accepted_order, order_of, yuan
from tests.workflows.test_approval_levels import HALF
from tests.workflows.test_approval_levels import a_claim as a_levelled_claim
from tests.workflows.test_partial_claims import claim_part
from tests.workflows.test_same_invoice import a_claim
from workflows.amendment import agree_amendment, decline_amendment, propose_change, propose_termination
from workflows.delivery import dispute_delivery


def page_of(portal: Visitors, who: str, address: str) -> str:
    answer = portal.get(who, address)
    assert answer.status_code == 200, answer.status
    return answer.text


def test_what_is_proposed_stands_beside_what_holds_and_the_other_side_is_asked(portal: Visitors) -> None:
    house = portal.house
    order = an_accepted_order(house)
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples", net=yuan("150000.00"), vat=yuan("9000.00"))
    assert "Answer what is proposed for the order" in page_of(portal, SME, "/")
    page = page_of(portal, SME, f"/orders/{order}")
    assert all(text in page for text in ("Proposed by the provider", "31,800.00", "More samples", "Do not agree", "At most"))
    assert "Do not agree" not in page_of(portal, PROVIDER, f"/orders/{order}")
    assert "/cancel" not in page
    chinese = portal.client(SME, "zh").get(f"/orders/{order}").text
    assert all(word in chinese for word in ("已接单", "现行", "拟变更为"))
    assert not [word for word in ("核定金额", "修订后", "待核定") if word in chinese]  # words of claims, rules and awards


def test_a_verifier_is_asked_to_decide_disputes_and_to_value_parts(portal: Visitors) -> None:
    house = portal.house
    order, other = a_delivered_order(house), a_registered_order(house)
    with house.work(SME) as work:
        dispute_delivery(work, order, "Half is missing")
    with house.work(SME) as work:
        propose_termination(work, other, "It stops", net=yuan("0.00"), vat=yuan("0.00"))
    with house.work(PROVIDER) as work:
        decline_amendment(work, other, "Half is done")
    inbox = page_of(portal, "verifier1", "/")
    assert "Decide the dispute" in inbox
    assert "Value the part that is done" in inbox
    assert "Decide for the provider" in page_of(portal, "verifier1", f"/orders/{order}")
    assert order_of(house, order).state == "disputed"


def test_the_versions_of_an_order_stand_with_what_each_changed(portal: Visitors) -> None:
    house = portal.house
    order = an_accepted_order(house)
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples", net=yuan("150000.00"))
    with house.work(SME) as work:
        agree_amendment(work, order)
    page = page_of(portal, SME, f"/orders/{order}")
    assert "Net amount: CN¥100,000.00 → <strong>CN¥150,000.00</strong>" in page and "More samples" in page


def test_the_form_of_a_claim_says_what_is_left_and_asks_for_more_claims_only_where_there_can_be_some(portal: Visitors) -> None:
    house = portal.house
    order = a_completed_order(house)
    claim_part(house, order, "40000.00")
    form = page_of(portal, SME, f"/orders/{order}/claim")
    assert "up to CN¥13,200.00 from the voucher" in form and "More claims on this order" in form

    ended = a_registered_order(house)
    with house.work(SME) as work:
        propose_termination(work, ended, "It stops", net=yuan("40000.00"), vat=yuan("2400.00"))
    with house.work(PROVIDER) as work:
        agree_amendment(work, ended)
    for form in (page_of(portal, SME, f"/orders/{ended}/claim"), page_of(portal, SME, f"/instrument-log/{ended}")):
        assert "up to CN¥8,480.00 from the voucher" in form and "More claims on this order" not in form


def test_the_form_of_an_order_elsewhere_says_in_whose_place_it_stands(portal: Visitors) -> None:
    house = portal.house
    order = an_accepted_order(house)
    page = page_of(portal, SME, f"/orders/{order}")
    assert "Order from another provider instead" in page
    address = page.split(f"replaces={order}")[0].rpartition('href="')[2] + f"replaces={order}"
    assert f"This order takes the place of {order}" in page_of(portal, SME, address.replace("&amp;", "&"))


def test_the_claimant_reads_whether_an_invoice_was_claimed_before_or_stands_in_his_claim_twice(portal: Visitors, house: House) -> None:
    twice, before = "seems to stand in this claim twice", "looks like one that was claimed before"
    for invoices, said, other in ((("INV-12", "inv 12"), twice, before), (("INV/12", "INV-13"), before, twice)):
        page = portal.get(named(IRISH_PROVIDERS[0]), f"/claims/{a_claim(house, *invoices)}").text
        assert said in page and other not in page


def test_an_approver_reads_with_which_claims_one_counts_and_how_many_sign(portal: Visitors) -> None:
    first, second = (a_levelled_claim(portal.house, net=HALF) for _time in range(2))
    page = page_of(portal, "approver2", f"/claims/{second}")
    assert all(text in page for text in ("this claim counts together with the others", f"/claims/{first}", "13,200.00", "26,400.00"))
    assert "of which 2 approvers sign" in page
    assert "counts together" not in page_of(portal, SME, f"/claims/{second}")
