"""Amendment: what changes an order, who has to agree, and what then moves in the books."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from tests.builders import PROVIDER, PROVIDERS, SME, House, a_house, a_placed_order, an_issued_voucher
from tests.workflows.purchases import (
    a_registered_order,
    an_accepted_order,
    budget,
    entry_of,
    order_of,
    pass_until,
    standing,
    yuan,
)
from tests.workflows.scopes import CAPS, publish, voucher_for, weihai_with
from tests.workflows.test_bans import ban
from tests.workflows.test_holding import freeze
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.amendments import Amendment, amendments_of
from voucher.bans import Banned
from voucher.database import Database
from voucher.deadlines import standing as standing_clocks
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.history import events_of
from voucher.money import Money
from voucher.orders import Order
from voucher.vouchers import Voucher
from voucher.work import Work, read
from workflows.amendment import (
    agree_amendment,
    decline_amendment,
    lapse_amendment,
    propose_change,
    propose_termination,
    value_part_done,
    withdraw_amendment,
)
from workflows.holding import unfreeze_voucher
from workflows.providers import suspend_provider
from workflows.purchase import NotEnoughLeft, cancel_order, deliver_order


def change(house: House, order: str, by: str = PROVIDER, *, net: Money, vat: Money | None = None) -> None:
    with house.work(by) as work:
        propose_change(work, order, "More work than thought", net=net, vat=vat)


def agree(house: House, order: str, by: str = SME) -> None:
    with house.work(by) as work:
        agree_amendment(work, order)


def terminate(house: House, order: str, net: str, vat: str = "0.00", by: str = SME) -> None:
    with house.work(by) as work:
        propose_termination(work, order, "The project stops", net=yuan(net), vat=yuan(vat))


def amendments(house: House, order: str) -> list[Amendment]:
    with read(house.database) as session:
        return amendments_of(session, order_of(house, order).id)


def test_a_higher_price_takes_more_of_the_voucher_once_both_agree(house: House) -> None:
    order = an_accepted_order(house)
    change(house, order, net=yuan("150000.00"), vat=yuan("9000.00"))
    assert (order_of(house, order).gross, standing(house, order).reserved) == (yuan("106000.00"), yuan("21200.00"))
    agree(house, order)
    now = order_of(house, order)
    assert (now.gross, now.voucher_part, now.version) == (yuan("159000.00"), yuan("31800.00"), 2)
    assert (standing(house, order).available, standing(house, order).reserved) == (yuan("68200.00"), yuan("31800.00"))
    assert entry_of(house, f"order.amended {order} v2") == (
        "entitlement:available 10600.00\nentitlement:reserved -10600.00\nbudget:committed 10600.00\nbudget:obligated -10600.00")


def test_a_lower_price_frees_its_share_of_an_order_that_nobody_took_yet(house: House) -> None:
    order = a_placed_order(house)
    change(house, order, by=SME, net=yuan("50000.00"), vat=yuan("3000.00"))
    agree(house, order, by=PROVIDER)
    assert (standing(house, order).reserved, budget(house, order).reserved) == (yuan("10600.00"), yuan("10600.00"))
    assert entry_of(house, f"order.amended {order} v2") == (
        "entitlement:reserved 10600.00\nentitlement:available -10600.00\nbudget:reserved 10600.00\nbudget:committed -10600.00")


def test_the_version_before_is_kept_with_its_sheet(house: House) -> None:
    order = an_accepted_order(house)
    before = order_of(house, order).sheet
    change(house, order, net=yuan("150000.00"))
    agree(house, order)
    [amendment] = amendments(house, order)
    assert (amendment.replaced["version"], amendment.replaced["net"], amendment.replaced["voucher_part"]) == (1, "100000.00", "21200.00")
    assert amendment.replaced["sheet"] == before != order_of(house, order).sheet
    with read(house.database) as session:
        told = events_of(session, order)[-1]
    assert (told.name, told.reason, told.data["part_before"], told.data["part"]) == (
        "order.amended", "More work than thought", "21200.00", "31200.00")


def test_a_new_title_and_day_move_no_money(house: House) -> None:
    order, day = an_accepted_order(house), house.today + timedelta(days=60)
    with house.work(SME) as work:
        propose_change(work, order, "Two buoys instead", title="Two buoys", deliver_by=day)
    agree(house, order, by=PROVIDER)
    now = order_of(house, order)
    assert (now.title, now.deliver_by, now.version, now.voucher_part) == ("Two buoys", day, 2, yuan("21200.00"))
    with read(house.database) as session:
        assert ledger.find(session, f"order.amended {order} v2") is None


def test_who_asked_for_less_than_the_terms_give_goes_on_asking_for_less(house: House) -> None:
    order = an_accepted_order(house)
    with house.work(SME) as work:
        propose_change(work, order, "Spare the voucher", part=yuan("10000.00"))
    agree(house, order, by=PROVIDER)
    change(house, order, net=yuan("200000.00"))
    agree(house, order)
    assert order_of(house, order).voucher_part == yuan("10000.00")


def test_the_new_part_is_within_what_is_left_and_the_old_part(house: House) -> None:
    voucher = an_issued_voucher(house, amount="30000.00")
    order = an_accepted_order(house, voucher)
    with pytest.raises(NotEnoughLeft, match=r"8800\.00 CNY left"):
        change(house, order, net=yuan("150000.00"), vat=yuan("9000.00"))
        agree(house, order)
    assert order_of(house, order).version == 1


def test_nothing_more_is_agreed_on_a_frozen_voucher_with_a_banned_provider_or_one_that_is_not_listed(house: House) -> None:
    order = an_accepted_order(house)
    with house.work() as work:
        voucher = work.session.exec(select(Voucher.reference)).one()
    change(house, order, net=yuan("110000.00"))
    freeze(house, voucher)
    with pytest.raises(NotNow, match="frozen"):
        agree(house, order)
    with house.work(SME) as work:
        decline_amendment(work, order, "Not now")
    change(house, order, net=yuan("90000.00"))
    agree(house, order)  # less may always be agreed
    with pytest.raises(NotNow, match="frozen"):
        change(house, order, net=yuan("95000.00"))
    with house.work("approver2") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    with house.work("approver1") as work:
        suspend_provider(work, house.references[PROVIDERS[0].number], "A complaint")
    with pytest.raises(NotNow, match="not on the list"):
        change(house, order, net=yuan("95000.00"))
    ban(house, PROVIDERS[0].number)
    with pytest.raises(Banned):
        change(house, order, net=yuan("95000.00"))


def test_only_the_other_side_agrees(house: House) -> None:
    order = an_accepted_order(house)
    change(house, order, net=yuan("90000.00"))
    with pytest.raises(NotAllowed, match="the other side has to answer"):
        agree(house, order, by=PROVIDER)
    with pytest.raises(NotAllowed, match="only it can take it back"), house.work(SME) as work:
        withdraw_amendment(work, order)
    with pytest.raises((NotAllowed, NotFound)):
        agree(house, order, by="verifier1")


@pytest.mark.parametrize("end", ["declined", "withdrawn", "lapsed"])
def test_what_is_not_agreed_leaves_the_order_as_it_is(house: House, end: str) -> None:
    order = an_accepted_order(house)
    change(house, order, net=yuan("90000.00"))
    with house.work({"declined": SME, "withdrawn": PROVIDER, "lapsed": ""}[end]) as work:
        {"declined": lambda: decline_amendment(work, order, "Too dear"), "withdrawn": lambda: withdraw_amendment(work, order),
         "lapsed": lambda: lapse_amendment(work, order)}[end]()
    assert [each.state for each in amendments(house, order)] == [end]
    assert (order_of(house, order).version, order_of(house, order).voucher_part) == (1, yuan("21200.00"))
    change(house, order, net=yuan("80000.00"))
    assert amendments(house, order)[-1].number == 2


def test_while_a_change_is_open_the_order_stands_still(house: House) -> None:
    order = a_registered_order(house)
    change(house, order, net=yuan("90000.00"))
    with pytest.raises(NotNow, match="A change of this order is proposed"):
        change(house, order, net=yuan("80000.00"))
    for who, verb in ((PROVIDER, deliver_order), (SME, cancel_order)):
        with pytest.raises(NotNow, match="A change of this order is proposed"), house.work(who) as work:
            verb(work, order, "Report")


def test_every_problem_of_a_proposal_is_told_at_once(house: House) -> None:
    order = an_accepted_order(house)
    with pytest.raises(NotValid) as refused, house.work(SME) as work:
        propose_change(work, order, "No", net=yuan("-1.00"), title="x" * 301, quantity=0, deliver_by=house.today - timedelta(days=1))
    assert [each.where for each in refused.value.problems] == ["net", "quantity", "title", "deliver_by"]
    with pytest.raises(NotValid, match="says already"), house.work(SME) as work:
        propose_change(work, order, "Nothing new", net=yuan("100000.00"))


# --- termination -------------------------------------------------------------------------------------------------------


def test_a_part_done_that_both_value_alike_stays_and_the_rest_is_free(house: House) -> None:
    order = a_registered_order(house)
    terminate(house, order, "40000.00", "2400.00")
    agree(house, order, by=PROVIDER)
    now = order_of(house, order)
    assert (now.state, now.gross, now.voucher_part, now.held_minor) == ("terminated", yuan("42400.00"), yuan("8480.00"), 848000)
    assert (standing(house, order).reserved, budget(house, order).obligated) == (yuan("8480.00"), yuan("8480.00"))
    assert standing(house, order).available == yuan("91520.00")


def test_both_may_call_an_order_off_when_nothing_is_done(house: House) -> None:
    order = a_registered_order(house)
    terminate(house, order, "0.00", by=PROVIDER)
    agree(house, order)
    assert (order_of(house, order).state, order_of(house, order).held_minor) == ("cancelled", 0)
    assert (standing(house, order).available, budget(house, order).obligated) == (yuan("100000.00"), yuan("0.00"))


def test_a_proposal_that_nobody_answers_lapses_after_ten_working_days(house: House) -> None:
    order = an_accepted_order(house)
    change(house, order, net=yuan("90000.00"))
    with read(house.database) as session:
        clock = next(each for each in standing_clocks(session, order) if each.rule == "amendment")
    assert (clock.rule, clock.length, clock.waits_for) == ("amendment", "10 working days", "sme")
    pass_until(house, clock.due_on)
    assert amendments(house, order)[0].state == "proposed"
    pass_until(house, clock.due_on + timedelta(days=1))
    assert amendments(house, order)[0].state == "lapsed"
    with read(house.database) as session:
        assert [each.rule for each in standing_clocks(session, order)] == ["order_start"]


def test_where_nobody_answers_an_end_a_verifier_values_the_part(house: House) -> None:
    order = a_registered_order(house)
    terminate(house, order, "10000.00", "600.00")
    with house.work() as work:
        assert lapse_amendment(work, order).state == "referred"
    with pytest.raises(NotAllowed), house.work(PROVIDER) as work:
        value_part_done(work, order, "Half", net=yuan("50000.00"), vat=yuan("3000.00"))
    with house.work("verifier1") as work:
        value_part_done(work, order, "Half of the tests are done", net=yuan("50000.00"), vat=yuan("3000.00"))
    assert (order_of(house, order).state, order_of(house, order).voucher_part) == ("terminated", yuan("10600.00"))
    assert amendments(house, order)[0].state == "valued"


def test_a_part_done_is_worth_no_more_than_the_order(house: House) -> None:
    order = a_registered_order(house)
    with pytest.raises(NotValid) as refused:
        terminate(house, order, "100000.01", "6000.01")
    assert [each.where for each in refused.value.problems] == ["net", "vat"]


# --- caps --------------------------------------------------------------------------------------------------------------


def test_a_dearer_version_takes_only_what_the_caps_leave_beside_later_orders(house: House) -> None:
    programme = publish(house, weihai_with(CAPS % "company"))
    vouchers = [voucher_for(house, programme), voucher_for(house, programme)]
    order = an_accepted_order(house, vouchers[0], net="250000.00", vat="0.00")
    an_accepted_order(house, vouchers[1], net="200000.00", vat="0.00")
    change(house, order, net=yuan("400000.00"))
    agree(house, order)
    assert order_of(house, order).voucher_part == yuan("60000.00")  # 50,000 before; 100,000 in all, of which 40,000 are taken
    change(house, order, net=yuan("350000.00"))
    agree(house, order)
    assert order_of(house, order).voucher_part == yuan("60000.00")


# --- what the database holds -------------------------------------------------------------------------------------------


def test_the_database_refuses_to_alter_an_order_quietly(house: House) -> None:
    order = an_accepted_order(house)
    for about in ({"net_minor": 1}, {"voucher_part_minor": 2120001}, {"title": "Another"}, {"version": 2},
                  {"net_minor": 1, "version": 2}):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.connection().execute(update(Order).where(col(Order.reference) == order).values(**about))


def test_the_database_keeps_a_decided_amendment(house: House) -> None:
    order = an_accepted_order(house)
    change(house, order, net=yuan("90000.00"))
    agree(house, order)
    [amendment] = amendments(house, order)
    for statement in ("update amendments set net_minor = 1", "delete from amendments"):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.connection().exec_driver_sql(f"{statement} where reference = '{amendment.reference}'")


# --- races -------------------------------------------------------------------------------------------------------------


def test_a_version_is_agreed_to_once_and_never_beyond_the_cap(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    programme = publish(house, weihai_with(CAPS % "company"))
    vouchers = [voucher_for(house, programme) for _number in range(3)]
    orders = [an_accepted_order(house, voucher, net="100000.00", vat="0.00") for voucher in vouchers]
    for order in orders:
        change(house, order, net=yuan("300000.00"))

    def attempt(work: Work, number: int) -> None:
        agree_amendment(work, orders[number % 3])

    outcomes = race(house, [SME], attempt, 12)

    assert winners(outcomes) == 3
    assert all(isinstance(each, NotNow) for each in outcomes if each is not None)
    with read(house.database) as session:
        assert _held(session) == yuan("100000.00").minor
        assert ledger.verify(session) == []


def _held(session: Session) -> int:
    return sum(session.connection().exec_driver_sql("select held_minor from orders").scalars())
