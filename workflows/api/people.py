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
from workflows import registration
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
    """Enter somebody who may sign in. He may do nothing until he is granted a role."""
    made = registration.register_person(work, body["email"], body["name"], hash_password(body["password"]), body["language"])
    return told(work, [made])[0]


@people.writes("/people/roles", GrantedAnswer, Grant, status=201)
@roles(Role.ADMINISTRATOR)
def grant_role(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Let somebody act for an organisation in a role that fits its kind."""
    registration.grant_role(work, body["email"], Role(body["role"]), body["organisation"])
    return body
