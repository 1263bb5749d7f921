"""People: who I am, who else may act, and in which roles."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from marshmallow import fields
from sqlmodel import col, select

from voucher.errors import _
from voucher.looks import Seen, note_look
from voucher.people import Membership, Organisation, Person, Role
from voucher.settings import LANGUAGES
from voucher.work import Work
from workflows import leaving, passwords, registration
from workflows.access import SHORTEST_PASSWORD, acting, hash_password, roles, signed_in
from workflows.api.answers import PartyAnswer, party
from workflows.api.fields import Answer, Body, Choice, Part, Reference, Said, Text, Those, wrong
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, known, page, page_of

people = Noun("api-people", __name__, description="Who may act, for whom, and in which role.")


class Password(Text):
    """A password that is long enough. It is never answered again."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        password = super()._deserialize(value, attr, data, **options)
        if len(password) < SHORTEST_PASSWORD:
            raise wrong(_("A password has at least {shortest} signs."), shortest=SHORTEST_PASSWORD)
        return password


class PersonBody(Body):
    """Somebody who may sign in."""

    email = Text(254, required=True, metadata={"format": "email", "example": "liu@example.com"})
    name = Text(120, required=True)
    password = Password(200, required=True, metadata={
        "format": "password", "minLength": SHORTEST_PASSWORD, "example": "correct horse battery"})
    language = Choice(LANGUAGES, load_default="zh")


class Grant(Body):
    """A role that somebody gets for an organisation."""

    email = Text(254, required=True, metadata={"format": "email", "example": "liu@example.com"})
    role = Choice(Role, required=True)
    organisation = Reference("N", required=True)


class Withdrawal(Grant):
    """A role that somebody loses for an organisation, and why; he is told."""

    reason = Text(1000, required=True, metadata={"example": "Left the office on 31 March."})


class AccessBody(Body):
    """Whose access is closed or opened again, and why; he is told."""

    email = Text(254, required=True, metadata={"format": "email", "example": "liu@example.com"})
    reason = Text(1000, required=True, metadata={"example": "Left the office on 31 March."})


class RenewalBody(Body):
    """A new first password for somebody; he is told that there is one."""

    email = Text(254, required=True, metadata={"format": "email", "example": "liu@example.com"})
    password = Password(200, required=True, metadata={
        "format": "password", "minLength": SHORTEST_PASSWORD, "example": "correct horse battery"})


class LeftQuery(Body):
    """Of whom."""

    email = Text(254, required=True, metadata={"example": "liu@example.com"})


class PersonQuery(Paged):
    """Which people."""

    after = Text(254, metadata={"description": "`next` of the page before."})


class GrantAnswer(Answer):
    """A role for an organisation."""

    role = Said()
    organisation = Part(PartyAnswer)


class PersonAnswer(Answer):
    """Somebody, and what he may do."""

    email = Said()
    name = Said()
    language = Said()
    active = fields.Boolean()
    roles = Those(Part(GrantAnswer))


class HeldRoleAnswer(GrantAnswer):
    """A role that somebody holds, and how many others who may sign in hold it too."""

    others = fields.Integer()


class OpenCaseAnswer(Answer):
    """A voucher that is not over, and what somebody did there."""

    voucher = Said(metadata={"example": "V-2026-00001-3"})
    state = Said(metadata={"example": "issued"})
    duty = Said(metadata={"example": "verify"})


class LeftAnswer(Answer):
    """What somebody would leave behind; of the open cases the 100 newest."""

    roles = Those(Part(HeldRoleAnswer))
    open_cases = Those(Part(OpenCaseAnswer))
    stands_in_for = Those(fields.String(), metadata={"description": "The mail addresses of those whose roles he bears."})


class GrantedAnswer(Answer):
    """Who got which role."""

    email = Said()
    role = Said()
    organisation = Said()


