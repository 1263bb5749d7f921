"""Giving a voucher back, whole or in part: who keeps it, who is asked, and what the database refuses."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    House,
    a_completed_order,
    a_house,
    a_placed_order,
    an_issued_voucher,
    who,
)
from tests.workflows.purchases import an_accepted_order, entry_of, order_of, pass_until, standing
from tests.workflows.test_application import clocks, state
from tests.workflows.test_holding import freeze
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.test_revocation import accuse
from voucher.database import Database
from voucher.deadlines import deadlines_of
from voucher.errors import NotNow
from voucher.files import FileStore
from voucher.jobs import MOST_ATTEMPTS, Job
from voucher.work import read
from workflows.amendment import propose_termination
from workflows.holding import cancel_voucher
from workflows.purchase import cancel_order
from workflows.surrender import (
    agree_to_surrender,
    give_back_what_is_free,
    refuse_surrender,
    surrender_voucher,
    withdraw_surrender,
)
from workflows.worker import work_off


def give_back(house: House, voucher: str) -> None:
    """The SME wants to give it back."""
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "The project has ended")


def keep(house: House, voucher: str, _order: str) -> None:
    """The SME keeps it after all."""
    with house.work(SME) as work:
        withdraw_surrender(work, voucher)


def refuse(house: House, _voucher: str, order: str) -> None:
    """The provider does not agree."""
    with house.work(PROVIDER) as work:
        refuse_surrender(work, order, "Half of the samples are done")


@pytest.mark.parametrize("end", [keep, refuse])
def test_a_voucher_that_is_kept_goes_on_with_its_orders_and_their_time(house: House, end: Callable[[House, str, str], None]) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    before = clocks(house, order)["order_answer"][1]
    give_back(house, voucher)
    with pytest.raises(NotNow, match="only an issued one"):
        a_placed_order(house, voucher)
    house.clock.turn(days=2)
    end(house, voucher, order)
    assert state(house, voucher) == "issued"
    assert clocks(house, order)["order_answer"] > ("running", before)
    assert clocks(house, order)["surrender"][0] in ("dropped", "met")
    with house.work(SME) as work:
        cancel_order(work, order, "It can be asked for again")
    give_back(house, voucher)
    assert state(house, voucher) == "surrendered"


def test_an_order_whose_time_was_over_when_the_voucher_was_asked_back_lapses_once_it_is_kept(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    house.clock.turn(days=(clocks(house, order)["order_answer"][1] - house.today).days + 1)
    give_back(house, voucher)
    for _attempt in range(MOST_ATTEMPTS):  # the step is refused while all stands still, to the end
        work_off(house.database, house.store, house.clock)
        house.clock.turn(hours=18)
    with read(house.database) as session:
        assert session.exec(select(Job.state).where(Job.task == "take_step_of_deadline")).all() == ["failed"]
    keep(house, voucher, order)
    work_off(house.database, house.store, house.clock)
    assert order_of(house, order).state == "lapsed"


def test_who_has_answered_is_not_asked_again(house: House) -> None:
    voucher = an_issued_voucher(house)
    first, _second = an_accepted_order(house, voucher), a_placed_order(house, voucher, net="5000.00", vat="0.00")
    give_back(house, voucher)
    with house.work(PROVIDER) as work:
        agree_to_surrender(work, first)
    with pytest.raises(NotNow, match="answered already"), house.work(PROVIDER) as work:
        refuse_surrender(work, first, "After all not")
    assert state(house, voucher) == "surrendering"


@pytest.mark.parametrize("look_into", [freeze, accuse])
def test_nobody_escapes_a_freeze_or_a_revocation_by_giving_the_voucher_back(
    house: House, look_into: Callable[[House, str], None]
) -> None:
    voucher = an_issued_voucher(house)
    order = an_accepted_order(house, voucher)
    give_back(house, voucher)
    look_into(house, voucher)
    assert state(house, voucher) in ("frozen", "hearing")
    assert clocks(house, order)["surrender"][0] == "dropped"
    pass_until(house, clocks(house, order)["surrender"][1])
    house.clock.turn(days=2)
    house.do_jobs()
    assert order_of(house, order).state == "accepted"


def test_what_is_done_or_about_to_change_is_settled_first(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = an_accepted_order(house, voucher, net="5000.00", vat="0.00")
    with house.work(SME) as work:
        propose_termination(work, order, "We stop", net=order_of(house, order).net, vat=order_of(house, order).vat)
    with pytest.raises(NotNow, match="is proposed"):
        give_back(house, voucher)
    done = an_issued_voucher(house)
    a_completed_order(house, done)
    a_placed_order(house, done, net="5000.00", vat="0.00")
    with pytest.raises(NotNow, match="not settled yet"):
        give_back(house, done)


def test_what_is_free_is_given_back_while_an_order_goes_on(house: House) -> None:
    voucher = an_issued_voucher(house)
    with pytest.raises(NotNow, match="Give it back whole"), house.work(SME) as work:
        give_back_what_is_free(work, voucher, "We need no more")
    order = an_accepted_order(house, voucher)
    with house.work(SME) as work:
        give_back_what_is_free(work, voucher, "We need no more")
    position = standing(house, order)
    assert (str(position.available), str(position.reserved), str(position.cancelled)) == ("0.00", "21200.00", "78800.00")
    assert entry_of(house, f"voucher.cancelled {voucher} up to 78800.00").splitlines() == [
        "entitlement:available 78800.00", "entitlement:cancelled -78800.00", "budget:committed 78800.00", "budget:free -78800.00"]
    with pytest.raises(NotNow, match="is free"), house.work(SME) as work:
        give_back_what_is_free(work, voucher, "We need no more")
    with house.work(SME) as work:
        cancel_order(work, order, "Another provider does it")
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "Nobody does it")
    with read(house.database) as session:
        assert_sound(session)
    assert str(standing(house, order).cancelled) == "100000.00"


def test_the_office_cancels_a_voucher_of_which_a_part_was_given_back_and_nothing_was_drawn(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = an_accepted_order(house, voucher)
    with house.work(SME) as work:
        give_back_what_is_free(work, voucher, "We need no more")
    with pytest.raises(NotNow, match="was drawn"), house.work("approver1") as work:
        cancel_voucher(work, voucher, "Issued by mistake", "Article 9")
    with house.work(SME) as work:
        cancel_order(work, order, "Another provider does it")
    with house.work("approver1") as work:
        cancel_voucher(work, voucher, "Issued by mistake", "Article 9")
    assert (state(house, voucher), str(standing(house, order).cancelled)) == ("cancelled", "100000.00")


def test_the_database_too_gives_no_voucher_back_over_an_open_order_and_takes_none_meanwhile(house: House) -> None:
    voucher = an_issued_voucher(house)
    a_placed_order(house, voucher)
    give_back(house, voucher)
    with pytest.raises(DatabaseError, match="over an open order"), house.work() as work:
        work.session.execute(text("update vouchers set state = 'surrendered'"))
    with pytest.raises(DatabaseError, match="not in use"), house.work() as work:
        work.session.execute(text("insert into orders select * from orders"))


def test_two_providers_who_agree_at_one_instant_end_the_voucher_once(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store, providers=2)
    voucher, orders = an_issued_voucher(house), []
    for provider in PROVIDERS[:2]:
        orders.append(a_placed_order(house, voucher, provider=provider))
    give_back(house, voucher)
    mine = {0: orders[0], 1: orders[1]}
    outcomes = race(house, [who(each) for each in PROVIDERS[:2]], lambda work, number: agree_to_surrender(work, mine[number % 2]), times=8)
    assert winners(outcomes) == 2
    assert state(house, voucher) == "surrendered"
    position = standing(house, orders[0])
    assert (str(position.cancelled), str(position.available)) == ("100000.00", "0.00")
    with read(postgres) as session:
        assert_sound(session)
        assert {each.state for order in orders for each in deadlines_of(session, order)} <= {"met", "dropped"}


def test_a_provider_who_does_not_agree_at_the_instant_at_which_another_does_keeps_the_voucher(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    order = an_accepted_order(house, voucher)
    give_back(house, voucher)
    outcomes = race(house, [SME, PROVIDER], lambda work, number: (
        withdraw_surrender(work, voucher) if number % 2 == 0 else agree_to_surrender(work, order)), times=2)
    assert winners(outcomes) == 1
    kept = state(house, voucher) == "issued"
    assert order_of(house, order).state == ("accepted" if kept else "cancelled")
    with read(postgres) as session:
        assert_sound(session)
