"""Deputies: who stands in for somebody holds his role for a time, and what he does counts as done by both."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import House, a_gathered_batch, a_reviewed_application, a_submitted_claim, full_decisions
from tests.workflows.test_duties import all_roles
from voucher.absences import Absence, Delegation, actor_at
from voucher.duties import OF_ROLES, Duty, DutyTaken
from voucher.errors import NotAllowed, NotNow, NotValid, Refusal
from voucher.history import Event
from voucher.people import Person, Role, office
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.absence import end_absence, enter_absence, hand_over_role
from workflows.approval import approve_claim
from workflows.issue import issue_voucher, review_voucher
from workflows.machine import Machine
from workflows.registration import grant_role
from workflows.reimbursement import release_batch
from workflows.verification import verify_claim


def come_in(house: House, *people: str) -> None:
    """They sign in anew, with what they may do now."""
    with house.work() as work:
        for who in people:
            person = work.session.exec(select(Person).where(Person.email.startswith(f"{who}@"))).one()
            house.people[who] = actor_at(work.session, person, house.clock())


def hand_over(house: House, giver: str, role: str, deputy: str, days: int = 5) -> str:
    """Somebody is away from today and a colleague bears his role."""
    with house.work(giver) as work:
        absence = enter_absence(work, house.today, house.today + timedelta(days=days))
        hand_over_role(work, str(absence.id), role, f"{deputy}@voucher.example")
    come_in(house, deputy)
    return str(absence.id)


def duties(work: Work, voucher: str) -> set[tuple[str, str]]:
    rows = work.session.exec(select(Person.email, DutyTaken.duty).join(DutyTaken, DutyTaken.person_id == Person.id)  # type: ignore[arg-type]
                             .join(Voucher, Voucher.id == DutyTaken.voucher_id).where(Voucher.reference == voucher))  # type: ignore[arg-type]
    return {(email.partition("@")[0], duty) for email, duty in rows}


def test_a_deputy_takes_the_step_and_it_counts_for_both(house: House) -> None:
    voucher = a_reviewed_application(house)
    hand_over(house, "approver1", "approver", "verifier1")
    with house.work("verifier1") as work:
        issue_voucher(work, voucher)
        assert {("verifier1", "issue"), ("approver1", "issue")} <= duties(work, voucher)
    with house.work() as work:
        told = {each.name for each in work.session.exec(select(Event)).all()}
    assert {"absence.entered", "role.lent"} <= told


def test_a_deputy_may_not_do_what_the_absent_one_may_not(house: House) -> None:
    all_roles(house, "reviewer1")
    voucher = a_reviewed_application(house)
    hand_over(house, "reviewer1", "approver", "finance1")
    with pytest.raises(NotAllowed, match="Whom you stand in for already took part"), house.work("finance1") as work:
        issue_voucher(work, voucher)


def test_who_was_away_may_do_nothing_else_in_a_case_of_his_deputy(house: House) -> None:
    all_roles(house, "approver1")
    claim = a_submitted_claim(house)  # approver1 issued this voucher, approver2 has no part in it yet
    all_roles(house, "approver2")
    absence = hand_over(house, "approver2", "verifier", "auditor1")
    with house.work("auditor1") as work:
        verify_claim(work, claim, full_decisions(work, claim))
    with house.work("approver2") as work:
        end_absence(work, absence)
    with pytest.raises(NotAllowed, match="You already took part"), house.work("approver2") as work:
        approve_claim(work, claim)


def test_two_who_act_as_one_are_not_two_signatures(house: House) -> None:
    batch = a_gathered_batch(house)
    with house.work("treasury1") as work:
        release_batch(work, batch)
    hand_over(house, "treasury1", "treasury", "treasury2")
    with pytest.raises(NotAllowed, match="signs as one person"), house.work("treasury2") as work:
        release_batch(work, batch)


def test_a_role_is_the_deputys_only_in_its_time(house: House) -> None:
    voucher = a_reviewed_application(house)
    absence = hand_over(house, "approver1", "approver", "verifier1", days=1)
    assert house.people["verifier1"].holds("approver")
    house.clock.turn(days=2)
    come_in(house, "verifier1")
    assert not house.people["verifier1"].holds("approver")
    with pytest.raises(NotAllowed), house.work("verifier1") as work:
        issue_voucher(work, voucher)
    with house.work("approver1") as work:
        assert end_absence(work, absence).ends_at < house.clock()


def test_an_absence_that_ends_early_takes_the_role_back(house: House) -> None:
    absence = hand_over(house, "approver1", "approver", "verifier1")
    with house.work("approver1") as work:
        end_absence(work, absence)
    come_in(house, "verifier1")
    assert not house.people["verifier1"].holds("approver")


def test_nobody_hands_on_what_he_bears_for_another_nor_speaks_for_others(house: House) -> None:
    hand_over(house, "approver1", "approver", "verifier1")
    with pytest.raises(NotNow, match="stands in"), house.work("verifier1") as work:
        enter_absence(work, house.today, house.today)
    with pytest.raises(NotAllowed, match="own absences"), house.work("finance1") as work:
        enter_absence(work, house.today, house.today, email="treasury1@voucher.example")
    with house.work("administrator1") as work:
        away = enter_absence(work, house.today, house.today, email="treasury1@voucher.example")
        for role, deputy, why in (("approver", "finance1", NotValid), ("treasury", "treasury1", NotValid), ("treasury", "sme01", NotValid),
                                  ("administrator", "finance1", NotAllowed), ("treasury", "approver1", NotNow)):
            with pytest.raises(why):
                hand_over_role(work, str(away.id), role, f"{deputy}@voucher.example")


def test_nobody_gets_a_role_by_what_he_entered_of_another(house: House) -> None:
    with house.work() as work:
        for who in ("approver2", "reviewer2"):
            grant_role(work, f"{who}@voucher.example", Role.ADMINISTRATOR, office(work.session).reference)
    come_in(house, "approver2", "reviewer2")
    with house.work("administrator1") as work:
        away = str(enter_absence(work, house.today, house.today, email="treasury1@voucher.example").id)
    for who, deputy, why in (("administrator1", "administrator1", "not its deputy"), ("reviewer2", "administrator1", "not its deputy"),
                             ("reviewer2", "reviewer2", "not its deputy"), ("approver2", "finance1", "approves or releases")):
        with pytest.raises(NotAllowed, match=why), house.work(who) as work:
            hand_over_role(work, away, "treasury", f"{deputy}@voucher.example")
    with house.work("reviewer2") as work:
        hand_over_role(work, away, "treasury", "finance1@voucher.example")


def test_days_that_cannot_be_are_refused(house: House) -> None:
    with house.work("approver1") as work:
        for first, last in ((1, 0), (-5, -1), (0, 400)):
            with pytest.raises(Refusal):
                enter_absence(work, house.today + timedelta(days=first), house.today + timedelta(days=last))
        enter_absence(work, house.today, house.today)
        with pytest.raises(NotNow, match="already"):
            enter_absence(work, house.today, house.today)


ATTACKS = (
    "update delegations set ends_at = '2099-01-01 00:00:00.000000'", "update absences set ends_at = '2099-01-01 00:00:00.000000'",
    "delete from delegations", "delete from absences", "update delegations set duties = ''",
    "update delegations set deputy_id = (select id from people where email like 'auditor1%')",
    "insert into duties select v.id, d.deputy_id, 'issue', d.begins_at from vouchers v, delegations d where d.role = 'approver'",
    "insert into batch_signatures select s.batch_id, d.deputy_id, s.at from batch_signatures s, delegations d where d.role = 'treasury'")


def test_the_database_lets_no_deputy_be_a_second_person(house: House) -> None:
    batch = a_gathered_batch(house)
    a_reviewed_application(house)
    hand_over(house, "approver1", "approver", "auditor1")
    hand_over(house, "treasury1", "treasury", "treasury2")
    with house.work("treasury1") as work:
        release_batch(work, batch)
    for attack in ATTACKS:
        with pytest.raises(DBAPIError, match=r"earlier|only ever|stands for|signs once"), house.work() as work:
            work.session.connection().execute(text(attack))


def test_what_a_role_does_in_cases_is_what_its_steps_say() -> None:
    """When this fails: say in OF_ROLES what a deputy may come to do by the role."""
    said = {role: {each.duty for machine in Machine.known for each in machine.steps.values() if role in each.by and each.duty}
            for role in OF_ROLES}
    lacking = {role: found - set(OF_ROLES[role]) for role, found in said.items()}
    assert not {role: found for role, found in lacking.items() if found}
    assert {duty for several in OF_ROLES.values() for duty in several} == set(Duty)


def test_a_review_is_not_a_deputys_where_he_reviews_by_himself(house: House) -> None:
    """Whoever reviews in his own right while he bears the role of an approver binds the approver to nothing."""
    hand_over(house, "approver1", "approver", "reviewer1")
    voucher = a_reviewed_application(house)
    with house.work("approver1") as work:
        issue_voucher(work, voucher)
    with pytest.raises(Refusal), house.work("reviewer1") as work:
        review_voucher(work, voucher, "again")
    with house.work() as work:
        assert (len(work.session.exec(select(Absence)).all()), len(work.session.exec(select(Delegation)).all())) == (1, 1)
