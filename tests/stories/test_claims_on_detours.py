"""Claims that do not go straight, told as it happens: a log with faults, questions, a new version, a cut, a hold, a withdrawal, a lapse."""

from datetime import timedelta

import pytest

from tests.builders import SME, House, a_completed_order, a_house
from tests.stories.retold import assert_everything_agrees, letters, posted, reads_english
from tests.workflows.mailing import all_letters
from tests.workflows.purchases import pass_until, standing
from tests.workflows.scopes import publish, voucher_for, yuan
from tests.workflows.test_application import clocks
from tests.workflows.test_correction import claim_by
from tests.workflows.test_instrument_claims import a_log, claim_of, kept, papers, problems_with
from tests.workflows.test_partial_claims import claim_part
from tests.workflows.test_unclaimed import last_day, look
from tests.workflows.test_unclaimed import state as state_of_order
from voucher.claims import CutReason, LineDecision, OwnPayment
from voucher.database import Database
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.programmes.library import example
from workflows.approval import approve_claim
from workflows.claiming import withdraw_claim
from workflows.correction import answer_questions, request_information, return_claim
from workflows.instrument_claims import resubmit_log, submit_log
from workflows.publication import hold_claim, release_claim
from workflows.reimbursement import gather_batch
from workflows.verification import verify_claim


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and one provider."""
    house = a_house(database, store)
    reads_english(house, SME)
    return house


def figures(house: House, order: str) -> str:
    """Available, reserved, claimed, approved, expired, disallowed."""
    at = standing(house, order)
    return f"{at.available} {at.reserved} {at.claimed} {at.approved} {at.expired} {at.disallowed}"


def test_a_log_of_uses_is_claimed_asked_about_sent_again_cut_held_and_the_rest_of_the_order_lapses(house: House) -> None:
    # What is cut of a claim is lost for the voucher: so the terms of this programme say.
    voucher = voucher_for(house, publish(house, example("weihai") + b"\ndisallowed: lapses\n"))
    order = a_completed_order(house, voucher)  # the voucher pays 21,200 of 106,000

    # The log of the instruments has two faults. Both are named by row, and nothing of it is claimed.
    rows = a_log(20).decode().split("\n")
    faulty = "\n".join([*rows[:3], rows[3].replace("2026-03-02", "2026-13-02", 1), rows[4].replace("100.00", "1e2"), *rows[5:]])
    assert [each.partition(":")[0] for each in problems_with(house, order, faulty.encode())] == ["line 4, column 3", "line 5, column 6"]
    assert figures(house, order) == "78800.00 21200.00 0.00 0.00 0.00 0.00"

    # Mended, it is one claim of two invoices with ten uses each; how far the reading is, is told.
    progress: list[tuple[int, int]] = []
    log = kept(house, a_log(20))
    with house.work(SME) as work:
        claim = submit_log(work, house.store, order, log, OwnPayment("BANK-9", house.today, yuan("2120.00")), papers(work, house, order),
                           final=False, told=lambda done, of: progress.append((done, of))).reference
    assert progress[-1] == (20, 20) and claim_of(house, order, log) == claim  # the same log again is the same claim
    assert figures(house, order) == "78800.00 20776.00 424.00 0.00 0.00 0.00"
    came = claim_by(house, claim).submitted_at

    # The verifier asks for all that is wanting at once, and his own clock stands still until it is answered.
    with house.work("verifier1") as work:
        request_information(work, claim, "The list of instruments\nWho signed it")
    assert clocks(house, claim)["claim.verification"][0] == "paused"
    house.clock.turn(days=3)
    with house.work(SME) as work:
        answer_questions(work, claim, "Both are on page 2")
    assert clocks(house, claim)["claim.verification"][0] == "running"

    # It goes back all the same, and comes again as a new version with another log: same number, same place in the queue.
    with house.work("verifier1") as work:
        return_claim(work, claim, "Two uses are counted twice")
    house.clock.turn(days=3)
    with house.work(SME) as work:
        resubmit_log(work, house.store, claim, kept(house, a_log(18), "second.csv"), OwnPayment("BANK-9", house.today, yuan("1908.00")),
                     papers(work, house, order))
    again = claim_by(house, claim)
    assert (again.version, again.submitted_at, again.requested) == (2, came, yuan("381.60"))

    # One invoice is cut by half. 286.20 are approved, and the 95.40 that were cut lapse.
    with house.work("verifier1") as work:
        verify_claim(work, claim, [LineDecision(1, yuan("954.00")), LineDecision(2, yuan("477.00"), CutReason.NOT_ELIGIBLE)])
    with house.work("approver2") as work:
        approve_claim(work, claim)
    assert figures(house, order) == "78800.00 20818.40 0.00 286.20 0.00 95.40"

    # The tax office asks: finance holds the payment, nothing is gathered, and an approver lets it go on.
    with house.work("finance1") as work:
        hold_claim(work, claim, "The tax office asked", house.today + timedelta(days=20))
    with pytest.raises(NotNow, match="No payout"), house.work("finance1") as work:
        gather_batch(work, None, house.today)
    with house.work("approver3") as work:
        release_claim(work, claim, "Answered")

    # Another part is claimed and withdrawn: it is reserved again, as if it had never come.
    part = claim_part(house, order, "40000.00")
    with house.work(SME) as work:
        withdraw_claim(work, part)
    assert figures(house, order) == "78800.00 20818.40 0.00 286.20 0.00 95.40"

    # A third part goes back to be corrected, and nobody corrects it in time: it lapses, and is reserved too.
    slow = claim_part(house, order, "30000.00")
    with house.work("verifier1") as work:
        return_claim(work, slow, "The invoice is of another firm")
    (corrected_by,) = (due for name, (state, due) in clocks(house, slow).items() if state == "running")
    pass_until(house, corrected_by + timedelta(days=1))
    assert claim_by(house, slow).state == "lapsed"
    assert figures(house, order) == "78800.00 20818.40 0.00 286.20 0.00 95.40"

    # The last day for claims goes by. What nobody claimed lapses with the order; what was approved is owed.
    last_day(house, voucher, after=1)
    look(house)
    look(house)
    assert figures(house, order) == "0.00 0.00 0.00 286.20 99618.40 95.40"
    assert state_of_order(house, order) == "completed"
    assert posted(house, "claim.submitted", "claim.resubmitted", "claim.approved", "claim.withdrawn", "order.unclaimed") == BOOKS
    assert letters(house, "claim.questioned", "claim.returned", "claim.resubmitted", "claim.approved", "claim.held", "claim.released",
                   "claim.withdrawn", "claim.lapsed", "order.unclaimed", "voucher.expired") == LETTERS
    first, freed = [each.words["said"] for _who, each in all_letters(house) if each.event == "voucher.expired"]
    assert "What was left" in first and "What came free of an order" in freed
    assert_everything_agrees(house)


BOOKS = """\
claim.submitted C-2026-00001-8
  entitlement:reserved 424.00
  entitlement:claimed -424.00
