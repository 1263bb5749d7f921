"""Orders that come too late for the last day of use of their voucher (`validity.used_by`) through no fault of who has to act."""

from datetime import timedelta

import pytest

from tests.builders import PROVIDER, SME, House, a_house
from tests.stories.retold import assert_everything_agrees, letters
from tests.stories.test_used_in_time import deliver, last_day, placed, state, weihai_used_by
from tests.workflows.scopes import publish, voucher_for
from voucher.database import Database, fetch
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.history import events_of
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.delivery import dispute_delivery, reject_delivery
from workflows.purchase import deliver_order
from workflows.surrender import surrender_voucher


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with an SME and a provider."""
    return a_house(database, store)


def test_an_order_does_not_end_with_the_last_day_of_use_by_what_others_did(house: House) -> None:
    programme = publish(house, weihai_used_by("delivery"))
    vouchers = [voucher_for(house, programme) for _each in range(3)]
    mended, older, plain = (placed(house, voucher) for voucher in vouchers)
    with house.work() as work:  # as an upgrade leaves one that was issued before, and whose warnings were given
        held = fetch(work.session, Voucher, vouchers[1])
        assert held.use_by
        held.grace_until, held.warned_days = held.use_by + timedelta(days=60), 7

    # Nobody ends an order by asking to give the voucher back so late that the provider can only answer afterwards.
    last_day(house, vouchers[0])
    with pytest.raises(NotNow, match="before its provider would have to answer"), house.work(SME) as work:
        surrender_voucher(work, vouchers[0], "The project has ended")

    # What was delivered in time and is not enough may be mended, as the letter says. What was placed before anything held orders to
    # that day has a grace; both sides read its day, once.
    with house.work(PROVIDER) as work:
        deliver_order(work, mended, "Report")
    with house.work(SME) as work:
        dispute_delivery(work, mended, "The second half is missing")
    with read(house.database) as session:
        told = [each.data["use_by"] for each in events_of(session, older) if each.name == "order.delivery_due"]
        assert told == [str(fetch(session, Voucher, vouchers[1]).grace_until)]
    assert letters(house, "order.delivery_due").count(older) == 2
    last_day(house, vouchers[0], left=-1)
    assert [state(house, each) for each in (mended, older, plain)] == ["disputed", "registered", "lapsed"]
    with house.work("verifier1") as work:
        reject_delivery(work, mended, "It is missing indeed")
    last_day(house, vouchers[0], left=-2)
    deliver(house, mended)
    deliver(house, older)
    assert [state(house, each) for each in (mended, older)] == ["completed", "completed"]
    assert letters(house, "order.delivery_due").count(older) == 2
    assert_everything_agrees(house)
