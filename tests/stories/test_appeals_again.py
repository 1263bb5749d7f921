"""A decision on a claim is taken back and the claim decided anew, or its voucher ends meanwhile: nobody is left without an appeal."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from tests.builders import (
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    a_programme,
    a_released_batch,
    an_issued_voucher,
    evidence,
)
from tests.stories.agreement import assert_everything_agrees
from tests.stories.invariants import assert_the_invariants_hold
from tests.stories.test_appeals import a_cut_claim, appeal, entries, standing, uphold, voucher_of
from tests.stories.test_notice_and_objection import a_house_with_notices, days_go_by, objection_to, on_notice
from tests.workflows.recovering import payout_of, take_to_the_bank
from tests.workflows.test_duties import all_roles
from tests.workflows.test_expiry import look
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from tests.workflows.test_revocation import accuse, hear, revoke
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.appeals import Appeal, appeals_of
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of
from voucher.database import Database, fetch
from voucher.deadlines import standing as clocks
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.appeal import dismiss_claim_appeal, uphold_claim_appeal
from workflows.approval import approve_claim
from workflows.claiming import submit_claim
from workflows.holding import cancel_voucher
from workflows.publication import admit_objection, uphold_objection
from workflows.purchase import cancel_order
from workflows.replay import replay
from workflows.returned import give_up_payout
from workflows.surrender import surrender_voucher
from workflows.verification import verify_claim


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office whose claims stand on a notice before they are paid, with one more who may decide."""
    house = a_house_with_notices(database, tmp_path)
    all_roles(house, "verifier2")
    return house


def decide(house: House, claim: str, accepted: str) -> None:
    """A verifier accepts so much of the one line, and an approver approves that."""
    amount = Money.parse(accepted, "CNY")
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, amount, CutReason.MANDATORY_TEST if accepted != "106000.00" else None)])
    with house.work("approver2") as work:
        approve_claim(work, claim)


def take_back(house: House, claim: str) -> None:
    """Somebody objects to a claim on a notice, rightly: its approval is taken back."""
    on_notice(house)
    objection = objection_to(house, claim)
    with house.work("approver3") as work:
        admit_objection(work, objection)
        uphold_objection(work, objection, "Not all of it was built.")


def dismiss(house: House, claim: str) -> None:
    with house.work("verifier2") as work:
        dismiss_claim_appeal(work, claim, "The law asks for it.")


def appeals(house: House, claim: str) -> list[tuple[str, str]]:
    """What each appeal on a claim holds or held, and how it came out."""
    with read(house.database) as session:
        return [(str(each.reserved), each.state) for each in appeals_of(session, fetch(session, Claim, claim).id)]


