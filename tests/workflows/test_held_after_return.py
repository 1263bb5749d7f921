"""What came back from the bank and is paid anew can be held like any other payment, and what is held of it ends as it should."""

from datetime import timedelta

import pytest

from tests.builders import SME, House, a_house, an_approved_claim, an_issued_voucher, confirm_accounts
from tests.scenes import scene
from tests.stories.test_notice_and_objection import days_go_by
from tests.workflows.purchases import budget, entry_of, standing, yuan
from tests.workflows.recovering import PRICE, payout_of, take_to_the_bank
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_revocation import (
    a_revoked_voucher,
    a_set_off_payout,
    claim_behind,
    recoveries,
    reissue,
    rest_of,
)
from voucher.claims import Claim
from voucher.database import Database, fetch, get
from voucher.deadlines import standing as clocks_on
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.holds import holds_on
from voucher.orders import Order
from voucher.payouts import PayoutState
from voucher.work import read
from workflows.claiming import withdraw_claim
from workflows.publication import hold_claim, release_claim
from workflows.reimbursement import gather_batch
from workflows.replay import replay


def paid_anew(house: House, payout: str) -> str:
    """A payable payout goes to the bank, comes back, and is made anew to an account that the payee has confirmed."""
    take_to_the_bank(house, [payout])
    return_by_the_bank(house, payout)
    fresh = reissue(house, payout)
    confirm_accounts(house)
    return fresh


@scene
def a_claim_paid_anew(house: House, voucher: str) -> str:
    """An approved claim of 20,000.00 on a voucher, whose payout came back and was made anew."""
    claim = an_approved_claim(house, **PRICE, voucher=voucher)
    paid_anew(house, payout_of(house, claim).reference)
    return claim


def hold(house: House, claim: str) -> None:
    """An officer learns of something, and lets the payment wait for three days."""
    with house.work("approver1") as work:
        hold_claim(work, claim, "The report may be copied", house.today + timedelta(days=3))


def release(house: House, claim: str) -> None:
    """Nothing was found."""
    with house.work("approver1") as work:
        release_claim(work, claim, "It is the firm's own")


def order_of(house: House, claim: str) -> str:
    """The order that a claim is on."""
    with read(house.database) as session:
        return get(session, Order, fetch(session, Claim, claim).order_id).reference


def in_the_way(house: House, claim: str) -> tuple[int, list[str]]:
    """How many holds stand on a claim, and which clocks run about it; and books and history agree."""
    with read(house.database) as session:
        assert_sound(session)
        assert replay(session).differences == []
        return len(holds_on(session, fetch(session, Claim, claim).id)), [each.rule for each in clocks_on(session, claim)]


def test_what_is_paid_anew_waits_while_it_is_held_and_is_paid_when_it_is_let_go(house: House) -> None:
    claim = a_claim_paid_anew(house, an_issued_voucher(house))
    hold(house, claim)
    fresh = payout_of(house, claim)
    assert (fresh.state, in_the_way(house, claim)) == ("waiting", (1, ["claim.hold"]))
    with pytest.raises(NotValid), house.work("finance1") as work:
        gather_batch(work, [fresh.reference], house.today)
    release(house, claim)
    assert (payout_of(house, claim).state, in_the_way(house, claim)) == ("payable", (0, []))
    take_to_the_bank(house, [fresh.reference])
    after = standing(house, order_of(house, claim))
    assert (payout_of(house, claim).state, after.paid, after.approved) == ("settled", yuan("20000.00"), yuan("0.00"))


def test_a_hold_on_what_is_paid_anew_ends_on_its_last_day(house: House) -> None:
    claim = a_claim_paid_anew(house, an_issued_voucher(house))
    hold(house, claim)
    days_go_by(house, 4)
    assert (payout_of(house, claim).state, in_the_way(house, claim)) == ("payable", (0, []))


def test_what_is_held_of_a_revoked_voucher_goes_back_to_its_funders(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = a_claim_paid_anew(house, voucher)
    order = order_of(house, claim)
    hold(house, claim)
    a_revoked_voucher(house, voucher)
    assert (payout_of(house, claim).state, recoveries(house), in_the_way(house, claim)) == ("cancelled", [], (0, []))
    after = standing(house, order)
    assert (after.approved, after.reserved, after.available, after.paid) == (yuan("0.00"),) * 4
    assert (budget(house, order).free, budget(house, order).obligated) == (yuan("1000000.00"), yuan("0.00"))
    assert "financial:payable:returned 20000.00" in entry_of(house, f"approval.undone {claim} revoke_claim").splitlines()
    days_go_by(house, 4)  # nothing of the hold is left to end


def test_what_was_partly_set_off_is_held_let_go_and_paid(house: House) -> None:
    payout = a_set_off_payout(house, an_issued_voucher(house), "1000.00")
    claim = claim_behind(house, payout)
    hold(house, claim)
    assert rest_of(house, payout) == ("waiting", "3000.00", "1000.00", "4000.00")
    release(house, claim)
    fresh = paid_anew(house, payout)
    hold(house, claim)
    assert rest_of(house, fresh) == ("waiting", "3000.00", "1000.00", "4000.00")
    release(house, claim)
    take_to_the_bank(house, [fresh])
    assert (rest_of(house, fresh), in_the_way(house, claim)) == (("settled", "3000.00", "1000.00", "4000.00"), (0, []))


@pytest.mark.parametrize("returned", [False, True])
def test_of_what_was_partly_set_off_and_is_held_only_the_part_is_asked_back(house: House, returned: bool) -> None:
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    if returned:
        payout = paid_anew(house, payout)
    claim = claim_behind(house, payout)
    hold(house, claim)
    a_revoked_voucher(house, voucher)
    assert rest_of(house, payout) == ("offset", "0.00", "1000.00", "1000.00")
    assert (recoveries(house)[-1].principal_minor, in_the_way(house, claim)) == (1000_00, (0, []))
    owed = "returned" if returned else "claims"
    assert f"financial:payable:{owed} 3000.00" in entry_of(house, f"approval.undone {claim} rest {payout}").splitlines()
    days_go_by(house, 4)  # nothing of the hold is left to end


def test_a_claim_that_was_paid_once_is_not_withdrawn_because_it_is_held(house: House) -> None:
    claim = a_claim_paid_anew(house, an_issued_voucher(house))
    hold(house, claim)
    with pytest.raises(NotNow, match="was at the bank"), house.work(SME) as work:
        withdraw_claim(work, claim)


def test_what_is_paid_anew_is_held_or_gathered_and_never_both(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    claim = a_claim_paid_anew(house, an_issued_voucher(house))
    fresh, until = payout_of(house, claim).reference, house.today + timedelta(days=3)
    outcomes = race(house, ["finance1", "approver1"], lambda work, number: hold_claim(work, claim, "It may be copied", until)
                    if number % 2 else gather_batch(work, [fresh], work.today), 12)
    held = payout_of(house, claim).state == PayoutState.WAITING
    assert (winners(outcomes), payout_of(house, claim).batch_id is None, in_the_way(house, claim)[0]) == (1, held, int(held))
