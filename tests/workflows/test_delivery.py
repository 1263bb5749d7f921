"""Delivery and what comes before: nobody begins, the SME says nothing, the two disagree, another provider takes over."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    SME,
    House,
    a_house,
    a_placed_order,
    a_submitted_claim,
    an_issued_voucher,
)
from tests.scenes import scene
from tests.workflows.purchases import (
    a_delivered_order,
    a_registered_order,
    an_accepted_order,
    budget,
    entry_of,
    order_of,
    pass_until,
    provider_of,
    standing,
    voucher_of,
    yuan,
)
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.database import Database
from voucher.deadlines import standing as standing_clocks
from voucher.duties import DutyTaken
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.history import events_of
from voucher.work import Work, read
from workflows.amendment import decline_amendment, propose_change, propose_termination, withdraw_amendment
from workflows.delivery import deliver_again, dispute_delivery, reject_delivery, uphold_delivery
from workflows.overdue import mark_missed_deadlines, take_step_of_deadline
from workflows.purchase import (
    accept_delivery,
    cancel_order,
    place_order,
    start_service,
)
from workflows.worker import work_off


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with one SME and two providers."""
    return a_house(database, store, providers=2)


def clocks(house: House, order: str) -> dict[str, date]:
    """What is awaited of an order: rule -> last day."""
    with read(house.database) as session:
        return {each.rule: each.due_on for each in standing_clocks(session, order)}


def told(house: House, order: str) -> list[str]:
    with read(house.database) as session:
        return [each.name for each in events_of(session, order) if each.name.startswith("order.")]


# --- nobody begins -----------------------------------------------------------------------------------------------------


def test_an_order_that_no_provider_takes_lapses_after_ten_working_days(house: House) -> None:
    order = a_placed_order(house)
    due = clocks(house, order)["order_answer"]
    pass_until(house, due)
    assert order_of(house, order).state == "placed"
    pass_until(house, due + timedelta(days=1))
    assert (order_of(house, order).state, order_of(house, order).held_minor) == ("lapsed", 0)
    assert entry_of(house, f"order.lapsed {order}") == (
        "entitlement:reserved 21200.00\nentitlement:available -21200.00\nbudget:reserved 21200.00\nbudget:committed -21200.00")


def test_an_order_that_nobody_begins_lapses_after_three_months_with_what_is_proposed(house: House) -> None:
    order = an_accepted_order(house)
    due = clocks(house, order)["order_start"]
    house.clock.turn(days=(due - house.today).days)
    with house.work(SME) as work:
        propose_change(work, order, "Later", deliver_by=due + timedelta(days=30))
    pass_until(house, due + timedelta(days=1))
    assert (order_of(house, order).state, budget(house, order).obligated) == ("lapsed", yuan("0.00"))
    assert clocks(house, order) == {}


def test_an_order_that_has_begun_does_not_lapse_and_is_not_cancelled_by_one_side(house: House) -> None:
    order = a_registered_order(house)
    with house.work(PROVIDER) as work:
        start_service(work, order)
    pass_until(house, house.today + timedelta(days=120))
    with pytest.raises(NotNow), house.work(SME) as work:
        cancel_order(work, order, "No longer needed")
    assert order_of(house, order).state == "started"


def test_work_begins_when_its_contract_is_registered(house: House) -> None:
    order = an_accepted_order(house)
    with pytest.raises(NotNow, match="Register the technology contract"), house.work(PROVIDER) as work:
        start_service(work, order)


# --- the SME says nothing ----------------------------------------------------------------------------------------------


def test_a_delivery_that_the_sme_says_nothing_about_is_deemed_accepted_after_a_reminder(house: House) -> None:
    order = a_delivered_order(house)
    due = clocks(house, order)
    pass_until(house, due["acceptance_reminder"] + timedelta(days=1))
    assert (told(house, order)[-1], order_of(house, order).state) == ("order.acceptance_reminded", "delivered")
    pass_until(house, due["acceptance"])
    assert order_of(house, order).state == "delivered"
    pass_until(house, due["acceptance"] + timedelta(days=1))
    assert (told(house, order)[-1], order_of(house, order).state) == ("order.deemed_accepted", "completed")
    assert a_submitted_claim(house, order)


