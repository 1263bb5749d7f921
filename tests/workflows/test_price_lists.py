"""A provider publishes what it charges at most; orders and changes are held against the list of their day."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.builders import (
    PROVIDER,
    SME,
    House,
    a_completed_order,
    a_placed_order,
    a_programme,
    a_submitted_claim,
    an_issued_voucher,
)
from tests.workflows.purchases import provider_of, yuan
from voucher.database import fetch
from voucher.errors import NotAllowed, NotFound, NotValid
from voucher.orders import Order
from voucher.price_lists import prices_between, prices_in, prices_of
from voucher.programmes.programmes import Programme
from voucher.work import read
from workflows.amendment import propose_change
from workflows.checking import check_claim
from workflows.price_list import publish_price


def publish(house: House, price: str, from_on: date | None = None, who: str = PROVIDER, service: str = "development") -> None:
    """The provider publishes a price for development."""
    with house.work(who) as work:
        publish_price(work, provider_of(house), "weihai", service, price, from_on)


def test_an_order_is_not_dearer_than_the_list_of_its_day(house: House) -> None:
    voucher = an_issued_voucher(house)
    publish(house, "100000.00")
    order = a_placed_order(house, voucher, net="100000.00")
    with pytest.raises(NotValid, match=r"publishes 100000\.00 CNY a piece for this since 2026-03-02"):
        a_placed_order(house, voucher, net="100000.01")

    # A dearer price holds from its day on; the order that stands is held against it only when it changes.
    publish(house, "120000.00", house.today + timedelta(days=10))
    with pytest.raises(NotValid, match="not dearer"), house.work(PROVIDER) as work:
        propose_change(work, order, "More samples", net=yuan("110000.00"))
    house.clock.turn(days=10)
    with house.work(PROVIDER) as work:
        propose_change(work, order, "More samples", net=yuan("110000.00"))

    # What is off the list has no price, so the two agree on one.
    publish(house, "0")
    a_placed_order(house, voucher, net="150000.00")
    with read(house.database) as session:
        programme = session.get_one(Programme, prices_of(session, _provider(house))[0].programme_id)
        assert [str(each.price) for each in prices_of(session, _provider(house))] == ["0.00", "120000.00", "100000.00"]
        assert prices_in(session, programme.id, house.today) == []


def _provider(house: House) -> UUID:
    with house.work(PROVIDER) as work:
        (where,) = work.actor.organisations()
    return where


def test_a_list_is_the_providers_own_and_is_never_rewritten(house: House) -> None:
    a_programme(house)
    publish(house, "100000.00")
    for person, error in ((SME, NotFound), ("approver1", NotAllowed)):
        with pytest.raises(error):
            publish(house, "1.00", who=person)
    for price, day, service in (("-1.00", None, "development"), ("cheap", None, "development"), ("1.00", None, "juggling"),
                                ("1.00", house.today - timedelta(days=1), "development")):
        with pytest.raises(NotValid):
            publish(house, price, day, service=service)
    for statement in ("update list_prices set price_minor = 1", "delete from list_prices"):
        with pytest.raises(DatabaseError, match="stay as they are"), house.work() as work:
            work.session.connection().execute(text(statement))


def test_a_claim_is_held_against_the_lists_between_its_order_and_itself(house: House) -> None:
    order = a_completed_order(house, net="100000.00")
    house.clock.turn(days=1)
    publish(house, "20000.00")
    claim = a_submitted_claim(house, order)
    house.clock.turn(days=1)
    publish(house, "10000.00")  # after the claim: says nothing
    with house.work("verifier1") as work:
        (found,) = [each for each in check_claim(work, claim) if each.check_name == "above_list"]
        assert (found.level, found.said["listed"], found.said["price"]) == ("warn", "20000.00", "100000.00")
        prices = prices_of(work.session, fetch(work.session, Order, order).provider_id)
    first, last = (house.today + timedelta(days=days) for days in (-2, 0))
    assert [str(each.price) for each in prices_between(prices, "", first, last)] == ["20000.00", "10000.00"]
    assert [str(each.price) for each in prices_between(prices, "a part", last, last)] == ["10000.00"]  # what the whole service costs
    assert prices_between(prices, "", first, first) == []
