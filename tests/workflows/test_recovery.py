"""Recovery: what was paid wrongly comes back, each cent explained; or it is given up, with authority."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.builders import PROVIDERS, SME, SMES, House, an_approved_claim
from tests.scenes import scene
from tests.workflows.recovering import (
    BASIS,
    FACTS,
    a_decided_recovery,
    a_final_recovery,
    a_settled_payout,
    an_opened_recovery,
    outstanding,
    paid_of_voucher,
    payout_of,
    receive,
    recovery_of,
    take_to_the_bank,
    with_clawback,
)
from voucher import ledger
from voucher.claims import Claim
from voucher.deadlines import deadlines_of, standing
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.history import events_of
from voucher.money import Money
from voucher.payouts import Payout, PayoutState
from voucher.programmes.durations import Duration, Unit
from voucher.recoveries import RecoveryState, instalments_of
from voucher.statements import Finding, open_lines
from voucher.work import read
from workflows.overdue import mark_missed_deadlines
from workflows.reconciliation import match_line_with_recovery
from workflows.recovery import (
    agree_instalments,
    agree_plan,
    agree_plan_of,
    answer_recovery,
    appeal_recovery,
    ask_write_off,
    decide_recovery,
    dismiss_recovery_appeal,
    drop_recovery,
    make_recovery_final,
    offset_recovery,
    open_recovery,
    record_hearing,
    refuse_write_off,
    remit_recovery,
    serve_recovery,
    suspect_recovery,
    take_up_recovery,
    uphold_recovery_appeal,
    write_off_recovery,
)
from workflows.reimbursement import gather_batch


@pytest.fixture
def house(house: House) -> House:
    """An office whose programme says how money comes back."""
    with_clawback(house)
    return house


def entries(house: House, *names: str) -> str:
    """The entries of these events, as plain text."""
    with read(house.database) as session:
        text = ledger.plaintext.journal(session)
    return "\n".join(each.rstrip() for each in text.split("\n\n") if any(name in each.split("\n")[0] for name in names)) + "\n"


def assert_sound(house: House) -> None:
    with read(house.database) as session:
        assert ledger.verify(session) == []


def test_money_of_this_year_that_comes_back_is_free_again(house: House) -> None:
    payout = a_settled_payout(house)
    house.clock.turn(days=73)
    recovery = a_decided_recovery(house, payout)
    held = recovery_of(house, recovery)
    assert (str(held.principal), str(held.interest)) == ("20000.00", "146.00")
    assert held.sheet["lines"] == [{"funder": "city", "fund_year": 2026, "year": 2026, "days": 73, "of": 365, "rate": "3.65 %",
                                    "principal": "20000.00", "interest": "146.00"}]
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    house.clock.turn(days=33)
    with house.work() as work:
        make_recovery_final(work, recovery)

    receive(house, "20146.00", recovery)

    assert recovery_of(house, recovery).state == RecoveryState.CLOSED
    assert (outstanding(house, recovery), paid_of_voucher(house, recovery)) == ("0.00", "0.00")
    assert entries(house, "recovery.decided", "recovery.collected") == """\
2026-05-14 recovery.decided R-2026-00001-2
    financial:asset:recoveries:R-2026-00001-2    20146.00 CNY
    financial:expense:recovered:L-2026-00001-3  -20000.00 CNY
    financial:payable:treasury:L-2026-00001-3     -146.00 CNY
2026-06-16 recovery.collected R-2026-00001-2 1
    entitlement:paid:V-2026-00001-4                       20000.00 CNY
    entitlement:clawed-back:V-2026-00001-4               -20000.00 CNY
    budget:paid:L-2026-00001-3                            20000.00 CNY
    budget:free:L-2026-00001-3                           -20000.00 CNY
    financial:asset:treasury:L-2026-00001-3               20146.00 CNY
    financial:asset:recoveries:R-2026-00001-2            -20146.00 CNY
    financial:revenue:appropriation-used:L-2026-00001-3   20000.00 CNY
    financial:equity:unexpended:L-2026-00001-3           -20000.00 CNY
    cn-financial:4001:L-2026-00001-3                      20000.00 CNY
    cn-financial:5001:L-2026-00001-3                     -20000.00 CNY
    cn-budget:6001:L-2026-00001-3                         20000.00 CNY
    cn-budget:7101:L-2026-00001-3                        -20000.00 CNY
    cn-financial:1002:L-2026-00001-3                        146.00 CNY
    cn-financial:2103:L-2026-00001-3                       -146.00 CNY
