"""Letters: who was told what, and when."""

from collections.abc import Sequence
from typing import Any

from voucher import letters as outbox
from voucher.letters import Letter, LetterState
from voucher.people import Mails, Organisation
from voucher.work import Work
from workflows import correspondence
from workflows.access import signed_in
from workflows.api.answers import PartyAnswer, facts, party
from workflows.api.fields import Answer, Body, Choice, Day, Instant, Key, Number, Part, Reference, Said
from workflows.api.nouns import Noun
from workflows.api.paging import Paged, known, page, page_of

letters = Noun("api-letters", __name__, description="What the parties to a case were told.")


class LetterQuery(Paged):
    """Which letters."""

    after = Key(metadata={"description": "`next` of the page before."})
    case = Reference("V")


class LetterAnswer(Answer):
    """A letter, in the words of its receiver's language. Who of an organisation got it is told to nobody here."""

    id = Said()
    at = Instant()
    event = Said(metadata={"example": "voucher.issued"})
    subject = Said(metadata={"example": "V-2026-00001-3"})
    organisation = Part(PartyAnswer)
    role = Said(metadata={"example": "sme"})
    language = Said(metadata={"example": "en"})
    said = Said(metadata={"example": "Your voucher V-2026-00001-3 over CN¥100,000.00 has been issued."})
    reason = Said()
    do = Said(metadata={"example": "Order a service from a listed provider."})
    basis = Said(metadata={"description": "Of a decision against the receiver: the clauses on which it rests."})
    appeal = Said(metadata={"description": "Of a decision against the receiver: how and until when it may be appealed."})
    due_on = Day(allow_none=True)
    state = Said(metadata={"enum": [str(each) for each in LetterState], "example": "sent"})
    attempts = Number()
    sent_at = Instant(allow_none=True)


def told(work: Work, rows: Sequence[Letter]) -> list[dict[str, Any]]:
    """Letters, as they are shown."""
    firms = known(work.session, Organisation, (row.organisation_id for row in rows))
    states = outbox.states_of(work.session, rows)
    return [
        facts(row, "at", "event", "subject", "role", "language", "due_on", "sent_at") | {
            "id": str(row.id), "organisation": party(firms[row.organisation_id]), "said": row.words["said"],
            "reason": row.words["reason"], "do": row.words["do"], "basis": row.words.get("basis", ""),
            "appeal": row.words.get("appeal", ""), "state": states[row.id][0], "attempts": states[row.id][1]}
        for row in rows]


class MailsBody(Body):
    """Which letters come by mail: each at once, all of a day together, or those with a deadline; all stand in the portal."""

    mails = Choice(Mails, required=True)


class MailsAnswer(Answer):
    """Who gets which letters by mail."""

    email = Said(metadata={"example": "liu@example.com"})
    mails = Said(metadata={"example": "daily"})


@letters.writes("/me/mails", MailsAnswer, MailsBody)
@signed_in
def choose_mails(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Choose which letters come to me by mail."""
    return facts(correspondence.choose_mails(work, Mails(body["mails"])), "email", "mails")


@letters.reads("/letters", page_of(LetterAnswer), LetterQuery)
@signed_in
def list_letters(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List letters: the office all of them, a firm what it was told itself."""
    shown = outbox.letters(work.actor)
    if "case" in query:
        shown = shown.where(Letter.case_reference == query["case"])
    rows, following = page(work.session, shown, Letter, query, "id")
    return {"items": told(work, rows), "next": following}
