"""A voucher is revoked: its holder is heard, another person decides, what is open ends, what was paid is asked back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from tests.builders import (
    PROVIDER,
    PROVIDERS,
    SME,
    SMES,
    House,
    a_completed_order,
    a_gathered_batch,
    a_house,
    a_reviewed_application,
    a_submitted_claim,
    an_approved_claim,
    an_issued_voucher,
    bank_answer,
    confirm_accounts,
)
from tests.scenes import scene
from tests.workflows.mailing import all_letters, tell
from tests.workflows.purchases import a_registered_order, entry_of, order_of, standing, yuan
from tests.workflows.recovering import (
    PRICE,
    a_decided_recovery,
    a_final_recovery,
    a_settled_payout,
    an_opened_recovery,
    payout_of,
    receive,
    recovery_of,
    take_to_the_bank,
)
from tests.workflows.scopes import publish
from tests.workflows.test_application import clocks, state
from tests.workflows.test_partial_claims import claim_part, decide
from tests.workflows.test_races import race, winners
from tests.workflows.test_recovery_of_returned import return_by_the_bank
from voucher import ledger
from voucher.accounting import voucher_position
from voucher.claims import Claim
from voucher.database import Database, fetch
from voucher.deadlines import due
from voucher.deadlines import standing as standing_clocks
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.orders import Order
from voucher.payouts import Batch, Payout
from voucher.programmes.library import example
from voucher.recoveries import Recovery
from voucher.revocations import revocations_of
from voucher.vouchers import Voucher
from voucher.work import read
from workflows.holding import freeze_voucher
from workflows.issue import issue_voucher
from workflows.overdue import mark_missed_deadlines
from workflows.purchase import place_order, start_service
from workflows.reconciliation import import_statement
from workflows.recovery import decide_recovery, drop_recovery, offset_recovery, serve_recovery
from workflows.registration import register_account
from workflows.reimbursement import dissolve_batch, gather_batch, reissue_payout, release_batch
from workflows.returned import give_up_payout
from workflows.revocation import (
    answer_revocation,
    drop_revocation,
    open_revocation,
    record_revocation_hearing,
    revoke_voucher,
)

FACTS, BASIS = "The report was copied from an older one", "Article 12"


def accuse(house: House, voucher: str, who: str = "auditor1") -> None:
    """Somebody opens the case."""
    with house.work(who) as work:
        open_revocation(work, voucher, FACTS, BASIS)


def hear(house: House, voucher: str) -> None:
    """The holder says its side."""
    with house.work(SME) as work:
        answer_revocation(work, voucher, "The report is ours")


def revoke(house: House, voucher: str, who: str = "approver3", **more: bool) -> None:
    """The voucher is revoked, all of it."""
    with house.work(who) as work:
        revoke_voucher(work, voucher, "It is word for word the same", **more)


@scene
def a_revoked_voucher(house: House, voucher: str) -> None:
    """The whole road."""
    accuse(house, voucher)
    hear(house, voucher)
    revoke(house, voucher)


def recoveries(house: House) -> list[Recovery]:
    """Every recovery there is."""
    with read(house.database) as session:
        return list(session.exec(select(Recovery).order_by(Recovery.reference)))


def sound(house: House) -> bool:
    """Whether the books agree."""
    with read(house.database) as session:
        return ledger.verify(session) == []


def test_while_the_holder_is_heard_nothing_is_ordered_claimed_or_paid(house: House) -> None:
    voucher = an_issued_voucher(house)
    an_approved_claim(house, **PRICE, voucher=voucher)
    order = a_registered_order(house, voucher)
    batch = a_gathered_batch(house)
    accuse(house, voucher, "approver2")
    with pytest.raises(NotValid, match="frozen"), house.work("treasury1") as work:
        release_batch(work, batch)
    with house.work("finance1") as work:
        dissolve_batch(work, batch, "One is frozen")
    with pytest.raises(NotNow, match="No payout is payable"), house.work("finance1") as work:
        gather_batch(work, None, house.today)
    with pytest.raises(NotNow, match="hearing"), house.work(SME) as work:
        place_order(work, voucher, house.references[PROVIDERS[0].number], "development", "More", yuan("1.00"), yuan("0.00"))
    for statement in ("update payouts set state = 'released', batch_id = (select id from batches)",
                      "update claims set state = 'submitted'; update claims set state = 'approved'"):
        with pytest.raises(DatabaseError, match="not in use"), house.work() as work:
            for each in statement.split(";"):
                work.session.connection().execute(text(each))

    # There was nothing to it: the days are given back, and the order goes on.
    with read(house.database) as session:
        before = fetch(session, Voucher, voucher).use_by
    house.clock.turn(days=9)
    with house.work("auditor1") as work:
        drop_revocation(work, voucher, "The older one was its own")
    with read(house.database) as session:
        held = fetch(session, Voucher, voucher)
        assert before and (held.state, held.use_by, held.frozen_on) == ("issued", before + timedelta(days=9), None)
        assert [each.revoked for each in revocations_of(session, held.id)] == [False]
    with house.work(PROVIDER) as work:
        start_service(work, order)
    assert sound(house)


def test_who_opened_the_case_heard_the_holder_or_had_a_part_does_not_decide(house: House) -> None:
    voucher = an_issued_voucher(house)
    with pytest.raises(NotValid, match="rule"), house.work("approver2") as work:
        open_revocation(work, voucher, FACTS, " ")
    accuse(house, voucher, "approver2")
    with pytest.raises(NotNow), house.work("approver3") as work:
        revoke_voucher(work, voucher, "Too early")
    with house.work("approver3") as work:
        record_revocation_hearing(work, voucher, "It has nothing to say", house.today)
    for person in ("approver2", "approver3", "approver1"):  # opened, heard, issued
        with pytest.raises(NotAllowed, match="another person"):
            revoke(house, voucher, person)
    statement = text("update revocations set revoked = true, ended_by = heard_by")
    with pytest.raises(DatabaseError), house.work() as work:
        work.session.connection().execute(statement)


def test_a_hearing_is_not_dated_ahead_nor_a_holder_absent_before_its_time_is_over(house: House) -> None:
    voucher = an_issued_voucher(house)
    accuse(house, voucher)
    with pytest.raises(NotValid, match="between the day"), house.work("approver3") as work:
        record_revocation_hearing(work, voucher, "It says nothing", house.today + timedelta(days=1))
    for days in (0, 14):  # ten working days from a Monday
        house.clock.turn(days=days)
        with pytest.raises(NotNow, match="2026-03-16"), house.work("approver3") as work:
            record_revocation_hearing(work, voucher, "Asked by letter of 2 March", house.today, absent=True)
    house.clock.turn(days=1)
    with house.work("approver3") as work:
        assert record_revocation_hearing(work, voucher, "Asked by letter of 2 March", house.today, absent=True).state == "heard"


@pytest.mark.parametrize("how", ["in its own words", "by the office", "not there"])
def test_after_the_hearing_the_office_decides_by_a_day(house: House, how: str) -> None:
    voucher = an_issued_voucher(house)
    accuse(house, voucher)
    house.clock.turn(days=15)  # from then on it may be noted that it did not come
    if how == "in its own words":
        hear(house, voucher)
    else:
        with house.work("approver3") as work:
            record_revocation_hearing(work, voucher, "Asked by letter of 2 March", house.today, absent=how == "not there")
    assert clocks(house, voucher)["revocation_decision"] == ("running", date(2026, 4, 8))  # fifteen working days, without Qingming
    with read(house.database) as session:
        [clock] = standing_clocks(session, voucher)
        assert (clock.waits_for, clock.waits_for_id, clock.length, clock.then) == ("approver", None, "15 working days", "")


def test_who_decides_on_a_revocation_too_late_is_told_and_still_waited_for(house: House) -> None:
    voucher = an_issued_voucher(house)
    accuse(house, voucher)
    hear(house, voucher)
    assert clocks(house, voucher)["revocation_decision"] == ("running", date(2026, 3, 23))
    house.clock.turn(days=22)
    for _time in range(2):
        with house.work() as work:
            mark_missed_deadlines(work, house.store)
    tell(house)
    assert clocks(house, voucher)["revocation_decision"][0] == "missed" and state(house, voucher) == "heard"
    with read(house.database) as session:
        assert [each.rule for each in due(session, house.today)] == ["revocation_decision"]
    told = [who for who, letter in all_letters(house) if letter.event == "deadline.missed"]
    assert told == ["approver1", "approver2", "approver3"]
    revoke(house, voucher)
    with read(house.database) as session:
        assert [each.rule for each in standing_clocks(session, voucher)] == ["appeal"]


def test_the_decision_on_a_revocation_ends_its_clock_and_a_second_case_has_one_of_its_own(house: House) -> None:
    voucher = an_issued_voucher(house)
    for _time in range(2):
        accuse(house, voucher)
        hear(house, voucher)
        assert clocks(house, voucher)["revocation_decision"][0] == "running"
        with house.work("approver2") as work:
            drop_revocation(work, voucher, "There is nothing to it")
        assert clocks(house, voucher)["revocation_decision"][0] == "met"
    a_revoked_voucher(house, voucher)
    assert clocks(house, voucher)["revocation_decision"][0] == "met"


def test_terms_say_how_long_a_decision_on_a_revocation_may_take(house: House) -> None:
    publish(house, example("weihai") + b"deadlines: {revocation_decision: 5 working days}\n")
    voucher = an_issued_voucher(house)
    accuse(house, voucher)
    hear(house, voucher)
    assert clocks(house, voucher)["revocation_decision"] == ("running", date(2026, 3, 9))


def test_what_is_approved_and_not_paid_is_owed_no_more(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim, waiting_one = an_approved_claim(house, **PRICE, voucher=voucher), a_submitted_claim(house, a_completed_order(house, voucher))
    a_revoked_voucher(house, voucher)
    with read(house.database) as session:
        assert {session.exec(select(Claim.state).where(Claim.reference == each)).one() for each in (claim, waiting_one)} == {"lapsed"}
    assert payout_of(house, claim).state == "cancelled" and recoveries(house) == []
    assert state(house, voucher) == "revoked" and sound(house)
    with read(house.database) as session:
        order = session.exec(select(Order)).first()
    assert order and str(standing(house, order.reference).cancelled) == "100000.00"


def test_what_the_bank_sent_back_is_not_sent_again_and_what_is_on_its_way_is_waited_for(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, **PRICE, voucher=voucher)
    payout = payout_of(house, claim).reference
    batch = a_gathered_batch(house)
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    house.do_jobs()
    accuse(house, voucher)
    hear(house, voucher)
    with pytest.raises(NotNow, match=f"{payout} is in a batch"):
        revoke(house, voucher)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, returned=[payout]))
    revoke(house, voucher)
    assert payout_of(house, claim).state == "cancelled" and recoveries(house) == []
    assert entry_of(house, f"approval.undone {claim} revoke_claim").splitlines() == [
        "entitlement:approved 20000.00", "entitlement:reserved -20000.00", "budget:delivered-unpaid 20000.00",
        "budget:obligated -20000.00", "financial:payable:returned 20000.00", "financial:expense:subsidy -20000.00",
        "financial:revenue:appropriation-used 20000.00", "financial:equity:unexpended -20000.00", "cn-financial:2303 20000.00",
        "cn-financial:5001 -20000.00"]
    assert sound(house)


def test_who_freezes_a_voucher_while_its_money_is_released_comes_before_or_after(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, **PRICE, voucher=voucher)
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        release_batch(work, batch)
    outcomes = race(house, ["treasury2", "approver3"], lambda work, number: (
        freeze_voucher(work, voucher, "Looked into", house.today + timedelta(days=9)) if number % 2 else release_batch(work, batch)), 8)
    released = payout_of(house, claim).state == "released"
    frozen = outcomes[1::2].count(None)
    assert winners(outcomes) == frozen + released and frozen == 1
    assert sound(house)


def test_of_an_order_that_is_paid_in_part_the_rest_is_taken_back(house: House) -> None:
    voucher = an_issued_voucher(house)
    order = a_completed_order(house, voucher)  # 106,000 with tax, of which the voucher pays 21,200
    first = claim_part(house, order, "40000.00")
    decide(house, first)
    take_to_the_bank(house, [payout_of(house, first).reference])
    claim_part(house, order, "50000.00")
    a_revoked_voucher(house, voucher)
    after = standing(house, order)
    assert (after.paid, after.cancelled, after.claimed) == (yuan("8000.00"), yuan("92000.00"), yuan("0.00"))
    assert (order_of(house, order).state, order_of(house, order).held_minor) == ("completed", 8000_00)
    assert [each.principal_minor for each in recoveries(house)] == [8000_00] and sound(house)


def pay_back(house: House, payout: str) -> None:
    """A payout goes to the bank, which sends it back."""
    batch = a_gathered_batch(house, [payout])
    for treasurer in ("treasury1", "treasury2"):
        with house.work(treasurer) as work:
            release_batch(work, batch)
    house.do_jobs()
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, sequence=house.number(), returned=[payout]))


def reissue(house: House, payout: str) -> str:
    """The SME names another account, and finance pays again."""
    with house.work() as work:
        register_account(work, house.references[SMES[0].number], "CNY", "6217000099999999", bank_code="102465000015")
    with house.work("finance1") as work:
        return reissue_payout(work, payout).reference


def test_what_came_back_twice_is_given_up_as_what_came_back_once(house: House) -> None:
    voucher = an_issued_voucher(house)
    claim = an_approved_claim(house, **PRICE, voucher=voucher)
    first = payout_of(house, claim).reference
    pay_back(house, first)
    second = reissue(house, first)
    confirm_accounts(house)
    pay_back(house, second)
    a_revoked_voucher(house, voucher)
    assert payout_of(house, claim).state == "cancelled" and recoveries(house) == []
    assert "financial:payable:returned 20000.00" in entry_of(house, f"approval.undone {claim} revoke_claim").splitlines()
    assert sound(house)


def test_what_comes_back_after_the_revocation_is_not_paid_again(house: House) -> None:
    voucher = an_issued_voucher(house)
    paid = a_settled_payout(house, voucher=voucher)
    a_revoked_voucher(house, voucher)
    with read(house.database) as session:
        batch = session.exec(select(Batch.reference)).one()
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch, sequence=house.number(), returned=[paid]))
    with pytest.raises(NotNow, match="revoked"):
        reissue(house, paid)


@scene
def a_set_off_payout(house: House, voucher: str, principal: str) -> str:
    """A payout of 4,000.00 on a voucher, against which a final recovery of another voucher is set off."""
    recovery = a_final_recovery(house, a_settled_payout(house), principal=principal)
    payout = payout_of(house, an_approved_claim(house, net="18867.92", vat="1132.08", voucher=voucher)).reference
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout)
    return payout


def test_what_was_paid_by_set_off_is_asked_back_too(house: House) -> None:
    voucher = an_issued_voucher(house)
    set_off = a_set_off_payout(house, voucher, "20000.00")
    a_revoked_voucher(house, voucher)
    earlier, case = recoveries(house)
    assert (earlier.state, case.state, case.principal_minor) == ("final", "heard", 4000_00)
    with house.work("approver3") as work:
        decide_recovery(work, case.reference, "Nothing of it is new")
    with house.work("finance1") as work:
        serve_recovery(work, case.reference)
    receive(house, str(recoveries(house)[1].amount), case.reference)
    with house.work() as work:
        held = fetch(work.session, Payout, set_off)
        assert voucher_position(work.session, voucher, "CNY").paid == yuan("0.00") and held.state == "offset"
    assert sound(house)


def test_while_the_holder_is_heard_nothing_is_set_off(house: House) -> None:
    recovery = a_final_recovery(house)
    voucher = an_issued_voucher(house)
    payout = payout_of(house, an_approved_claim(house, **PRICE, voucher=voucher)).reference
    accuse(house, voucher)
    with pytest.raises(NotNow, match="frozen"), house.work("finance1") as work:
        offset_recovery(work, recovery, payout)


def test_of_what_is_partly_set_off_the_rest_is_not_paid_and_the_part_is_asked_back(house: House) -> None:
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    a_revoked_voucher(house, voucher)
    assert rest_of(house, payout) == ("offset", "0.00", "1000.00", "1000.00")
    assert recoveries(house)[-1].principal_minor == 1000_00 and sound(house)
    assert entry_of(house, f"approval.undone {claim_behind(house, payout)} rest {payout}") == UNDONE.format(owed="claims")


UNDONE = """entitlement:approved 3000.00
entitlement:reserved -3000.00
budget:delivered-unpaid 3000.00
budget:obligated -3000.00
financial:payable:{owed} 3000.00
financial:expense:subsidy -3000.00
financial:revenue:appropriation-used 3000.00
financial:equity:unexpended -3000.00
cn-financial:2303 3000.00
cn-financial:5001 -3000.00"""


def test_of_what_was_partly_set_off_and_comes_back_only_the_part_is_asked_back(house: House) -> None:
    voucher = an_issued_voucher(house)
    payout = a_set_off_payout(house, voucher, "1000.00")
    take_to_the_bank(house, [payout])
    a_revoked_voucher(house, voucher)
    case = recoveries(house)[-1].reference
    assert recoveries(house)[-1].principal_minor == 4000_00
    return_by_the_bank(house, payout)
    house.do_jobs()
    house.do_jobs()  # a job may run twice
    assert rest_of(house, payout) == ("offset", "0.00", "1000.00", "1000.00")
    assert entry_of(house, f"approval.undone {claim_behind(house, payout)} rest {payout}") == UNDONE.format(owed="returned")
    with house.work("approver3") as work:
        assert decide_recovery(work, case, "Nothing of it is new").principal_minor == 1000_00
    assert sound(house)


def test_what_was_decided_of_it_falls_with_the_rest_and_is_asked_back_anew(house: House) -> None:
    payout = a_set_off_payout(house, an_issued_voucher(house), "1000.00")
    take_to_the_bank(house, [payout])
    case = a_decided_recovery(house, payout)
    return_by_the_bank(house, payout)
    with house.work("approver1") as work:
        give_up_payout(work, payout, "The firm is dissolved")
    assert (rest_of(house, payout), recovery_of(house, case).state) == (("offset", "0.00", "1000.00", "1000.00"), "annulled")
    again = an_opened_recovery(house, payout)
    assert recovery_of(house, again).principal_minor == 1000_00 and sound(house)


def rest_of(house: House, payout: str) -> tuple[str, str, str, str]:
    """Where a payout is, what of it goes to the bank, what was set off, and what its claim comes to."""
    with read(house.database) as session:
        held = fetch(session, Payout, payout)
        claim = session.get_one(Claim, held.claim_id)
        return held.state, str(held.amount), str(held.whole - held.amount), str(claim.approved)


def claim_behind(house: House, payout: str) -> str:
    """The claim that a payout pays."""
    with read(house.database) as session:
        return session.get_one(Claim, fetch(session, Payout, payout).claim_id).reference


def test_a_recovery_of_a_part_ends_before_all_of_it_is_asked_back(house: House) -> None:
    voucher = an_issued_voucher(house)
    part = an_opened_recovery(house, a_settled_payout(house, voucher=voucher), "5000.00")
    accuse(house, voucher, "approver2")
    hear(house, voucher)
    with pytest.raises(NotNow, match=f"{part} asks back a part"):
        revoke(house, voucher)
    with house.work("auditor1") as work:
        drop_recovery(work, part, "All of it is asked back")
    revoke(house, voucher)
    assert [(each.state, each.principal_minor) for each in recoveries(house)] == [("dropped", 5000_00), ("heard", 20000_00)]


def test_vouchers_are_issued_while_others_of_the_same_money_are_revoked(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    vouchers = [an_issued_voucher(house) for _number in range(4)]
    for voucher in vouchers:
        a_registered_order(house, voucher)
        accuse(house, voucher)
        hear(house, voucher)
    applications = [a_reviewed_application(house) for _number in range(4)]
    outcomes = race(house, ["approver3", "approver1"], lambda work, number: (
        issue_voucher(work, applications[number // 2]) if number % 2 else revoke_voucher(work, vouchers[number // 2], "Copied")), 8)
    assert winners(outcomes) == 8 and sound(house)
