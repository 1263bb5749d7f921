"""Expiry: only what is free expires, what is freed later expires at once, and holders are warned before."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from tests.builders import PROVIDER, PROVIDERS, SME, House, a_house, a_placed_order, an_issued_voucher
from tests.counting import statements
from voucher import ledger
from voucher.accounting import fund_line_position, voucher_position
from voucher.database import Database, fetch
from voucher.errors import Refusal
from voucher.files import FileStore
from voucher.history import Event, events_of
from voucher.jobs import put
from voucher.money import Money
from voucher.programmes.funding import FundLine, shares_of
from voucher.vouchers import Voucher
from voucher.work import SYSTEM, Work, begin, read
from workflows import expiry
from workflows.holding import freeze_voucher, unfreeze_voucher
from workflows.purchase import accept_order, cancel_order, decline_order, place_order
from workflows.revocation import drop_revocation, open_revocation
from workflows.surrender import surrender_voucher


def look(house: House) -> None:
    """The hour has come at which the worker looks at last days."""
    with house.work() as work:
        for task in ("expire_vouchers", "warn_of_expiry"):
            put(work, task, f"now {house.number()}", {})
    house.do_jobs()


def last_day(house: House, voucher: str, left: int) -> None:
    """Some days are left until its last day."""
    with read(house.database) as session:
        use_by = fetch(session, Voucher, voucher).use_by
    assert use_by
    house.clock.turn(days=(use_by - house.today).days - left)


def stands(house: House, voucher: str) -> str:
    """What is left, reserved and expired."""
    with read(house.database) as session:
        position = voucher_position(session, voucher, "CNY")
    return f"{position.available} {position.reserved} {position.expired}"


def told(house: House, voucher: str, name: str) -> list[Event]:
    """The events of a name."""
    with read(house.database) as session:
        return [each for each in events_of(session, voucher) if each.name == name]


def test_what_is_free_expires_and_what_is_reserved_lives_on(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher, vat="0.00")
    last_day(house, voucher, 0)
    look(house)
    assert stands(house, voucher) == "80000.00 20000.00 0.00"
    house.clock.turn(days=1)
    look(house)
    look(house)
    assert stands(house, voucher) == "0.00 20000.00 80000.00"
    assert [each.data["amount"] for each in told(house, voucher, "voucher.expired")] == ["80000.00"]
    with house.work(PROVIDER) as work:
        accept_order(work, order)  # a signed order goes on until its own day
    with read(house.database) as session:
        line = session.get_one(FundLine, fetch(session, Voucher, voucher).fund_line_id)
        position = fund_line_position(session, line)
        (entry,) = [each for each in ledger.about(session, "voucher", voucher) if each.event == "voucher.expired"]
        assert [f"{each.account.name.rpartition(':')[0]} {each.amount}" for each in entry.lines] == [
            "entitlement:available 80000.00", "entitlement:expired -80000.00", "budget:committed 80000.00", "budget:free -80000.00"]
        assert (str(position.free), str(position.committed), str(position.obligated)) == ("980000.00", "0.00", "20000.00")
        assert ledger.verify(session) == []


def test_what_is_freed_after_the_last_day_expires_at_once(house: House) -> None:
    voucher = an_issued_voucher(house)
    orders = [a_placed_order(house, voucher, vat="0.00") for _time in range(2)]
    last_day(house, voucher, -1)
    look(house)
    with house.work(PROVIDER) as work:
        decline_order(work, orders[0], "No time")
    house.do_jobs()
    assert stands(house, voucher) == "0.00 20000.00 80000.00"
    with house.work(SME) as work:
        cancel_order(work, orders[1], "No need")
    house.do_jobs()
    assert stands(house, voucher) == "0.00 0.00 100000.00"
    assert [each.data["amount"] for each in told(house, voucher, "voucher.expired")] == ["60000.00", "20000.00", "20000.00"]
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        assert sum(shares_of(session, held.id)[held.id].values()) == 0
        assert ledger.verify(session) == []


@pytest.mark.parametrize(("stop", "go_on"), [
    (lambda work, voucher: freeze_voucher(work, voucher, "Looked into", work.today + timedelta(days=20)),
     lambda work, voucher: unfreeze_voucher(work, voucher, "There is nothing to it")),
    (lambda work, voucher: open_revocation(work, voucher, "It sold the voucher", "Article 9"),
     lambda work, voucher: drop_revocation(work, voucher, "There is nothing to it"))], ids=["frozen", "heard about"])
def test_what_is_freed_after_the_last_day_while_a_voucher_stands_still_expires_once_it_goes_on(
        house: House, stop: Callable[[Work, str], Voucher], go_on: Callable[[Work, str], Voucher]) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher, vat="0.00")
    last_day(house, voucher, -1)
    look(house)
    with house.work("approver2") as work:
        stop(work, voucher)
    with house.work(SME) as work:
        cancel_order(work, order, "No need")
    house.do_jobs()
    assert stands(house, voucher) == "20000.00 0.00 80000.00"
    house.clock.turn(days=3)
    with house.work("approver1") as work:
        go_on(work, voucher)
    house.do_jobs()
    assert stands(house, voucher) == "0.00 0.00 100000.00"
    assert [each.data["freed"] for each in told(house, voucher, "voucher.expired")] == ["", "order"]


def test_a_holder_is_warned_60_30_and_7_days_before_and_once_each(house: House) -> None:
    voucher = an_issued_voucher(house)
    warned: list[tuple[int, int]] = []
    for left in (61, 60, 59, 30, 10, 7, 0):
        last_day(house, voucher, left)
        look(house)
        look(house)
        warned.append((left, len(told(house, voucher, "voucher.expiry_warned"))))
    assert warned == [(61, 0), (60, 1), (59, 1), (30, 2), (10, 2), (7, 3), (0, 3)]
    assert [(each.data["days"], each.data["amount"]) for each in told(house, voucher, "voucher.expiry_warned")] == [
        (60, "100000.00"), (30, "100000.00"), (7, "100000.00")]


def test_whose_voucher_is_used_up_is_warned_of_nothing(house: House) -> None:
    voucher = an_issued_voucher(house, amount="20000.00")
    a_placed_order(house, voucher, vat="0.00")
    last_day(house, voucher, 5)
    look(house)
    assert told(house, voucher, "voucher.expiry_warned") == []


def test_many_expire_a_part_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "AT_ONCE", 2)
    vouchers = [an_issued_voucher(house, amount=f"{number}000.00") for number in range(1, 6)]
    last_day(house, vouchers[0], -1)
    look(house)
    assert [stands(house, each) for each in vouchers] == [f"0.00 0.00 {number}000.00" for number in range(1, 6)]
    with read(house.database) as session:
        assert {fetch(session, Voucher, each).expired_on for each in vouchers} == {house.today}


def test_a_part_is_done_whole_or_not_at_all(house: House) -> None:
    vouchers = [an_issued_voucher(house, amount=f"{number}000.00") for number in (1, 2)]
    last_day(house, vouchers[0], -1)
    with pytest.raises(RuntimeError), house.work() as work:
        assert expiry.expire_vouchers(work, house.store, "Asia/Shanghai") == 2
        raise RuntimeError("the worker dies")
    assert [stands(house, each) for each in vouchers] == ["1000.00 0.00 0.00", "2000.00 0.00 0.00"]
    look(house)
    assert [stands(house, each) for each in vouchers] == ["0.00 0.00 1000.00", "0.00 0.00 2000.00"]
    assert house.today > date(2026, 3, 2)


@pytest.mark.parametrize("other", ["expiry", "surrender"])
def test_an_order_at_the_instant_at_which_the_rest_ends_leaves_no_money_twice(postgres: Database, store: FileStore, other: str) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    last_day(house, voucher, 0)
    start = Barrier(2)

    def order() -> None:
        with house.work(SME) as work:
            start.wait()
            place_order(work, voucher, house.references[PROVIDERS[0].number], "development", "Buoy", Money.parse("100000.00", "CNY"),
                        Money.parse("0.00", "CNY"))

    def end() -> None:
        if other == "surrender":
            with house.work(SME) as work:
                start.wait()
                surrender_voucher(work, voucher, "The project has ended")
            return
        with begin(postgres, SYSTEM, lambda: house.clock.now + timedelta(days=1)) as work:
            start.wait()
            expiry.expire_vouchers(work, house.store, "Asia/Shanghai")

    with ThreadPoolExecutor(2) as pool:
        outcomes = [each.exception() for each in (pool.submit(order), pool.submit(end))]
    assert all(each is None or isinstance(each, Refusal) for each in outcomes), outcomes
    assert outcomes.count(None) >= 1
    with read(postgres) as session:
        position = voucher_position(session, voucher, "CNY")
        asked = fetch(session, Voucher, voucher).state == "surrendering"  # the order was first, and its provider is asked
        assert ledger.verify(session) == []
    assert position.face == position.available + position.reserved + position.expired + position.cancelled
    assert not position.available or outcomes[1] is not None or asked


def test_many_vouchers_expire_with_as_many_questions_as_a_few(house: House) -> None:
    groups = []
    for many in (2, 8):
        groups.append([an_issued_voucher(house, amount="1000.00", purpose=f"Project {house.number()}") for _number in range(many)])
        house.clock.turn(days=10)
    counts = []
    for vouchers in groups:
        last_day(house, vouchers[0], -1)
        with house.work() as work, statements(house.database) as asked:
            assert expiry.expire_vouchers(work, house.store, "Asia/Shanghai") == len(vouchers)
            work.session.flush()
        counts.append(len(asked))
        assert {stands(house, each) for each in vouchers} == {"0.00 0.00 1000.00"}
    assert 0 < counts[0] == counts[1], counts
