"""Correction: what is missing is asked for, what is wrong comes again, and the claim keeps its place."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import col, select

from tests.builders import (
    SME,
    SMES,
    House,
    a_completed_order,
    a_house,
    a_submitted_claim,
    a_verified_claim,
    an_approved_claim,
    an_issued_voucher,
    evidence,
    full_decisions,
)
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.claims import Claim, CutReason, InvoiceLine, LineDecision, OwnPayment, lines_of, versions_of
from voucher.database import Database, fetch
from voucher.deadlines import deadlines_of
from voucher.errors import NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.money import Money
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.questions import questions_on
from voucher.work import Work, read
from workflows.approval import approve_claim
from workflows.claiming import submit_claim, withdraw_claim
from workflows.correction import answer_questions, request_information, resubmit_claim, return_claim
from workflows.overdue import mark_missed_deadlines
from workflows.reimbursement import gather_batch
from workflows.verification import verify_claim


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def claim_by(house: House, reference: str) -> Claim:
    with read(house.database) as session:
        return fetch(session, Claim, reference)


def two_lines(house: House) -> list[InvoiceLine]:
    return [InvoiceLine(f"26381{house.number():015d}", house.today, f"Part {part}", yuan("53000.00"), yuan("0.00")) for part in "AB"]


def a_claim_of_two_lines(house: House, order: str, lines: Sequence[InvoiceLine]) -> str:
    with house.work(SME) as work:
        papers = evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])
        return submit_claim(work, order, lines, OwnPayment(f"BANK-{house.number()}", house.today, yuan("106000.00")), papers).reference


def resubmit(house: House, claim: str, order: str, lines: Sequence[InvoiceLine]) -> Claim:
    with house.work(SME) as work:
        papers = evidence(work, house, fetch(work.session, Order, order), house.references[SMES[0].number])
        return resubmit_claim(work, claim, lines, OwnPayment(f"BANK-{house.number()}", house.today, yuan("106000.00")), papers)


def let_deadlines_pass(house: House, **time: float) -> None:
    house.clock.turn(**time)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    house.do_jobs()


def standing(house: House, voucher: str) -> list[str]:
    """Available, reserved, claimed, approved."""
    with read(house.database) as session:
        position = voucher_position(session, voucher, "CNY")
        return [str(each) for each in (position.available, position.reserved, position.claimed, position.approved)]


def test_everything_that_is_missing_is_asked_at_once_and_the_clock_stands_still(house: House) -> None:
    claim = a_submitted_claim(house)
    house.clock.turn(days=3)
    with house.work("verifier1") as work:
        request_information(work, claim, "- The report has no date\n\n- Line 1: no proof of payment")
    house.clock.turn(days=5)
    with house.work(SME) as work:
        answer_questions(work, claim, "Of 12 March; see the bank's slip.")

    assert claim_by(house, claim).state == "submitted"
    with read(house.database) as session:
        [question] = questions_on(session, fetch(session, Claim, claim))
        clocks = {each.rule: (each.state, str(each.due_on), len(each.pauses)) for each in deadlines_of(session, claim)}
    assert question.items == ["The report has no date", "Line 1: no proof of payment"]
    assert question.answer == "Of 12 March; see the bank's slip."
    assert clocks == {"claim.verification": ("running", "2026-03-26", 1), "claim.answer": ("met", "2026-03-19", 0)}


def test_a_claimant_is_asked_at_most_twice(house: House) -> None:
    claim = a_submitted_claim(house)
    for round_ in (1, 2):
        with house.work("verifier1") as work:
            request_information(work, claim, f"Question {round_}")
        with house.work(SME) as work:
            answer_questions(work, claim, "Answer")
    with pytest.raises(NotNow, match="asked 2 times"), house.work("verifier1") as work:
        request_information(work, claim, "Question 3")


def test_an_empty_list_asks_for_nothing(house: House) -> None:
    claim = a_submitted_claim(house)
    with pytest.raises(NotValid), house.work("verifier1") as work:
        request_information(work, claim, " - \n")


def test_without_an_answer_the_claim_is_decided_on_what_there_is(house: House) -> None:
    claim = a_submitted_claim(house)
    with house.work("verifier1") as work:
        request_information(work, claim, "The report")
    let_deadlines_pass(house, days=20)
    assert claim_by(house, claim).state == "submitted"
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))


def test_only_the_claimant_answers(house: House) -> None:
    claim = a_submitted_claim(house)
    with house.work("verifier1") as work:
        request_information(work, claim, "The report")
    with pytest.raises(NotFound), house.work("provider01") as work:
        answer_questions(work, claim, "Ours")


def test_a_returned_claim_comes_again_as_a_new_version_and_only_what_changed_is_looked_at(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    lines = two_lines(house)
    claim = a_claim_of_two_lines(house, order, lines)
    first_day = claim_by(house, claim).submitted_at
    with house.work("verifier1") as work:
        return_claim(work, claim, "Line 2 says nothing of what was done", in_order="1")
    house.clock.turn(days=4)
    resubmit(house, claim, order, [lines[0], replace(lines[1], description="Part B: casting", net=yuan("40000.00"))])

    again = claim_by(house, claim)
    assert (again.state, again.version, again.submitted_at, again.requested) == ("submitted", 2, first_day, yuan("18600.00"))
    assert standing(house, voucher) == ["78800.00", "2600.00", "18600.00", "0.00"]
    with read(house.database) as session:
        [before] = versions_of(session, again)
        assert [line[3] for line in before.content["lines"]] == ["Part A", "Part B"]
        assert ledger.verify(session) == []
    with pytest.raises(NotValid, match="each of the 1 lines"), house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("0.00"), CutReason.NOT_ELIGIBLE), LineDecision(2, yuan("40000.00"))])
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(2, yuan("40000.00"))])
    with house.work("approver2") as work:
        assert approve_claim(work, claim).approved == yuan("18600.00")


def test_a_line_that_changed_is_looked_at_even_if_it_was_in_order(house: House) -> None:
    order = a_completed_order(house)
    lines = two_lines(house)
    claim = a_claim_of_two_lines(house, order, lines)
    with house.work("verifier1") as work:
        return_claim(work, claim, "Line 2 is unclear", in_order="1")
    resubmit(house, claim, order, [replace(lines[0], net=yuan("53000.01")), replace(lines[1], net=yuan("52999.99"))])
    with read(house.database) as session:
        assert [line.accepted_minor for line in lines_of(session, fetch(session, Claim, claim).id)] == [None, None]


def test_a_returned_claim_may_come_after_the_last_day_to_claim(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    lines = two_lines(house)
    with read(house.database) as session:
        last = session.exec(select(Order).where(Order.reference == order)).one()
    claim = a_claim_of_two_lines(house, order, lines)
    with house.work("verifier1") as work:
        return_claim(work, claim, "Line 2 is unclear")
    house.clock.turn(days=500)  # long after it; nobody has looked at the clock yet
    assert resubmit(house, claim, last.reference, lines).version == 2


def test_what_is_never_corrected_lapses_and_is_only_reserved_again(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = a_submitted_claim(house, a_completed_order(house, voucher))
    with house.work("verifier1") as work:
        return_claim(work, claim, "Everything")
    let_deadlines_pass(house, days=40)
    assert claim_by(house, claim).state == "lapsed"
    assert standing(house, voucher) == ["78800.00", "21200.00", "0.00", "0.00"]


def test_a_verified_claim_sent_back_can_be_questioned(house: House) -> None:
    claim = a_verified_claim(house)
    with pytest.raises(NotNow), house.work("verifier1") as work:
        request_information(work, claim, "Too late")


def test_an_approved_claim_that_is_withdrawn_and_made_again_changes_nothing(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    first = an_approved_claim(house, order)
    before = standing(house, voucher)
    with house.work(SME) as work:
        withdraw_claim(work, first)
    assert standing(house, voucher) == ["78800.00", "21200.00", "0.00", "0.00"]
    second = an_approved_claim(house, order)
    assert standing(house, voucher) == before
    with read(house.database) as session:
        states = {payout.claim_id: payout.state for payout in session.exec(select(Payout).order_by(col(Payout.id)))}
        assert states == {fetch(session, Claim, first).id: "cancelled", fetch(session, Claim, second).id: "payable"}
        undone = next(entry for entry in ledger.about(session, "claim", first) if entry.event == "approval.undone")
        assert [f"{line.account.name.rpartition(':')[0]} {line.amount}" for line in undone.lines] == [
            "entitlement:approved 21200.00", "entitlement:reserved -21200.00", "budget:delivered-unpaid 21200.00",
            "budget:obligated -21200.00", "financial:payable:claims 21200.00", "financial:expense:subsidy -21200.00",
            "financial:revenue:appropriation-used 21200.00", "financial:equity:unexpended -21200.00",
            "cn-financial:2303 21200.00", "cn-financial:5001 -21200.00"]
        assert ledger.verify(session) == []


def test_what_is_in_a_batch_is_withdrawn_no_more(house: House) -> None:
    claim = an_approved_claim(house)
    with house.work("finance1") as work:
        gather_batch(work, None, house.today)
    with pytest.raises(NotNow, match="in a batch"), house.work(SME) as work:
        withdraw_claim(work, claim)


def test_a_withdrawal_and_a_batch_at_once_end_in_one_story(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, a_completed_order(house, voucher))

    def attempt(work: Work, number: int) -> object:
        return withdraw_claim(work, claim) if number % 2 else gather_batch(work, None, work.today)

    assert winners(race(house, ["finance1", SME], attempt, times=10)) == 1
    withdrawn = claim_by(house, claim).state == "withdrawn"
    with read(house.database) as session:
        assert session.exec(select(Payout.state)).one() == ("cancelled" if withdrawn else "gathered")
        assert ledger.verify(session) == []
    assert standing(house, voucher)[3] == ("0.00" if withdrawn else "21200.00")
