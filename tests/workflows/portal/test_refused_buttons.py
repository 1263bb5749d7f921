"""Whoever would be refused for what he let pay, or for an interest, sees no button for it but why there is none."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.builders import PROVIDERS, SMES, House, an_approved_claim
from tests.workflows.portal.visitors import Visitors
from tests.workflows.recovering import a_decided_recovery, a_settled_payout, payout_of, with_clawback
from tests.workflows.test_absence import hand_over
from tests.workflows.test_approval_levels import a_claim, does
from tests.workflows.test_interested import a_held_case, tie
from tests.workflows.test_one_hand import also
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_rejected_payouts import a_sent_payout, reject
from voucher.people import Role
from workflows.approval import sign_claim
from workflows.banning import ban_organisation
from workflows.holding import freeze_voucher
from workflows.revocation import open_revocation

TIED, LET_PAY = "By what is declared you are tied to a firm in this case", "You verified, approved or released a claim on this voucher"


def offered(portal: Visitors, page: str, act: str, *people: str) -> list[str]:
    """Who of these finds the form for an act on a page."""
    return [who for who in people if f'action="{act}"' in portal.get(who, page).text]


def _hold(house: House, case: dict[str, str]) -> tuple[str, str]:
    return f"/claims/{case['claim']}", "release"


def _freeze(house: House, case: dict[str, str]) -> tuple[str, str]:
    with house.work("auditor1") as work:
        freeze_voucher(work, case["voucher"], "It is looked into", house.today + timedelta(days=9))
    return f"/vouchers/{case['voucher']}", "unfreeze"


def _accuse(house: House, case: dict[str, str]) -> tuple[str, str]:
    with house.work("auditor1") as work:
        open_revocation(work, case["voucher"], "The firm is a shell", "Article 19")
    return f"/vouchers/{case['voucher']}", "drop-revocation"


@pytest.mark.parametrize("stop", [_hold, _freeze, _accuse])
def test_what_stops_a_payment_is_offered_to_be_lifted_to_who_may(
    portal: Visitors, house: House, stop: Callable[[House, dict[str, str]], tuple[str, str]]
) -> None:
    case = a_held_case(house)
    tie(house, "approver3", SMES[0].number)
    page, act = stop(house, case)
    assert offered(portal, page, f"{page}/{act}", "approver1", "approver2", "approver3") == ["approver1"]
    assert LET_PAY in portal.get("approver2", page).text
    assert TIED in portal.get("approver3", page).text
    assert TIED not in portal.get("approver1", page).text and LET_PAY not in portal.get("approver1", page).text
    hand_over(house, "approver3", "approver", "reviewer2")
    assert offered(portal, page, f"{page}/{act}", "reviewer2") == []


def test_a_recovery_offers_nothing_to_who_is_tied_to_its_party_nor_to_let_off_to_who_let_it_be_paid(portal: Visitors, house: House) -> None:
    with_clawback(house)
    case = a_decided_recovery(house)
    page = f"/recoveries/{case}"
    tie(house, "approver3", SMES[0].number)
    tie(house, "finance1", SMES[0].number)
    assert offered(portal, page, f"{page}/serve", "finance1") == []
    assert TIED in portal.get("finance1", page).text
    assert offered(portal, page, f"{page}/annul", "approver1", "approver2", "approver3") == ["approver1"]
    assert "You had a part in what was paid on this voucher" in portal.get("approver2", page).text
    assert offered(portal, page, f"{page}/ban", "approver1", "approver3") == ["approver1"]


def test_a_payment_that_came_back_is_offered_to_be_sent_again_to_who_is_not_tied_to_its_payee(portal: Visitors, house: House) -> None:
    payout = a_settled_payout(house)
    return_by_the_bank(house, payout)
    also(house, "reviewer1", Role.FINANCE)
    tie(house, "finance1", SMES[0].number)
    page = f"/payouts/{payout}"
    assert offered(portal, page, f"/office/payouts/{payout}/reissue", "finance1", "reviewer1") == ["reviewer1"]
    assert TIED in portal.get("finance1", page).text


def test_a_ban_is_offered_to_be_lifted_to_who_may_and_the_others_are_told_why_not(portal: Visitors, house: House) -> None:
    firm = house.references[SMES[0].number]
    with house.work("approver1") as work:
        ban_organisation(work, firm, house.today + timedelta(days=20), "It sold the voucher.", "Article 21")
    tie(house, "approver3", SMES[0].number)
    assert offered(portal, "/office/bans", f"/office/bans/{firm}/lift", "approver1", "approver2", "approver3") == ["approver2"]
    assert TIED in portal.get("approver3", "/office/bans").text
    assert "You banned it yourself" in portal.get("approver1", "/office/bans").text


def test_the_page_of_a_batch_says_of_a_payout_that_another_person_has_it_paid(portal: Visitors, house: House) -> None:
    payout = payout_of(house, an_approved_claim(house)).reference
    tie(house, "finance1", PROVIDERS[0].number)
    assert f"have an interest in a firm in the case of {payout}" in portal.get("finance1", "/office/batches/gather").text


def test_that_the_bank_turned_a_payment_down_is_asked_of_who_may_say_it_and_taken_back_by_another(portal: Visitors, house: House) -> None:
    payout = a_sent_payout(house)
    page = f"/payouts/{payout}"
    assert offered(portal, page, f"{page}/reject", "finance1", "treasury1", "treasury3") == ["treasury3"]
    assert "Did the bank turn it down?" in portal.get("treasury3", page).text
    assert "You gathered or released this payment" in portal.get("treasury1", page).text
    reject(house, payout)
    assert offered(portal, page, f"{page}/undo-rejection", "finance1", "treasury1", "treasury3") == ["finance1", "treasury1"]
    assert "You wrote down that the bank did not carry it out" in portal.get("treasury3", page).text
    taken = portal.post("treasury1", f"{page}/undo-rejection", reason="The bank booked it on the 12th")
    assert taken.status_code == 303
    assert "The bank did not carry this payment out" not in portal.get("treasury1", page).text


def test_of_a_claim_that_several_sign_each_is_offered_what_is_his_turn(portal: Visitors, house: House) -> None:
    claim = a_claim(house)
    page, approvers = f"/claims/{claim}", ("approver2", "approver3")
    assert offered(portal, page, f"{page}/sign", *approvers) == ["approver2", "approver3"]
    assert offered(portal, page, f"{page}/approve", *approvers) == []
    assert does(house, "approver2", sign_claim, claim) == "verified"
    assert offered(portal, page, f"{page}/sign", *approvers) == []
    assert offered(portal, page, f"{page}/approve", *approvers) == ["approver3"]
    assert "You signed this claim already" in portal.get("approver2", page).text


def test_below_the_amount_one_approves_and_nobody_is_asked_to_sign(portal: Visitors, house: House) -> None:
    page = f"/claims/{a_claim(house, net='50000.00')}"
    assert offered(portal, page, f"{page}/sign", "approver2") == []
    assert offered(portal, page, f"{page}/approve", "approver2") == ["approver2"]