"""
    with house.work("finance1") as work:
        remit_recovery(work, recovery, "Transfer 7")
    with pytest.raises(NotNow, match="waits to be handed over"), house.work("finance1") as work:
        remit_recovery(work, recovery, "Transfer 7")
    assert entries(house, "remitted") == """\
2026-06-16 interest.remitted R-2026-00001-2 1
    financial:payable:treasury:L-2026-00001-3   146.00 CNY
    financial:asset:treasury:L-2026-00001-3    -146.00 CNY
    cn-financial:2103:L-2026-00001-3            146.00 CNY
    cn-financial:1002:L-2026-00001-3           -146.00 CNY
"""
    assert_sound(house)
    with read(house.database) as session:
        asked_back = [entry.event for entry in ledger.about(session, "claim", session.exec(select(Claim.reference)).one())][-3:]
        assert asked_back == ["recovery.decided", "recovery.collected", "interest.remitted"]


def test_money_of_an_earlier_year_goes_to_the_treasury_and_what_does_not_come_is_written_off(house: House) -> None:
    payout = a_settled_payout(house)
    house.clock.turn(days=365)
    recovery = a_final_recovery(house, payout, principal="10000.00")
    assert str(recovery_of(house, recovery).interest) == "365.00"
    receive(house, "9865.00", recovery)
    with house.work("finance1") as work:
        remit_recovery(work, recovery, "Transfer 8")
        ask_write_off(work, recovery, "The firm is dissolved.", "Finance bureau, decision 12")
    with house.work("approver1") as work:
        write_off_recovery(work, recovery)

    assert (recovery_of(house, recovery).state, outstanding(house, recovery)) == (RecoveryState.CLOSED, "0.00")
    assert entries(house, "prior.") == """\
2027-03-02 prior.decided R-2027-00001-5
    financial:asset:recoveries:R-2027-00001-5   10365.00 CNY
    financial:payable:treasury:L-2026-00001-3  -10365.00 CNY
2027-04-02 prior.collected R-2027-00001-5 1
    entitlement:paid:V-2026-00001-4             9865.00 CNY
    entitlement:clawed-back:V-2026-00001-4     -9865.00 CNY
    budget:paid:L-2026-00001-3                  9865.00 CNY
    budget:recovered:L-2026-00001-3            -9865.00 CNY
    financial:asset:treasury:L-2026-00001-3     9865.00 CNY
    financial:asset:recoveries:R-2027-00001-5  -9865.00 CNY
    cn-financial:1002:L-2026-00001-3            9865.00 CNY
    cn-financial:3501:L-2026-00001-3           -9865.00 CNY
    cn-budget:8001:L-2026-00001-3               9865.00 CNY
    cn-budget:8101.01:L-2026-00001-3           -9865.00 CNY
2027-04-02 prior.closed R-2027-00001-5 1
    cn-financial:3501:L-2026-00001-3   9865.00 CNY
    cn-financial:3001:L-2026-00001-3  -9865.00 CNY
2027-04-02 prior.remitted R-2027-00001-5 1
    financial:payable:treasury:L-2026-00001-3   9865.00 CNY
    financial:asset:treasury:L-2026-00001-3    -9865.00 CNY
    cn-financial:3001:L-2026-00001-3            9865.00 CNY
    cn-financial:1002:L-2026-00001-3           -9865.00 CNY
    cn-budget:8101.02:L-2026-00001-3            9865.00 CNY
    cn-budget:8001:L-2026-00001-3              -9865.00 CNY
2027-04-02 prior.written_off R-2027-00001-5 2
    financial:payable:treasury:L-2026-00001-3   500.00 CNY
    financial:asset:recoveries:R-2027-00001-5  -500.00 CNY
