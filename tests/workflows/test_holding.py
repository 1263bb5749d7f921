"""Vouchers in use, off the straight road: more time, a freeze, and their end before the last day."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    SME,
    House,
    a_completed_order,
    a_gathered_batch,
    a_placed_order,
    a_submitted_claim,
    a_verified_claim,
    an_approved_claim,
    an_issued_voucher,
)
from tests.scenes import scene
from tests.workflows.purchases import order_of, yuan
from tests.workflows.scopes import an_application_for, issue, publish
from tests.workflows.test_application import clocks, state
from tests.workflows.test_expiry import last_day, stands
from tests.workflows.test_expiry import look as look_at_last_days
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.database import fetch
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.programmes.library import example
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.amendment import propose_change
from workflows.approval import approve_claim
from workflows.correction import return_claim
from workflows.holding import (
    ask_extension,
    cancel_voucher,
    freeze_voucher,
    grant_extension,
    refuse_extension,
    unfreeze_voucher,
)
from workflows.overdue import mark_missed_deadlines
from workflows.purchase import accept_order, decline_order, register_contract, start_service
from workflows.reimbursement import gather_batch, release_batch
from workflows.revocation import drop_revocation, open_revocation
from workflows.surrender import surrender_voucher

EXTENDABLE = example("weihai").decode().replace(
    "  use_within: 12 months", "  use_within: 12 months\n  extension: {times: 1, length: 2 months}").encode()


@scene
def an_extendable_voucher(house: House) -> str:
    """A voucher whose terms know an extension."""
    voucher = an_application_for(house, publish(house, EXTENDABLE), "100000.00")
    issue(house, voucher)
    return voucher


def ask(house: House, voucher: str) -> None:
    """The SME asks for more time."""
    with house.work(SME) as work:
        ask_extension(work, voucher, "The laboratory is closed")


def freeze(house: House, voucher: str, days: int = 20) -> None:
    """The office freezes it."""
    with house.work("approver2") as work:
        freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=days))


def days_of(house: House, voucher: str) -> tuple[str, str]:
    """Until when it can be used and claimed."""
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        return str(held.use_by), str(held.claim_by)


def sound(house: House) -> bool:
    """Whether the books agree."""
    with read(house.database) as session:
        return ledger.verify(session) == []


def test_an_extension_makes_the_time_longer_once(house: House) -> None:
    voucher = an_extendable_voucher(house)
    before = days_of(house, voucher)
    ask(house, voucher)
    assert clocks(house, voucher)["extension"][0] == "running"
    with house.work("approver1") as work:
        grant_extension(work, voucher)
    after = days_of(house, voucher)
    assert after > before and after[1] >= before[1]
    assert clocks(house, voucher)["extension"][0] == "met"
    with pytest.raises(NotNow, match="1 times already"):
        ask(house, voucher)


def test_what_was_asked_in_time_does_not_expire_before_it_is_decided(house: House) -> None:
    voucher = an_extendable_voucher(house)
    last_day(house, voucher, 0)
    ask(house, voucher)
    house.clock.turn(days=3)
    look_at_last_days(house)
    assert stands(house, voucher) == "100000.00 0.00 0.00"
    with house.work("approver1") as work:
        refuse_extension(work, voucher, "Could have been seen")
    house.clock.turn(hours=1)
    look_at_last_days(house)
    assert stands(house, voucher) == "0.00 0.00 100000.00"
    with pytest.raises(NotNow, match="was to be used"):
        ask(house, voucher)


def test_while_more_time_is_asked_for_no_order_grows_and_a_hearing_that_comes_to_nothing_leaves_it_asked(house: House) -> None:
    voucher = an_extendable_voucher(house)
    order = a_placed_order(house, voucher, net="10000.00")
    with house.work(PROVIDER) as work:
        accept_order(work, order)
        register_contract(work, order, "2026371000000001")
        start_service(work, order)
    last_day(house, voucher, 0)
    ask(house, voucher)
    with pytest.raises(NotNow, match="asked for already"):
        ask(house, voucher)
    house.clock.turn(days=3)
    with pytest.raises(NotNow, match="was to be used by"), house.work(PROVIDER) as work:
        propose_change(work, order, "More work than thought", net=yuan("20000.00"))
    with house.work("auditor1") as work:
        open_revocation(work, voucher, "It sold the voucher", "Article 9")
    assert clocks(house, voucher)["extension"][0] == "paused"
    with house.work("approver2") as work:
        drop_revocation(work, voucher, "There is nothing to it")
    assert clocks(house, voucher)["extension"][0] == "running"
    with house.work("approver1") as work:
        grant_extension(work, voucher)


def test_terms_without_an_extension_give_none_and_nobody_gets_what_he_did_not_ask_for(house: House) -> None:
    voucher = an_issued_voucher(house)
    with pytest.raises(NotNow, match="know no extension"):
        ask(house, voucher)
    with pytest.raises(NotNow, match="was asked for"), house.work("approver1") as work:
        grant_extension(work, voucher)


def test_on_a_frozen_voucher_nothing_is_ordered_or_claimed(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)
    with pytest.raises(NotValid, match="list"):
        freeze(house, voucher, days=31)
    verified = a_verified_claim(house, a_completed_order(house, voucher))
    freeze(house, voucher)
    with pytest.raises(NotNow, match="frozen"):
        a_placed_order(house, voucher)
    with pytest.raises(NotNow, match="frozen"):
        an_approved_claim(house, order)
    with pytest.raises(NotNow, match="frozen"), house.work("approver3") as work:
        approve_claim(work, verified)
    with house.work("approver2") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    with house.work("approver3") as work:
        assert approve_claim(work, verified).state == "approved"


def test_a_time_that_begins_while_a_voucher_stands_still_runs_from_its_end_on(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = a_submitted_claim(house, a_completed_order(house, voucher))
    freeze(house, voucher)
    with house.work("verifier1") as work:
        return_claim(work, claim, "The seal is missing")
    assert clocks(house, claim)["claim.correction"][0] == "paused"
    with house.work("approver2") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    assert clocks(house, claim)["claim.correction"][0] == "running"


def test_while_a_voucher_stands_still_the_time_of_its_firms_does_too(house: House) -> None:
    voucher = an_issued_voucher(house)
    order, other = a_placed_order(house, voucher, net="10000.00"), a_placed_order(house, voucher, net="10000.00")
    with house.work(PROVIDER) as work:
        accept_order(work, other)
    answer, start = clocks(house, order), clocks(house, other)
    freeze(house, voucher)
    with pytest.raises(NotNow, match="frozen"), house.work(PROVIDER) as work:
        accept_order(work, order)
    house.clock.turn(days=14)
    with house.work() as work:
        mark_missed_deadlines(work, house.store)
    house.do_jobs()
    assert (order_of(house, order).state, order_of(house, other).state) == ("placed", "accepted")
    assert clocks(house, order)["order_answer"][0] == clocks(house, other)["order_start"][0] == "paused"
    with house.work("approver2") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    for before, after in ((answer, clocks(house, order)), (start, clocks(house, other))):
        for rule in [each for each in before if before[each][0] == "running"]:
            assert (after[rule][0], after[rule][1] > before[rule][1]) == ("running", True)
    with house.work(PROVIDER) as work:
        accept_order(work, order)
    with house.work("auditor1") as work:
        open_revocation(work, voucher, "It sold the voucher", "Article 9")
    assert clocks(house, order)["order_start"][0] == "paused"
    with pytest.raises(NotNow, match="frozen"), house.work(PROVIDER) as work:
        start_service(work, other)
    with house.work("approver2") as work:
        drop_revocation(work, voucher, "There is nothing to it")
    assert clocks(house, order)["order_start"][0] == "running"


def test_on_a_frozen_voucher_nothing_is_paid(house: House) -> None:
    an_approved_claim(house)
    with read(house.database) as session:
        voucher = session.exec(select(Voucher.reference)).one()
    batch = a_gathered_batch(house)
    freeze(house, voucher)
    with pytest.raises(NotValid, match="frozen"), house.work("treasury1") as work:
        release_batch(work, batch)
    with house.work("approver3") as work:
        unfreeze_voucher(work, voucher, "Nothing was found")
    with house.work("treasury1") as work:
        release_batch(work, batch)


def test_a_payable_payout_of_a_frozen_voucher_stays_behind(house: House) -> None:
    an_approved_claim(house)
    with read(house.database) as session:
        voucher = session.exec(select(Voucher.reference)).one()
    freeze(house, voucher)
    with pytest.raises(NotNow, match="No payout"), house.work("finance1") as work:
        gather_batch(work, None, house.today)


def test_the_database_too_takes_no_order_on_a_frozen_voucher(house: House) -> None:
    voucher = an_issued_voucher(house)
    a_placed_order(house, voucher)
    freeze(house, voucher)
    with pytest.raises(DatabaseError, match="not in use"), house.work() as work:
        work.session.execute(text("insert into orders select * from orders"))


def test_the_database_too_lets_no_order_take_more_of_a_frozen_voucher(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher, net="1000.00", vat="0.00")
    with house.work(PROVIDER) as work:
        propose_change(work, order, "It takes longer", net=yuan("2000.00"))
    freeze(house, voucher)

    def change(what: str) -> None:
        with house.work() as work:
            work.session.execute(text("update amendments set state = 'agreed'"))
            work.session.execute(text(f"update orders set {what}"))

    agreed = "version = version + 1, net_minor = 200000, "
    for more in ("state = 'accepted'", f"{agreed} voucher_part_minor = voucher_part_minor + 1"):
        with pytest.raises(DatabaseError, match="not in use"):
            change(more)
    change(f"{agreed} voucher_part_minor = voucher_part_minor - 1, held_minor = held_minor - 1")


def test_what_is_left_is_given_back_when_no_order_is_open(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_placed_order(house, voucher)
    with house.work(PROVIDER) as work:
        decline_order(work, order, "No time")
    with house.work(SME) as work:
        surrender_voucher(work, voucher, "The project has ended")
    with read(house.database) as session:
        position = voucher_position(session, voucher, "CNY")
    assert (state(house, voucher), str(position.available), str(position.cancelled)) == ("surrendered", "0.00", "100000.00")
    assert sound(house)
    with pytest.raises(NotNow, match="surrendered"):
        a_placed_order(house, voucher)


def test_the_office_cancels_what_should_not_have_been_issued_while_nothing_was_drawn(house: House) -> None:
    voucher = an_issued_voucher(house)
    with pytest.raises(NotAllowed), house.work("finance1") as work:
        cancel_voucher(work, voucher, "Not eligible", "Article 5")
    with house.work("approver1") as work:
        cancel_voucher(work, voucher, "Not eligible", "Article 5")
    with read(house.database) as session:
        assert str(voucher_position(session, voucher, "CNY").cancelled) == "100000.00"
    drawn = an_issued_voucher(house)
    a_placed_order(house, drawn)
    with pytest.raises(NotNow, match="was drawn"), house.work("approver1") as work:
        cancel_voucher(work, drawn, "Not eligible", "Article 5")
    assert sound(house)
