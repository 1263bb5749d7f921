"""A voucher that is given back though others have begun to work for it, told as it happens."""

from datetime import date

import pytest

from tests.builders import PROVIDER, PROVIDERS, SME, House, a_house, a_placed_order, an_issued_voucher, who
from tests.workflows.mailing import all_letters, tell
from tests.workflows.purchases import an_accepted_order, budget, entry_of, order_of, pass_until, standing
from tests.workflows.test_application import clocks, state
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.work import read
from workflows.purchase import accept_order, cancel_order
from workflows.surrender import agree_to_surrender, surrender_voucher

OTHER = who(PROVIDERS[1])


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and two providers."""
    return a_house(database, store, providers=2)


def test_the_project_ends_one_provider_agrees_the_other_says_nothing_and_the_voucher_is_given_back(house: House) -> None:
    voucher = an_issued_voucher(house)
    first = an_accepted_order(house, voucher)                                   # 21,200 of the voucher, obligated
    second = a_placed_order(house, voucher, provider=PROVIDERS[1], net="50000.00", vat="3000.00")  # 10,600, not answered yet

    # The SME's project has ended. Both providers are asked, and have ten working days; meanwhile nothing moves.
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "The project has ended")
    tell(house)
    assert state(house, voucher) == "surrendering"
    assert [clocks(house, order)["surrender"] for order in (first, second)] == [("running", date(2026, 3, 16))] * 2
    assert clocks(house, second)["order_answer"][0] == "paused"
    with pytest.raises(NotNow, match="asks to give this voucher back"), house.work(OTHER) as work:
        accept_order(work, second)
    with pytest.raises(NotNow, match="asks to give this voucher back"), house.work(SME) as work:
        cancel_order(work, first, "We need it no more")

    # One agrees. The other says nothing until the last day is over, which counts as its consent.
    with house.work(PROVIDER) as work:
        agree_to_surrender(work, first)
    assert (state(house, voucher), order_of(house, first).state) == ("surrendering", "accepted")
    pass_until(house, date(2026, 3, 16))
    assert state(house, voucher) == "surrendering"
    pass_until(house, date(2026, 3, 17))

    # Both orders have ended, and all of the voucher is free money of the programme again.
    assert (state(house, voucher), order_of(house, first).state, order_of(house, second).state) == ("surrendered", "cancelled", "cancelled")
    assert (clocks(house, first)["surrender"][0], clocks(house, second)["surrender"][0]) == ("met", "missed")
    position = standing(house, first)
    assert (str(position.cancelled), str(position.available), str(position.reserved)) == ("100000.00", "0.00", "0.00")
    assert str(budget(house, first).free) == "1000000.00"
    assert entry_of(house, f"order.cancelled {first}") == ENDED_ACCEPTED
    assert entry_of(house, f"order.cancelled {second}") == ENDED_PLACED
    assert entry_of(house, f"voucher.cancelled {voucher} up to 100000.00") == GIVEN_BACK
    with read(house.database) as session:
        assert ledger.verify(session) == []

    # Who said nothing had been told until when it could, and is told what came of it.
    tell(house)
    told = {letter.event: letter.due_on for receiver, letter in all_letters(house) if receiver == OTHER}
    assert told["order.to_be_given_back"] == date(2026, 3, 16)
    assert "order.given_back" in told


ENDED_ACCEPTED = """\
entitlement:reserved 21200.00
entitlement:available -21200.00
budget:obligated 21200.00
budget:committed -21200.00"""
ENDED_PLACED = """\
entitlement:reserved 10600.00
entitlement:available -10600.00
budget:reserved 10600.00
budget:committed -10600.00"""
GIVEN_BACK = """\
entitlement:available 100000.00
entitlement:cancelled -100000.00
budget:committed 100000.00
budget:free -100000.00"""
