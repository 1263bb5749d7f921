"""The journal: the only code that writes to the books.

`post` does the same few steps whatever it is given, in this order:

1. make the accounts that are not there yet, and lock all of them in the order of their keys: nobody waits in a circle
2. does the cause stand already? The same content: answer the entry that stands. Other content: refuse
3. check the rest: two postings at least, balanced, a reversal in order, no account beyond its bounds
4. write: balances, dimensions, postings, and the entry last; the database's triggers check all of it once more
"""

import hmac
import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Uuid, literal, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from uuid_utils.compat import uuid7

from voucher.errors import NotFound, NotNow, NotValid, Problem, _, problem
from voucher.ledger import storage
from voucher.ledger.accounts import Account, accounts
from voucher.ledger.entries import (
    Draft,
    Entry,
    Line,
    canonical,
    dimension_set_id,
    dimension_sets,
    dimensions,
    entries,
    instant,
    leaf,
    memos,
    microseconds,
    postings,
    record,
)
from voucher.ledger.storage import Rows, Values
from voucher.money import Money
from voucher.work import Work

T = TypeVar("T")

# Keys in one question, and rows in one statement: below the number of parameters that either engine takes.
CHUNK = 2_000


class Overdrawn(NotNow):
    """There is not enough left in this account."""


class CauseTaken(NotNow):
    """Another entry with other content has been posted for this cause."""


class Unbalanced(NotValid):
    """An entry must have two postings at least, and balance in every book and currency."""


class PeriodClosed(NotNow):
    """That day is closed."""


class NotReversible(NotNow):
    """This entry cannot be reversed."""


@dataclass
class _Standing:
    """An account that we have locked, as it stands while the entries of one call are laid upon it."""

    name: str
    currency: str
    key: UUID
    lower: int | None
    upper: int | None
    balance: int
    version: int
    recorded_us: int
    high_on: date | None
    changed: bool = False

    def move(self, amount: int, effective_on: date, recorded_us: int) -> None:
        """One more posting. `high_on` follows the effective day, but never beyond the day of recording, and never back."""
        self.balance += amount
        self.version += 1
        self.recorded_us = recorded_us
        reached = min(effective_on, instant(recorded_us).date())
        self.high_on = max(self.high_on or reached, reached)
        self.changed = True

    @property
    def moved(self) -> Values:
        """What has to be written of it."""
        return self.balance, self.version, self.recorded_us, self.high_on, self.key

    def refuse_beyond_bounds(self, moved: int) -> None:
        """Raises Overdrawn when `moved`, already in the balance, has brought it out of its bounds."""
        below = self.lower is not None and self.balance < self.lower
        above = self.upper is not None and self.balance > self.upper
        if moved and (below or above):
            bound = self.lower if below else self.upper
            there = abs((bound or 0) - (self.balance - moved))
            raise Overdrawn(_("{account} has {there} {currency} left, and {asked} {currency} is asked for."),
                            account=self.name, there=str(Money(there, self.currency)),
                            asked=str(Money(abs(moved), self.currency)), currency=self.currency)


def post(work: Work, draft: Draft) -> Entry:
    """Write one entry in the books, or answer the one that stands already for its cause.

    Raises Unbalanced, Overdrawn, CauseTaken, NotReversible.
    """
    return post_many(work, [draft])[0]


def post_many(work: Work, drafts: Sequence[Draft], progress: Callable[[int], object] = bool) -> list[Entry]:
    """Write many entries, all or none, in this order; the answers are in the order of the drafts.

    One transaction that posts several times should do it with one call: only then all locks are taken in one order.
    `progress` is told from time to time how many are written.
    """
    work.session.flush()
    connection = work.session.connection()
    held, standing = _open(connection, drafts)
    stand = _load_causes(work.session, sorted(standing.causes))
    fresh = _without_the_known(drafts, stand)
    if not fresh:
        return [stand[draft.cause] for draft in drafts]
    _check(work.session, fresh, standing)
    batches = [_lay_some(work, some, held, stand) for some in chunks(fresh)]
    _write(connection, [each.moved for each in held.values() if each.changed], batches, progress)
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
    lines = tuple(Line(line.account, -line.amount, line.dimensions) for line in original.lines)
    return post(work, Draft(cause, "entry.reversed", effective_on, lines, memo=reason, evidence=tuple(evidence),
                            terms=original.terms, reverses=original.id))


