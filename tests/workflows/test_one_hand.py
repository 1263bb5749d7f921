"""Where another person has to decide, a deputy and the one whose role he bears are never two persons, whichever acts first."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from tests.builders import SME, SMES, House, a_gathered_batch, an_approved_claim, an_issued_voucher
from tests.workflows.machines import machines
from tests.workflows.recovering import (
    BASIS,
    FACTS,
    a_decided_recovery,
    a_final_recovery,
    a_settled_payout,
    payout_of,
    receive,
    with_clawback,
)
from tests.workflows.test_absence import come_in, hand_over
from tests.workflows.test_awards import a_decided_award, an_asked_award, payout_of_award
from tests.workflows.test_recovery_of_awards import a_heard_case, a_paid_award
from tests.workflows.test_revocation import a_set_off_payout, accuse, hear, revoke
from voucher.database import fetch
from voucher.duties import Duty
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.history import record
from voucher.payouts import Batch, BatchSignature
from voucher.people import Person, Role, actor_for, office
from voucher.vouchers import Voucher
from voucher.work import Actor, begin, read
from workflows.absence import end_absence
from workflows.awards import decide_award, propose_award
from workflows.closing import close_period, reopen_period
from workflows.recovery import (
    annul_recovery,
    appeal_recovery,
    ask_write_off,
    decide_recovery,
    dismiss_recovery_appeal,
    drop_recovery,
    open_recovery,
    record_hearing,
    refund_recovery,
    serve_recovery,
    suspect_recovery,
    uphold_recovery_appeal,
    write_off_recovery,
)
from workflows.registration import grant_role
from workflows.reimbursement import gather_batch, release_batch
from workflows.relating import End, NewTie, enter_ties

THIRD = "so a third person has to do it"


def also(house: House, who: str, role: Role) -> None:
    """Somebody of the office holds one role more."""
    with house.work() as work:
        person = work.session.get_one(Person, house.people[who].person_id)
        grant_role(work, person.email, role, office(work.session).reference)
    come_in(house, who)


def back(house: House, who: str, absence: str) -> None:
    """Somebody comes back the next day."""
    house.clock.turn(days=1)
    with house.work(who) as work:
        end_absence(work, absence)


def test_a_deputy_revokes_no_voucher_whose_case_the_absent_one_opened(house: House) -> None:
    voucher = an_issued_voucher(house)
    accuse(house, voucher, "approver2")
    hear(house, voucher)
    hand_over(house, "approver2", "approver", "approver3")
    with pytest.raises(NotAllowed, match=THIRD):
        revoke(house, voucher, "approver3")


def test_who_is_back_decides_no_recovery_that_his_deputy_opened(house: House) -> None:
    payout = a_settled_payout(house)
    absence = hand_over(house, "approver3", "approver", "approver2")
    with house.work("approver2") as work:
        case = open_recovery(work, payout, FACTS, BASIS).reference
        record_hearing(work, case, "It was so.", house.today)
    back(house, "approver3", absence)
    with pytest.raises(NotAllowed, match=THIRD), house.work("approver3") as work:
        decide_recovery(work, case, "Nothing was delivered.")


def test_who_is_back_decides_no_award_that_his_deputy_proposed(house: House) -> None:
    a_settled_payout(house)
    also(house, "approver3", Role.REVIEWER)
    award = an_asked_award(house)
    absence = hand_over(house, "approver3", "reviewer", "verifier1")
    with house.work("verifier1") as work:
        propose_award(work, award)
    back(house, "approver3", absence)
    with pytest.raises(NotAllowed, match=THIRD), house.work("approver3") as work:
        decide_award(work, award)


def test_a_deputy_releases_no_award_that_the_absent_one_decided(house: House) -> None:
    a_settled_payout(house)
    award = a_decided_award(house)
    batch = a_gathered_batch(house, [payout_of_award(house, award).reference])
    hand_over(house, "approver3", "approver", "treasury1")
    with pytest.raises(NotAllowed, match=THIRD), house.work("treasury1") as work:
        release_batch(work, batch)


def test_a_role_that_was_handed_on_before_the_case_stands_in_nobodys_way(house: House) -> None:
    back(house, "approver2", hand_over(house, "approver2", "approver", "approver3"))
    voucher = an_issued_voucher(house)
    accuse(house, voucher, "approver2")
    hear(house, voucher)
    revoke(house, voucher, "approver3")


def test_who_approved_a_claim_lets_nobody_off_what_was_paid_on_it(house: House) -> None:
    payout = a_settled_payout(house)
    with house.work("verifier1") as work:
        suspicion = suspect_recovery(work, payout, FACTS).reference
    with pytest.raises(NotAllowed, match=PAID), house.work("approver2") as work:
        drop_recovery(work, suspicion, "Nothing to it")
    with pytest.raises(DBAPIError, match="lets nobody off"), house.work("approver2") as work:
        record(work, "recovery.dropped", suspicion)
    with house.work("auditor1") as work:
        drop_recovery(work, suspicion, "Another rule")
    case = a_final_recovery(house, payout)
    with pytest.raises(NotAllowed, match=PAID), house.work("approver2") as work:
        annul_recovery(work, case, "It was delivered after all")
    with house.work("finance1") as work:
        ask_write_off(work, case, "The firm is gone", "Memo 7")
    also(house, "finance1", Role.APPROVER)
    with pytest.raises(NotAllowed, match="You asked for this yourself"), house.work("finance1") as work:
        write_off_recovery(work, case)
    absence = hand_over(house, "approver2", "approver", "approver1")
    for who in ("approver2", "approver1"):
        with pytest.raises(NotAllowed), house.work(who) as work:
            write_off_recovery(work, case)
    back(house, "approver2", absence)
    with pytest.raises(NotAllowed, match=PAID), house.work("approver2") as work:
        write_off_recovery(work, case)


PAID = "You had a part in what was paid on this voucher"


def test_who_approved_a_claim_judges_no_appeal_against_what_is_asked_back(house: House) -> None:
    case = a_decided_recovery(house)
    with house.work("finance1") as work:
        serve_recovery(work, case)
    with house.work(SME) as work:
        appeal_recovery(work, case, "Here it is")
    with pytest.raises(NotAllowed, match=PAID), house.work("approver2") as work:
        uphold_recovery_appeal(work, case, "It was delivered after all")
    with house.work("reviewer1") as work:
        firm = End("org", house.references[SMES[0].number])
        enter_ties(work, [NewTie(End("person", "approver1@voucher.example"), "family", firm, "Told")])
    with pytest.raises(NotAllowed, match="tied"), house.work("approver1") as work:
        uphold_recovery_appeal(work, case, "It was delivered after all")


def a_recovery_of_three(house: House) -> str:
    """Three officers asked it back: one opened it, one heard the firm, one decided; the firm was told."""
    payout = a_settled_payout(house)
    for who in ("auditor1", "reviewer2"):
        also(house, who, Role.APPROVER)
    with house.work("auditor1") as work:
        case = open_recovery(work, payout, FACTS, BASIS).reference
    with house.work("reviewer2") as work:
        record_hearing(work, case, "It was so.", house.today)
    with house.work("approver3") as work:
        decide_recovery(work, case, "Nothing was delivered.")
    with house.work("finance1") as work:
        serve_recovery(work, case)
    return case


def test_whether_a_decision_stands_is_said_by_nobody_who_was_involved_before(house: House) -> None:
    case = a_recovery_of_three(house)
    with house.work(SME) as work:
        appeal_recovery(work, case, "Here it is")
    for who in ("auditor1", "reviewer2", "approver3"):
        for judges in (dismiss_recovery_appeal, uphold_recovery_appeal, annul_recovery):
            with pytest.raises(NotAllowed, match="You opened this case, heard the party or decided"), house.work(who) as work:
                judges(work, case, "It was delivered after all")
        for event in ("recovery.appeal_dismissed", "recovery.annulled"):
            with pytest.raises(DBAPIError, match="lets nobody off"), house.work(who) as work:
                record(work, event, case)
    with house.work("approver1") as work:
        uphold_recovery_appeal(work, case, "It was delivered after all")


def test_who_stood_in_for_somebody_involved_says_it_by_no_other_road_either(house: House) -> None:
    """Whichever of the two acted, and also when the time of the deputy is over; who stood in before the case began may."""
    before = hand_over(house, "auditor1", "auditor", "approver1", days=1)
    back(house, "auditor1", before)
    case = a_recovery_of_three(house)
    house.clock.turn(minutes=5)
    absence = hand_over(house, "approver3", "approver", "approver2")
    also(house, "reviewer1", Role.APPROVER)
    helped = hand_over(house, "reviewer1", "approver", "reviewer2")
    house.clock.turn(minutes=5)
    with house.work(SME) as work:
        appeal_recovery(work, case, "Here it is")
    for person, away in (("approver3", absence), ("reviewer1", helped)):
        back(house, person, away)
    for event in ("recovery.appeal_dismissed", "recovery.annulled"):
        for who in ("approver2", "reviewer1"):
            with pytest.raises(DBAPIError, match="lets nobody off"), house.work(who) as work:
                record(work, event, case)
    with house.work("approver1") as work:
        dismiss_recovery_appeal(work, case, "It was not delivered")


def test_who_asked_for_a_write_off_allows_it_by_no_other_road_either(house: House) -> None:
    case = a_final_recovery(house)
    with house.work("finance1") as work:
        ask_write_off(work, case, "The firm is gone", "Memo 7")
    with pytest.raises(DBAPIError, match="lets nobody off"), house.work("finance1") as work:
        record(work, "recovery.written_off", case)
    with house.work("approver1") as work:
        write_off_recovery(work, case)


def test_who_approved_a_claim_annuls_by_no_other_road_what_is_asked_back_of_a_payout_that_was_set_off(house: House) -> None:
    payout = a_set_off_payout(house, an_issued_voucher(house), "20000.00")
    case = a_decided_recovery(house, payout)
    with pytest.raises(DBAPIError, match="lets nobody off"), house.work("approver2") as work:
        record(work, "recovery.annulled", case)
    with house.work("approver1") as work:
        annul_recovery(work, case, "It was delivered after all")


def test_who_gathered_a_batch_signs_it_by_no_other_road_either(house: House) -> None:
    batch = a_gathered_batch(house)
    with read(house.database) as session:
        held = fetch(session, Batch, batch)
    with pytest.raises(DBAPIError, match="who gathered a batch does not release it"), house.work("finance1") as work:
        work.session.add(BatchSignature(batch_id=held.id, person_id=held.gathered_by, at=work.now))
    with house.work("treasury1") as work:
        release_batch(work, batch)


def test_who_granted_an_award_annuls_no_recovery_of_it(house: House) -> None:
    case = a_heard_case(house, a_paid_award(house))
    with house.work("approver1") as work:
        decide_recovery(work, case, "It was counted twice")
    with pytest.raises(NotAllowed, match="part in this award"), house.work("approver3") as work:
        annul_recovery(work, case, "It was right")
    with pytest.raises(DBAPIError, match="lets nobody off"), house.work("approver3") as work:
        record(work, "recovery.annulled", case)


def test_neither_a_deputy_nor_who_is_back_opens_days_that_the_other_closed(house: House) -> None:
    house.clock.turn(days=40)
    first, second = house.today - timedelta(days=30), house.today - timedelta(days=20)
    with house.work("finance1") as work:
        close_period(work, first)
    absence = hand_over(house, "finance1", "finance", "approver3")
    with pytest.raises(NotAllowed, match=THIRD), house.work("approver3") as work:
        reopen_period(work, None, "Forgot one")
    with house.work("approver3") as work:
        close_period(work, second)
    back(house, "finance1", absence)
    with pytest.raises(NotAllowed, match=THIRD), house.work("finance1") as work:
        reopen_period(work, first, "His days, and not my own")
    with house.work("approver1") as work:
        assert reopen_period(work, None, "Forgot one").closed_through is None


def test_who_took_a_decision_back_does_not_pay_back_what_had_come_in_on_it(house: House) -> None:
    also(house, "approver1", Role.FINANCE)
    with_clawback(house)
    case = a_decided_recovery(house)
    with house.work("finance1") as work:
        serve_recovery(work, case)
    receive(house, "20000.00", case)
    with house.work("approver1") as work:
        annul_recovery(work, case, "It was delivered after all")
    with pytest.raises(NotAllowed, match="You took this decision back"), house.work("approver1") as work:
        refund_recovery(work, case, "Transfer 12")
    with pytest.raises(IntegrityError, match="refunded_by_another"), house.work("approver1") as work:
        work.session.connection().execute(text("update recoveries set refund_document = 'Transfer 12', refunded_by = annulled_by"))
    with house.work("finance1") as work:
        refund_recovery(work, case, "Transfer 12")


def test_the_database_takes_no_step_and_no_signature_from_who_has_another_duty_in_the_case(house: House) -> None:
    """Also by another road than ours: each step that asks for a duty is tried by somebody with another one."""
    with_duty: dict[str, set[Duty | None]] = {}
    for machine in machines():
        for step in machine.steps.values():
            with_duty.setdefault(step.event, set()).add(step.duty)
    batch = a_gathered_batch(house)
    with read(house.database) as session:
        case = session.exec(select(Voucher)).one().reference
        held = fetch(session, Batch, batch).id
    asked = {event: duties.pop() for event, duties in with_duty.items() if len(duties) == 1}

    for event, duty in asked.items():
        if duty is not None:
            with pytest.raises(DBAPIError, match="one person does one kind of thing"), \
                    house.work("verifier1" if duty != Duty.VERIFY else "reviewer1") as work:
                record(work, event, case, case=case)
    for who in ("reviewer1", "approver1", "verifier1", "approver2"):
        with pytest.raises(DBAPIError, match="one person does one kind of thing"), house.work(who) as work:
            assert work.actor.person_id is not None
            work.session.add(BatchSignature(batch_id=held, person_id=work.actor.person_id, at=work.now))


def test_who_approved_a_claim_does_not_gather_its_payout(house: House) -> None:
    claim = an_approved_claim(house)
    with house.work() as work:
        grant_role(work, "approver2@voucher.example", Role.FINANCE, office(work.session).reference)
    both = person_with(house, "approver2")
    payout = payout_of(house, claim).reference
    with pytest.raises(NotValid) as refused, begin(house.database, both, house.clock) as work:
        gather_batch(work, [payout], house.today)
    assert "You had a part in the case" in str(refused.value.problems[0])
    with pytest.raises(NotNow), begin(house.database, both, house.clock) as work:
        gather_batch(work, None, house.today)
    with house.work("finance1") as work:
        gather_batch(work, [payout], house.today)


def person_with(house: House, who: str) -> Actor:
    """Somebody with the roles that he has now."""
    with read(house.database) as session:
        return actor_for(session, session.exec(select(Person).where(Person.email == f"{who}@voucher.example")).one())
