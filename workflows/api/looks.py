"""Looks: who opened which file or entry of the register, and when."""

from typing import Any

from voucher.looks import Look, looks_shown
from voucher.people import Organisation, Person
from voucher.work import Work
from workflows.access import signed_in
from workflows.api.answers import PartyAnswer, facts, party
from workflows.api.fields import Answer, Instant, Key, Part, Said, Text
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, known, narrowed, page, page_of

looks = Noun("api-looks", __name__, description="Who opened which file or entry of the register, and when.")


class LookQuery(Paged):
    """Which looks."""

    after = Key(metadata={"description": "`next` of the page before."})
    subject = Text(24, metadata={"example": "F-2026-00001-1"})


class LookAnswer(Answer):
    """Somebody opened something: the bytes of a file, or what the register says of an organisation and its people."""

    id = Key()
    at = Instant()
    person = Said()
    seen = Said(metadata={"example": "file"})
    subject = Said(metadata={"example": "F-2026-00001-1"})
    owner = Part(PartyAnswer, allow_none=True)


@looks.reads("/looks", page_of(LookAnswer), LookQuery)
@signed_in
def list_looks(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List looks: auditors all, a firm those at what is its own, everybody his own."""
    shown = narrowed(looks_shown(work.actor), Look, query, "subject")
    rows, following = page(work.session, shown, Look, query, "id")
    people, firms = known(work.session, Person, (row.person_id for row in rows)), known(work.session, Organisation, (
        row.owner_id for row in rows))
    return {"items": [facts(row, "id", "at", "seen", "subject") | {
        "person": people[row.person_id].name, "owner": party(firms[row.owner_id]) if row.owner_id else None} for row in rows],
        "next": following}
