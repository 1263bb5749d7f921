"""The journal: the only code that writes to the books.

`post` does the same few steps whatever it is given, in this order:

1. make the accounts that are not there yet, and lock all of them in the order of their keys: nobody waits in a circle
2. does the cause stand already? The same content: answer the entry that stands. Other content: refuse
3. check the rest: the day open, a reversal in order, no account beyond its bounds
4. write: dimensions, postings, balances, and the entry last; the database's triggers check all of it once more

The engine does them (`server.py`, `embedded.py`); here stands what goes in, and what its answer means.
"""

import hmac
import json
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, func, literal, select, tuple_
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session
from uuid_utils.compat import uuid7

from voucher.errors import NotFound, NotNow, NotValid, Problem, _, problem
from voucher.ledger import embedded, server
from voucher.ledger.accounts import Account, accounts
from voucher.ledger.entries import (
    Draft,
    Entry,
    Line,
    dimension_sets,
    dimensions,
    entries,
    instant,
    leaf_at,
    memos,
    microseconds,
    postings,
    record_start,
)
from voucher.ledger.keeping import Unkeepable, is_text, keeping_problems
from voucher.ledger.laying import Answer, Beyond, Item, Lot, Origin, is_sqlite
from voucher.money import Money
from voucher.work import Work

T = TypeVar("T")

# The event of every reversal.
REVERSED = "entry.reversed"

# The last day for which anything counts: a later one is a slip.
LAST_DAY = date(2199, 12, 31)

_SHA256 = re.compile("[0-9a-f]{64}")

# The number that PostgreSQL gives to a number that is too large for its column.
_OUT_OF_RANGE = "22003"

# Keys in one question, and rows in one statement: below the number of parameters that either engine takes.
CHUNK = 2_000


class Overdrawn(NotNow):
    """There is not enough left in this account."""


class CauseTaken(NotNow):
    """Another entry with other content has been posted for this cause."""


class Unsound(NotValid):
    """An entry says what happened, on a day that the books know, with evidence by its SHA-256."""


class Unbalanced(Unsound):
    """An entry must have two postings at least, and balance in every book and currency."""


class NotItself(NotNow):
    """In the place of this account stands another. `voucher ledger verify` names it."""


class PeriodClosed(NotNow):
    """That day is closed."""


class NotReversible(NotNow):
    """This entry cannot be reversed."""


def post(work: Work, draft: Draft) -> Entry:
    """Write one entry in the books, or answer the one that stands already for its cause.

    Raises Unsound, Unbalanced, Unkeepable, Overdrawn, CauseTaken, NotReversible, NotItself.
    """
    return post_many(work, [draft])[0]


def post_many(work: Work, drafts: Sequence[Draft], progress: Callable[[int], object] = bool) -> list[Entry]:
    """Write many entries, all or none, in this order; the answers are in the order of the drafts.

    One transaction that posts several times should do it with one call: only then all locks are taken in one order.
    `progress` is told from time to time how many are written.
    """
    work.session.flush()
    _refuse_the_unkeepable(drafts)
    fresh = _once_each(drafts)
    stand = _without_the_unsound(work.session, fresh)
    named = accounts_of(fresh.values())
    missing = [draft for draft in fresh.values() if draft.cause not in stand]
    pack = _packing(work.session)
    made = (pack([item_of(draft, _origin(work, draft)) for draft in some]) for some in chunks(missing))
    with _all_or_none(work.session, len(fresh) > CHUNK or any(draft.reverses for draft in missing)):
        for lot in _ahead(made) if len(missing) > CHUNK else made:
            stand |= _lay(work.session, named, lot)
            named = []
            progress(len(stand))
    work.session.info[_REACHED] = max([_now(work), *(microseconds(each.recorded_at) for each in stand.values())])
    return [stand[draft.cause] for draft in drafts]


def reverse(work: Work, cause_of_original: str, cause: str, effective_on: date, reason: str,
            evidence: Sequence[str] = ()) -> Entry:
    """Post the exact inverse of an entry, linked to it. The original stays as it is.

    It counts for `effective_on`, and that day, not the original's, must be open. An entry is reversed once; a reversal is
    not reversed (post anew instead). Money that has gone since is refused as Overdrawn: what is then owed is a new fact.
    Raises NotFound, NotReversible, Overdrawn, CauseTaken.
    """
    original = find(work.session, cause_of_original)
    if original is None:
        raise NotFound(_("There is no entry for {cause}."), cause=cause_of_original)
    return post(work, reversal(original, cause, effective_on, reason, evidence))