"""
    assert paid_of_voucher(house, recovery) == "10135.00"
    assert_sound(house)


def test_what_was_decided_before_the_year_ended_belongs_to_the_treasury_when_it_comes_after(house: House) -> None:
    payout = a_settled_payout(house)
    house.clock.turn(days=270)
    recovery = a_final_recovery(house, payout, principal="10000.00")
    receive(house, "4000.00", recovery)  # 29 December, still in the year
    house.clock.turn(days=10)
    receive(house, "1000.00", recovery)
    receive(house, "500.00", recovery)

    assert entries(house, "recovery.carried") == """\
2027-01-08 recovery.carried R-2026-00001-2
    financial:expense:recovered:L-2026-00001-3   6000.00 CNY
    financial:payable:treasury:L-2026-00001-3   -6000.00 CNY
"""
    assert [line.split()[1] for line in entries(house, ".collected").splitlines() if line.startswith("20")] == [
        "recovery.collected", "prior.collected", "prior.collected"]
    assert outstanding(house, recovery) == str(recovery_of(house, recovery).amount - Money.parse("5500.00", "CNY"))
    assert_sound(house)


def test_the_party_is_heard_before_and_may_appeal_after_the_decision(house: House) -> None:
    recovery = an_opened_recovery(house)
    with pytest.raises(NotNow), house.work("approver3") as work:
        decide_recovery(work, recovery, "Nothing was delivered.")
    with house.work(SME) as work:
        answer_recovery(work, recovery, "We thought that a summary was enough.")
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "A summary is no report.", Money.parse("5000.00", "CNY"))
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    with house.work(SME) as work:
        appeal_recovery(work, recovery, "It is long and has a table.")
    with pytest.raises(NotAllowed, match="another person has to judge"), house.work("approver3") as work:
        dismiss_recovery_appeal(work, recovery, "It has no table.")
    with house.work("approver1") as work:
        dismiss_recovery_appeal(work, recovery, "It has no table.")

    held = recovery_of(house, recovery)
    assert (held.state, held.hearing, held.appeal) == (
        RecoveryState.FINAL, "We thought that a summary was enough.", "It is long and has a table.")
    with read(house.database) as session:
        assert [event.name for event in events_of(session, recovery)] == [
            "recovery.opened", "recovery.answered", "recovery.decided", "recovery.served", "recovery.appealed",
            "recovery.appeal_dismissed"]


def test_an_appeal_that_is_upheld_takes_the_decision_out_of_the_books(house: House) -> None:
    recovery = a_decided_recovery(house)
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    with house.work(SME) as work:
        appeal_recovery(work, recovery, "Here it is.")
    with house.work("approver1") as work:
        uphold_recovery_appeal(work, recovery, "It was delivered after all.")

    assert recovery_of(house, recovery).state == RecoveryState.ANNULLED
    with read(house.database) as session:
        left = [line.account for line in ledger.trial_balance(session) if "recover" in line.account]
    assert left == []
    assert an_opened_recovery(house, fetch_payout(house, recovery)) != recovery  # a new case may follow


def fetch_payout(house: House, recovery: str) -> str:
    with read(house.database) as session:
        return session.get_one(Payout, recovery_of(house, recovery).payout_id).reference


def test_nobody_decides_who_opened_heard_or_had_a_part_in_the_case(house: House) -> None:
    payout = a_settled_payout(house)
    with house.work("approver3") as work:
        recovery = open_recovery(work, payout, FACTS, BASIS).reference
    with house.work(SME) as work:
        answer_recovery(work, recovery, "No.")
    for who, why in (("approver3", "opened this case"), ("approver1", "already took part"), ("finance1", "Only approver")):
        with pytest.raises(NotAllowed, match=why), house.work(who) as work:
            decide_recovery(work, recovery, "Yes.")


def test_a_suspicion_is_taken_up_or_dropped_and_the_party_sees_neither(house: House) -> None:
    payout = a_settled_payout(house)
    with house.work() as work:  # a check that runs by itself
        first = suspect_recovery(work, payout, "The invoice was cancelled after the payment.").reference
    with pytest.raises(NotNow, match="under way already"), house.work("finance1") as work:
        suspect_recovery(work, payout, "The same again")
    with house.work("auditor1") as work:
        drop_recovery(work, first, "The seller sent another invoice.")
    with house.work("verifier1") as work:
        second = suspect_recovery(work, payout, "Both were cancelled.", Money.parse("1.00", "CNY")).reference
    with pytest.raises(NotAllowed), house.work("verifier1") as work:
        take_up_recovery(work, second, BASIS)
    with house.work("auditor1") as work:
        assert take_up_recovery(work, second, BASIS).state == RecoveryState.OPENED


def test_what_cannot_be_recovered_is_refused_with_the_reason(house: House) -> None:
    claim = an_approved_claim(house)
    with pytest.raises(NotNow, match="has not confirmed"), house.work("auditor1") as work:
        open_recovery(work, payout_of(house, claim).reference, FACTS, BASIS)
    payout = a_settled_payout(house)
    stranger = SMES[1]
    with pytest.raises(NotValid) as refused, house.work("auditor1") as work:
        open_recovery(work, payout, " ", "", principal=Money.parse("20000.01", "CNY"))
    assert [each.where for each in refused.value.problems] == ["facts", "basis", "principal"]
    with pytest.raises(NotFound), house.work("auditor1") as work:
        open_recovery(work, payout, FACTS, BASIS, liable=stranger.number)
    house.clock.turn(days=5 * 366)
    with pytest.raises(NotNow, match="look back 5 years only"), house.work("auditor1") as work:
        open_recovery(work, payout, FACTS, BASIS)


def test_the_provider_may_be_liable_for_what_the_sme_was_paid(house: House) -> None:
    provider = house.references[PROVIDERS[0].number]
    recovery = an_opened_recovery(house, liable=provider)
    with pytest.raises(NotFound), house.work(SME) as work:
        answer_recovery(work, recovery, "It is none of mine.")
    with house.work("provider01") as work:
        assert answer_recovery(work, recovery, "We have delivered.").state == RecoveryState.HEARD


def test_instalments_sum_to_the_last_cent_and_each_makes_what_is_outstanding_smaller(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    first_on = date(2026, 5, 31)
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 3, first_on)
    with read(house.database) as session:
        plan = instalments_of(session, recovery_of(house, recovery).id)
    assert [(each.due_on, each.amount_minor) for each in plan] == [
        (date(2026, 5, 31), 33_34), (date(2026, 6, 30), 33_33), (date(2026, 7, 31), 33_33)]
    for amount, left in (("33.34", "66.66"), ("33.33", "33.33"), ("33.33", "0.00")):
        receive(house, amount, recovery)
        assert outstanding(house, recovery) == left
    assert recovery_of(house, recovery).state == RecoveryState.CLOSED


def test_what_came_in_before_a_plan_was_agreed_pays_none_of_its_instalments(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    receive(house, "40.00", recovery)
    first_on, second_on = date(2026, 5, 29), date(2026, 6, 29)
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 2, first_on)
    waits_until = []
    for amount in ("10.00", "20.00"):
        with read(house.database) as session:
            waits_until += [each.due_on for each in standing(session, recovery) if each.rule == "recovery_instalment"]
        receive(house, amount, recovery)
    with read(house.database) as session:
        waits_until += [each.due_on for each in standing(session, recovery) if each.rule == "recovery_instalment"]
    assert waits_until == [first_on, first_on, second_on]


def test_a_plan_is_replaced_by_another_and_history_shows_both(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 2, date(2026, 5, 29))
    receive(house, "30.00", recovery)
    house.clock.turn(days=40)
    with house.work("finance1") as work:
        mark_missed_deadlines(work, house.store)
        agree_plan(work, recovery, "2026-08-31 20.00\n2026-12-31 50.00")
    with read(house.database) as session:
        plan = instalments_of(session, recovery_of(house, recovery).id)
        assert [(each.due_on, each.amount_minor) for each in plan] == [(date(2026, 8, 31), 20_00), (date(2026, 12, 31), 50_00)]
        told = [each.data["instalments"] for each in events_of(session, recovery) if each.name == "recovery.instalments_agreed"]
        assert told == [[["2026-05-29", "50.00"], ["2026-06-29", "50.00"]], [["2026-08-31", "20.00"], ["2026-12-31", "50.00"]]]
        assert [each.due_on for each in standing(session, recovery) if each.rule == "recovery_instalment"] == [date(2026, 8, 31)]
    for amount in ("20.00", "50.00"):
        receive(house, amount, recovery)
    assert recovery_of(house, recovery).state == RecoveryState.CLOSED


def test_a_plan_ends_within_two_years_of_the_day_by_which_it_was_to_be_paid_however_often_it_is_replaced(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    to_pay = recovery_of(house, recovery).pay_by
    assert to_pay is not None
    last = Duration(24, Unit.MONTH).after(to_pay)
    for day, allowed in ((last, True), (last + timedelta(days=1), False)):
        plan = f"{to_pay + timedelta(days=30)} 50.00\n{day} 50.00"
        if allowed:
            with house.work("finance1") as work:
                agree_plan(work, recovery, plan)
        else:
            with pytest.raises(NotValid, match=f"no later than {last}"), house.work("finance1") as work:
                agree_plan(work, recovery, plan)
    house.clock.turn(days=200)
    with pytest.raises(NotValid, match=f"no later than {last}"), house.work("finance1") as work:
        agree_instalments(work, recovery, 24, house.today + timedelta(days=30))
    with pytest.raises(NotValid, match="Between 2 and 24"), house.work("finance1") as work:
        agree_instalments(work, recovery, 25, house.today + timedelta(days=30))


def test_a_plan_that_does_not_sum_or_goes_back_in_time_is_refused_with_every_problem(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    with pytest.raises(NotValid) as refused, house.work("finance1") as work:
        agree_plan_of(work, recovery, [(date(2026, 5, 1), Money.parse("99.00", "CNY")), (date(2026, 5, 1), Money.zero("CNY"))])
    assert [each.where for each in refused.value.problems] == ["instalments.2", "instalments.2", "instalments"]


def test_a_final_recovery_is_set_off_against_a_later_payout_which_then_is_smaller(house: House) -> None:
    recovery = a_final_recovery(house, principal="5000.00")
    claim = an_approved_claim(house)
    later = payout_of(house, claim).reference
    with house.work("finance1") as work:
        offset_recovery(work, recovery, later)

    assert (recovery_of(house, recovery).state, outstanding(house, recovery)) == (RecoveryState.CLOSED, "0.00")
    assert entries(house, "payout.offset", "recovery.collected") == """\
