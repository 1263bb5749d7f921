"""The last of the money and several who want it, on PostgreSQL: one has it, and the books agree."""

import pytest

from tests.builders import SME, SMES, House, a_house
from tests.workflows.scopes import an_application_for, yuan
from tests.workflows.test_races import race, winners
from tests.workflows.test_waiting import (
    OPEN_FOR_TEN_DAYS,
    a_programme_with_list,
    free,
    more_money,
    offered,
    states,
    wait,
)
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.work import SYSTEM, Work, read
from workflows.waiting import accept_offer, lapse_offer, serve_waiting_list


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL with two SMEs."""
    house = a_house(postgres, store, smes=2)
    house.people[""] = SYSTEM
    return house


def test_an_offer_is_taken_up_or_lapses_and_never_both(house: House) -> None:
    programme, (first, _second) = offered(house)

    outcomes = race(house, [SME, ""], lambda work, number: (accept_offer, lapse_offer)[number % 2](work, first), 12)

    assert winners(outcomes) == 1
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    position = free(house, programme)
    assert (position.offered, position.free + position.committed) == (yuan("0.00"), yuan("70000.00"))
    with read(house.database) as session:
        assert ledger.verify(session) == []


@pytest.mark.parametrize("kept", ["{order: arrival}", OPEN_FOR_TEN_DAYS])
def test_workers_that_serve_the_list_at_once_give_the_money_once(house: House, kept: str) -> None:
    programme = a_programme_with_list(house, kept)
    vouchers = [an_application_for(house, programme, "60000.00", SMES[at % 2]) for at in range(4)]
    for each in vouchers:
        wait(house, each)
    more_money(house, programme, "10000.00")  # enough for one, and he has it

    def serve(work: Work, _number: int) -> None:
        serve_waiting_list(work, house.store, programme)

    race(house, [""], serve, 8)

    assert states(house, *vouchers)[1:] == ["waitlisted"] * 3
    assert free(house, programme).free == yuan("0.00")
