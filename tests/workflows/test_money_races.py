"""What moves the same money at the same instant, on PostgreSQL: one after the other, and no cent twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_gathered_batch,
    a_house,
    a_placed_order,
    an_approved_claim,
    an_issued_voucher,
    evidence,
    full_decisions,
)
from tests.workflows.purchases import yuan
from tests.workflows.recovering import a_final_recovery, outstanding, payout_of
from tests.workflows.scopes import publish
from tests.workflows.test_races import assert_sound, race, winners
from tests.workflows.test_revocation import accuse, hear
from voucher.accounting import voucher_position
from voucher.claims import Claim, InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.history import Event
from voucher.money import total
from voucher.orders import Order
from voucher.payouts import Payout
from voucher.programmes.library import example
from voucher.programmes.programmes import Programme
from voucher.vouchers import Voucher
from voucher.work import Work, begin, read
from workflows.access import NOBODY
from workflows.approval import approve_claim
from workflows.banning import ban_organisation
from workflows.claiming import submit_claim
from workflows.funding import allot, record_appropriation
from workflows.holding import freeze_voucher
from workflows.publication import admit_objection, dismiss_objection, file_objection, publish_notice, uphold_objection
from workflows.publishing import publish_programme
from workflows.purchase import accept_order
from workflows.recovery import offset_recovery
from workflows.reimbursement import dissolve_batch, release_batch
from workflows.revocation import open_revocation, revoke_voucher
from workflows.verification import verify_claim


@pytest.fixture
def house(postgres: Database, store: FileStore) -> House:
    """An office on PostgreSQL."""
    return a_house(postgres, store)


def sound(house: House) -> bool:
    """Whether the books agree; fails where they do not."""
    with read(house.database) as session:
        assert_sound(session)
    return True


def test_orders_are_accepted_while_vouchers_of_the_same_money_are_revoked(house: House) -> None:
    # In which order two accounts are locked follows from their names. Those of the second fund line come the other way round than
    # a revocation meets them: an order that is accepted has one and wants the other.
    with house.work("approver1") as work:
        programme = publish_programme(work, example("weihai")).reference
    for funder, allotted in (("province", "1.00"), ("city", "1000000.00")):
        with house.work("finance1") as work:
            line = record_appropriation(work, programme, house.today.year, yuan(allotted), "Decision 1", funder)
            allot(work, line.reference, yuan(allotted), "Notice 1")
    accused = [an_issued_voucher(house) for _number in range(4)]
    for voucher in accused:
        an_approved_claim(house, voucher=voucher, net="1000.00", vat="60.00")
        a_placed_order(house, voucher, net="1000.00", vat="60.00")
        accuse(house, voucher)
        hear(house, voucher)
    kept = an_issued_voucher(house)
    orders = [a_placed_order(house, kept, net="100.00", vat="6.00") for _number in range(12)]
    outcomes = race(house, ["approver3", PROVIDER, PROVIDER, PROVIDER], lambda work, number: (
        accept_order(work, orders[number * 3 // 4]) if number % 4 else revoke_voucher(work, accused[number // 4], "Copied")), 16)
    assert winners(outcomes) == 16 and sound(house)


@pytest.mark.parametrize("end", [
    lambda work, house, voucher: freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=9)),
    lambda work, house, _voucher: ban_organisation(work, house.references[PROVIDERS[0].number], house.today + timedelta(days=9), "Lies",
                                                  "Article 21")],
    ids=["frozen", "banned"])
def test_an_order_is_accepted_before_its_voucher_is_frozen_or_its_provider_banned_or_not_at_all(
    house: House, end: Callable[[Work, House, str], object]
) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    outcomes = race(house, [PROVIDER, "approver3"], lambda work, number: (
        end(work, house, voucher) if number == 1 else accept_order(work, order) if number % 2 == 0 else None), 8)
    with read(house.database) as session:
        names = [event.name for event in session.exec(select(Event).where(
            col(Event.name).in_(("order.accepted", "voucher.frozen", "organisation.banned"))).order_by(col(Event.id)))]
        assert names in (["order.accepted", names[-1]], [names[-1]]) and names[-1] != "order.accepted"
        assert (fetch(session, Order, order).state == "accepted") == ("order.accepted" in names)
        assert_sound(session)
    assert winners(outcomes) == 3 + len(names)


def test_a_payout_is_released_or_set_off_and_its_batch_may_be_dissolved_meanwhile(house: House) -> None:
    recovery = a_final_recovery(house)
    claim = an_approved_claim(house, net="943.40", vat="56.60")
    payout = payout_of(house, claim).reference
    batch = a_gathered_batch(house, [payout])
    with house.work("treasury1") as work:
        release_batch(work, batch)

    def attempt(work: Work, number: int) -> None:
        if number % 3 == 0:
            release_batch(work, batch)
        elif number % 3 == 1:
            dissolve_batch(work, batch, "Wrong day")
        else:
            offset_recovery(work, recovery, payout)

    outcomes = race(house, ["treasury2", "finance1", "finance1"], attempt, 12)
    state = payout_of(house, claim).state
    assert (winners(outcomes), state) in {(1, "released"), (1, "payable"), (2, "payable"), (2, "offset"), (3, "offset")} and sound(house)
    assert outstanding(house, recovery) == ("19800.00" if state == "offset" else "20000.00")


def test_two_recoveries_at_once_take_no_more_of_a_payout_than_there_is(house: House) -> None:
    first, second = (a_final_recovery(house, principal="150.00") for _number in range(2))
    payout = payout_of(house, an_approved_claim(house, net="943.40", vat="56.60")).reference
    outcomes = race(house, ["finance1"], lambda work, number: offset_recovery(work, (first, second)[number % 2], payout), 8)
    assert winners(outcomes) == 2 and sound(house)
    assert sorted((outstanding(house, first), outstanding(house, second))) == ["0.00", "100.00"]


def test_a_voucher_is_frozen_before_its_money_goes_or_after_but_not_while(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, voucher=voucher, net="943.40", vat="56.60")
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        release_batch(work, batch)
    seen: list[str] = []

    def attempt(work: Work, number: int) -> None:
        if number % 2:
            freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=5))
            seen.append(str(work.session.exec(select(Payout.state)).one()))
        else:
            release_batch(work, batch)

    winners(race(house, ["treasury2", "auditor1"], attempt, 8))
    # Whoever froze saw the payout as it has stayed: nothing was released behind the freeze.
    assert seen == [payout_of(house, claim).state] and sound(house)


def test_an_objection_is_upheld_or_dismissed_and_what_follows_is_booked_once(house: House) -> None:
    publish(house, example("weihai").replace(b"notice: {length: 5 working days,", b"notice: {length: 5 working days, before_payment: yes,"))
    claim = an_approved_claim(house, net="943.40", vat="56.60")
    with house.work("approver2") as work:
        publish_notice(work, work.session.exec(select(Programme.reference)).one())
    with begin(house.database, NOBODY, house.clock) as work:
        objection = file_objection(work, claim, "Li Wei", "li@example.org", "There is no buoy").reference
    with house.work("approver3") as work:
        admit_objection(work, objection)
    outcomes = race(house, ["approver3"], lambda work, number: (
        uphold_objection if number % 2 else dismiss_objection)(work, objection, "Looked at"), 8)
    assert winners(outcomes) == 1
    if payout_of(house, claim).state == "cancelled":
        with house.work("verifier1") as work:
            verify_claim(work, claim, full_decisions(work, claim))
        assert winners(race(house, ["approver2"], lambda work, _number: approve_claim(work, claim), 6)) == 1
    with read(house.database) as session:
        voucher = session.exec(select(Voucher.reference)).one()
        assert voucher_position(session, voucher, "CNY").approved == yuan("200.00")
    assert sound(house)


def test_a_claim_is_filed_before_the_case_against_its_voucher_or_not_at_all(house: House) -> None:
    voucher = an_issued_voucher(house)
    orders = [a_completed_order(house, voucher, net="943.40", vat="56.60") for _number in range(4)]

    def attempt(work: Work, number: int) -> None:
        if number % 4:
            order = fetch(work.session, Order, orders[number // 4])
            line = InvoiceLine(f"26371{number:015d}", house.today, "Buoy", order.net, order.vat)
            submit_claim(work, order.reference, [line], OwnPayment(f"BANK-{number}", house.today, order.gross),
                         evidence(work, house, order, house.references[SMES[0].number]))
        else:
            open_revocation(work, voucher, "Copied", "Article 12")

    outcomes = race(house, ["auditor1", SME, SME, SME], attempt, 16)
    with read(house.database) as session:
        filed = session.exec(select(Claim)).all()
        position = voucher_position(session, voucher, "CNY")
    assert winners(outcomes) == 1 + len(filed)  # the case is opened once, and an order is claimed once
    assert position.claimed == total((claim.requested for claim in filed), "CNY")
    hear(house, voucher)
    with house.work("approver3") as work:
        revoke_voucher(work, voucher, "Copied")
    with read(house.database) as session:
        after = voucher_position(session, voucher, "CNY")
        assert after.cancelled == after.face
    assert sound(house)