def test_a_second_decision_on_a_claim_can_be_appealed_against_once_for_what_it_cuts_itself(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    appeal(house, claim)
    dismiss(house, claim)
    take_back(house, claim)
    with pytest.raises(NotNow, match="Nothing was cut"):
        appeal(house, claim)
    decide(house, claim, "61000.00")
    assert standing(house, claim) == ["87800.00", "0.00", "0.00", "12200.00", "0.00"]
    appeal(house, claim)
    assert appeals(house, claim) == [("5000.00", "dismissed"), ("4000.00", "filed")]
    with pytest.raises(NotNow, match="against this decision already"):
        appeal(house, claim)
    with house.work("verifier2") as work:
        given = uphold_claim_appeal(work, claim, "The standard is voluntary.").reference
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == ["83800.00", "0.00", "0.00", "16200.00", "0.00"]
    on_notice(house)
    assert_everything_agrees(house)


def test_what_two_decisions_cut_since_the_last_appeal_can_be_appealed_against_together(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    appeal(house, claim)
    dismiss(house, claim)
    for accepted in ("61000.00", "41000.00"):
        take_back(house, claim)
        decide(house, claim, accepted)
    appeal(house, claim)
    assert appeals(house, claim) == [("5000.00", "dismissed"), ("8000.00", "filed")]
    assert_everything_agrees(house)


def test_a_cut_that_nobody_appealed_against_can_be_appealed_against_when_the_claim_is_decided_anew(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    house.clock.turn(days=2)
    take_back(house, claim)
    house.clock.turn(days=40)  # meanwhile the time to appeal against the first decision is over
    decide(house, claim, "106000.00")  # nothing of the line is cut any more, but the claim asks for no more than was approved
    assert standing(house, claim) == ["83800.00", "0.00", "0.00", "16200.00", "0.00"]
    with read(house.database) as session:
        assert "claim.appeal" in {each.rule for each in clocks(session, claim)}
    appeal(house, claim)
    with house.work("verifier2") as work:
        given = uphold_claim_appeal(work, claim, "It counts, as the verifier found").reference
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == ["78800.00", "0.00", "0.00", "21200.00", "0.00"]
    assert_everything_agrees(house)


def test_an_appeal_against_the_first_decision_and_one_against_the_second_are_decided_one_after_the_other(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    take_back_before = standing(house, claim)
    appeal(house, claim)
    take_back(house, claim)
    with pytest.raises(NotNow, match="looked at once more"), house.work("verifier2") as work:
        uphold_claim_appeal(work, claim, "Right")
    decide(house, claim, "61000.00")
    appeal(house, claim)
    assert appeals(house, claim) == [("5000.00", "filed"), ("4000.00", "filed")]
    assert standing(house, claim) == ["78800.00", "9000.00", "0.00", "12200.00", "0.00"]
    dismiss(house, claim)
    assert appeals(house, claim) == [("5000.00", "dismissed"), ("4000.00", "filed")]
    with read(house.database) as session:
        assert "claim.appeal_decision" in {each.rule for each in clocks(session, claim)}
    with house.work("verifier2") as work:
        given = uphold_claim_appeal(work, claim, "The standard is voluntary.").reference
    with house.work("approver2") as work:
        approve_claim(work, given)
    assert standing(house, claim) == take_back_before
    with read(house.database) as session:
        assert "claim.appeal_decision" not in {each.rule for each in clocks(session, claim)}
    assert_everything_agrees(house)


def test_what_one_appeal_gave_back_of_a_line_another_does_not_give_once_more(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    appeal(house, claim)
    take_back(house, claim)
    decide(house, claim, "61000.00")
    appeal(house, claim)
    with house.work("verifier2") as work:
        given = [uphold_claim_appeal(work, claim, "The standard is voluntary.", lines).reference for lines in ("1=25000.00", "")]
    for each in given:
        with house.work("approver2") as work:
            approve_claim(work, each)
    with read(house.database) as session:
        lines = [line.basis_minor for each in given for line in lines_of(session, fetch(session, Claim, each).id)]
    assert lines == [25_000_00, 20_000_00]  # of 106,000.00, of which 61,000.00 were accepted
    assert standing(house, claim) == ["78800.00", "0.00", "0.00", "21200.00", "0.00"]
    assert_everything_agrees(house)


def test_an_appeal_after_one_that_gave_all_lines_back_gives_what_is_left_of_the_sum(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    appeal(house, claim)
    take_back(house, claim)
    decide(house, claim, "61000.00")
    appeal(house, claim)
    with house.work("verifier2") as work:
        given = [uphold_claim_appeal(work, claim, "The standard is voluntary.") for _appeal in range(2)]
        assert [str(each.requested) for each in given] == ["5000.00", "4000.00"]
    assert standing(house, claim) == ["78800.00", "0.00", "9000.00", "12200.00", "0.00"]


def test_the_database_takes_one_appeal_against_a_decision(house: House) -> None:
    claim = a_cut_claim(house)
    appeal(house, claim)
    with read(house.database) as session:
        [held] = appeals_of(session, fetch(session, Claim, claim).id)
    with pytest.raises(IntegrityError), house.database.engine.begin() as connection:
        row = held.model_dump() | {"id": uuid7(), "reference": "E-2026-00009-9", "supplement_id": None}
        connection.execute(sa.insert(Appeal), row)


@pytest.fixture
def plain(database: Database, store: FileStore) -> House:
    """An office that pays without a notice."""
    return a_house(database, store)


def test_what_was_cut_is_held_again_though_its_voucher_was_given_back(plain: House) -> None:
    claim = a_cut_claim(plain)
    voucher = voucher_of(plain, claim)
    with plain.work(SME) as work:
        surrender_voucher(work, voucher, "We need no more.")
    assert standing(plain, claim) == ["0.00", "0.00", "0.00", "16200.00", "0.00"]
    appeal(plain, claim)
    assert entries(plain, "claim.appealed") == [
        "claim.appealed: entitlement:cancelled 5000.00, entitlement:reserved -5000.00, budget:free 5000.00, budget:obligated -5000.00"]
    a_released_batch(plain)
    given = uphold(plain, claim)
    with plain.work("approver2") as work:
        approve_claim(work, given)
    assert standing(plain, claim) == ["0.00", "0.00", "0.00", "21200.00", "0.00"]
    assert_everything_agrees(plain)


@pytest.mark.parametrize("ended", ["cancelled", "expired"])
def test_what_was_held_for_an_appeal_ends_again_when_it_is_dismissed_where_it_came_from(plain: House, ended: str) -> None:
    claim = a_cut_claim(plain)
    voucher = voucher_of(plain, claim)
    if ended == "cancelled":
        with plain.work(SME) as work:
            surrender_voucher(work, voucher, "We need no more.")
    else:
        with plain.work() as work:  # its last day was yesterday
            held = fetch(work.session, Voucher, voucher)
            held.use_by = plain.today - timedelta(days=1)
            work.session.add(held)
        look(plain)
    with read(plain.database) as session:
        before = voucher_position(session, voucher, "CNY")
    assert str(getattr(before, ended)) == "83800.00"
    appeal(plain, claim)
    with plain.work("approver3") as work:
        dismiss_claim_appeal(work, claim, "The law asks for it.")
    plain.do_jobs()
    with read(plain.database) as session:
        assert voucher_position(session, voucher, "CNY") == before
        assert ledger.verify(session) == [] and replay(session).differences == []


def test_a_voucher_is_not_cancelled_while_the_refusal_of_a_claim_may_be_appealed_against(plain: House) -> None:
    claim = a_cut_claim(plain, "0.00")
    voucher = voucher_of(plain, claim)

    def cancel() -> None:
        with plain.work("approver3") as work:
            cancel_voucher(work, voucher, "Not a firm of ours", "Article 5")

    with pytest.raises(NotNow, match="appeal"):
        cancel()
    plain.clock.turn(days=31)
    cancel()
    with read(plain.database) as session:
        assert fetch(session, Voucher, voucher).state == "cancelled"


def test_nobody_appeals_on_a_voucher_that_was_revoked(plain: House) -> None:
    claim = a_cut_claim(plain, "0.00")
    voucher = voucher_of(plain, claim)
    accuse(plain, voucher, "auditor1")
    hear(plain, voucher)
    all_roles(plain, "verifier2")
    revoke(plain, voucher, "verifier2")
    with pytest.raises(NotNow, match="revoked"):
        appeal(plain, claim)


def test_no_more_is_held_for_an_appeal_than_the_voucher_has_left(plain: House) -> None:
    claim = a_cut_claim(plain, "0.00")  # 21,200.00 were cut
    order = a_placed_order(plain, voucher_of(plain, claim), net="450000.00", vat="0.00")
    assert standing(plain, claim)[:2] == ["10000.00", "90000.00"]
    appeal(plain, claim)
    assert (standing(plain, claim)[:2], appeals(plain, claim)) == (["0.00", "100000.00"], [("10000.00", "filed")])
    with plain.work("approver3") as work:
        dismiss_claim_appeal(work, claim, "The law asks for it.")
    with plain.work(SME) as work:
        cancel_order(work, order, "Not needed")
    assert standing(plain, claim)[:2] == ["100000.00", "0.00"]
    assert_everything_agrees(plain)


def test_no_more_is_held_for_an_appeal_than_the_fund_line_has_where_the_voucher_has_ended(plain: House) -> None:
    a_programme(plain, allotted="103000.00")
    claim = a_cut_claim(plain)
    with plain.work(SME) as work:
        surrender_voucher(work, voucher_of(plain, claim), "We need no more.")
    an_issued_voucher(plain, amount="83800.00", purpose="Another")
    appeal(plain, claim)
    assert appeals(plain, claim) == [("3000.00", "filed")]
    given = uphold(plain, claim)
    with plain.work("approver2") as work:
        approve_claim(work, given)
    assert standing(plain, claim) == ["0.00", "0.00", "0.00", "19200.00", "0.00"]
    assert_everything_agrees(plain)


def test_no_more_is_held_for_an_appeal_than_the_limits_still_allow(plain: House) -> None:
    claim = a_cut_claim(plain, "0.00")
    other = an_issued_voucher(plain, amount="290000.00", purpose="Another")
    a_placed_order(plain, other, net="1450000.00", vat="0.00")  # of 300,000.00 a year
    appeal(plain, claim)
    assert appeals(plain, claim) == [("10000.00", "filed")]
    assert standing(plain, claim)[:2] == ["90000.00", "10000.00"]


def brought_back(house: House, claim: str) -> None:
    """A claim is paid, the bank brings the money back, and it is given up."""
    payout = payout_of(house, claim).reference
    take_to_the_bank(house, [payout])
    return_by_the_bank(house, payout)
    with house.work("approver1") as work:
        give_up_payout(work, payout, "The firm asks for nothing.")


def claim_again(house: House, claim: str) -> str:
    """Ask for another order of the voucher with the invoice of a claim."""
    order = a_completed_order(house, voucher_of(house, claim))
    with house.work(SME) as work:
        bought = fetch(work.session, Order, order)
        [line] = lines_of(work.session, fetch(work.session, Claim, claim).id)
        again = InvoiceLine(line.invoice_number, house.today, bought.title, bought.net, bought.vat)
        own = OwnPayment(f"BANK-{house.number()}", house.today, bought.gross)
        return submit_claim(work, order, [again], own, evidence(work, house, bought, house.references[SMES[0].number])).reference


def test_an_invoice_is_not_claimed_again_while_that_stands_which_an_appeal_gave_on_it(plain: House) -> None:
    all_roles(plain, "verifier2")
    claim = a_cut_claim(plain, "81000.00")
    appeal(plain, claim)
    with plain.work("verifier2") as work:
        given = uphold_claim_appeal(work, claim, "The standard is voluntary.").reference
    with plain.work("approver2") as work:
        approve_claim(work, given)
    brought_back(plain, claim)
    with pytest.raises(NotValid) as refused:
        claim_again(plain, claim)
    assert [each.where for each in refused.value.problems] == ["lines.0.invoice_number"]
    brought_back(plain, given)
    claim_again(plain, claim)
    with read(plain.database) as session:
        assert_the_invariants_hold(session)


def test_an_invoice_is_not_claimed_again_while_that_stands_which_an_appeal_gave_on_the_claim_as_a_whole(house: House) -> None:
    claim = a_cut_claim(house, "81000.00", an_issued_voucher(house))
    house.clock.turn(days=2)
    take_back(house, claim)
    decide(house, claim, "106000.00")
    appeal(house, claim)
    with house.work("verifier2") as work:
        given = uphold_claim_appeal(work, claim, "It counts, as the verifier found").reference
    with house.work("approver2") as work:
        approve_claim(work, given)
    with read(house.database) as session:
        assert lines_of(session, fetch(session, Claim, given).id) == []
    on_notice(house)
    days_go_by(house, 12)
    brought_back(house, claim)
    with pytest.raises(NotValid):
        claim_again(house, claim)
    with read(house.database) as session:
        assert_the_invariants_hold(session)
