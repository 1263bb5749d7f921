"""What has to have happened by a voucher's last day of use, where its terms ask for more than an order: `validity.used_by`."""

from datetime import timedelta

import pytest

from tests.builders import PROVIDER, SME, SMES, House, a_house, evidence
from tests.stories.retold import assert_everything_agrees, letters
from tests.workflows.purchases import standing
from tests.workflows.scopes import order, publish, voucher_for, yuan
from voucher.claims import InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotNow, NotValid
from voucher.files import FileStore
from voucher.history import events_of
from voucher.jobs import put
from voucher.orders import Order
from voucher.programmes.library import example
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.amendment import propose_change, propose_termination
from workflows.claiming import submit_claim
from workflows.expiry import warn_of_expiry
from workflows.holding import ask_extension, grant_extension
from workflows.purchase import accept_delivery, accept_order, deliver_order, register_contract
from workflows.unclaimed import lapse_unclaimed


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with an SME and a provider."""
    return a_house(database, store)


def weihai_used_by(what: str, more: str = "") -> bytes:
    """The Weihai rules, by which something has to have happened by the last day of use."""
    text = example("weihai").decode().replace("code: weihai", f"code: weihai_{what}")
    return text.replace("use_within: 12 months", f"use_within: 12 months\n  used_by: {what}{more}").encode()


def placed(house: House, voucher: str, *, accepted: bool = True) -> str:
    with house.work(SME) as work:
        reference = order(work, house, voucher, "50000.00").reference
    if accepted:
        with house.work(PROVIDER) as work:
            accept_order(work, reference)
            register_contract(work, reference, f"{2026371000000000 + house.number():016d}")
    return reference


def deliver(house: House, reference: str) -> None:
    with house.work(PROVIDER) as work:
        deliver_order(work, reference, "Report")
    with house.work(SME) as work:
        accept_delivery(work, reference)


def claim(house: House, reference: str, *, back: int = 0, parts: int = 1) -> str:
    """Claim an order, or one of so many parts of it; invoice and own payment are some days old."""
    day = house.today - timedelta(days=back)
    with house.work(SME) as work:
        bought = fetch(work.session, Order, reference)
        line = InvoiceLine(f"26371{house.number():015d}", day, bought.title, yuan(f"{bought.net.minor // parts // 100}.00"), bought.vat)
        return submit_claim(work, reference, [line], OwnPayment(f"B-{house.number()}", day, bought.gross),
                            evidence(work, house, bought, house.references[SMES[0].number]), final=parts == 1).reference


def last_day(house: House, voucher: str, *, left: int = 0) -> None:
    """So many days before the last day of use, after the worker's hourly look."""
    with read(house.database) as session:
        use_by = fetch(session, Voucher, voucher).use_by
    assert use_by
    house.clock.turn(days=(use_by - house.today).days - left)
    with house.work() as work:
        for task in ("warn_of_expiry", "expire_vouchers", "ask_for_unclaimed"):
            put(work, task, f"now {house.number()}", {})
    house.do_jobs()


def state(house: House, reference: str) -> str:
    with read(house.database) as session:
        return fetch(session, Order, reference).state


def test_a_service_that_is_not_delivered_by_the_last_day_of_use_is_not_paid(house: House) -> None:
    voucher = voucher_for(house, publish(house, weihai_used_by("delivery", "\n  extension: {times: 1, length: 1 month}")))
    in_time, late = placed(house, voucher), placed(house, voucher)

    # Both sides hear of it a week before, and nobody can agree on a later day.
    last_day(house, voucher, left=7)
    assert letters(house, "order.delivery_due").splitlines() == [
        f"{who} (zh) order.delivery_due {each}" for each in (in_time, late) for who in (SME, PROVIDER)]
    with pytest.raises(NotValid, match="the last day for it"), house.work(SME) as work:
        propose_change(work, late, "Later", deliver_by=house.today + timedelta(days=8))
    deliver(house, in_time)

    # More time was asked for, so that nothing ends until that is decided; and with more time the other can be delivered too.
    with house.work(SME) as work:
        ask_extension(work, voucher, "The laboratory is late")
    last_day(house, voucher, left=-1)
    assert state(house, late) == "registered"
    with pytest.raises(NotNow, match="had to be delivered by"), house.work(PROVIDER) as work:
        deliver_order(work, late, "Report")
    with house.work("approver1") as work:
        grant_extension(work, voucher)

    # That is over too. What was delivered in time is claimed after it; of the other nothing is left.
    last_day(house, voucher, left=-1)
    assert (state(house, in_time), state(house, late)) == ("completed", "lapsed")
    stands = standing(house, in_time)
    assert (str(stands.available), str(stands.reserved), str(stands.expired)) == ("0.00", "10000.00", "90000.00")
    assert letters(house, "order.unclaimed").count(late) == 2
    claim(house, in_time)
    assert_everything_agrees(house)


def test_the_terms_say_what_has_to_have_happened_by_then(house: House) -> None:
    orders = {}
    for what in ("contract", "delivery", "invoice", "payment", "claim"):
        voucher = voucher_for(house, publish(house, weihai_used_by(what)))
        orders[what] = placed(house, voucher, accepted=what != "contract")
        if what in ("invoice", "payment", "claim"):
            deliver(house, orders[what])
        if what == "claim":
            orders["claimed in part"] = placed(house, voucher)
            deliver(house, orders["claimed in part"])
            claim(house, orders["claimed in part"], parts=2)
    house.clock.turn(days=358)
    with house.work() as work:
        warn_of_expiry(work, house.store, zone="Asia/Shanghai")
    with read(house.database) as session:
        assert [events_of(session, each)[-1].name for what, each in orders.items() if what != "claimed in part"] == [
            f"order.{what}_due" for what in orders if what != "claimed in part"]
    house.clock.turn(days=8)
    with pytest.raises(NotNow, match="had to take the order by"), house.work(PROVIDER) as work:
        accept_order(work, orders["contract"])
    with pytest.raises(NotNow, match="had to be delivered by"), house.work(PROVIDER) as work:
        propose_termination(work, orders["delivery"], "Half of it is done", net=yuan("25000.00"), vat=yuan("0.00"))
    with pytest.raises(NotNow, match="had to be claimed by"):
        claim(house, orders["claim"])
    claim(house, orders["claimed in part"], parts=2)  # what was claimed in time goes on to its end, as what is ended says too
    for what in ("invoice", "payment"):
        with pytest.raises(NotValid) as refused:
            claim(house, orders[what])
        assert ["By the terms" in str(each) for each in refused.value.problems] == [True]
        claim(house, orders[what], back=1)
    with house.work() as work:
        for each in orders.values():
            lapse_unclaimed(work, house.store, each)
    assert [state(house, each) for each in orders.values()] == ["lapsed", "lapsed", "completed", "completed", "lapsed", "completed"]