def told(work: Work, rows: list[Person]) -> list[dict[str, Any]]:
    """People with their roles."""
    held = work.session.exec(select(Membership).where(col(Membership.person_id).in_([row.id for row in rows]))
                             .order_by(col(Membership.role))).all()
    firms = known(work.session, Organisation, (each.organisation_id for each in held))
    return [{"email": row.email, "name": row.name, "language": row.language, "active": row.active,
             "roles": _roles((each for each in held if each.person_id == row.id), firms)} for row in rows]


def _roles(held: Iterable[Membership], firms: dict[UUID, Organisation]) -> list[dict[str, Any]]:
    return [{"role": each.role, "organisation": party(firms[each.organisation_id])} for each in held]


@people.reads("/me", PersonAnswer)
@signed_in
def show_me(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """Show who the key stands for, and what he may do."""
    assert work.actor.person_id is not None
    return told(work, [work.session.get_one(Person, work.actor.person_id)])[0]


@people.reads("/people", page_of(PersonAnswer), PersonQuery)
@roles(Role.ADMINISTRATOR)
def list_people(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List people."""
    with acting() as noting:
        note_look(noting, Seen.REGISTER, "people", None)
    rows, following = page(work.session, select(Person).order_by(col(Person.id).desc()), Person, query, "email")
    return {"items": told(work, rows), "next": following}


@people.writes("/people", PersonAnswer, PersonBody, status=201)
@roles(Role.ADMINISTRATOR)
def register_person(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Enter somebody who may sign in and then chooses a password of his own. He may do nothing until he is granted a role."""
    made = registration.register_person(work, body["email"], body["name"], hash_password(body["password"]), body["language"])
    return told(work, [made])[0]


@people.writes("/people/roles", GrantedAnswer, Grant, status=201)
@roles(Role.ADMINISTRATOR)
def grant_role(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Let somebody act for an organisation in a role that fits its kind."""
    registration.grant_role(work, body["email"], Role(body["role"]), body["organisation"])
    return body


@people.writes("/people/roles/withdraw", PersonAnswer, Withdrawal)
@roles(Role.ADMINISTRATOR)
def withdraw_role(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Take a role from somebody, from his next request on."""
    return told(work, [leaving.withdraw_role(work, body["email"], Role(body["role"]), body["organisation"], body["reason"])])[0]


@people.writes("/people/close", PersonAnswer, AccessBody)
@roles(Role.ADMINISTRATOR)
def close_person(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Let somebody sign in no longer: his sessions and keys end at once."""
    return told(work, [leaving.close_person(work, **body)])[0]


@people.writes("/people/reopen", PersonAnswer, AccessBody)
@roles(Role.ADMINISTRATOR)
def reopen_person(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Let somebody sign in again, in the roles that he still has; his keys stay closed."""
    return told(work, [leaving.reopen_person(work, **body)])[0]


@people.writes("/people/renew-password", PersonAnswer, RenewalBody)
@roles(Role.ADMINISTRATOR)
def renew_password(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Give somebody a new first password, which he has to change when he signs in with it."""
    return told(work, [passwords.renew_password(work, **body)])[0]


@people.reads("/people/left-behind", LeftAnswer, LeftQuery)
@roles(Role.ADMINISTRATOR)
def show_left_behind(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Show what somebody would leave behind: roles that nobody else may hold, open cases, colleagues for whom he stands in."""
    person = registration.person_named(work, query["email"])
    with acting() as noting:
        note_look(noting, Seen.REGISTER, "people", None)
    cases = work.session.exec(leaving.open_cases(person.id).limit(100))
    return {"roles": [{"role": each.role, "organisation": party(each.organisation), "others": each.others}
                      for each in leaving.held_roles(work.session, person)],
            "open_cases": [{"voucher": voucher.reference, "state": voucher.state, "duty": duty} for voucher, duty in cases],
            "stands_in_for": [absent.email for _lent, absent in leaving.borne_for(work.session, person.id, work.now)]}