claim.resubmitted C-2026-00001-8 2
  entitlement:claimed 42.40
  entitlement:reserved -42.40
claim.approved C-2026-00001-8
  entitlement:claimed 381.60
  entitlement:approved -286.20
  entitlement:disallowed -95.40
  budget:obligated 381.60
  budget:delivered-unpaid -286.20
  budget:free -95.40
  financial:expense:subsidy 286.20
  financial:payable:claims -286.20
  financial:equity:unexpended 286.20
  financial:revenue:appropriation-used -286.20
  cn-financial:5001 286.20
  cn-financial:2303 -286.20
claim.submitted C-2026-00002-6
  entitlement:reserved 8000.00
  entitlement:claimed -8000.00
claim.withdrawn C-2026-00002-6
  entitlement:claimed 8000.00
  entitlement:reserved -8000.00
claim.submitted C-2026-00003-9
  entitlement:reserved 6000.00
  entitlement:claimed -6000.00
claim.withdrawn C-2026-00003-9
  entitlement:claimed 6000.00
  entitlement:reserved -6000.00
order.unclaimed 2110460 O-2026-00001-1
  entitlement:reserved 20818.40
  entitlement:available -20818.40
  budget:obligated 20818.40
  budget:committed -20818.40
"""
LETTERS = """\
sme13 (en) claim.questioned C-2026-00001-8
sme13 (en) claim.returned C-2026-00001-8
sme13 (en) claim.resubmitted C-2026-00001-8
verifier1 (zh) claim.resubmitted C-2026-00001-8
verifier2 (zh) claim.resubmitted C-2026-00001-8
sme13 (en) claim.approved C-2026-00001-8
sme13 (en) claim.held C-2026-00001-8
sme13 (en) claim.released C-2026-00001-8
sme13 (en) claim.withdrawn C-2026-00002-6
sme13 (en) claim.returned C-2026-00003-9
sme13 (en) claim.lapsed C-2026-00003-9
sme13 (en) voucher.expired V-2026-00001-4
sme13 (en) order.unclaimed O-2026-00001-1
provider01 (zh) order.unclaimed O-2026-00001-1
sme13 (en) voucher.expired V-2026-00001-4
"""
