"""A claim is cut, the rest is paid, the claimant appeals; somebody who had no part in the case decides, and what he gives is paid too."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from tests.builders import (
    SME,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    a_released_batch,
    a_submitted_claim,
    an_issued_voucher,
    bank_answer,
)
from tests.scenes import scene
from tests.stories.agreement import assert_everything_agrees
from tests.stories.retold import letters, reads_english
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.test_duties import all_roles
from tests.workflows.test_expiry import last_day, look
from tests.workflows.test_races import race, winners
from tests.workflows.test_revocation import accuse, hear, revoke
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.appeals import appeal_of
from voucher.claims import Claim, CutReason, LineDecision, lines_of
from voucher.database import Database, fetch, get, lock
from voucher.deadlines import standing as waiting
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import payouts_of
from voucher.remainder import end_remainders
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.appeal import dismiss_claim_appeal, file_appeal, uphold_claim_appeal
from workflows.approval import approve_claim
from workflows.claiming import withdraw_claim
from workflows.correction import return_claim
from workflows.holding import end_freeze, freeze_voucher
from workflows.purchase import place_order
from workflows.reconciliation import import_statement
from workflows.reimbursement import gather_batch
from workflows.replay import replay
from workflows.surrender import surrender_voucher
from workflows.verification import send_back_claim, verify_claim


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office with one firm and one provider."""
    return a_house(database, FileStore(str(tmp_path / "files")))


@scene
def a_cut_claim(house: House, accepted: str = "81000.00", voucher: str | None = None) -> str:
    """A claim of 106,000.00, of which the voucher would pay 21,200.00, cut by a verifier and approved."""
    claim = a_submitted_claim(house, a_completed_order(house, voucher))
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, Money.parse(accepted, "CNY"), CutReason.MANDATORY_TEST)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    return claim


def appeal(house: House, claim: str) -> None:
    with house.work(SME) as work:
        file_appeal(work, claim, "No law asks for this test.")


def voucher_of(house: House, claim: str) -> str:
    """The voucher that pays a claim."""
    with read(house.database) as session:
        return get(session, Voucher, get(session, Order, fetch(session, Claim, claim).order_id).voucher_id).reference


def standing(house: House, claim: str) -> list[str]:
    """Available, reserved, claimed, approved, disallowed of the claim's voucher."""
    with read(house.database) as session:
        position = voucher_position(session, voucher_of(house, claim), "CNY")
        return [str(each) for each in (position.available, position.reserved, position.claimed, position.approved, position.disallowed)]


def entries(house: House, *events: str) -> list[str]:
    """The entries of these events, as plain text."""
    with read(house.database) as session:
        return [f"{entry.event}: " + ", ".join(f"{line.account.name.rpartition(':')[0]} {line.amount}" for line in entry.lines)
                for order in session.exec(select(Order.reference)) for entry in ledger.about(session, "order", order)
                if entry.event in events]


def test_the_undisputed_part_is_paid_while_an_appeal_is_decided_and_what_it_gives_after_it(house: House) -> None:
    reads_english(house, SME)
    claim = a_cut_claim(house)
    assert standing(house, claim) == ["83800.00", "0.00", "0.00", "16200.00", "0.00"]
    appeal(house, claim)
    assert standing(house, claim) == ["78800.00", "5000.00", "0.00", "16200.00", "0.00"]
    assert entries(house, "claim.appealed") == [
        "claim.appealed: entitlement:available 5000.00, entitlement:reserved -5000.00, budget:committed 5000.00, budget:obligated -5000.00"]
    a_released_batch(house)  # the undisputed part goes on
    house.do_jobs()

    for insider in ("approver2", "approver1"):
        with pytest.raises(NotAllowed), house.work(insider) as work:
            uphold_claim_appeal(work, claim, "Right")
    with house.work("approver3") as work:
        given = uphold_claim_appeal(work, claim, "The standard is voluntary.", "1=15000.00").reference
    assert standing(house, claim) == ["80800.00", "0.00", "3000.00", "16200.00", "0.00"]
    with pytest.raises(NotAllowed), house.work("approver3") as work:
        approve_claim(work, given)
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == ["80800.00", "0.00", "0.00", "19200.00", "0.00"]
    with house.work("finance1") as work:
        assert gather_batch(work, None, house.today)
    with read(house.database) as session:
        [payout] = payouts_of(session, fetch(session, Claim, given).id)
        assert (str(payout.amount), payout.state) == ("3000.00", "gathered")
    assert letters(house, "claim.approved", "appeal.filed", "appeal.upheld", "payout.sent") == LETTERS
    assert_everything_agrees(house)


