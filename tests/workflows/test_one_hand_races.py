"""Who is away and his deputy are one person to a batch, also when both sign at the same instant. PostgreSQL only."""

import pytest
from sqlmodel import select

from tests.builders import House, a_gathered_batch, a_house, an_approved_claim
from tests.workflows.beside import beside
from tests.workflows.recovering import payout_of
from tests.workflows.test_absence import come_in, hand_over
from tests.workflows.test_races import race
from voucher.database import Database
from voucher.errors import NotAllowed
from voucher.files import FileStore
from voucher.payouts import BatchSignature
from voucher.people import Role
from voucher.work import read
from workflows.reimbursement import release_batch


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office in which the first treasurer is away, and the second bears his role beside her own."""
    house = a_house(postgres, store)
    hand_over(house, "treasury1", Role.TREASURY, "treasury2")
    come_in(house, "treasury1", "treasury2")
    return house


@pytest.mark.parametrize(("first", "second"), [("treasury1", "treasury2"), ("treasury2", "treasury1")])
def test_the_second_of_two_who_are_one_waits_for_the_first_and_may_not_sign(house: House, first: str, second: str) -> None:
    an_approved_claim(house)
    batch = a_gathered_batch(house)

    refused = beside(house, (first, lambda work: release_batch(work, batch)), (second, lambda work: release_batch(work, batch)))

    assert isinstance(refused, NotAllowed)
    with read(house.database) as session:
        assert [each.person_id for each in session.exec(select(BatchSignature))] == [house.people[first].person_id]


def test_both_sign_crosswise_batches_of_the_same_vouchers_and_neither_waits_in_a_circle(house: House) -> None:
    claims = [an_approved_claim(house, net="1000.00", vat="60.00", title=f"Part {number}") for number in range(4)]
    payouts = [payout_of(house, claim).reference for claim in claims]
    batches = [a_gathered_batch(house, payouts[:2]), a_gathered_batch(house, payouts[2:])]

    race(house, ["treasury1", "treasury2"], lambda work, number: release_batch(work, batches[(number // 2 + number) % 2]), 8)

    with read(house.database) as session:
        signed = session.exec(select(BatchSignature.batch_id)).all()
    assert len(signed) == len(set(signed)) == 2
