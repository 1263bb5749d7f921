"""Deadlines: by when somebody has to do something, whom it waits for, and why it is that day."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col

from voucher.ageing import BUCKETS, Aged, aged
from voucher.calendars import Calendar, DayNote
from voucher.deadlines import Deadline, DeadlineState
from voucher.languages import Translator
from voucher.people import OFFICE_ROLES, Organisation, Role, office
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import sight
from workflows.access import roles, signed_in
from workflows.api.answers import PartyAnswer, facts, party
from workflows.api.fields import Answer, Choice, Day, Instant, Key, Number, Part, Reference, Said, Those
from workflows.api.nouns import Noun, translator_of_reader
from workflows.api.paging import Paged, known, narrowed, page, page_of

deadlines = Noun("api-deadlines", __name__, description="By when somebody has to do something, and what follows when nobody does.")


class DeadlineQuery(Paged):
    """Which deadlines. `due_by` leaves those of that day or before by which something is still awaited; `standing` all such, or none."""

    after = Key(metadata={"description": "`next` of the page before."})
    state = Choice(DeadlineState)
    waits_for = Choice(Role)
    voucher = Reference("V")
    due_by = Day()
    standing = Choice(("yes", "no"))


class NoteAnswer(Answer):
    """What happened to the count on a day."""

    day = Day()
    what = Said(metadata={"example": "The clock starts; 10 working days."})


class DeadlineAnswer(Answer):
    """A deadline. `days_left` is less than zero when its last day is over; `then` is the step that follows by itself."""

    id = Key()
    case_reference = Said(metadata={"example": "V-2026-00001-4"})
    subject = Said(metadata={"example": "V-2026-00001-4"})
    rule = Said(metadata={"example": "review"})
    clause = Said()
    state = Said(metadata={"example": "running"})
    started_on = Day()
    length = Said(metadata={"example": "10 working days"})
    due_on = Day()
    days_left = Number()
    waits_for = Said(metadata={"example": "reviewer"})
    firm = Part(PartyAnswer, allow_none=True)
    then = Said()
    ended_at = Instant(allow_none=True)
    notes = Those(Part(NoteAnswer))


class AgedAnswer(Answer):
    """A queue: how many wait in it, by how many working days they have, for whom, and what waits longest."""

    noun = Said(metadata={"example": "claim"})
    state = Said(metadata={"example": "submitted"})
    waits_for = Those(Said(metadata={"example": "verifier"}))
    up_to_5 = Number()
    up_to_10 = Number()
    up_to_20 = Number()
    over_20 = Number()
    total = Number()
    oldest = Said(metadata={"example": "C-2026-00001-8"})
    oldest_days = Number()


class AgeingAnswer(Answer):
    """Every queue in which something waits."""

    items = Those(Part(AgedAnswer))


_FACTS = ("id", "case_reference", "subject", "rule", "state", "started_on", "length", "due_on", "waits_for", "then", "ended_at")


def told(work: Work, rows: Sequence[Deadline]) -> list[dict[str, Any]]:
    """Deadlines, with their notes in the reader's language."""
    say, firms = translator_of_reader(), known(work.session, Organisation, (row.waits_for_id for row in rows))
    return [facts(row, *_FACTS) | {
        "clause": row.clause(say.language), "days_left": row.days_left(work.now),
        "firm": party(firms[row.waits_for_id]) if row.waits_for_id else None,
        "notes": [{"day": note.day, "what": _said(say, note)} for note in row.day_notes]} for row in rows]


def _said(say: Translator, note: DayNote) -> str:
    values = {name: say(value) if isinstance(value, str) else value for name, value in note.values_in(say.language).items()}
    return say(note.what, **values)


@deadlines.reads("/deadlines", page_of(DeadlineAnswer), DeadlineQuery)
@signed_in
def list_deadlines(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """List deadlines: the office all of them, a firm those of its own cases.

    With `voucher`, the last page ends with the days that stand on the voucher itself (use, claim), on a ban and on a changed account.
    """
    shown = narrowed(sight.deadlines(work.actor), Deadline, query, "state", "waits_for")
    shown = shown.order_by(None).order_by(col(Deadline.id).desc())
    if "voucher" in query:
        shown = shown.where(Deadline.case_reference == query["voucher"])
    if "due_by" in query:
        shown = shown.where(Deadline.due_on <= query["due_by"], col(Deadline.ended_at).is_(None))
    if "standing" in query:
        over = col(Deadline.ended_at)
        shown = shown.where(over.is_(None) if query["standing"] == "yes" else over.is_not(None))
    rows, following = page(work.session, shown, Deadline, query, "id")
    return {"items": told(work, [*rows, *_own_days(work, query)] if following is None else rows), "next": following}


def _own_days(work: Work, query: dict[str, Any]) -> list[Deadline]:
    """Of the voucher that was asked for, what matches of the days that stand on it, on bans and on accounts."""
    voucher = work.session.exec(
        sight.vouchers(work.actor).where(Voucher.reference == query["voucher"])).first() if "voucher" in query else None
    found = [] if voucher is None else sight.own_days_in(work.session, work.actor, voucher, work.now, str(work.zone))
    return [each for each in found
            if query.get("state", each.state) == each.state and query.get("waits_for", each.waits_for) == each.waits_for
            and ("due_by" not in query or (each.due_on <= query["due_by"] and each.ended_at is None))
            and ("standing" not in query or (query["standing"] == "yes") == (each.ended_at is None))]


@deadlines.reads("/ageing", AgeingAnswer)
@roles(*OFFICE_ROLES)
def list_ageing(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """List how long things have waited where they stand, queue by queue, in working days."""
    calendar = Calendar(office(work.session).country)
    return {"items": [_aged(each) for each in aged(work.session, calendar, work.today, work.zone)]}


def _aged(each: Aged) -> dict[str, Any]:
    names = [*(f"up_to_{last}" for last in BUCKETS), f"over_{BUCKETS[-1]}"]
    return facts(each, "total", "oldest", "oldest_days") | dict(zip(names, each.counts, strict=True)) | {
        "noun": each.queue.noun, "state": each.queue.state, "waits_for": list(each.queue.waits_for)}