LETTERS = """\
sme13 (en) claim.approved C-2026-00001-8
sme13 (en) appeal.filed E-2026-00001-5
approver1 (zh) appeal.filed E-2026-00001-5
approver2 (zh) appeal.filed E-2026-00001-5
approver3 (zh) appeal.filed E-2026-00001-5
sme13 (en) payout.sent Y-2026-00001-8
sme13 (en) appeal.upheld E-2026-00001-5
approver1 (zh) appeal.upheld E-2026-00001-5
approver2 (zh) appeal.upheld E-2026-00001-5
sme13 (en) claim.approved C-2026-00002-6
"""


def test_an_appeal_that_is_dismissed_frees_what_was_held_for_it(house: House) -> None:
    claim = a_cut_claim(house)
    appeal(house, claim)
    with house.work("approver3") as work:
        dismiss_claim_appeal(work, claim, "The law asks for it.")
    assert standing(house, claim) == ["83800.00", "0.00", "0.00", "16200.00", "0.00"]
    assert entries(house, "appeal.ended") == [
        "appeal.ended: entitlement:reserved 5000.00, entitlement:available -5000.00, budget:obligated 5000.00, budget:committed -5000.00"]
    with pytest.raises(NotNow), house.work("approver3") as work:
        uphold_claim_appeal(work, claim, "Right after all")
    with pytest.raises(NotNow, match="already"):
        appeal(house, claim)
    assert_everything_agrees(house)


def test_a_claim_that_was_refused_whole_comes_back_by_an_appeal(house: House) -> None:
    claim = a_cut_claim(house, "0.00")
    assert standing(house, claim) == ["100000.00", "0.00", "0.00", "0.00", "0.00"]
    appeal(house, claim)
    with pytest.raises(NotValid), house.work("approver3") as work:
        uphold_claim_appeal(work, claim, "Right", "2")
    with house.work("approver3") as work:
        given = uphold_claim_appeal(work, claim, "The report was there.").reference
    with pytest.raises(NotNow, match="An appeal gave"), house.work(SME) as work:
        withdraw_claim(work, given)
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == ["78800.00", "0.00", "0.00", "21200.00", "0.00"]
    with read(house.database) as session:
        assert lines_of(session, fetch(session, Claim, given).id)[0].invoice_key
    assert_everything_agrees(house)


def test_an_appeal_has_its_time_and_something_to_appeal_against(house: House) -> None:
    whole = a_submitted_claim(house)
    with pytest.raises(NotNow, match="Nothing was cut"):
        appeal(house, whole)
    claim = a_cut_claim(house)
    house.clock.turn(days=31)
    with pytest.raises(NotNow, match="time for an appeal is over"):
        appeal(house, claim)


def uphold(house: House, claim: str) -> str:
    """An approver who had no part in the case gives back what was cut."""
    with house.work("approver3") as work:
        return uphold_claim_appeal(work, claim, "The standard is voluntary.").reference


@pytest.mark.parametrize("upheld", [False, True], ids=["undecided", "upheld"])
def test_a_voucher_that_is_revoked_ends_the_appeal_and_the_claim_that_it_gave(house: House, upheld: bool) -> None:
    claim = a_cut_claim(house)
    take_to_the_bank(house, [payout_of(house, claim).reference])
    appeal(house, claim)
    given = uphold(house, claim) if upheld else ""
    voucher = voucher_of(house, claim)
    accuse(house, voucher, "auditor1")
    all_roles(house, "verifier2")
    if upheld:  # while the holder is heard nothing is approved
        with pytest.raises(NotNow), house.work("approver2") as work:
            approve_claim(work, given)
    hear(house, voucher)
    revoke(house, voucher, "verifier2")
    assert standing(house, claim) == ["0.00", "0.00", "0.00", "0.00", "0.00"]
    with read(house.database) as session:
        held = appeal_of(session, fetch(session, Claim, claim).id)
        assert held and (held.state, held.decided_at is None) == ("upheld" if upheld else "dismissed", False)
        assert waiting(session, claim) == []
        assert not given or fetch(session, Claim, given).state == "lapsed"
        assert ledger.verify(session) == [] and replay(session).differences == []
    with pytest.raises(NotNow), house.work("approver3") as work:
        uphold_claim_appeal(work, claim, "Right after all")