def reversal(original: Entry, cause: str, effective_on: date, reason: str, evidence: Sequence[str] = ()) -> Draft:
    """The exact inverse of an entry as a draft, for `post_many` with what belongs to it. Of an adjusting entry it is one too."""
    lines = tuple(Line(line.account, -line.amount, line.dimensions) for line in original.lines)
    return Draft(cause, REVERSED, effective_on, lines, memo=reason, evidence=tuple(evidence),
                 terms=original.terms, adjusting=original.adjusting, reverses=original.id)


def find(session: Session, cause: str) -> Entry | None:
    """The entry that stands for a cause."""
    return find_many(session, [cause]).get(cause)


def find_many(session: Session, causes: Collection[str]) -> dict[str, Entry]:
    """The entries that stand for these causes, by cause, in one journey for as many as fit into a statement."""
    possible = [cause for cause in causes if is_text(cause)]
    return {entry.cause: entry for some in chunks(possible) for entry in load(session, entries.c.cause.in_(some))}


def about(session: Session, name: str, value: str) -> list[Entry]:
    """The entries of which some posting carries this dimension, in the order of recording."""
    if not (is_text(name) and is_text(value)):
        return []
    sets = select(dimensions.c.set_id).where(dimensions.c.name == name, dimensions.c.value == value)
    carrying = select(postings.c.entry_id).where(postings.c.dimensions_id.in_(sets))
    return load(session, entries.c.id.in_(carrying))


def recorded_between(session: Session, as_of: date | None, then: datetime, now: datetime, limit: int | None = None) -> list[Entry]:
    """The entries that were recorded after one instant and up to another for days up to `as_of` (all days when it is None), in the order of
    recording: all of them, or the first.
    """
    days = () if as_of is None else (entries.c.effective_on <= as_of,)
    return load(session, entries.c.recorded_us > microseconds(then), entries.c.recorded_us <= microseconds(now), *days, limit=limit)


def moving(session: Session, prefix: str, since: date, until: date, event: str | None = None, after: Entry | None = None,
           limit: int | None = None) -> list[Entry]:
    """The entries that move an account whose name begins so, from one day to another, both included, in the order of recording; with
    `event` only those of it and those that reverse one of it; those behind `after`, all of them or the first.
    """
    found = (select(postings.c.entry_id).join(accounts, accounts.c.id == postings.c.account_id)
             .where(postings.c.entry_id == entries.c.id, accounts.c.name.startswith(prefix, autoescape=True)).exists())
    which = [entries.c.effective_on.between(since, until), found]
    if event is not None:
        of_it = entries.alias()
        reversed_event = select(of_it.c.event).where(of_it.c.id == entries.c.reverses_id).scalar_subquery()
        which.append(func.coalesce(reversed_event, entries.c.event) == event)
    if after is not None:
        which.append(_behind(after))
    return load(session, *which, limit=limit)


def reversal_of(session: Session, entry: Entry) -> Entry | None:
    """The entry that reverses this one, if one does."""
    return next(iter(load(session, entries.c.reverses_id == entry.id)), None)


def load(session: Session, *which: ColumnElement[bool], limit: int | None = None) -> list[Entry]:
    """Entries with their lines, in the order of recording."""
    connection = session.connection()
    chosen = select(entries.c.id).where(*which)
    if limit is not None:
        chosen = chosen.order_by(entries.c.recorded_us, entries.c.id).limit(limit)
    heads = connection.execute(
        select(entries, memos.c.text).outerjoin(memos, memos.c.entry_id == entries.c.id)
        .where(*which).order_by(entries.c.recorded_us, entries.c.id).limit(limit)
    ).all()
    lines: dict[UUID, list[Line]] = defaultdict(list)
    for row in connection.execute(_LINES.where(postings.c.entry_id.in_(chosen))) if heads else ():
        lines[row.entry_id].append(_line(row))
    return [_entry(head, tuple(lines[head.id])) for head in heads]


def stream(session: Session, *which: ColumnElement[bool]) -> Iterator[Entry]:
    """All entries in the order of recording, a page at a time: memory stays flat however many there are."""
    page = load(session, *which, limit=CHUNK)
    while page:
        yield from page
        page = load(session, *which, _behind(page[-1]), limit=CHUNK)


def _behind(entry: Entry) -> ColumnElement[bool]:
    """What was recorded after an entry; of one instant, what has a higher key."""
    return tuple_(entries.c.recorded_us, entries.c.id) > tuple_(literal(microseconds(entry.recorded_at)), literal(entry.id, Uuid()))


