"""Unclaimed: what an order reserves and nobody claims by the last day ends, and what is being looked at waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlmodel import select

from tests.builders import PROVIDER, SME, House, a_completed_order, a_house, a_placed_order, an_issued_voucher
from tests.workflows.purchases import a_registered_order, entry_of, pass_until, yuan
from tests.workflows.test_partial_claims import claim_part, decide, held, standing
from voucher import ledger
from voucher.accounting import fund_line_position
from voucher.amendments import amendments_of
from voucher.database import Database, fetch, get
from voucher.files import FileStore
from voucher.history import events_of
from voucher.jobs import put
from voucher.orders import Order, OrderState
from voucher.programmes.funding import FundLine, shares_of
from voucher.vouchers import Voucher
from voucher.work import SYSTEM, begin, read
from workflows.amendment import propose_change, propose_termination, value_part_done
from workflows.holding import freeze_voucher
from workflows.unclaimed import lapse_unclaimed


def last_day(house: House, voucher: str, *, after: int) -> None:
    """So many days after the last day for claims."""
    with read(house.database) as session:
        claim_by = fetch(session, Voucher, voucher).claim_by
    assert claim_by
    house.clock.turn(days=(claim_by - house.today + timedelta(days=after)).days)


def look(house: House) -> None:
    """The hour has come at which the worker looks at last days."""
    with house.work() as work:
        for task in ("expire_vouchers", "ask_for_unclaimed"):
            put(work, task, f"now {house.number()}", {})
    house.do_jobs()


def state(house: House, order: str) -> str:
    with read(house.database) as session:
        return fetch(session, Order, order).state


def expired(house: House, voucher: str) -> str:
    with read(house.database) as session:
        return " ".join(each.data["amount"] for each in events_of(session, voucher) if each.name == "voucher.expired")


@pytest.mark.parametrize(("build", "kind"), [(a_placed_order, "reserved"), (a_completed_order, "obligated")])
def test_what_nobody_claims_by_the_last_day_ends_and_is_free_for_others(
    house: House, build: Callable[[House, str], str], kind: str
) -> None:
    voucher = an_issued_voucher(house)
    order = build(house, voucher)
    last_day(house, voucher, after=0)
    look(house)
    assert standing(house, voucher) == ["0.00", "21200.00", "0.00", "0.00"]
    house.clock.turn(days=1)
    look(house)
    look(house)
    assert (state(house, order), held(house, order)) == (OrderState.LAPSED, 0)
    assert standing(house, voucher) == ["0.00", "0.00", "0.00", "0.00"]
    assert expired(house, voucher) == "78800.00 21200.00"
    assert entry_of(house, f"order.unclaimed 2120000 {order}") == (
        f"entitlement:reserved 21200.00\nentitlement:available -21200.00\nbudget:{kind} 21200.00\nbudget:committed -21200.00")
    with read(house.database) as session:
        line = session.exec(select(FundLine)).one()
        assert str(fund_line_position(session, line).free) == "1000000.00"
        assert ledger.verify(session) == []


def test_what_is_looked_at_waits_and_only_what_it_leaves_ends(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    claim = claim_part(house, order, "40000.00")
    last_day(house, voucher, after=1)
    look(house)
    assert standing(house, voucher) == ["0.00", "13200.00", "8000.00", "0.00"]
    decide(house, claim)
    house.clock.turn(days=1)
    look(house)
    assert standing(house, voucher) == ["0.00", "0.00", "0.00", "8000.00"]
    assert (state(house, order), held(house, order)) == (OrderState.COMPLETED, 800_000)
    with read(house.database) as session:
        kept = fetch(session, Order, order)
        assert sum(shares_of(session, kept.id)[kept.id].values()) == 800_000
        assert [each.data["amount"] for each in events_of(session, order) if each.name == "order.unclaimed"] == ["13200.00"]


def test_nothing_ends_on_a_frozen_voucher(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    last_day(house, voucher, after=0)
    with house.work("approver2") as work:
        freeze_voucher(work, voucher, "The police asked", house.today + timedelta(days=30))
    house.clock.turn(days=1)
    look(house)
    assert (state(house, order), held(house, order)) == (OrderState.COMPLETED, 2_120_000)


def amendment_states(house: House, order: str) -> list[str]:
    with read(house.database) as session:
        return [each.state for each in amendments_of(session, fetch(session, Order, order).id)]


def test_a_change_that_is_proposed_ends_with_its_order(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    last_day(house, voucher, after=0)
    with house.work(PROVIDER) as work:
        propose_change(work, order, "Less work than thought", net=yuan("90000.00"))
    house.clock.turn(days=1)
    look(house)
    assert (state(house, order), amendment_states(house, order)) == (OrderState.LAPSED, ["lapsed"])


def test_an_order_that_its_sides_are_ending_waits_for_the_word_on_what_is_done(house: House) -> None:
    order = a_registered_order(house)
    with read(house.database) as session:
        voucher = get(session, Voucher, fetch(session, Order, order).voucher_id).reference
    last_day(house, voucher, after=0)
    with house.work(SME) as work:
        propose_termination(work, order, "It stands still", net=yuan("0.00"), vat=yuan("0.00"))
    house.clock.turn(days=1)
    look(house)
    assert (held(house, order), amendment_states(house, order)) == (2_120_000, ["proposed"])
    pass_until(house, house.today + timedelta(days=60))
    look(house)
    assert (held(house, order), amendment_states(house, order)) == (2_120_000, ["referred"])
    with house.work("verifier1") as work:
        value_part_done(work, order, "Nothing was done", net=yuan("0.00"), vat=yuan("0.00"))
    assert (state(house, order), held(house, order), amendment_states(house, order)) == ("cancelled", 0, ["valued"])


def test_two_workers_at_once_end_it_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    last_day(house, voucher, after=1)

    start = Barrier(2)

    def end(_number: int) -> None:
        with begin(postgres, SYSTEM, house.clock) as work:
            start.wait()
            lapse_unclaimed(work, store, order)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(end, range(2)))
    assert (state(house, order), standing(house, voucher)[:2]) == (OrderState.LAPSED, ["100000.00", "0.00"])
    with read(postgres) as session:
        assert ledger.verify(session) == []
