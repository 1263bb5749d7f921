"""One who holds many roles, and one who is away, told as it is: no hand does two things in a case, alone, for another or in a batch."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from tests.builders import (
    House,
    a_completed_order,
    a_house,
    a_submitted_claim,
    a_verified_claim,
    an_application,
    full_decisions,
)
from tests.stories.retold import assert_everything_agrees, letters, reads_english
from tests.workflows.recovering import payout_of
from tests.workflows.scopes import publish
from tests.workflows.test_absence import come_in, duties
from tests.workflows.test_duties import all_roles
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow
from voucher.files import FileStore
from voucher.history import Event
from voucher.programmes.library import example
from voucher.work import Work
from workflows.absence import enter_absence, hand_over_role
from workflows.approval import approve_claim, sign_claim
from workflows.issue import issue_voucher, review_voucher
from workflows.reimbursement import gather_batch, release_batch
from workflows.verification import verify_claim

# From 15,000 yuan on, two approvers sign.
RULES = example("weihai") + b"\nsecond_approval_from: 15000.00\n"
TOOK_PART = "You already took part"


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office in which one officer has come to hold every role there is."""
    house = a_house(database, store)
    publish(house, RULES)
    all_roles(house, "reviewer1")
    reads_english(house, "auditor1")
    return house


def does(house: House, who: str, verb: Callable[..., object], *about: object) -> None:
    """Somebody takes a step."""
    with house.work(who) as work:
        verb(work, *about)


def refused(house: House, who: str, why: str | None, verb: Callable[..., object], *about: object) -> None:
    """Somebody is refused a step, as it says why."""
    with pytest.raises(NotAllowed, match=why):
        does(house, who, verb, *about)


def verify(work: Work, claim: str) -> None:
    """Accept all of it."""
    verify_claim(work, claim, full_decisions(work, claim))


def test_no_hand_does_two_things_in_a_case_alone_for_another_or_in_a_batch(house: House) -> None:
    # He reviews an application. Everything after that in this case is for others, whatever roles he holds.
    voucher = an_application(house)
    does(house, "reviewer1", review_voucher, voucher, "in order")
    refused(house, "reviewer1", TOOK_PART, issue_voucher, voucher)

    # The approver is away for a week, and his deputy issues it for him: that is written down as done by both.
    with house.work("approver1") as work:
        absence = enter_absence(work, house.today, house.today + timedelta(days=6), "On leave")
        hand_over_role(work, str(absence.id), "approver", "verifier2@voucher.example")
    come_in(house, "verifier2")
    does(house, "verifier2", issue_voucher, voucher)
    with house.work() as work:
        assert duties(work, voucher) >= {("reviewer1", "review"), ("approver1", "issue"), ("verifier2", "issue")}

    # So the deputy does not verify the claim on it, which is his own work; neither does who reviewed.
    claim = a_submitted_claim(house, a_completed_order(house, voucher))
    refused(house, "reviewer1", TOOK_PART, verify, claim)
    refused(house, "verifier2", TOOK_PART, verify, claim)
    does(house, "verifier1", verify, claim)

    # 21,200 yuan want two approvers, and each must be another hand: not who reviewed, not who was away while another issued for him.
    with pytest.raises(NotNow, match="signed by 2 approvers"):
        does(house, "approver2", approve_claim, claim)
    refused(house, "reviewer1", TOOK_PART, sign_claim, claim)
    does(house, "approver2", sign_claim, claim)
    refused(house, "approver2", "another person has to approve", approve_claim, claim)
    house.clock.turn(days=2)
    refused(house, "approver1", TOOK_PART, approve_claim, claim)
    does(house, "approver3", approve_claim, claim)

    # A small claim for something else beside it, in whose case he has no part yet: one approver is enough.
    other = an_application(house, purpose="Another")
    does(house, "reviewer2", review_voucher, other, "in order")
    does(house, "approver2", issue_voucher, other)
    small = a_verified_claim(house, a_completed_order(house, other, net="10000.00", vat="600.00", service="consulting"))
    with pytest.raises(NotNow, match="one approver only"):
        does(house, "approver3", sign_claim, small)
    does(house, "approver3", approve_claim, small)

    # In a batch it is the same: he may release the small one, but not together with the case in which he reviewed.
    payouts = [payout_of(house, each).reference for each in (claim, small)]
    with house.work("finance1") as work:
        batch = gather_batch(work, payouts, house.today).reference
    refused(house, "finance1", None, release_batch, batch)
    refused(house, "reviewer1", TOOK_PART, release_batch, batch)
    does(house, "treasury1", release_batch, batch)
    refused(house, "treasury1", "signed this batch already", release_batch, batch)

    # The other of the treasury is away too, and lends his role for two days; so a third hand signs for him.
    with house.work("treasury2") as work:
        away = enter_absence(work, house.today, house.today + timedelta(days=1))
        hand_over_role(work, str(away.id), "treasury", "auditor1@voucher.example")
    come_in(house, "auditor1")
    does(house, "auditor1", release_batch, batch)

    # The week is over: the deputy is a verifier again, and nobody has to think of taking the role from him.
    house.clock.turn(days=5)
    come_in(house, "verifier2", "auditor1")
    assert not house.people["verifier2"].holds("approver")
    third = an_application(house, purpose="A third")
    does(house, "reviewer1", review_voucher, third, "in order")
    refused(house, "verifier2", None, issue_voucher, third)
    does(house, "approver1", issue_voucher, third)

    # Each absence and each role that was lent stands in history: whose, to whom, and until when.
    with house.work() as work:
        told = [each for each in work.session.exec(select(Event).order_by(col(Event.id))) if each.name in ("absence.entered", "role.lent")]
    people = {actor.person_id: who for who, actor in house.people.items()}
    assert [(each.name, people[each.person_id], each.data["until"]) for each in told] == [
        ("absence.entered", "approver1", "2026-03-08"), ("role.lent", "approver1", "2026-03-08"),
        ("absence.entered", "treasury2", "2026-03-05"), ("role.lent", "treasury2", "2026-03-05")]
    assert letters(house, "role.lent", "absence.ended", "claim.signed", "batch.signed", "batch.released") == LETTERS
    assert_everything_agrees(house)


LETTERS = """\
verifier2 (zh) role.lent N-2026-00001-4
approver1 (zh) claim.signed C-2026-00001-8
approver3 (zh) claim.signed C-2026-00001-8
reviewer1 (zh) claim.signed C-2026-00001-8
treasury2 (zh) batch.signed B-2026-00001-6
treasury3 (zh) batch.signed B-2026-00001-6
reviewer1 (zh) batch.signed B-2026-00001-6
auditor1 (en) role.lent N-2026-00001-4
finance1 (zh) batch.released B-2026-00001-6
reviewer1 (zh) batch.released B-2026-00001-6
"""