2026-04-02 payout.offset Y-2026-00002-6 R-2026-00001-2 1
    entitlement:approved:V-2026-00002-3       5000.00 CNY
    entitlement:paid:V-2026-00002-3          -5000.00 CNY
    budget:delivered-unpaid:L-2026-00001-3    5000.00 CNY
    budget:paid:L-2026-00001-3               -5000.00 CNY
    financial:payable:claims:C-2026-00002-6   5000.00 CNY
    financial:asset:treasury:L-2026-00001-3  -5000.00 CNY
    cn-financial:2303:L-2026-00001-3          5000.00 CNY
    cn-financial:4001:L-2026-00001-3         -5000.00 CNY
    cn-budget:7101:L-2026-00001-3             5000.00 CNY
    cn-budget:6001:L-2026-00001-3            -5000.00 CNY
2026-04-02 recovery.collected R-2026-00001-2 1
    entitlement:paid:V-2026-00001-4                       5000.00 CNY
    entitlement:clawed-back:V-2026-00001-4               -5000.00 CNY
    budget:paid:L-2026-00001-3                            5000.00 CNY
    budget:free:L-2026-00001-3                           -5000.00 CNY
    financial:asset:treasury:L-2026-00001-3               5000.00 CNY
    financial:asset:recoveries:R-2026-00001-2            -5000.00 CNY
    financial:revenue:appropriation-used:L-2026-00001-3   5000.00 CNY
    financial:equity:unexpended:L-2026-00001-3           -5000.00 CNY
    cn-financial:4001:L-2026-00001-3                      5000.00 CNY
    cn-financial:5001:L-2026-00001-3                     -5000.00 CNY
    cn-budget:6001:L-2026-00001-3                         5000.00 CNY
    cn-budget:7101:L-2026-00001-3                        -5000.00 CNY
