"""Absences: who is away until when, and who bears which of his roles meanwhile."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from voucher.absences import Absence, deputies_of
from voucher.duties import OF_ROLES
from voucher.people import Person
from voucher.work import Work
from workflows import absence
from workflows.access import signed_in
from workflows.api.answers import facts
from workflows.api.fields import Answer, Body, Choice, Day, Instant, Key, Nothing, Part, Said, Text, Those
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, known, page, page_of

absences = Noun("api-absences", __name__, description="Who is away until when, and who bears which of his roles meanwhile.")


class AbsenceQuery(Paged):
    """Which absences."""

    after = Key(metadata={"description": "`next` of the page before."})


class AbsenceBody(Body):
    """Somebody will be away. `email` is left out by who says it of himself; administrators say it of others."""

    from_on = Day(required=True)
    until_on = Day(required=True)
    note = Text(300, load_default="", metadata={"example": "Training"})
    email = Text(254, metadata={"format": "email", "example": "sun@example.com"})


class DeputyBody(Body):
    """A role of whoever is away, and who bears it meanwhile."""

    role = Choice(OF_ROLES, required=True)
    deputy = Text(254, required=True, metadata={"format": "email", "example": "liu@example.com"})


class DeputyAnswer(Answer):
    """Who bears a role, from when until when."""

    role = Said(metadata={"example": "approver"})
    deputy = Said(metadata={"example": "liu@example.com"})
    begins_at = Instant()
    ends_at = Instant()


class AbsenceAnswer(Answer):
    """An absence. `ends_at` is earlier than its last day says when he came back before."""

    id = Key()
    email = Said(metadata={"example": "sun@example.com"})
    name = Said()
    from_on = Day()
    until_on = Day()
    ends_at = Instant()
    note = Said()
    deputies = Those(Part(DeputyAnswer))


def told(work: Work, rows: Sequence[Absence]) -> list[dict[str, Any]]:
    """Absences with their deputies."""
    people = known(work.session, Person, (row.person_id for row in rows))
    deputies = deputies_of(work.session, [row.id for row in rows])
    return [facts(row, "id", "from_on", "until_on", "ends_at", "note") | {
        "email": people[row.person_id].email, "name": people[row.person_id].name,
        "deputies": [facts(lent, "role", "begins_at", "ends_at") | {"deputy": who.email} for lent, who in deputies.get(row.id, ())],
    } for row in rows]


@absences.reads("/absences", page_of(AbsenceAnswer), AbsenceQuery)
@signed_in
def list_absences(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List absences: the office all of them, a firm those of its own people."""
    shown = absence.absences_shown(work.actor).order_by(None).order_by(col(Absence.id).desc())
    rows, following = page(work.session, shown, Absence, query, "id")
    return {"items": told(work, rows), "next": following}


@absences.writes("/absences", AbsenceAnswer, AbsenceBody, status=201)
@signed_in
def enter_absence(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Say that somebody will be away."""
    return told(work, [absence.enter_absence(work, **body)])[0]


@absences.writes("/absences/<uuid:absence_id>/deputies", DeputyAnswer, DeputyBody, status=201)
@signed_in
def hand_over_role(work: Work, body: dict[str, Any], absence_id: UUID) -> dict[str, Any]:
    """Hand a role to a deputy for the time of an absence. What the deputy does counts as done by both."""
    lent = absence.hand_over_role(work, str(absence_id), body["role"], body["deputy"])
    return facts(lent, "role", "begins_at", "ends_at") | {"deputy": body["deputy"]}


@absences.writes("/absences/<uuid:absence_id>/end", AbsenceAnswer, Nothing)
@signed_in
def end_absence(work: Work, _body: dict[str, Any], absence_id: UUID) -> dict[str, Any]:
    """End an absence before its last day."""
    return told(work, [absence.end_absence(work, str(absence_id))])[0]
