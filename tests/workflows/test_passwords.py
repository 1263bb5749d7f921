"""Passwords: who signs in with one that somebody else typed chooses another before all else; and everybody may change his own."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from tests.builders import SME, SMES, House, a_house
from tests.workflows.api.client import Programs
from tests.workflows.cli.test_nouns import Desk
from tests.workflows.mailing import tell
from tests.workflows.portal.visitors import Visitors, an_app
from tests.workflows.test_absence import come_in
from tests.workflows.test_access import sign_in
from tests.workflows.test_leaving import mail, office_of, told
from voucher.database import Database
from voucher.errors import NotAllowed, NotNow, NotValid
from voucher.files import FileStore
from voucher.people import Person, Role
from voucher.work import read
from workflows.access import hash_password
from workflows.leaving import close_person, withdraw_role
from workflows.passwords import change_password, renew_password
from workflows.registration import grant_role

FIRST, OWN = "typed by somebody else ", "known to nobody else"  # the space is of the first one too


@pytest.fixture
def house(sqlite: Database, tmp_path: Path) -> House:
    """An office whose people have a password of their own. Passwords are the same on both engines."""
    return a_house(sqlite, FileStore(str(tmp_path / "files")), password_hash=hash_password(OWN))


@pytest.fixture
def portal(house: House, tmp_path: Path) -> Visitors:
    """Its portal."""
    return Visitors(an_app(house, tmp_path), house)


def change(client: FlaskClient, old: str, new: str, again: str = "") -> tuple[int, str]:
    """Send the form; answers status and text, or where it leads."""
    answer = client.post("/account/password", data={"old": old, "new": new, "again": again or new})
    return answer.status_code, answer.headers.get("Location") or answer.text


def test_who_is_entered_by_an_administrator_chooses_his_password_before_all_else(portal: Visitors) -> None:
    house = portal.house
    entered = portal.post("administrator1", f"/office/organisations/{office_of(house)}/people", email=mail("new1"), person_name="Wu Yan",
                          password=FIRST, role="treasury", language="en")
    assert entered.status_code == 303
    pigeon = tell(house)
    assert mail("new1") in {each["To"].addresses[0].addr_spec for each in pigeon.mails} and "new1" in told(house, "role.granted")
    client = portal.client()
    assert sign_in(client, "new1", FIRST) == (302, "/")
    for path in ("/", "/account", "/office/batches", "/letters"):
        assert client.get(path).headers["Location"] == "/account/password"
    assert client.post("/account/keys", data={"label": "x"}).headers["Location"] == "/account/password"
    assert "Somebody else typed" in client.get("/account/password").text

    assert change(client, FIRST, OWN) == (303, "/")

    assert client.get("/office/batches").status_code == 200
    assert sign_in(portal.client(), "new1", FIRST)[0] == 200, "the first password opens nothing any more"
    assert sign_in(portal.client(), "new1", OWN) == (302, "/")
    tell(house, pigeon)
    assert told(house, "person.password_changed") == {"new1": "Your password was changed."}


def test_whom_the_system_entered_is_not_asked(portal: Visitors) -> None:
    client = portal.client()
    assert sign_in(client, SME, OWN) == (302, "/")
    assert client.get("/my/vouchers").status_code == 200


def test_another_password_ends_every_session_but_this_one(portal: Visitors) -> None:
    here, elsewhere = portal.client(SME), portal.client(SME)
    assert change(here, OWN, "Größe ist Übung ２")[0] == 303
    assert here.get("/my/vouchers").status_code == 200
    assert elsewhere.get("/my/vouchers").headers["Location"].startswith("/sign-in")
    assert sign_in(portal.client(), SME, "Größe ist Übung ２") == (302, "/"), "whatever signs it has"


@pytest.mark.parametrize(("old", "new", "again", "said"), [
    ("wrong", "quite another sentence", "", "not your password"), (OWN, "short", "", "at least 12 signs"),
    (OWN, OWN, "", "another one than before"), (OWN, "quite another sentence", "quite another sentense", "not the same as above"),
    (OWN, mail(SME), "", "no password")])
def test_what_is_wrong_is_said_and_nothing_changes(portal: Visitors, old: str, new: str, again: str, said: str) -> None:
    client = portal.client(SME)
    status, text = change(client, old, new, again)
    assert (status, said in text) == (422, True)
    assert sign_in(portal.client(), SME, OWN)[0] == 302


def test_old_passwords_are_not_guessed(portal: Visitors) -> None:
    client = portal.client(SME)
    assert [change(client, "wrong", "quite another sentence")[0] for _number in range(11)] == [422] * 10 + [429]
    assert change(portal.client("approver1"), OWN, "quite another sentence")[0] == 303, "another person behind the same address"


def test_a_new_first_password_is_given_by_all_three_doors_and_has_to_be_changed(portal: Visitors, tmp_path: Path) -> None:
    house, client, programs = portal.house, portal.client(SME), Programs(portal.app, portal.house)
    assert programs.get(SME, "/me").status_code == 200
    with read(house.database) as session:
        page = f"/office/people/{session.exec(select(Person.id).where(Person.email == mail(SME))).one()}"
    assert portal.post("administrator1", f"{page}/password", password="short").status_code == 422
    assert portal.post("administrator1", f"{page}/password", password=FIRST).status_code == 303
    assert client.get("/").status_code == 200 and "/sign-in" in client.get("/account").headers["Location"], "the session has ended"
    assert programs.get(SME, "/me").status_code == 401, "a key made by who knew the password has ended"
    assert sign_in(client, SME, FIRST)[0] == 302
    assert client.get("/account").headers["Location"] == "/account/password"
    assert Desk(house, tmp_path).told("person", "renew-password", mail(SME), "--password", OWN, who="administrator1")["active"] is True
    shown = portal.get("administrator1", page).text
    assert "still the first one" in shown.lower() and "Role granted" in shown
    tell(house)
    assert "初始密码" in told(house, "person.password_renewed")[SME]


def test_who_acts_for_nobody_any_more_is_told_of_his_new_password_too(house: House) -> None:
    with house.work("administrator1") as work:
        withdraw_role(work, mail(SME), Role.SME, house.references[SMES[0].number], "Left the firm")
    with house.work("administrator1") as work:
        renew_password(work, mail(SME), FIRST)
    tell(house)
    assert "初始密码" in told(house, "person.password_renewed")[SME]


def test_nobody_gives_himself_a_first_password_and_only_administrators_give_any(house: House) -> None:
    for who, whom in (("administrator1", "administrator1"), ("treasury1", "treasury2")):
        with pytest.raises(NotAllowed), house.work(who) as work:
            renew_password(work, mail(whom), FIRST)
    with pytest.raises(NotAllowed), house.work() as work:
        change_password(work, OWN, FIRST)
    with pytest.raises(NotValid), house.work("administrator1") as work:
        renew_password(work, mail("nobody"), FIRST)


def test_who_signs_gives_no_password_to_another_who_does(house: House) -> None:
    with house.work() as work:
        grant_role(work, mail("treasury1"), Role.ADMINISTRATOR, office_of(house))
    come_in(house, "treasury1")
    for whom in ("treasury2", "approver1"):
        with pytest.raises(NotAllowed, match="approves or releases"), house.work("treasury1") as work:
            renew_password(work, mail(whom), FIRST)
    with house.work("treasury1") as work:
        assert renew_password(work, mail("verifier1"), FIRST).has_first_password


def test_nobody_gets_a_password_unasked_while_no_mail_reaches_him(house: House) -> None:
    with house.work("administrator1") as work:
        renew_password(work, mail(SME), FIRST)
        close_person(work, mail(SME), "Left")
        with pytest.raises(NotNow, match="Open it again first"):
            renew_password(work, mail(SME), FIRST)
    to_him = [each for each in tell(house).mails if each["To"].addresses[0].addr_spec == mail(SME)]
    assert len(to_him) == 2, "he reads of the password and that he is shut out, though he is closed when the mails leave"