_LINES = (
    select(postings.c.entry_id, postings.c.amount_minor, accounts.c.name, accounts.c.currency, dimension_sets.c.members)
    .join(accounts, accounts.c.id == postings.c.account_id)
    .outerjoin(dimension_sets, dimension_sets.c.id == postings.c.dimensions_id)
    .order_by(postings.c.entry_id, postings.c.number)
)


def _line(row: Any) -> Line:
    return Line(_account(row.name, row.currency), Money(row.amount_minor, row.currency), _carried(row.members) if row.members else ())


# What is read again and again is made once: an export of a million entries knows some thousand accounts. They carry no bounds:
# those of an account that stands are not told by an entry, and may exclude the zero at which a new one has to stand.
_account = lru_cache(maxsize=2**14)(Account)


@lru_cache(maxsize=2**14)
def _carried(members: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(json.loads(members).items()))


def _entry(head: Any, lines: tuple[Line, ...]) -> Entry:
    return Entry(head.id, head.cause, head.event, head.effective_on, instant(head.recorded_us), head.actor, lines,
                 (head.memo_commitment and head.text) or "", tuple(json.loads(head.evidence)), head.terms, head.adjusting,
                 head.reverses_id, head.content_digest, head.memo_commitment, head.digest)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in pieces that fit into one statement."""
    return (items[start:start + size] for start in range(0, len(items), size))


# --- causes ----------------------------------------------------------------------------------------------------------


def _once_each(drafts: Sequence[Draft]) -> dict[str, Draft]:
    """Each cause once. Raises CauseTaken when two drafts of one cause differ, NotReversible when two reverse the same entry."""
    fresh: dict[str, Draft] = {}
    for draft in drafts:
        twin = fresh.setdefault(draft.cause, draft)
        if twin is not draft and (twin.content(), twin.memo) != (draft.content(), draft.memo):
            raise _taken(draft)
    reversing: dict[UUID, Draft] = {}
    for draft in fresh.values():
        if draft.reverses and (first := reversing.setdefault(draft.reverses, draft)) is not draft:
            raise NotReversible(_("{first} and {second} would reverse the same entry; it is reversed once."),
                                first=first.cause, second=draft.cause)
    return fresh


def _standing(session: Session, drafts: Mapping[str, Draft], causes: Iterable[str]) -> dict[str, Entry]:
    """The entries that stand for these causes, if they say the same as the drafts. Raises CauseTaken."""
    found = find_many(session, sorted(causes))
    for cause, entry in found.items():
        if not _says_the_same(entry, drafts[cause]):
            raise _taken(drafts[cause])
    return found


def _taken(draft: Draft) -> CauseTaken:
    return CauseTaken(_("{cause} has been posted with other content. Look at that entry; a new fact needs a new cause."),
                      cause=draft.cause)


def _says_the_same(entry: Entry, draft: Draft) -> bool:
    """Whether the entry is what the draft would become. Words that were taken away since are not held against it."""
    if entry.memo_commitment is None:
        same_memo = not draft.memo
    else:
        same_memo = entry.memo in ("", draft.memo)
    return same_memo and entry.content_digest == sha256(draft.content()).digest()


# --- checks ----------------------------------------------------------------------------------------------------------


def _refuse_the_unkeepable(drafts: Iterable[Draft]) -> None:
    """Before anything is asked: one engine would keep it, the other not even look for it. Raises Unkeepable."""
    if found := [each for draft in drafts for each in keeping_problems(draft)]:
        raise Unkeepable(problems=found)


def _without_the_unsound(session: Session, drafts: Mapping[str, Draft]) -> dict[str, Entry]:
    """The entries that stand already, asked only when a draft is unsound: its cause decides first. Raises Unsound, Unbalanced."""
    problems = {cause: found for cause, draft in drafts.items() if (found := list(shape_problems(draft)))}
    if not problems:
        return {}
    stand = _standing(session, drafts, drafts)
    left = [each for cause, found in problems.items() if cause not in stand for each in found]
    if left:
        differ = any(cause not in stand and any(_balance_problems(drafts[cause])) for cause in problems)
        raise (Unbalanced if differ else Unsound)(problems=left)
    return stand


def shape_problems(draft: Draft) -> Iterator[Problem]:
    """What is wrong with a draft on its own. (That its day lies before the books begin, the engine says: it knows when they do.)"""
    if not draft.cause.strip():
        yield problem(_("An entry says for which fact it stands; this one has no cause."))
    if not draft.event.strip():
        yield problem(_("An entry says what happened; this one has no event."), draft.cause)
    for each in draft.evidence:
        if not _SHA256.fullmatch(each):
            yield problem(_("Evidence is named by its SHA-256, 64 characters of 0-9 and a-f; {text} is none."), draft.cause, text=each)
    if draft.effective_on > LAST_DAY:
        yield problem(_("The books end with {last}; {day} lies beyond."), draft.cause, last=LAST_DAY.isoformat(),
                      day=draft.effective_on.isoformat())
    yield from _balance_problems(draft)


def _balance_problems(draft: Draft) -> Iterator[Problem]:
    if len(draft.postings) < 2:
        yield problem(_("An entry needs two postings that are not zero; this one has {count}."), draft.cause,
                      count=len(draft.postings))
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in draft.postings:
        sums[line.account.book, line.account.currency] += line.amount.minor
    for (book, currency), minor in sums.items():
        if minor:
            yield problem(_("Debits and credits differ by {difference} {currency} in the book {book}."), draft.cause,
                          difference=str(Money(minor, currency)), currency=currency, book=book)


def _refuse(session: Session, answer: Answer, drafts: Sequence[Draft], named: Mapping[UUID, Account]) -> None:
    """Say by name why an engine has refused. Raises PeriodClosed, NotReversible, Overdrawn, NotItself."""
    if answer.displaced:
        raise NotItself(_("In the place of {text} stands something else. Let `voucher ledger verify` name it."), text=answer.displaced)
    if answer.closed is not None:
        raise _closed(drafts[answer.closed], answer)
    if answer.unreversible is not None:
        raise _not_reversible(session, drafts[answer.unreversible])
    if answer.beyond:
        raise _overdrawn(named[answer.beyond.account_id], answer.beyond)


def _closed(draft: Draft, answer: Answer) -> PeriodClosed:
    closed, adjusting = answer.closed_through, answer.adjusting_through
    if closed and draft.effective_on <= closed:
        return PeriodClosed(_("The books are closed up to {day}; {cause} must count for a later day."),
                            day=closed.isoformat(), cause=draft.cause)
    return PeriodClosed(_("Up to {day} only adjusting entries are taken; {cause} is none."),
                        day=adjusting.isoformat() if adjusting else "", cause=draft.cause)


def _not_reversible(session: Session, draft: Draft) -> NotReversible:
    """A reversal is not itself reversed, and an entry is reversed once."""
    original = next(iter(load(session, entries.c.id == draft.reverses)))
    before = reversal_of(session, original)
    if before is None:
        return NotReversible(_("{cause} is itself a reversal. Post what is right as a new entry."), cause=original.cause)
    return NotReversible(_("{cause} has been reversed already, by {reversal}."), cause=original.cause, reversal=before.cause)


def _overdrawn(account: Account, beyond: Beyond) -> Overdrawn:
    there, asked = abs(beyond.bound - beyond.before), abs(beyond.after - beyond.before)
    return Overdrawn(_("{account} has {there} {currency} left, and {asked} {currency} is asked for."), account=account.name,
                     there=str(Money(there, account.currency)), asked=str(Money(asked, account.currency)),
                     currency=account.currency)


# --- writing ---------------------------------------------------------------------------------------------------------


def accounts_of(drafts: Iterable[Draft]) -> list[Account]:
    """The accounts of drafts, each once, in the order of their keys: that in which they are locked."""
    found = {line.account.id: line.account for draft in drafts for line in draft.postings}
    return [found[key] for key in sorted(found, key=lambda key: key.int)]


def restore(session: Session, items: Sequence[tuple[Draft, Origin]]) -> list[Entry]:
    """Write entries that another ledger has recorded, in its order, with the keys and instants that they have there."""
    made = [item_of(draft, origin) for draft, origin in items]
    named = accounts_of(draft for draft, _origin in items)
    answer = _ask(session, named, _packing(session)(made), exact=True)
    if answer.standing:
        raise _taken(next(draft for draft, _origin in items if draft.cause in answer.standing))
    _refuse(session, answer, [draft for draft, _origin in items], {each.id: each for each in named})
    return [_entry_of(item, recorded_us) for item, recorded_us in zip(made, answer.instants, strict=True)]


@contextmanager
def _all_or_none(session: Session, may_stop_halfway: bool) -> Iterator[None]:
    """What takes several statements, or what a guard may refuse, is taken back whole then, and whoever asked may go on."""
    if may_stop_halfway:
        with session.begin_nested():
            yield
    else:
        yield


def _ahead(steps: Iterator[T]) -> Iterator[T]:
    """Each step while the engine is still busy with the one before."""
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(next, steps, None)
        while (here := coming.result()) is not None:
            coming = beside.submit(next, steps, None)
            yield here


def _lay(session: Session, named: Sequence[Account], lot: Lot) -> dict[str, Entry]:
    """Have some drafts written, or found where they stand. Raises CauseTaken, PeriodClosed, NotReversible, Overdrawn, NotItself."""
    drafts, stand = {item.draft.cause: item.draft for item in lot.items}, dict[str, Entry]()
    answer = _ask(session, named, lot)
    while answer.standing:
        stand |= _standing(session, drafts, answer.standing)
        lot = _packing(session)([item for item in lot.items if item.draft.cause not in stand])
        answer = _ask(session, named, lot)
    if not answer.instants:
        _refuse(session, answer, [item.draft for item in lot.items], {each.id: each for each in accounts_of(drafts.values())})
    return stand | {item.draft.cause: _entry_of(item, at) for item, at in zip(lot.items, answer.instants, strict=True)}


def _packing(session: Session) -> Callable[[Sequence[Item]], Lot]:
    """How the engine wants to be given items."""
    return embedded.pack if is_sqlite(session.connection()) else server.pack


def _ask(session: Session, named: Sequence[Account], lot: Lot, *, exact: bool = False) -> Answer:
    """Ask the engine. A refusal that only a race between two transactions can reach comes from a constraint."""
    connection = session.connection()
    lay = embedded.lay if is_sqlite(connection) else server.lay
    try:
        return lay(connection, named, lot, exact=exact)
    except IntegrityError as error:
        raise _named(error) from error
    except (OverflowError, DataError) as error:
        if isinstance(error, DataError) and getattr(error.orig, "sqlstate", "") != _OUT_OF_RANGE:
            raise
        raise Unkeepable(_("An account would stand higher or lower than a number of 64 bits: larger than the books can count.")) from error


# How far the instants of a session's entries have come: a journal of one work reads in the order in which it was posted.
_REACHED = "recorded_us"


def _now(work: Work) -> int:
    return max(microseconds(work.now), int(work.session.info.get(_REACHED, 0)))


def _origin(work: Work, draft: Draft) -> Origin:
    """A new entry, recorded here and now."""
    salt = secrets.token_bytes(32) if draft.memo else b""
    return Origin(uuid7(), str(work.actor.person_id or work.actor.name), _now(work),
                  commit_to(salt, draft.memo) if draft.memo else None, salt)


def item_of(draft: Draft, origin: Origin) -> Item:
    """A draft with its hashes. Words go into a row of their own, and only a commitment to them into the hash."""
    content_digest = sha256(draft.content()).digest()
    return Item(draft, origin, draft.postings, content_digest,
                record_start(origin.key, content_digest, origin.actor, origin.commitment))


def _entry_of(item: Item, recorded_us: int) -> Entry:
    """What an item has become."""
    draft, origin = item.draft, item.origin
    return Entry(origin.key, draft.cause, draft.event, draft.effective_on, instant(recorded_us), origin.actor, item.lines,
                 draft.memo, tuple(draft.evidence), draft.terms, draft.adjusting, draft.reverses, item.content_digest,
                 origin.commitment, leaf_at(item.start, recorded_us))


def commit_to(salt: bytes, words: str) -> bytes:
    """A commitment to words that may have to be forgotten: HMAC-SHA-256 under a key that is forgotten with them."""
    return hmac.digest(salt, words.encode(), "sha256")


# How either engine says that an entry reverses none that stands, or not as it was. (SQLite names no key; other keys hold by then.)
_FALSE_REVERSALS = ("fk_entries_reverses_id", "FOREIGN KEY constraint failed", "inverts its original")

# How SQLite says that an account stands under another key than its name makes; PostgreSQL takes none such.
_SAME_NAME = "UNIQUE accounts.name, accounts.currency"


def _named(error: IntegrityError) -> Exception:
    """The refusal behind a constraint that only a race between two transactions can reach, a false reversal, or an account displaced."""
    said = str(error.orig)
    reached = {"uq_entries_cause": CauseTaken(), "uq_entries_reverses_id": NotReversible(), "the day is closed": PeriodClosed(),
               _SAME_NAME: NotItself()}
    reached |= dict.fromkeys(_FALSE_REVERSALS, NotReversible(_("What reverses an entry is its exact inverse, and that entry stands.")))
    return next((refusal for words, refusal in reached.items() if words in said), error)