def test_an_sme_that_is_reminded_late_has_as_long_as_one_that_is_reminded_in_time(house: House) -> None:
    order = a_delivered_order(house)
    due = clocks(house, order)
    house.clock.turn(days=40)  # no worker ran
    pass_until(house, house.today)
    assert (told(house, order)[-1], order_of(house, order).state) == ("order.acceptance_reminded", "delivered")
    last = clocks(house, order)["acceptance"]
    assert last >= house.today + (due["acceptance"] - due["acceptance_reminder"]) - timedelta(days=1)
    pass_until(house, last)
    assert order_of(house, order).state == "delivered"
    pass_until(house, last + timedelta(days=1))
    assert (told(house, order)[-2:], order_of(house, order).state) == (["order.acceptance_reminded", "order.deemed_accepted"], "completed")


def test_no_delivery_is_deemed_accepted_before_the_reminder_whichever_job_is_done_first(house: House) -> None:
    order = a_delivered_order(house)
    house.clock.turn(days=40)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
        missed = {each.rule: str(each.id) for each in standing_clocks(work.session, order)}
    for rule in ("acceptance", "acceptance_reminder"):
        with house.work() as work:
            take_step_of_deadline(work, house.store, missed[rule])
    house.do_jobs()
    assert (told(house, order)[-2:], order_of(house, order).state) == (["order.delivered", "order.acceptance_reminded"], "delivered")


def test_an_end_that_is_proposed_on_the_last_day_does_not_keep_a_delivery_from_being_deemed_accepted(house: House) -> None:
    order = a_delivered_order(house)
    due = clocks(house, order)
    pass_until(house, due["acceptance_reminder"] + timedelta(days=1))
    pass_until(house, due["acceptance"])
    with house.work(SME) as work:
        propose_termination(work, order, "End it", net=yuan("0.00"), vat=yuan("0.00"))
    house.clock.turn(days=1)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    assert [each.error[:11] for each in work_off(house.database, house.store, house.clock) if each.error] == ["A change of"]
    with house.work(PROVIDER) as work:
        decline_amendment(work, order, "It is all done")
    with house.work() as work:  # the job was tried for hours and waits for a person
        work.session.connection().execute(text("update jobs set state = 'failed' where task = 'take_step_of_deadline' and state <> 'done'"))
    house.do_jobs()
    assert order_of(house, order).state == "delivered"  # a verifier is to value it
    with house.work(SME) as work:
        withdraw_amendment(work, order)
    house.do_jobs()
    assert (told(house, order)[-1], order_of(house, order).state) == ("order.deemed_accepted", "completed")


def test_who_answers_in_time_is_not_reminded(house: House) -> None:
    order = a_delivered_order(house)
    with house.work(SME) as work:
        accept_delivery(work, order, "The appendix follows")
    pass_until(house, house.today + timedelta(days=40))
    assert told(house, order)[-1] == "order.completed"
    assert (order_of(house, order).acceptance_note, clocks(house, order)) == ("The appendix follows", {})


# --- the two disagree --------------------------------------------------------------------------------------------------


@scene
def a_disputed_order(house: House) -> str:
    order = a_delivered_order(house)
    with house.work(SME) as work:
        dispute_delivery(work, order, "Half of the samples are missing")
    return order


def test_nothing_is_claimed_or_deemed_accepted_while_disputed(house: House) -> None:
    order = a_disputed_order(house)
    pass_until(house, house.today + timedelta(days=60))
    assert order_of(house, order).state == "disputed"
    with pytest.raises(NotNow, match="disputed"):
        a_submitted_claim(house, order)


def test_a_provider_may_deliver_again_and_the_sme_has_its_time_again(house: House) -> None:
    order = a_disputed_order(house)
    with house.work(PROVIDER) as work:
        deliver_again(work, order, "Report with all samples")
    assert (order_of(house, order).state, set(clocks(house, order))) == ("delivered", {"acceptance", "acceptance_reminder"})


def test_an_sme_may_give_in(house: House) -> None:
    order = a_disputed_order(house)
    with house.work(SME) as work:
        accept_delivery(work, order)
    assert order_of(house, order).state == "completed"