"""
    take_to_the_bank(house, [later])
    paid = payout_of(house, claim)
    assert (paid.state, str(paid.amount), str(paid.whole)) == (PayoutState.SETTLED, "16200.00", "21200.00")
    with read(house.database) as session:
        assert [line for line in ledger.trial_balance(session) if line.account.startswith("financial:payable:claims")] == []
    assert_sound(house)


def test_a_payout_that_is_smaller_than_what_is_outstanding_never_reaches_the_bank(house: House) -> None:
    recovery = a_final_recovery(house)
    claim = an_approved_claim(house, net="943.40", vat="56.60")
    with house.work("finance1") as work:
        offset_recovery(work, recovery, payout_of(house, claim).reference)

    paid = payout_of(house, claim)
    assert (paid.state, paid.amount_minor, str(paid.whole)) == (PayoutState.OFFSET, 0, "200.00")
    assert (recovery_of(house, recovery).state, outstanding(house, recovery)) == (RecoveryState.FINAL, "19800.00")
    with pytest.raises(NotValid, match="not payable now"), house.work("finance1") as work:
        gather_batch(work, [paid.reference], house.today)


def test_nothing_is_set_off_before_the_decision_is_final_nor_against_what_another_is_owed(house: House) -> None:
    recovery = a_decided_recovery(house)
    mine = payout_of(house, an_approved_claim(house)).reference
    with pytest.raises(NotNow, match="not final yet"), house.work("finance1") as work:
        offset_recovery(work, recovery, mine)
    of_the_provider = a_final_recovery_against_the_provider(house)
    with pytest.raises(NotNow, match="goes to another party"), house.work("finance1") as work:
        offset_recovery(work, of_the_provider, mine)


@scene
def a_final_recovery_against_the_provider(house: House) -> str:
    recovery = an_opened_recovery(house, liable=house.references[PROVIDERS[0].number])
    with house.work("provider01") as work:
        answer_recovery(work, recovery, "We have delivered.")
    with house.work("approver3") as work:
        decide_recovery(work, recovery, "Nothing was delivered.")
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    house.clock.turn(days=31)
    with house.work() as work:
        return make_recovery_final(work, recovery).reference


def test_money_without_the_reference_or_of_too_much_waits_for_a_person(house: House) -> None:
    recovery = a_final_recovery(house, principal="100.00")
    receive(house, "100.01", recovery)
    receive(house, "60.00", "repayment")
    with read(house.database) as session:
        too_much, without = open_lines(session)
        assert (too_much.finding, without.finding) == (Finding.AMOUNT_DIFFERS, Finding.UNKNOWN_REFERENCE)
    with pytest.raises(NotNow, match="is outstanding"), house.work("finance1") as work:
        match_line_with_recovery(work, str(too_much.id), recovery)
    with house.work("finance1") as work:
        match_line_with_recovery(work, str(without.id), recovery)
    assert outstanding(house, recovery) == "40.00"
    with pytest.raises(NotNow, match="settled already"), house.work("finance1") as work:
        match_line_with_recovery(work, str(without.id), recovery)


def test_who_asks_for_a_write_off_does_not_allow_it_and_a_refused_one_goes_on(house: House) -> None:
    recovery = a_final_recovery(house)
    with house.work("finance1") as work:
        ask_write_off(work, recovery, "Nobody lives there.", "Decision 3")
    with pytest.raises(NotAllowed), house.work("finance1") as work:
        write_off_recovery(work, recovery)
    receive(house, "1.00", recovery)  # money may still come in
    with house.work("approver2") as work:
        refuse_write_off(work, recovery, "Somebody paid a yuan.")
    assert (recovery_of(house, recovery).state, outstanding(house, recovery)) == (RecoveryState.FINAL, "19999.00")


def test_a_write_off_that_is_refused_leaves_the_plan_of_instalments_as_it_was_agreed(house: House) -> None:
    recovery = a_final_recovery(house)
    with house.work("finance1") as work:
        agree_instalments(work, recovery, 2, house.today + timedelta(days=30))
        ask_write_off(work, recovery, "Nobody lives there.", "Decision 3")
    with house.work("approver2") as work:
        assert refuse_write_off(work, recovery, "They live next door.").state == RecoveryState.INSTALMENTS
        assert "recovery_instalment" in [each.rule for each in standing(work.session, recovery)]


def test_a_hearing_was_not_before_its_case_was_opened(house: House) -> None:
    recovery = an_opened_recovery(house)
    with pytest.raises(NotValid, match="between the day on which the case was opened and today"), house.work("auditor1") as work:
        record_hearing(work, recovery, "It knew nothing of it.", house.today - timedelta(days=1))


def test_nobody_is_noted_as_absent_before_his_time_to_answer_is_over(house: House) -> None:
    recovery = an_opened_recovery(house)
    house.clock.turn(days=1)
    with pytest.raises(NotNow, match="Its side may be said until"), house.work("auditor1") as work:
        record_hearing(work, recovery, "Asked by letter", house.today, absent=True)
    house.clock.turn(days=30)
    with house.work("auditor1") as work:
        assert record_hearing(work, recovery, "Asked by letter", house.today, absent=True).state == RecoveryState.HEARD


def test_a_plan_that_had_fallen_back_to_nothing_makes_room_for_another(house: House) -> None:
    recovery = a_final_recovery(house)
    for number in (3, 2):
        with house.work("finance1") as work:
            agree_instalments(work, recovery, number, house.today + timedelta(days=10))
            work.session.flush()
            if number == 3:  # as a refused write-off left it once
                work.session.connection().execute(text("update recoveries set state = 'final'"))
    with read(house.database) as session:
        assert [each.amount_minor for each in instalments_of(session, recovery_of(house, recovery).id)] == [1_000_000, 1_000_000]
    with house.work() as work:
        assert [each.due_on for each in standing(work.session, recovery) if each.rule == "recovery_instalment"] == [
            house.today + timedelta(days=10)]


def test_its_times_end_on_a_day_on_which_people_work_but_one_that_was_named_stays(house: House) -> None:
    first = a_decided_recovery(house)
    house.clock.turn(days=183)  # 1 September: the thirtieth day after it is National Day
    with house.work("finance1") as work:
        served = serve_recovery(work, first)
        assert (served.pay_by, served.appeal_by) == (date(2026, 10, 8), date(2026, 10, 8))
        clocks = {each.rule: each for each in deadlines_of(work.session, first)}
        assert {clocks[rule].due_on for rule in ("recovery_payment", "recovery_appeal")} == {date(2026, 10, 8)}
        assert date(2026, 10, 1) in [note.day for note in clocks["recovery_appeal"].day_notes], "the holiday is named"
    second = a_decided_recovery(house)
    with house.work("finance1") as work:
        assert serve_recovery(work, second, date(2026, 10, 1)).pay_by == date(2026, 10, 1)


def test_the_clock_makes_no_case_final_before_its_day_nor_one_that_was_appealed(house: House) -> None:
    recovery = a_decided_recovery(house)
    with house.work("finance1") as work:
        serve_recovery(work, recovery)
    house.clock.turn(days=30)
    with house.work() as work:
        assert make_recovery_final(work, recovery).state == RecoveryState.SERVED
    with house.work(SME) as work:
        appeal_recovery(work, recovery, "No.")
    house.clock.turn(days=1)
    with house.work() as work:
        assert make_recovery_final(work, recovery).state == RecoveryState.APPEALED
    with pytest.raises(NotFound), house.work("provider01") as work:
        appeal_recovery(work, recovery, "None of mine.")
