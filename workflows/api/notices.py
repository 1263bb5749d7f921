"""Public notices and the objections to what they list."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import select

from voucher.claims import Claim
from voucher.database import fetch
from voucher.errors import NotNow, NotValid, _
from voucher.files import FileKind, StoredFile
from voucher.listings import Listing
from voucher.notices import Notice, NoticeState
from voucher.objections import Objection, ObjectionState
from voucher.papers import file_about
from voucher.people import OFFICE_ROLES
from voucher.programmes.programmes import Programme
from voucher.work import Work
from workflows import listing_objections, publication
from workflows.access import roles, signed_in
from workflows.answering import answers_to, mail_address
from workflows.api.acts import hang_acts
from workflows.api.answers import StepsAnswer, facts, steps
from workflows.api.fields import Answer, Body, Choice, Day, Instant, Nothing, Part, Reference, Said, Text, Those, YesNo
from workflows.api.nouns import Noun, takers
from workflows.api.paging import Paged, after, known, narrowed, page, page_of
from workflows.objecting import LONGEST_CONTACT, LONGEST_GROUNDS, LONGEST_OBJECTOR, OBJECTION

notices = Noun("api-notices", __name__, description="Public notices of what will be paid, and objections to it.")


class NoticeQuery(Paged):
    """Which notices."""

    after = after("G")
    state = Choice(NoticeState)


class ObjectionQuery(Paged):
    """Which objections."""

    after = after("J")
    state = Choice(ObjectionState)


class ObjectionBody(Body):
    """What is objected to, one of the two, and why; who objects and how he is reached."""

    claim = Reference("C")
    provider = Reference("N", metadata={"description": "Instead of a claim.", "example": None})
    name = Text(LONGEST_OBJECTOR, load_default="", metadata={"example": "Li Wei"})
    contact = Text(LONGEST_CONTACT, load_default="", metadata={"example": "li@example.org"})
    grounds = Text(LONGEST_GROUNDS, required=True, metadata={"example": "There is no buoy."})


class NoticeAnswer(Answer):
    """A public notice. `content` is the frozen list as text: the SHA-256 of its bytes is `digest`."""

    reference = Said(metadata={"example": "G-2026-00001-1"})
    programme = Said(metadata={"example": "P-2026-00001-1"})
    state = Said(metadata={"example": "open"})
    opened_on = Day()
    ends_on = Day()
    content = Said()
    digest = Said()


class ObjectionAnswer(StepsAnswer):
    """An objection to one claim or to one provider in notice, with who objects; a lead has no name."""

    reference = Said(metadata={"example": "J-2026-00001-1"})
    claim = Said(allow_none=True, metadata={"example": "C-2026-00001-8"})
    provider = Said(allow_none=True, metadata={"example": "N-2026-00002-3"})
    name = Said()
    contact = Said()
    grounds = Said()
    answer = Said()
    filed_at = Instant()
    decided_at = Instant(allow_none=True)


class ToldAnswer(Answer):
    """Something that an objector is told."""

    at = Instant()
    event = Said(metadata={"example": "objection.dismissed"})
    said = Said()
    reason = Said()
    sent = YesNo()


class AllToldAnswer(Answer):
    """What an objector is told, the first first; `address` is empty when he left no mail address."""

    address = Said(metadata={"example": "neighbour@example.org"})
    items = Those(Part(ToldAnswer))


def _told_notices(work: Work, rows: Sequence[Notice]) -> list[dict[str, Any]]:
    programmes = known(work.session, Programme, (row.programme_id for row in rows))
    return [facts(row, "reference", "state", "opened_on", "ends_on", "content", "digest") | {
        "programme": programmes[row.programme_id].reference} for row in rows]


def _told(work: Work, rows: Sequence[Objection]) -> list[dict[str, Any]]:
    claims = known(work.session, Claim, (row.claim_id for row in rows if row.claim_id))
    listings = known(work.session, Listing, (row.listing_id for row in rows if row.listing_id))
    return [facts(row, "reference", "state", "name", "contact", "grounds", "answer", "filed_at", "decided_at") | {
        "claim": claims[row.claim_id].reference if row.claim_id else None,
        "provider": listings[row.listing_id].reference if row.listing_id else None,
        "steps": steps(work, OBJECTION, row.state, {})} for row in rows]


def told_one(work: Work, row: Objection) -> dict[str, Any]:
    """An objection."""
    return _told(work, [row])[0]


@notices.reads("/notices", page_of(NoticeAnswer), NoticeQuery)
@signed_in
def list_notices(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List public notices with their frozen lists."""
    shown = narrowed(select(Notice), Notice, query, "state")
    rows, following = page(work.session, shown, Notice, query)
    return {"items": _told_notices(work, rows), "next": following}


@notices.reads("/notices/<notice>", NoticeAnswer)
@signed_in
def show_notice(work: Work, _query: dict[str, Any], notice: str) -> dict[str, Any]:
    """Show a public notice with its frozen list."""
    return _told_notices(work, [fetch(work.session, Notice, notice)])[0]


@notices.downloads("/notices/<notice>/list", "application/pdf")
@signed_in
def download_notice_list(work: Work, notice: str) -> StoredFile:
    """Download the list of a public notice (PDF)."""
    file = file_about(work.session, FileKind.NOTICE_LIST, fetch(work.session, Notice, notice).reference)
    if file is None:
        raise NotNow(_("The list is being made. Look again in a minute."))
    return file


@notices.writes("/programmes/<programme>/notices", NoticeAnswer, Nothing, status=201)
@takers(publication.NOTICE, "publish_notice")
def publish_notice(work: Work, _body: dict[str, Any], programme: str) -> dict[str, Any]:
    """Put every approved claim of a programme on a public notice that was on none yet."""
    return _told_notices(work, [publication.publish_notice(work, programme)])[0]


@notices.reads("/objections", page_of(ObjectionAnswer), ObjectionQuery)
@roles(*OFFICE_ROLES)
def list_objections(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List objections and leads."""
    shown = narrowed(select(Objection), Objection, query, "state")
    rows, following = page(work.session, shown, Objection, query)
    return {"items": _told(work, rows), "next": following}


@notices.reads("/objections/<objection>", ObjectionAnswer)
@roles(*OFFICE_ROLES)
def show_objection(work: Work, _query: dict[str, Any], objection: str) -> dict[str, Any]:
    """Show an objection."""
    return told_one(work, fetch(work.session, Objection, objection))


@notices.reads("/objections/<objection>/letters", AllToldAnswer)
@roles(*OFFICE_ROLES)
def list_letters_to_objector(work: Work, _query: dict[str, Any], objection: str) -> dict[str, Any]:
    """List what the objector is told, and whether it went out by mail."""
    held = fetch(work.session, Objection, objection)
    return {"address": mail_address(held), "items": [
        {"at": each.event.at, "event": each.event.name, "said": each.words["said"], "reason": each.words["reason"], "sent": each.went_out}
        for each in answers_to(work.session, held)]}


@notices.writes("/objections", ObjectionAnswer, ObjectionBody, status=201)
@signed_in
def file_objection(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Object to a claim on a public notice, or to a provider in notice. Without name and contact it is a lead for auditors."""
    if ("claim" in body) == ("provider" in body):
        raise NotValid(_("Name a claim or a provider, one of the two."))
    said = body["name"], body["contact"], body["grounds"]
    return told_one(work, publication.file_objection(work, body["claim"], *said) if "claim" in body
                    else listing_objections.file_listing_objection(work, body["provider"], *said))


hang_acts(notices, "J", ObjectionAnswer, told_one)