@pytest.mark.parametrize(("upheld", "state"), [(True, "completed"), (False, "started")])
def test_a_verifier_decides_a_dispute_with_a_reason(house: House, upheld: bool, state: str) -> None:
    order = a_disputed_order(house)
    decide = uphold_delivery if upheld else reject_delivery
    with pytest.raises((NotAllowed, NotFound)), house.work(SME) as work:
        decide(work, order, "I say so")
    with pytest.raises(NotValid), house.work("verifier1") as work:
        decide(work, order, " ")
    with house.work("verifier1") as work:
        decide(work, order, "The report has all that was ordered")
    assert (order_of(house, order).state, clocks(house, order)) == (state, {})


def test_an_order_whose_delivery_is_rejected_began_at_the_latest_when_it_was_delivered(house: House) -> None:
    order = a_disputed_order(house)  # the provider delivered without having said that it begins
    delivered = order_of(house, order).delivered_on
    house.clock.turn(days=1)
    with house.work("verifier1") as work:
        reject_delivery(work, order, "Half of the samples are missing")
    held = order_of(house, order)
    assert (held.state, held.started_on, held.delivered_on) == ("started", delivered, None)


def test_who_decides_a_dispute_does_a_verifiers_duty_in_the_case(house: House) -> None:
    order = a_disputed_order(house)
    with house.work("verifier1") as work:
        uphold_delivery(work, order, "All is there")
    with read(house.database) as session:
        taken = select(DutyTaken.duty).where(DutyTaken.voucher_id == voucher_of(house, order).id,
                                             DutyTaken.person_id == house.people["verifier1"].person_id)
        assert session.exec(taken).all() == ["verify"]


# --- another provider --------------------------------------------------------------------------------------------------


def replace(house: House, order: str, net: str = "80000.00", provider: int = 1, reason: str = "No free laboratory") -> str:
    with house.work(SME) as work:
        return place_order(work, voucher_of(house, order).reference, provider_of(house, provider), "development", "Buoy", yuan(net),
                           yuan("0.00"), replaces=order, reason=reason).reference


def test_another_provider_takes_over_and_the_two_orders_know_each_other(house: House) -> None:
    order = an_accepted_order(house)
    other = replace(house, order)
    assert (order_of(house, order).state, order_of(house, other).replaces_id) == ("cancelled", order_of(house, order).id)
    assert standing(house, order).reserved == yuan("16000.00")
    assert told(house, order)[-1] == "order.replaced"


def test_the_room_of_the_old_order_is_there_for_the_new_one(house: House) -> None:
    voucher = an_issued_voucher(house, amount="21200.00")
    other = replace(house, an_accepted_order(house, voucher), net="106000.00")
    assert order_of(house, other).voucher_part == yuan("21200.00")


def test_a_new_order_that_is_refused_leaves_the_old_one(house: House) -> None:
    order = an_accepted_order(house)
    for net, reason in (("0.00", "Late"), ("80000.00", "")):
        with pytest.raises(NotValid):
            replace(house, order, net=net, reason=reason)
    assert order_of(house, order).state == "accepted"


def test_an_order_is_replaced_once_and_by_another_provider(house: House) -> None:
    order = an_accepted_order(house)
    with pytest.raises(NotValid, match="Propose a change"):
        replace(house, order, provider=0)
    replace(house, order)
    with pytest.raises(NotNow, match="replaced already"):
        replace(house, order)


def test_work_that_has_begun_ends_before_another_takes_over(house: House) -> None:
    order = a_registered_order(house)
    with house.work(PROVIDER) as work:
        start_service(work, order)
    with pytest.raises(NotNow, match="End it first"):
        replace(house, order)


def test_an_order_is_replaced_once_however_many_try(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store, providers=2)
    order = an_accepted_order(house)
    voucher, provider = voucher_of(house, order).reference, provider_of(house, 1)

    def attempt(work: Work, _number: int) -> None:
        place_order(work, voucher, provider, "development", "Buoy", yuan("80000.00"), yuan("0.00"), replaces=order, reason="Late")

    outcomes = race(house, [SME], attempt, 8)

    assert winners(outcomes) == 1
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    assert standing(house, order).reserved == yuan("16000.00")
    with read(house.database) as session:
        assert ledger.verify(session) == []


def test_a_delivery_is_accepted_or_disputed_and_never_both(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    order = a_delivered_order(house)

    def attempt(work: Work, number: int) -> None:
        (accept_delivery if number % 2 else dispute_delivery)(work, order, "because")

    outcomes = race(house, [SME], attempt, 2)
    assert order_of(house, order).state in ("completed", "disputed")
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
