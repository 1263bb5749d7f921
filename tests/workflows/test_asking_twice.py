"""What two enter at the same instant is entered once, and the other is told so in words; found twice, a finding keeps its weight."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.builders import PROVIDER, PROVIDERS, SME, House, a_house, an_issued_voucher
from tests.workflows.purchases import yuan
from tests.workflows.test_bounding import CASH, CURRENCY
from tests.workflows.test_price_lists import publish
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.checks.facts import Found, Level
from voucher.database import Database
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.findings import unknown
from voucher.money import Money
from workflows.absence import enter_absence
from workflows.amendment import propose_change
from workflows.bounding import ask_bounds
from workflows.purchase import place_order


def test_other_bounds_and_an_absence_are_entered_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    with house.work() as work:
        cash, other = ledger.Account(CASH, CURRENCY, lower=0), ledger.Account("financial:other:x", CURRENCY)
        ten = Money(1000, CURRENCY)
        ledger.post(work, ledger.Draft("x 1", "x", work.today, (ledger.debit(cash, ten), ledger.credit(other, ten))))
    asked = race(house, ["finance1"], lambda work, number: ask_bounds(work, CASH, CURRENCY, Money(-number - 1, CURRENCY), None, "x"), 8)
    assert winners(asked) == 1 and {type(each) for each in asked} == {type(None), NotNow}
    away = race(house, ["verifier1"], lambda work, number: enter_absence(work, work.today, work.today + timedelta(days=number)), 8)
    assert winners(away) == 1 and {type(each) for each in away} == {type(None), NotNow}


def test_fewer_pieces_at_the_same_price_are_held_against_the_list(house: House) -> None:
    voucher = an_issued_voucher(house)
    publish(house, "1000.00")
    with house.work(SME) as work:
        order = place_order(work, voucher, house.references[PROVIDERS[0].number], "development", "Samples", yuan("10000.00"),
                            yuan("0.00"), quantity=10).reference
    with pytest.raises(NotValid, match="not dearer"), house.work(PROVIDER) as work:
        propose_change(work, order, "Fewer", quantity=2)
    with house.work(PROVIDER) as work:
        propose_change(work, order, "Fewer, and cheaper", quantity=2, net=yuan("2000.00"))


@pytest.mark.parametrize("levels", [(Level.BLOCK, Level.WARN), (Level.INFO, Level.BLOCK)])
def test_a_finding_found_twice_keeps_the_heavier_weight(levels: tuple[Level, Level]) -> None:
    claim = uuid4()
    twice = [("same_papers", Found("a", "Found.", level=level)) for level in levels]
    assert [found.level for _claim, _check, found in unknown([], {claim: twice})] == [Level.BLOCK]
