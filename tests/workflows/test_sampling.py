"""Sampling: claims are drawn by lot with a seed that anybody may know, and looked at on the spot before they are approved."""

from datetime import timedelta
from fractions import Fraction

import pytest

from tests.builders import SMES, House, a_programme, a_submitted_claim, full_decisions, who
from voucher.checks.sampling import draw, how_many, list_digest
from voucher.claims import Claim
from voucher.database import fetch
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.findings import Finding, findings_of
from voucher.ledger import seals
from voucher.programmes.library import example
from voucher.work import read
from workflows.approval import approve_claim
from workflows.checking import allow_finding, record_site_check, report_site_check
from workflows.publishing import publish_programme
from workflows.sampling import ask_for_samples, draw_by_itself, draw_sample, lots_of
from workflows.verification import verify_claim

SEED = "Lottery of 2026-03-01: 8 15 22 31 40"


@pytest.fixture
def programme(house: House) -> str:
    """A programme whose terms say that half of the claims are drawn."""
    reference = a_programme(house)
    with house.work("approver1") as work:
        publish_programme(work, example("weihai") + b"\nsampling_rate: 50 %\n")
    return reference


def drawn(house: House, programme: str, who: str = "auditor1") -> list[str]:
    with house.work(who) as work:
        return draw_sample(work, programme, SEED)[1]


def finding_on(house: House, claim: str) -> Finding:
    with read(house.database) as session:
        (found,) = findings_of(session, [fetch(session, Claim, claim).id])
        return found


def approve(house: House, claim: str) -> str:
    with house.work("approver2") as work:
        return approve_claim(work, claim).state


def verify(house: House, claim: str) -> None:
    with house.work("verifier1") as work:
        verify_claim(work, claim, full_decisions(work, claim))


def test_the_draw_can_be_made_again_by_anybody(house: House, programme: str) -> None:
    claims = sorted(a_submitted_claim(house) for _turn in range(3))
    chosen = drawn(house, programme)
    assert len(chosen) == 2
    with house.work() as work:
        ((lot, listed, again),) = lots_of(work, programme)
    assert (listed, again, lot.seed, lot.rate) == (claims, chosen, SEED, "1/2")
    assert lot.list_digest == list_digest(listed)
    assert draw(lot.seed, listed, how_many(len(listed), Fraction(lot.rate))) == chosen


def test_a_claim_that_was_drawn_is_looked_at_on_the_spot_before_it_is_approved(house: House, programme: str) -> None:
    claim = a_submitted_claim(house)
    assert drawn(house, programme) == [claim]
    verify(house, claim)
    found = finding_on(house, claim)
    with pytest.raises(NotNow, match="Decide first"):
        approve(house, claim)
    with pytest.raises(NotNow, match="on the spot"), house.work("approver2") as work:
        allow_finding(work, found.reference, "Looks fine from here")
    with pytest.raises(NotAllowed), house.work("verifier1") as work:
        record_site_check(work, found.reference, house.today, "Weihai", "The buoy floats")
    with pytest.raises(NotValid) as ahead, house.work("reviewer1") as work:
        record_site_check(work, found.reference, house.today + timedelta(days=1), "Weihai", "The buoy floats")
    assert str(ahead.value.problems[0]) == "seen_on: The day must not lie ahead."
    with house.work("reviewer1") as work:
        record_site_check(work, found.reference, house.today, "Weihai", "The buoy floats")
    assert approve(house, claim) == "approved"


def test_what_is_not_in_order_on_the_spot_is_not_paid(house: House, programme: str) -> None:
    claim = a_submitted_claim(house)
    drawn(house, programme)
    verify(house, claim)
    with house.work("reviewer1") as work:
        report_site_check(work, finding_on(house, claim).reference, house.today, "Weihai", "There is no buoy")
    with pytest.raises(NotNow, match="was confirmed"):
        approve(house, claim)


def test_a_claim_is_on_one_list_only(house: House, programme: str) -> None:
    a_submitted_claim(house)
    drawn(house, programme)
    with pytest.raises(NotNow, match="not on a list before"):
        drawn(house, programme)


def test_a_draw_needs_a_seed_a_rate_and_somebody_who_may(house: House, programme: str) -> None:
    a_submitted_claim(house)
    with pytest.raises(NotValid), house.work("auditor1") as work:
        draw_sample(work, programme, "7")
    for other in ("verifier1", "approver2"):  # who approves could try seeds until what he wants to approve is not drawn
        with pytest.raises(NotAllowed):
            drawn(house, programme, other)
    with pytest.raises(NotFound):
        drawn(house, programme, who(SMES[0]))


def test_terms_without_a_rate_draw_nothing(house: House) -> None:
    reference = a_programme(house)
    with pytest.raises(NotNow, match="sampling_rate"):
        drawn(house, reference)


def at_night(house: House) -> None:
    """The books are sealed, and the system draws."""
    with house.work() as work:
        seals.seal(work)
        assert ask_for_samples(work, house.store) == 1
    house.do_jobs()


def test_the_system_draws_each_day_and_keeps_to_the_rate_over_all_lists(house: House, programme: str) -> None:
    claims, counts = [], []
    for _day in range(4):
        claims.append(a_submitted_claim(house))
        at_night(house)
        at_night(house)  # the same day, the same draw
        with house.work() as work:
            lots = lots_of(work, programme)
        counts.append(sum(len(chosen) for _lot, _listed, chosen in lots))
        house.clock.turn(days=1)
    assert ([len(listed) for _lot, listed, _chosen in lots], counts) == ([1, 1, 1, 1], [1, 1, 2, 2])


def test_the_seed_of_the_system_is_the_head_of_the_sealed_books(house: House, programme: str) -> None:
    listed = sorted(a_submitted_claim(house) for _turn in range(3))
    at_night(house)
    with house.work() as work:
        [(lot, told, chosen)] = lots_of(work, programme)
        head = seals.latest(work.session).root.hex()
    assert (lot.seed, lot.person_id, told) == (f"{head} {programme} {house.today.isoformat()}", None, listed)
    assert chosen == draw(lot.seed, listed, 2)


def test_nothing_is_drawn_before_the_books_were_sealed(house: House, programme: str) -> None:
    a_submitted_claim(house)
    with house.work() as work:
        assert draw_by_itself(work, house.store, programme) == []


def test_nothing_is_approved_before_it_took_part_in_a_draw(house: House, programme: str) -> None:
    first, second = a_submitted_claim(house), a_submitted_claim(house)
    verify(house, first)
    with pytest.raises(NotNow, match="takes part in a draw first"):
        approve(house, first)
    at_night(house)
    with house.work() as work:
        [(_lot, _listed, chosen)] = lots_of(work, programme)
    spared = next(each for each in (first, second) if each not in chosen)
    if spared == second:
        verify(house, second)
    assert approve(house, spared) == "approved"
