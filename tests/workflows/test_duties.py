"""In one case, one person does one kind of thing - over its whole life, whatever roles he holds, and the database knows it."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from tests.builders import (
    House,
    a_gathered_batch,
    a_reviewed_application,
    a_submitted_claim,
    a_verified_claim,
    full_decisions,
)
from tests.workflows.machines import machines
from voucher.errors import NotAllowed
from voucher.people import OFFICE_ROLES, Membership, Person, Role, actor_for, office
from voucher.work import Work
from workflows.approval import approve_claim
from workflows.issue import issue_voucher
from workflows.reimbursement import release_batch
from workflows.verification import verify_claim

# What officers do in cases without its being a duty, and what holds them apart there instead.
APART_OTHERWISE = {
    "suspect_recovery": "whoever sees something says so; it decides nothing", "open_recovery": "who opens does not decide: a CHECK",
    "take_up_recovery": "who opens does not decide: a CHECK", "drop_recovery": "not by who let it be paid: the verb",
    "record_hearing": "who hears does not decide: a CHECK", "close_recovery": "not by who decided: the verb",
    "dismiss_recovery_appeal": "not by who opened, heard, decided or let it be paid: a trigger",
    "uphold_recovery_appeal": "not by who opened, heard, decided or let it be paid: a trigger",
    "annul_recovery": "not by who opened, heard, decided or let it be paid: a trigger", "refuse_write_off": "gives nothing up",
    "write_off_recovery": "not by who asked for it or let it be paid: a trigger",
    "return_to_plan": "gives nothing up",
    "hold_claim": "stops a payment and decides none", "release_claim": "not by who let it be paid: the verb",
    "reopen_claim": "gives back what was decided", "freeze_voucher": "stops new orders and decides nothing",
    "unfreeze_voucher": "not by who let anything on it be paid: the verb",
    "open_revocation": "who opens does not decide: a CHECK", "record_revocation_hearing": "who hears does not decide: a CHECK",
    "drop_revocation": "not by who let anything on it be paid: the verb", "follow_revocation": "follows a revocation that is a duty",
    "revoke_claim": "follows a revocation that is a duty", "revoke_order": "follows a revocation that is a duty",
    "stop_order": "follows a revocation that is a duty", "drop_amendment": "follows a revocation that is a duty",
    "terminate_order": "follows a valuation that is a duty", "call_off_order": "follows a valuation that is a duty",
}
_DECIDERS = {Role.REVIEWER, Role.VERIFIER, Role.APPROVER}


def all_roles(house: House, who: str) -> None:
    """Somebody holds every role of the office."""
    with house.work() as work:
        person = work.session.exec(select(Person).where(Person.email.startswith(f"{who}@"))).one()
        held = set(work.session.exec(select(Membership.role).where(Membership.person_id == person.id)))
        work.session.add_all(Membership(person_id=person.id, organisation_id=office(work.session).id, role=role)
                             for role in sorted(OFFICE_ROLES - held))
        work.session.flush()
        house.people[who] = actor_for(work.session, person)


def test_every_step_by_which_an_officer_decides_in_a_case_is_a_duty() -> None:
    """When this fails: give the step its duty, or say in APART_OTHERWISE what holds people apart there."""
    nouns = ("voucher", "order", "claim", "appeal", "finding", "amendment", "recovery")
    cases = [machine for machine in machines() if machine.noun in nouns]
    free = {step.name for machine in cases for step in machine.steps.values() if set(step.by) & _DECIDERS and step.duty is None}
    assert free - APART_OTHERWISE.keys() == set()


def _issue(work: Work, house: House) -> None:
    issue_voucher(work, house.references["voucher"])


def _verify(work: Work, house: House) -> None:
    verify_claim(work, house.references["claim"], full_decisions(work, house.references["claim"]))


def _approve(work: Work, house: House) -> None:
    approve_claim(work, house.references["claim"])


def _release(work: Work, house: House) -> None:
    release_batch(work, house.references["batch"])


@pytest.mark.parametrize(("makes", "begins", "attempt"), [
    (a_reviewed_application, "voucher", _issue), (a_submitted_claim, "claim", _verify),
    (a_verified_claim, "claim", _approve), (a_gathered_batch, "batch", _release)])
def test_who_reviewed_does_nothing_else_in_the_case_though_he_holds_every_role(
    house: House, makes: Callable[[House], str], begins: str, attempt: Callable[[Work, House], None]
) -> None:
    all_roles(house, "reviewer1")
    house.references[begins] = makes(house)
    with pytest.raises(NotAllowed, match="already took part"), house.work("reviewer1") as work:
        attempt(work, house)


@pytest.mark.parametrize("attack", [
    "delete from duties", "update duties set duty = 'release'", "update duties set person_id = (select id from people limit 1)",
    "insert into duties select voucher_id, person_id, 'approve', at from duties",
    "insert into duties select voucher_id, person_id, 'anything', at from duties"])
def test_a_duty_is_neither_taken_back_nor_changed_nor_doubled_whoever_writes_to_the_database(house: House, attack: str) -> None:
    a_reviewed_application(house)
    with pytest.raises(DBAPIError), house.work() as work:
        work.session.connection().execute(text(attack))


def test_duties_cannot_be_emptied_at_once(house: House) -> None:
    a_reviewed_application(house)
    with pytest.raises(DBAPIError), house.work() as work:
        work.session.connection().execute(text("delete from duties" if house.database.is_sqlite else "truncate duties"))