def test_an_appeal_is_not_upheld_while_the_voucher_is_frozen_or_to_be_given_back(house: House) -> None:
    claim = a_cut_claim(house)
    voucher = voucher_of(house, claim)
    a_placed_order(house, voucher, net="5000.00", vat="0.00")
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "We stop")
    appeal(house, claim)
    with pytest.raises(NotNow, match="asks to give this voucher back"):
        uphold(house, claim)
    with house.work("approver1") as work:
        freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=3))
    with pytest.raises(NotNow, match="frozen"):
        uphold(house, claim)


def test_what_is_held_for_an_appeal_outlives_the_voucher_and_expires_when_it_is_dismissed(house: House) -> None:
    claim = a_cut_claim(house)
    voucher = voucher_of(house, claim)
    with house.work("approver1") as work:  # frozen, it can still be heard
        freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=3))
    appeal(house, claim)
    with house.work() as work:
        end_freeze(work, voucher)
    last_day(house, voucher, -1)
    look(house)
    assert standing(house, claim) == ["0.00", "5000.00", "0.00", "16200.00", "0.00"]
    with house.work("approver3") as work:
        dismiss_claim_appeal(work, claim, "The law asks for it.")
    house.do_jobs()
    assert standing(house, claim) == ["0.00", "0.00", "0.00", "16200.00", "0.00"]
    with read(house.database) as session:
        assert str(voucher_position(session, voucher, "CNY").expired) == "83800.00"
        assert ledger.verify(session) == []


def test_what_expired_meanwhile_is_held_again_when_the_fund_line_has_it(house: House) -> None:
    claim = a_cut_claim(house)
    voucher = voucher_of(house, claim)
    with house.work() as work:
        end_remainders(work, [lock(work.session, Voucher, voucher)], "voucher.expired")
    appeal(house, claim)
    assert entries(house, "claim.appealed") == [
        "claim.appealed: entitlement:expired 5000.00, entitlement:reserved -5000.00, budget:free 5000.00, budget:obligated -5000.00"]
    given = uphold(house, claim)
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == ["0.00", "0.00", "0.00", "21200.00", "0.00"]


def test_what_the_bank_sends_back_and_what_an_appeal_gives_are_paid_both(house: House) -> None:
    claim = a_cut_claim(house)
    payout = payout_of(house, claim).reference
    batch = a_released_batch(house)
    house.do_jobs()
    appeal(house, claim)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, returned=[payout]))
    with pytest.raises(NotNow, match="You appealed"), house.work(SME) as work:
        withdraw_claim(work, claim)
    given = uphold(house, claim)
    with house.work("approver2") as work:
        send_back_claim(work, given, "Look at it once more")
    with pytest.raises(NotNow, match="An appeal gave"), house.work("verifier1") as work:
        return_claim(work, given, "The invoice is blurred")
    with house.work("verifier1") as work:
        verify_claim(work, given, [LineDecision(1, Money.parse("25000.00", "CNY"))])
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == ["78800.00", "0.00", "0.00", "21200.00", "0.00"]
    assert (payout_of(house, claim).state, str(payout_of(house, given).amount)) == ("returned", "5000.00")
    assert_everything_agrees(house)


def test_an_appeal_and_an_order_at_once_take_the_same_money_once(postgres: Database, tmp_path: Path) -> None:
    house = a_house(postgres, FileStore(str(tmp_path / "files")))
    voucher = an_issued_voucher(house, amount="21200.00")
    claim = a_cut_claim(house, "6000.00", voucher)  # 1,200.00 approved, 20,000.00 free again
    provider = list(house.references.values())[2]

    def attempt(work: Work, number: int) -> None:
        if number % 2:
            file_appeal(work, claim, "No law asks for this test.")
        else:
            place_order(work, voucher, provider, "development", "Another", Money.parse("100000.00", "CNY"), Money.parse("0.00", "CNY"))

    outcomes = race(house, [SME], attempt, times=8)
    with read(postgres) as session:
        held = appeal_of(session, fetch(session, Claim, claim).id)
    assert winners(outcomes) == (2 if held and not held.reserved else 1)  # after the order an appeal is heard, but nothing is left
    assert standing(house, claim)[:2] == ["0.00", "20000.00"]
    assert_everything_agrees(house)