def find(session: Session, cause: str) -> Entry | None:
    """The entry that stands for a cause."""
    return next(iter(load(session, entries.c.cause == cause)), None)


def about(session: Session, name: str, value: str) -> list[Entry]:
    """The entries of which some posting carries this dimension, in the order of recording."""
    sets = select(dimensions.c.set_id).where(dimensions.c.name == name, dimensions.c.value == value)
    carrying = select(postings.c.entry_id).where(postings.c.dimensions_id.in_(sets))
    return load(session, entries.c.id.in_(carrying))


def reversal_of(session: Session, entry: Entry) -> Entry | None:
    """The entry that reverses this one, if one does."""
    return next(iter(load(session, entries.c.reverses_id == entry.id)), None)


def load(session: Session, *which: ColumnElement[bool], limit: int | None = None) -> list[Entry]:
    """Entries with their lines, in the order of recording."""
    connection = session.connection()
    heads = connection.execute(
        select(entries, memos.c.text).outerjoin(memos, memos.c.entry_id == entries.c.id)
        .where(*which).order_by(entries.c.recorded_us, entries.c.id).limit(limit)
    ).all()
    lines: dict[UUID, list[Line]] = defaultdict(list)
    for keys in chunks([head.id for head in heads]):
        for row in connection.execute(_LINES.where(postings.c.entry_id.in_(keys))):
            lines[row.entry_id].append(_line(row))
    return [_entry(head, tuple(lines[head.id])) for head in heads]


def stream(session: Session, *which: ColumnElement[bool]) -> Iterator[Entry]:
    """All entries in the order of recording, a page at a time: memory stays flat however many there are."""
    page = load(session, *which, limit=CHUNK)
    while page:
        yield from page
        last = tuple_(literal(microseconds(page[-1].recorded_at)), literal(page[-1].id, Uuid()))
        page = load(session, *which, tuple_(entries.c.recorded_us, entries.c.id) > last, limit=CHUNK)


_LINES = (
    select(postings.c.entry_id, postings.c.amount_minor, accounts.c.name, accounts.c.currency, accounts.c.lower_minor,
           accounts.c.upper_minor, dimension_sets.c.members)
    .join(accounts, accounts.c.id == postings.c.account_id)
    .outerjoin(dimension_sets, dimension_sets.c.id == postings.c.dimensions_id)
    .order_by(postings.c.entry_id, postings.c.number)
)


def _line(row: Any) -> Line:
    account = Account(row.name, row.currency, row.lower_minor, row.upper_minor)
    carried = json.loads(row.members) if row.members else {}
    return Line(account, Money(row.amount_minor, row.currency), tuple(sorted(carried.items())))


