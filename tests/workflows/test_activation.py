"""A voucher whose time counts from its activation: nothing is ordered before, and it expires when nobody activates it."""

from datetime import date

import pytest

from tests.builders import SME, SMES, House, a_house, who
from tests.workflows.scopes import an_application_for, issue, order, publish
from tests.workflows.test_expiry import look
from voucher.accounting import voucher_position
from voucher.database import Database, fetch
from voucher.errors import NotFound, NotNow
from voucher.files import FileStore
from voucher.programmes.library import example
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.holding import activate_voucher

ASLEEP = example("weihai").decode().replace(
    "  use_within: 12 months", "  starts_at: activation\n  activate_within: 2 months\n  use_within: 6 months").encode()


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """2 March 2026, with two firms."""
    return a_house(database, store, smes=2)


def asleep(house: House) -> str:
    """A voucher that waits for its activation."""
    made = an_application_for(house, publish(house, ASLEEP), "100000.00")
    issue(house, made)
    return made


def days(house: House, voucher: str) -> tuple[date | None, date | None, date | None]:
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        return held.activated_on, held.use_by, held.claim_by


def test_its_time_counts_from_the_day_on_which_the_holder_activates_it(house: House) -> None:
    voucher = asleep(house)
    assert days(house, voucher) == (None, date(2026, 5, 2), date(2026, 5, 2))
    with house.work(SME) as work, pytest.raises(NotNow, match="Activate this voucher first, by 2026-05-02"):
        order(work, house, voucher, "1000.00")
    house.clock.turn(days=30)
    with house.work(SME) as work:
        activate_voucher(work, voucher)
    assert days(house, voucher) == (date(2026, 4, 1), date(2026, 10, 1), date(2027, 1, 1))
    with house.work(SME) as work:
        assert order(work, house, voucher, "1000.00").voucher_part.minor == 20000
        with pytest.raises(NotNow, match="activated already"):
            activate_voucher(work, voucher)


def test_a_voucher_that_nobody_activates_in_time_expires(house: House) -> None:
    voucher = asleep(house)
    house.clock.turn(days=62)
    with house.work(SME) as work, pytest.raises(NotNow, match="was to be activated by 2026-05-02"):
        activate_voucher(work, voucher)
    look(house)
    with read(house.database) as session:
        assert str(voucher_position(session, voucher, "CNY").expired) == "100000.00"


def test_only_its_holder_activates_it_and_only_where_the_terms_ask_for_that(house: House) -> None:
    voucher = asleep(house)
    with house.work(who(SMES[1])) as work, pytest.raises(NotFound):
        activate_voucher(work, voucher)
    plain = an_application_for(house, publish(house, example("weihai")), "100.00")
    issue(house, plain)
    with house.work(SME) as work, pytest.raises(NotNow, match="counts from its issue"):
        activate_voucher(work, plain)
