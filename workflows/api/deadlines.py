"""Deadlines: by when somebody has to do something, whom it waits for, and why it is that day."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, String, Uuid, literal, select, tuple_
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from voucher.ageing import BUCKETS, Aged, aged, ahead
from voucher.calendars import Calendar, DayNote
from voucher.deadlines import Deadline, DeadlineState
from voucher.errors import NotValid, _, problem
from voucher.languages import Translator
from voucher.own_days import STANDING, days_of_keys
from voucher.people import OFFICE_ROLES, Organisation, Role, office
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows import sight
from workflows.access import roles, signed_in
from workflows.api.answers import PartyAnswer, facts, party
from workflows.api.fields import Answer, Choice, Day, Instant, Key, Number, Part, Reference, Said, Text, Those
from workflows.api.nouns import Noun, translator_of_reader
from workflows.api.paging import Paged, known, narrowed, page, page_of

deadlines = Noun("api-deadlines", __name__, description="By when somebody has to do something, and what follows when nobody does.")


class DeadlineQuery(Paged):
    """Which deadlines. `due_by` leaves those of that day or before by which something is still awaited; `standing` all such, or none."""

    after = Text(80, metadata={"description": "`next` of the page before."})
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


class AheadAnswer(Answer):
    """What runs out by a rule: how many are late, how many are due in how many working days, for whom, and the first day."""

    rule = Said(metadata={"example": "use"})
    waits_for = Said(metadata={"example": "sme"})
    late = Number()
    up_to_5 = Number()
    up_to_10 = Number()
    up_to_20 = Number()
    over_20 = Number()
    total = Number()
    first = Day()


class AgeingAnswer(Answer):
    """Every queue in which something waits, and every rule by which something runs out."""

    items = Those(Part(AgedAnswer))
    ahead = Those(Part(AheadAnswer))


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

    After the deadlines that are kept come the days that stand on vouchers (use, claim), on bans and on changed accounts, the earliest
    first; with `voucher`, those of its case.
    """
    rows: list[Deadline] = []
    following, place = None, _place(query.get("after"))
    if not isinstance(place, tuple):
        asked = query if place is None else query | {"after": place}
        rows, following = page(work.session, _kept(work, query), Deadline, asked, "id")
    if following is None:
        days, following = _page_of_days(work, query, query["limit"] - len(rows), place if isinstance(place, tuple) else None)
        rows += days
    return {"items": told(work, rows), "next": following}


def _kept(work: Work, query: dict[str, Any]) -> SelectOfScalar[Deadline]:
    """The deadlines that are rows, newest first."""
    shown = narrowed(sight.deadlines(work.actor), Deadline, query, "state", "waits_for")
    shown = shown.order_by(None).order_by(col(Deadline.id).desc())
    if "voucher" in query:
        shown = shown.where(Deadline.case_reference == query["voucher"])
    if "due_by" in query:
        shown = shown.where(Deadline.due_on <= query["due_by"], col(Deadline.ended_at).is_(None))
    if "standing" in query:
        over = col(Deadline.ended_at)
        shown = shown.where(over.is_(None) if query["standing"] == "yes" else over.is_not(None))
    return shown


#: What the name of a place among the days that stand on vouchers, bans and accounts begins with.
_OWN = "own/"

_Place = tuple[date, UUID, str]

#: The place before all of them.
_FIRST = ("", UUID(int=0), date.min)


def _page_of_days(work: Work, query: dict[str, Any], most: int, place: _Place | None) -> tuple[list[Deadline], str | None]:
    """So many of the days after a place among them, and the name of the place after which others follow."""
    if "voucher" in query:
        return _days_of_case(work, query), None
    role = query.get("waits_for", "")
    keys = sight.keys_of_every_own_day(work.session, work.actor, work.now, work.today, _states(query), role).subquery()
    order = (keys.c.due_on, keys.c.id, keys.c.rule)
    shown = select(keys.c.rule, keys.c.id, keys.c.due_on).order_by(*order).limit(most + 1)
    if place is not None:
        shown = shown.where(tuple_(*order) > tuple_(literal(place[0], Date), literal(place[1], Uuid), literal(place[2], String)))
    if "due_by" in query:
        shown = shown.where(keys.c.due_on <= query["due_by"])
    found = [(row.rule, row.id, row.due_on) for row in work.session.execute(shown)]
    rows = days_of_keys(work.session, found[:most], work.now, str(work.zone))
    if len(found) <= most:
        return rows, None
    rule, key, day = found[most - 1] if most else _FIRST
    return rows, f"{_OWN}{day}/{rule}/{key}"


def _place(name: str | None) -> UUID | _Place | None:
    """What a page ended with: a deadline that is kept, or a day. Raises NotValid for what names neither."""
    if name is None:
        return None
    try:
        if not name.startswith(_OWN):
            return UUID(name)
        day, rule, key = name.removeprefix(_OWN).split("/")
        return date.fromisoformat(day), UUID(key), rule
    except ValueError:
        raise NotValid(problems=[problem(_("There is no {text} on this list."), "after", text=name)]) from None


def _states(query: dict[str, Any]) -> list[str]:
    """The states that the query asks for."""
    stands = "yes" if "due_by" in query else query.get("standing")
    return [state for state in DeadlineState if query.get("state", state) == state
            and query.get("standing", stands) == stands and (stands is None or (stands == "yes") == (state in STANDING))]


def _days_of_case(work: Work, query: dict[str, Any]) -> list[Deadline]:
    """Of the voucher that was asked for, what matches of the days that stand on it, on bans and on accounts."""
    voucher = work.session.exec(sight.vouchers(work.actor).where(Voucher.reference == query["voucher"])).first()
    found = [] if voucher is None else sight.own_days_in(work.session, work.actor, voucher, work.now, str(work.zone))
    return [each for each in found if each.state in _states(query) and query.get("waits_for", each.waits_for) == each.waits_for
            and ("due_by" not in query or each.due_on <= query["due_by"])]


@deadlines.reads("/ageing", AgeingAnswer)
@roles(*OFFICE_ROLES)
def list_ageing(work: Work, _query: dict[str, Any]) -> dict[str, Any]:
    """List how long things have waited where they stand, queue by queue, and in how long what is awaited runs out, in working days."""
    calendar = Calendar(office(work.session).country)
    return {"items": [_aged(each) for each in aged(work.session, calendar, work.today, work.zone)],
            "ahead": [facts(each, "rule", "waits_for", "late", "total", "first") | _by_bucket(each.counts)
                      for each in ahead(work.session, calendar, work.now, work.today)]}


def _aged(each: Aged) -> dict[str, Any]:
    return facts(each, "total", "oldest", "oldest_days") | _by_bucket(each.counts) | {
        "noun": each.queue.noun, "state": each.queue.state, "waits_for": list(each.queue.waits_for)}


def _by_bucket(counts: Sequence[int]) -> dict[str, int]:
    return dict(zip((*(f"up_to_{last}" for last in BUCKETS), f"over_{BUCKETS[-1]}"), counts, strict=True))