def _entry(head: Any, lines: tuple[Line, ...]) -> Entry:
    return Entry(head.id, head.cause, head.event, head.effective_on, instant(head.recorded_us), head.actor, lines,
                 head.text or "", tuple(json.loads(head.evidence)), head.terms, head.adjusting, head.reverses_id, head.content_digest,
                 head.memo_commitment, head.digest)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in pieces that fit into one statement."""
    return (items[start:start + size] for start in range(0, len(items), size))


# --- 1: accounts -----------------------------------------------------------------------------------------------------


def _open(connection: Connection, drafts: Sequence[Draft]) -> tuple[dict[UUID, _Standing], storage.Standing]:
    """Every account of the drafts, made where it is missing, locked, in the order of the keys; and what stands already."""
    named = {line.account.id: line.account for draft in drafts for line in draft.postings}
    ordered = [named[key] for key in sorted(named, key=lambda key: key.int)]
    rows, standing = storage.open_books(connection, ordered, [draft.cause for draft in drafts])
    held = {row[0]: _Standing(account.name, account.currency, *row) for account, row in zip(ordered, rows, strict=True)}
    return held, standing


# --- 2: causes -------------------------------------------------------------------------------------------------------


def _load_causes(session: Session, causes: Sequence[str]) -> dict[str, Entry]:
    """The entries that stand for these causes."""
    return {entry.cause: entry for some in chunks(causes) for entry in load(session, entries.c.cause.in_(some))}


def _without_the_known(drafts: Sequence[Draft], stand: Mapping[str, Entry]) -> list[Draft]:
    """What is left to write: each new cause once. Raises CauseTaken."""
    fresh: dict[str, Draft] = {}
    for draft in drafts:
        entry = stand.get(draft.cause)
        twin = fresh.setdefault(draft.cause, draft) if entry is None else None
        same = _says_the_same(entry, draft) if entry else (twin is draft or twin == draft)
        if not same:
            raise CauseTaken(_("{cause} has been posted with other content. Look at that entry; a new fact needs a new cause."),
                             cause=draft.cause)
    return list(fresh.values())


def _says_the_same(entry: Entry, draft: Draft) -> bool:
    """Whether the entry is what the draft would become. Words that were taken away since are not held against it."""
    if entry.memo_commitment is None:
        same_memo = not draft.memo
    else:
        same_memo = entry.memo in ("", draft.memo)
    return same_memo and entry.content_digest == sha256(draft.content()).digest()


# --- 3: checks -------------------------------------------------------------------------------------------------------


def _check(session: Session, fresh: Sequence[Draft], standing: storage.Standing) -> None:
    """Everything but bounds. Raises Unbalanced, PeriodClosed, NotReversible."""
    problems = [each for draft in fresh for each in shape_problems(draft)]
    if problems:
        raise Unbalanced(problems=problems)
    for draft in fresh:
        _check_period(draft, standing)
    _check_reversals(session, fresh)


def _check_period(draft: Draft, standing: storage.Standing) -> None:
    closed, adjusting = standing.closed_through, standing.adjusting_through
    if closed and draft.effective_on <= closed:
        raise PeriodClosed(_("The books are closed up to {day}; {cause} must count for a later day."),
                           day=closed.isoformat(), cause=draft.cause)
    if adjusting and draft.effective_on <= adjusting and not draft.adjusting:
        raise PeriodClosed(_("Up to {day} only adjusting entries are taken; {cause} is none."),
                           day=adjusting.isoformat(), cause=draft.cause)


def shape_problems(draft: Draft) -> Iterator[Problem]:
    """What is wrong with a draft on its own."""
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


def _check_reversals(session: Session, fresh: Sequence[Draft]) -> None:
    """A reversal is not itself reversed, and an entry is reversed once. Raises NotReversible."""
    for key in [draft.reverses for draft in fresh if draft.reverses]:
        original = next(iter(load(session, entries.c.id == key)))
        if original.reverses:
            raise NotReversible(_("{cause} is itself a reversal. Post what is right as a new entry."), cause=original.cause)
        before = reversal_of(session, original)
        if before:
            raise NotReversible(_("{cause} has been reversed already, by {reversal}."), cause=original.cause,
                                reversal=before.cause)


# --- 4: writing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Origin:
    """What an entry does not say itself: its key, who recorded it, when at the earliest, and the commitment to its memo."""

    key: UUID
    actor: str
    recorded_us: int
    commitment: bytes | None
    salt: bytes


def restore(session: Session, items: Sequence[tuple[Draft, Origin]]) -> list[Entry]:
    """Write entries that another ledger has recorded, in its order, with the keys and instants that they have there."""
    connection = session.connection()
    (held, _stands), rows = _open(connection, [draft for draft, _origin in items]), Rows()
    restored = [_lay(draft, origin, held, rows) for draft, origin in items]
    _write(connection, [each.moved for each in held.values() if each.changed], [rows], bool)
    return restored


def _origin(work: Work, draft: Draft) -> Origin:
    """A new entry, recorded here and now."""
    salt = secrets.token_bytes(32) if draft.memo else b""
    return Origin(uuid7(), str(work.actor.person_id or work.actor.name), microseconds(work.now),
                  commit_to(salt, draft.memo) if draft.memo else None, salt)


def _lay_some(work: Work, drafts: Sequence[Draft], held: Mapping[UUID, _Standing], stand: dict[str, Entry]) -> Rows:
    """Lay drafts upon the accounts, one after the other, and make their rows."""
    rows = Rows()
    for draft in drafts:
        stand[draft.cause] = _lay(draft, _origin(work, draft), held, rows)
    return rows


def _lay(draft: Draft, origin: Origin, held: Mapping[UUID, _Standing], rows: Rows) -> Entry:
    """Lay one draft upon the accounts and make its rows.

    It is recorded now, or at the last instant that one of its accounts has seen if another machine's clock was ahead: so
    the instants in one account never go back, and an entry has one instant in all its accounts.
    """
    lines = draft.postings
    on = [held[line.account.id] for line in lines]
    recorded_us = max(origin.recorded_us, *(account.recorded_us for account in on))
    moved: dict[UUID, int] = defaultdict(int)
    for number, (line, account) in enumerate(zip(lines, on, strict=True), 1):
        minor = line.amount.minor
        account.move(minor, draft.effective_on, recorded_us)
        moved[account.key] += minor
        rows.postings.append((origin.key, number, len(lines), account.key, minor, draft.effective_on, recorded_us,
                              account.version, account.balance, account.high_on, _set_id(line, rows)))
    for account_key, minor in moved.items():
        held[account_key].refuse_beyond_bounds(minor)
    return _recorded(draft, origin, recorded_us, rows)


def _set_id(line: Line, rows: Rows) -> UUID | None:
    """The key of the dimensions of a line, noted down to be written."""
    if not line.dimensions:
        return None
    set_id = dimension_set_id(line.members)
    rows.sets[set_id] = line.members
    return set_id


def _recorded(draft: Draft, origin: Origin, recorded_us: int, rows: Rows) -> Entry:
    """The entry with its hashes; the words beside it go into a row of their own, and only a commitment into the hash."""
    key, actor, lines = origin.key, origin.actor, draft.postings
    if origin.commitment:
        rows.memos.append((key, draft.memo, origin.salt))
    content_digest = sha256(draft.content()).digest()
    digest = leaf(record(key, content_digest, actor, recorded_us, origin.commitment))
    rows.entries.append((key, draft.cause, draft.event, draft.effective_on, recorded_us, actor, len(lines), draft.adjusting,
                         canonical(list(draft.evidence)), draft.terms, draft.reverses, origin.commitment, content_digest,
                         digest))
    return Entry(key, draft.cause, draft.event, draft.effective_on, instant(recorded_us), actor, lines, draft.memo,
                 tuple(draft.evidence), draft.terms, draft.adjusting, draft.reverses, content_digest, origin.commitment, digest)


def commit_to(salt: bytes, words: str) -> bytes:
    """A commitment to words that may have to be forgotten: HMAC-SHA-256 under a key that is forgotten with them."""
    return hmac.digest(salt, words.encode(), "sha256")


def _write(connection: Connection, moved: Sequence[Values], batches: Sequence[Rows],
           progress: Callable[[int], object]) -> None:
    written = 0
    try:
        for count in storage.write(connection, moved, batches):
            written += count
            progress(written)
    except IntegrityError as error:
        raise _named(error) from error


def _named(error: IntegrityError) -> Exception:
    """The refusal behind a constraint that only a race between two transactions can reach."""
    said = str(error.orig)
    reached = {"uq_entries_cause": CauseTaken, "uq_entries_reverses_id": NotReversible, "the day is closed": PeriodClosed}
    return next((refusal() for words, refusal in reached.items() if words in said), error)
