"""Leaving: who goes loses roles or all access at once, and one administrator always stays."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from sqlmodel import select

from tests.builders import SME, SMES, House, a_house, a_reviewed_application
from tests.workflows.api.client import Programs
from tests.workflows.beside import beside
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.mailing import all_letters, tell
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.test_absence import come_in, hand_over
from voucher.absences import Delegation
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.history import Event
from voucher.people import Organisation, OrganisationKind, Person, Role
from voucher.work import Work, read
from workflows.claims import CLAIM
from workflows.correspondence import write_letters
from workflows.leaving import borne_for, close_person, held_roles, open_cases, reopen_person, withdraw_role
from workflows.registration import SIGNING, grant_role
from workflows.reimbursement import BATCH

FIRM = SMES[0]
WHY = "Left on 31 March"


def mail(name: str) -> str:
    return f"{name}@voucher.example"


def office_of(house: House) -> str:
    with read(house.database) as session:
        return session.exec(select(Organisation.reference).where(Organisation.kind == OrganisationKind.OFFICE)).one()


def person(house: House, name: str) -> Person:
    with read(house.database) as session:
        return session.exec(select(Person).where(Person.email == mail(name))).one()


def another_administrator(house: House, name: str = "reviewer2") -> str:
    with house.work() as work:
        grant_role(work, mail(name), Role.ADMINISTRATOR, office_of(house))
    come_in(house, name)
    return name


def told(house: House, event: str) -> dict[str, str]:
    """What an event was told to whom."""
    return {who: letter.words["said"] for who, letter in all_letters(house) if letter.event == event}


def test_who_loses_a_role_may_do_nothing_by_it_and_both_sides_are_told(house: House) -> None:
    another_administrator(house)
    with house.work("administrator1") as work:
        withdraw_role(work, mail(SME), Role.SME, house.references[FIRM.number], WHY)
    come_in(house, SME)
    assert not house.people[SME].grants
    pigeon = tell(house)
    letters = told(house, "role.withdrawn")
    assert letters.keys() == {SME, "reviewer2"}, "the firm has nobody else, and who took the step knows"
    assert mail(SME) in {each["To"].addresses[0].addr_spec for each in pigeon.mails}
    with house.work("administrator1") as work:
        [event] = work.session.exec(select(Event).where(Event.name == "role.withdrawn")).all()
        assert (event.subject, event.reason, event.data["role"]) == (house.references[FIRM.number], WHY, "sme")
        with pytest.raises(NotNow):
            withdraw_role(work, mail(SME), Role.SME, house.references[FIRM.number], WHY)


def test_a_closed_person_is_shut_out_of_all_three_doors_at_the_next_request(house: House, tmp_path: Path) -> None:
    portal, desk = Visitors(an_app(house, tmp_path), house), Desk(house, tmp_path)
    programs = Programs(portal.app, house)
    browser = portal.client(SME)
    assert (browser.get("/account").status_code, programs.get(SME, "/me").status_code) == (200, 200)
    page = f"/office/people/{person(house, SME).id}"

    closed = portal.post("administrator1", f"{page}/close", reason=WHY)

    assert closed.headers["Location"].endswith(page)
    assert browser.get("/account").headers["Location"].startswith("/sign-in")
    assert programs.get(SME, "/me").status_code == 401
    assert "may no longer act" in desk.refused("person", "back", "x", who=SME)
    assert WHY in portal.get("administrator1", page).text
    pigeon = tell(house)
    assert SME in told(house, "person.closed")
    assert [each["To"].addresses[0].addr_spec for each in pigeon.mails].count(mail(SME)) == 1, "of all that waits, only what shuts him out"

    portal.post("administrator1", f"{page}/reopen", reason="Back again")

    assert portal.get(SME, "/account").status_code == 200
    assert browser.get("/account").headers["Location"].startswith("/sign-in"), "an old session does not come back"
    assert programs.get(SME, "/me").status_code == 401, "an old key does not come back"


def test_one_gets_neither_rid_of_oneself_nor_of_the_last_administrator(house: House) -> None:
    office = office_of(house)
    attempts: list[Callable[[Work], Person]] = [
        lambda work: close_person(work, mail("administrator1"), WHY),
        lambda work: withdraw_role(work, mail("administrator1"), Role.ADMINISTRATOR, office, WHY)]
    for attempt in attempts:
        for who in ("administrator1", ""):
            with pytest.raises(NotAllowed), house.work(who) as work:
                attempt(work)
    another_administrator(house)
    with house.work("reviewer2") as work:
        close_person(work, mail("verifier1"), "Only for those who stay")
    with house.work() as work:
        write_letters(work, house.store)
    with house.work("reviewer2") as work:
        close_person(work, mail("administrator1"), WHY)
    assert [each["To"].addresses[0].addr_spec for each in tell(house).mails].count(mail("administrator1")) == 1, "not of the other one"
    with pytest.raises(NotAllowed), house.work("administrator1") as work:
        reopen_person(work, mail("administrator1"), WHY)


@pytest.mark.parametrize("who", [SME, "approver1", "auditor1"])
def test_nobody_but_an_administrator_shuts_anybody_out(house: House, who: str) -> None:
    attempts: list[Callable[[Work], Person]] = [
        lambda work: close_person(work, mail("treasury1"), WHY), lambda work: reopen_person(work, mail("treasury1"), WHY),
        lambda work: withdraw_role(work, mail("treasury1"), Role.TREASURY, office_of(house), WHY)]
    for attempt in attempts:
        with pytest.raises(NotAllowed), house.work(who) as work:
            attempt(work)


def test_a_reason_is_asked_and_twice_is_once(house: House) -> None:
    with pytest.raises(NotValid), house.work("administrator1") as work:
        close_person(work, mail(SME), " ")
    with pytest.raises(NotNow), house.work("administrator1") as work:
        reopen_person(work, mail(SME), WHY)
    with house.work("administrator1") as work:
        close_person(work, mail(SME), WHY)
    with pytest.raises(NotNow), house.work("administrator1") as work:
        close_person(work, mail(SME), WHY)


def test_nobody_stands_in_for_anybody_after_he_left(house: House) -> None:
    hand_over(house, "approver1", Role.APPROVER, "verifier1")
    with house.work("administrator1") as work:
        verifier, office = person(house, "verifier1"), office_of(house)
        assert [absent.email for _lent, absent in borne_for(work.session, verifier.id, work.now)] == [mail("approver1")]
        withdraw_role(work, mail("verifier1"), Role.VERIFIER, office, WHY)
        assert borne_for(work.session, verifier.id, work.now) == []
    come_in(house, "verifier1")
    assert not house.people["verifier1"].grants
    hand_over(house, "treasury1", Role.TREASURY, "finance1")
    with house.work("administrator1") as work:
        close_person(work, mail("finance1"), WHY)
        reopen_person(work, mail("finance1"), "Back")
        assert borne_for(work.session, person(house, "finance1").id, work.now) == [], "what was lent does not come back"
    with house.work() as work:
        assert all(each.ends_at <= work.now for each in work.session.exec(select(Delegation)))


def test_what_somebody_leaves_behind_is_shown(house: House, tmp_path: Path) -> None:
    voucher = a_reviewed_application(house)
    with house.work() as work:
        reviewer = person(house, "reviewer1")
        assert {each.role: each.others for each in held_roles(work.session, reviewer)} == {"reviewer": 1}
        assert [(each.reference, duty) for each, duty in work.session.exec(open_cases(reviewer.id))] == [(voucher, "review")]
    assert voucher in Visitors(an_app(house, tmp_path), house).get("administrator1", f"/office/people/{reviewer.id}").text
    left = Programs(an_app(house, tmp_path), house).get("administrator1", "/people/left-behind", email=mail("reviewer1")).get_json()
    assert [(each["voucher"], each["duty"]) for each in left["open_cases"]] == [(voucher, "review")]
    assert {"what": "case", "which": "review", "about": voucher} in Desk(house, tmp_path).told("person", "left-behind", mail("reviewer1"))


def test_the_other_doors_open_to_the_same_verbs(house: House, tmp_path: Path) -> None:
    programs, desk = Programs(an_app(house, tmp_path), house), Desk(house, tmp_path)
    closed = programs.post("administrator1", "/people/close", {"email": mail("finance1"), "reason": WHY}).get_json()
    assert closed["active"] is False
    assert desk.told("person", "reopen", mail("finance1"), "--reason", "Back", who="administrator1")["active"] is True
    bare = programs.post("administrator1", "/people/roles/withdraw", {
        "email": mail("finance1"), "role": "finance", "organisation": office_of(house), "reason": WHY}).get_json()
    assert bare["roles"] == []


def test_nobody_gives_himself_a_role_and_who_signs_does_not_choose_with_whom(house: House) -> None:
    office = office_of(house)
    with pytest.raises(NotAllowed), house.work("administrator1") as work:
        grant_role(work, mail("administrator1"), Role.REVIEWER, office)
    signing = ("treasury1", "approver1", "finance1")
    with house.work() as work:
        for who in signing:
            grant_role(work, mail(who), Role.ADMINISTRATOR, office)
    come_in(house, *signing)
    assert {*BATCH.steps["release_batch"].by, *CLAIM.steps["approve_claim"].by} == SIGNING
    for who, role in product(signing, SIGNING):
        with pytest.raises(NotAllowed, match="approves or releases"), house.work(who) as work:
            grant_role(work, mail("reviewer1"), role, office)
    with house.work("treasury1") as work:
        grant_role(work, mail("reviewer1"), Role.VERIFIER, office)


def test_of_two_administrators_who_shut_each_other_out_one_stays(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    second = another_administrator(house)

    refused = beside(house, ("administrator1", lambda work: close_person(work, mail(second), WHY)),
                     (second, lambda work: close_person(work, mail("administrator1"), WHY)))

    assert isinstance(refused, NotAllowed)
    assert (person(house, "administrator1").active, person(house, second).active) == (True, False)
