"""Recompute everything that the books say of themselves, and name what does not agree."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, and_, cast, func, or_, select, text
from sqlalchemy.exc import DataError
from sqlmodel import Session

from voucher.ledger import tree
from voucher.ledger.accounts import Account, account_kinds, accounts, prefix_of
from voucher.ledger.bounds import bound_acts
from voucher.ledger.entries import (
    Entry,
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
from voucher.ledger.journal import CHUNK, commit_to, load, stream
from voucher.ledger.periods import Act, acts, adjustings_among, closing_balances, closings_among, period_acts
from voucher.ledger.seals import MARK, entry_counts, read_head, sealed_entries, sealed_tiles, seals

# There may be as many rows as there are postings or accounts: they are read as they come.
_SOME_AT_A_TIME = {"yield_per": CHUNK}

# What is recorded less far ahead is overtaken before anybody misses it in what was known on a day.
_SOON = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """Something that does not agree: which entry, account or seal it is about, and what is wrong with it."""

    about: str
    what: str


@dataclass
class _Walk:
    """The tree as it grows while the sealed entries are read in their order."""

    roots: list[bytes] = field(default_factory=list)
    begun: list[bytes] = field(default_factory=list)
    marks: bytearray = field(default_factory=bytearray)
    causes: list[str] = field(default_factory=list)

    def add(self, leaf_hash: bytes, cause: str) -> None:
        """One entry more."""
        self.begun.append(leaf_hash)
        self.marks += leaf_hash[:MARK]
        self.causes.append(cause)
        if len(self.begun) == tree.TILE:
            self.roots.append(tree.root(self.begun))
            self.begun = []

    @property
    def size(self) -> int:
        """How many entries it has."""
        return len(self.causes)

    @property
    def root(self) -> bytes:
        """Its root now."""
        return tree.root([*self.roots, tree.root(self.begun)] if self.begun else self.roots)


def verify(session: Session, head: Mapping[str, Any] | None = None, now: datetime | None = None) -> list[Finding]:
    """Recompute every hash, sum and running balance. Answers what does not agree, the first entry first.

    `head` is a document that `seals.head_document` once made and that was kept elsewhere. Without it, somebody with full
    rights on the database could alter an entry and compute all the rest anew. `now` is the instant by the clock of whoever asks:
    with it, entries are named that a clock far ahead of his has recorded.
    """
    try:
        ahead = _ahead(session, now) if now else ()
        return [*_sealed(session, head), *_unsealed(session), *ahead, *_counts(session), *_accounts(session), *_bounds(session),
                *_postings(session), *_reversals(session), *_period_acts(session), *_closings(session), *_words(session)]
    except (AssertionError, AttributeError, OverflowError, ValueError, DataError):
        if found := list(_unreadable(session)):
            return found
        raise


def _unreadable(session: Session) -> Iterator[Finding]:
    """Rows that nobody can read: while one stands, nothing else can be looked at."""
    day = cast(entries.c.effective_on, String).label("day")
    for row in session.connection().execute(select(entries.c.cause, entries.c.recorded_us, day, entries.c.evidence),
                                            execution_options=_SOME_AT_A_TIME):
        if not (_reads(instant, row.recorded_us) and _reads(date.fromisoformat, row.day) and _reads(_json, row.evidence, list)):
            yield Finding(row.cause, "cannot be read: its day, its instant or its evidence is none")
    for members in session.connection().execute(select(dimension_sets.c.members), execution_options=_SOME_AT_A_TIME).scalars():
        if not _reads(_json, members, dict):
            yield Finding(members, "cannot be read: it is no set of dimensions")
    for row in session.connection().execute(select(accounts.c.name, accounts.c.currency), execution_options=_SOME_AT_A_TIME):
        if not _reads(Account, row.name, row.currency):
            yield _no_account(row)


def _no_account(row: Row[Any]) -> Finding:
    return Finding(row.name, f"cannot be read: it is no account in {row.currency}")


def _json(written: str, kind: type) -> None:
    assert isinstance(json.loads(written), kind)


def _reads(read: Callable[..., object], *values: Any) -> bool:
    try:
        read(*values)
    except (AssertionError, OverflowError, ValueError):
        return False
    return True


# --- entries ---------------------------------------------------------------------------------------------------------


def _sealed(session: Session, head: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Sealed entries in their order, each seal as it is reached, then the head that was kept."""
    walk, expected = _Walk(), {row.size: row for row in session.connection().execute(select(seals))}
    done = acts(session)
    kept = read_head(head) if head is not None else None
    kept_root = b""
    for position, entry, sealed_leaf in _places(session):
        yield from _place(position, entry, sealed_leaf, walk)
        if entry is not None:
            yield from _for_a_closed_day(entry, _in_force(done, position))
        if walk.size in expected and walk.root != expected[walk.size].root:
            yield Finding(f"seal {expected[walk.size].number}", "is not the root over the entries before it")
        if kept and walk.size == kept[0]:
            kept_root = walk.root
    yield from (Finding(f"seal {row.number}", f"covers {size} entries, {walk.size} are there")
                for size, row in expected.items() if size > walk.size)
    yield from _tiles(session, walk)
    if kept and kept[0] and kept_root != kept[1]:
        yield _touched(walk, *kept)


def _places(session: Session) -> Iterator[tuple[int, Entry | None, bytes]]:
    """Position, entry and leaf of what was sealed, in that order, some at a time."""
    positions = sealed_entries.c.position
    last = -1
    while True:
        rows = session.connection().execute(select(sealed_entries).where(positions > last).order_by(positions)
                                            .limit(CHUNK)).all()
        if not rows:
            return
        sealed = select(sealed_entries.c.entry_id).where(positions > last, positions <= rows[-1].position)
        found = {entry.id: entry for entry in load(session, entries.c.id.in_(sealed))}
        yield from ((row.position, found.get(row.entry_id), row.leaf) for row in rows)
        last = rows[-1].position


def _place(position: int, entry: Entry | None, sealed_leaf: bytes, walk: _Walk) -> Iterator[Finding]:
    """One entry at its place in the tree."""
    if position != walk.size:
        yield Finding(f"position {walk.size}", "is missing from the seals")
    if entry is None:
        yield Finding(f"position {position}", "the entry that was sealed here is gone")
        walk.add(bytes(32), "")
        return
    says = sha256(entry.content()).digest()
    recorded = _leaf(entry, entry.content_digest)
    yield from (Finding(entry.cause, what) for what in _wrong(entry, says, recorded))
    if recorded != sealed_leaf:
        yield Finding(entry.cause, "is not what was sealed")
    walk.add(recorded if says == entry.content_digest else _leaf(entry, says), entry.cause)


def _leaf(entry: Entry, content_digest: bytes) -> bytes:
    return leaf(record(entry.id, content_digest, entry.actor, microseconds(entry.recorded_at), entry.memo_commitment))


def _wrong(entry: Entry, says: bytes, recorded: bytes) -> Iterator[str]:
    """What is wrong with an entry by itself; `says` is the digest of what it says, `recorded` the leaf of what it is said to."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in entry.lines:
        sums[line.account.book, line.account.currency] += line.amount.minor
    if len(entry.lines) < 2:
        yield "has fewer than two postings"
    if any(sums.values()):
        yield "does not balance"
    if says != entry.content_digest:
        yield "says something else than when it was posted"
    if recorded != entry.digest:
        yield "was not recorded by this person at this instant"


def _unsealed(session: Session) -> Iterator[Finding]:
    """The entries that no seal covers yet."""
    sealed = select(sealed_entries.c.entry_id).where(sealed_entries.c.entry_id == entries.c.id).exists()
    last = next(reversed(acts(session)), None)
    for entry in stream(session, ~sealed):
        says, recorded = sha256(entry.content()).digest(), _leaf(entry, entry.content_digest)
        yield from (Finding(entry.cause, what) for what in _wrong(entry, says, recorded))
        yield from _for_a_closed_day(entry, last)


def _in_force(done: Sequence[Act], position: int) -> Act | None:
    """The act upon the periods that held when what is sealed at this position was recorded: it sealed all that was there before."""
    at = bisect_right(done, position, key=lambda act: act.size)
    return done[at - 1] if at else None


def _for_a_closed_day(entry: Entry, act: Act | None) -> Iterator[Finding]:
    """Whether an entry counts for a day that took none such when it was recorded."""
    if act and act.closed_through and entry.effective_on <= act.closed_through:
        yield Finding(entry.cause, f"counts for {entry.effective_on}, which was closed when it was recorded")
    elif act and act.adjusting_through and entry.effective_on <= act.adjusting_through and not entry.adjusting:
        yield Finding(entry.cause, f"counts for {entry.effective_on}, which took adjusting entries only when it was recorded")


def _ahead(session: Session, now: datetime) -> Iterator[Finding]:
    """The first entry of an instant that is still to come. Its accounts never go back, so what moved them since stands behind it."""
    yet_to_come = entries.c.recorded_us > microseconds(now + _SOON)
    first = session.connection().execute(select(entries.c.cause, entries.c.recorded_us).where(yet_to_come)
                                         .order_by(entries.c.recorded_us, entries.c.id).limit(1)).first()
    if first:
        many = session.connection().execute(select(func.count()).select_from(entries).where(yet_to_come)).scalar_one()
        yield Finding(first.cause, f"was recorded at {instant(first.recorded_us).isoformat()}, by a clock that ran ahead;"
                                   f" {many - 1} more stand at or behind that instant")


def _counts(session: Session) -> Iterator[Finding]:
    """The count by which seals know whether an entry that came late is missing."""
    # (Added up here: SQLite cannot where the sum is beyond 64 bits.)
    counted = sum(session.connection().execute(select(entry_counts.c.many), execution_options=_SOME_AT_A_TIME).scalars())
    there = session.connection().execute(select(func.count()).select_from(entries)).scalar_one()
    if counted < there:
        yield Finding("entries", f"{counted} are counted, {there} are there: a seal may pass over one that came late")
    elif counted > there:
        yield Finding("entries", f"{counted} are counted, {there} are there: the next seal looks through all of them")


def _tiles(session: Session, walk: _Walk) -> Iterator[Finding]:
    """The roots of tiles that were written down."""
    rows = session.connection().execute(select(sealed_tiles).order_by(sealed_tiles.c.number)).all()
    for row in rows:
        if row.number >= len(walk.roots) or row.root != walk.roots[row.number]:
            yield Finding(f"tile {row.number}", "is not the root over its entries")


def _touched(walk: _Walk, size: int, _root: bytes, marks: bytes) -> Finding:
    """Which entry differs first from those under a head that was kept, and how, as far as its marks can tell."""
    if not marks:
        return Finding("the head", f"is not the root over the first {size} entries; one with marks tells which was touched")
    width = min(len(marks) // size, MARK)
    kept = [marks[at:at + width] for at in range(0, len(marks), width)]
    there = [bytes(walk.marks[at:at + width]) for at in range(0, len(walk.marks), MARK)]
    position = next((at for at, mark in enumerate(kept) if there[at:at + 1] != [mark]), None)
    if position is None:
        return Finding("the head", "is not the root over these entries, though each mark agrees")
    if position >= len(there):
        return Finding(f"position {position}", "the entries from here on were removed since the head was kept")
    cause = walk.causes[position]
    is_new, is_gone = there[position] not in kept, kept[position] not in there
    if is_new and not is_gone:
        return Finding(cause, f"was inserted at position {position} since the head was kept")
    if is_gone and not is_new:
        return Finding(f"position {position}", f"an entry was removed here, before {cause}, since the head was kept")
    if not is_gone:
        return Finding(cause, f"stands at position {position}, where another entry stood when the head was kept")
    return Finding(cause, f"at position {position} was altered since the head was kept")


# --- accounts, postings and words ------------------------------------------------------------------------------------


def _accounts(session: Session) -> Iterator[Finding]:
    """Accounts whose balance is not the sum of their postings, or that are not themselves."""
    sums = (select(postings.c.account_id, func.sum(postings.c.amount_minor).label("minor"),
                   func.count().label("many"), func.max(postings.c.version).label("last"),
                   func.max(postings.c.high_on).label("reached"), func.coalesce(func.max(postings.c.recorded_us), 0).label("seen"))
            .group_by(postings.c.account_id).subquery())
    rows = session.connection().execute(select(accounts, sums.c.minor, sums.c.many, sums.c.last, sums.c.reached, sums.c.seen)
                                        .outerjoin(sums, sums.c.account_id == accounts.c.id).order_by(accounts.c.name),
                                        execution_options=_SOME_AT_A_TIME)
    for row in rows:
        if not _reads(Account, row.name, row.currency):
            yield _no_account(row)
            continue
        if row.balance_minor != int(row.minor or 0):
            yield Finding(row.name, f"stands at {row.balance_minor} {row.currency}, its postings sum to {row.minor or 0}")
        if not row.version == (row.many or 0) == (row.last or 0):
            yield Finding(row.name, f"counts {row.version} postings and has {row.many or 0}")
        if row.high_on != row.reached or row.recorded_us != (row.seen or 0):
            yield Finding(row.name, "says another day or instant than its last posting")
        account = Account(row.name, row.currency)
        if row.id != account.id:
            yield Finding(row.name, "has another key than its name gives")
        if row.book != account.book:
            yield Finding(row.name, "is kept in another book than its name says")


def _bounds(session: Session) -> Iterator[Finding]:
    """Accounts with other bounds than their last change gave them, or their kind where nobody ever changed them."""
    bound, leaps = dict[UUID, tuple[int | None, int | None]](), set[UUID]()
    for act in session.connection().execute(select(bound_acts).order_by(bound_acts.c.id)):
        if bound.get(act.account_id, then := (act.lower_before, act.upper_before)) != then:
            leaps.add(act.account_id)
        bound[act.account_id] = act.lower_minor, act.upper_minor
    kinds = {row.prefix: (row.lower_minor, row.upper_minor) for row in session.connection().execute(select(account_kinds))}
    for row in session.connection().execute(select(accounts).order_by(accounts.c.name), execution_options=_SOME_AT_A_TIME):
        has = row.lower_minor, row.upper_minor
        if has != bound.get(row.id, has):
            yield Finding(row.name, "has other bounds than its last change gave it")
        elif row.id not in bound and has != kinds.get(prefix_of(row.name), has):
            yield Finding(row.name, "has other bounds than its kind, and no change gave it these")
        if row.id in leaps:
            yield Finding(row.name, "has a change of its bounds that does not follow the one before")


def _postings(session: Session) -> Iterator[Finding]:
    """Postings without an entry, that are not of their entry, or that do not continue their account."""
    before = postings.alias()
    numbers = select(postings.c.entry_id, func.count().label("many")).group_by(postings.c.entry_id).subquery()
    rows = session.connection().execute(
        select(entries.c.cause, postings.c.entry_id, postings.c.number)
        .outerjoin(entries, entries.c.id == postings.c.entry_id)
        .outerjoin(before, (before.c.account_id == postings.c.account_id) & (before.c.version == postings.c.version - 1))
        .where(or_(postings.c.running_minor - postings.c.amount_minor != func.coalesce(before.c.running_minor, 0),
                   postings.c.effective_on != entries.c.effective_on, postings.c.recorded_us != entries.c.recorded_us,
                   before.c.high_on > postings.c.high_on, and_(postings.c.high_on > postings.c.effective_on, or_(
                       before.c.high_on.is_(None), postings.c.high_on > before.c.high_on)), before.c.recorded_us > postings.c.recorded_us,
                   entries.c.id.is_(None)))
        .order_by(postings.c.recorded_us, postings.c.entry_id, postings.c.number), execution_options=_SOME_AT_A_TIME)
    for row in rows:
        yield Finding(row.cause or str(row.entry_id), f"posting {row.number} does not continue its account")
    sizes = session.connection().execute(select(entries.c.cause).outerjoin(numbers, numbers.c.entry_id == entries.c.id)
                                         .where(entries.c.size != func.coalesce(numbers.c.many, 0)), execution_options=_SOME_AT_A_TIME)
    yield from (Finding(cause, "has not as many postings as it says") for cause in sizes.scalars())


def _reversals(session: Session) -> Iterator[Finding]:
    """Entries that reverse another otherwise than posting by posting, or one that is a reversal itself."""
    original, legs, mirror = entries.alias(), postings.alias(), postings.alias()
    inverts = and_(mirror.c.entry_id == original.c.id, mirror.c.number == legs.c.number, mirror.c.account_id == legs.c.account_id,
                   mirror.c.amount_minor == -legs.c.amount_minor, mirror.c.dimensions_id.is_not_distinct_from(legs.c.dimensions_id))
    unlike = (select(legs.c.number).select_from(legs.outerjoin(mirror, inverts))
              .where(legs.c.entry_id == entries.c.id, mirror.c.number.is_(None)).correlate(entries, original).exists())
    wrong = session.connection().execute(
        select(entries.c.cause).select_from(entries.outerjoin(original, original.c.id == entries.c.reverses_id))
        .where(entries.c.reverses_id.is_not(None), or_(original.c.reverses_id.is_not(None), original.c.size != entries.c.size, unlike))
        .order_by(entries.c.recorded_us, entries.c.id))
    yield from (Finding(cause, "is not the inverse of an entry that can be reversed") for cause in wrong.scalars())


def _period_acts(session: Session) -> Iterator[Finding]:
    """Acts upon the periods that do not follow the one before, whose head was never sealed, or that open days as nobody may."""
    heads = {row.size: row.root for row in session.connection().execute(select(seals))} | {0: tree.EMPTY}
    done = acts(session)
    for at, act in enumerate(done):
        before = done[at - 1] if at else None
        yield from (Finding(f"period act {act.number}", what) for what in _out_of_order(act, before))
        if act.size < (before.size if before else 0) or heads.get(act.size) != act.root:
            yield Finding(f"period act {act.number}", "has another head than was sealed then")
        undone = closings_among(done[:at], act.closed_through) or adjustings_among(done[:at], act.adjusting_through or act.closed_through)
        if act.kind == "reopened" and act.actor in {each.actor for each in undone}:
            yield Finding(f"period act {act.number}", f"reopens days that the same person {_WAYS[undone[0].kind]}")


_WAYS = {"closed": "closed", "adjusting": "had take adjusting entries only"}


def _out_of_order(act: Act, before: Act | None) -> Iterator[str]:
    """What is wrong with an act beside the one before it, in the words of the rules that the database holds."""
    last, was, now = before.number if before else 0, (before and before.closed_through) or date.min, act.closed_through or date.min
    adjusted, left = before.adjusting_through if before else None, act.adjusting_through
    if act.number != last + 1:
        yield f"follows act {last}: what stood between is gone"
    if {"closed": now <= was, "reopened": now > was or (now == was and not adjusted)}.get(act.kind, now != was):
        yield "closes or opens other days than its kind says"
    if act.kind == "adjusting":
        fits = left is not None and left >= (adjusted or date.min)
    elif act.kind == "reopened" and now == was:
        fits = left is None or now < left < (adjusted or date.min)
    else:  # (a reopening of before 0093 ended adjusting too)
        fits = left == (adjusted if adjusted and adjusted > now else None) or (act.kind == "reopened" and left is None)
    if not fits:
        yield "leaves other days to adjusting entries than its kind says"
    if act.kind == "reopened" and not act.reason.strip():
        yield "reopens without a reason"


def _closings(session: Session) -> Iterator[Finding]:
    """Balances kept at a closing that are not the sums of what had been sealed by then for the days that it closed."""
    closed = [act for act in acts(session) if act.kind == "closed" and act.closed_through]
    sums: dict[tuple[int, UUID], int] = defaultdict(int)
    for row in session.connection().execute(_SUMS) if closed else ():
        for act in closed:
            if row.sealed_by <= act.number and act.closed_through and row.day <= act.closed_through:
                sums[act.number, row.account_id] += int(row.minor)
    kept = {(row.act_number, row.account_id): row.balance_minor for row in session.connection().execute(select(closing_balances))}
    wrong = {number for number, account in sums.keys() | kept.keys() if kept.get((number, account), 0) != sums[number, account]}
    yield from (Finding(f"period act {number}", "keeps other balances than its entries had") for number in sorted(wrong))


# What each account moved by, apart for each first closing that could see it and each closing day that it counts for.
_MOVED = (
    select(postings.c.account_id, func.sum(postings.c.amount_minor).label("minor"),
           select(func.min(period_acts.c.number)).where(period_acts.c.kind == "closed", period_acts.c.size > sealed_entries.c.position)
           .correlate(sealed_entries).scalar_subquery().label("sealed_by"),
           select(func.min(period_acts.c.closed_through)).where(
               period_acts.c.kind == "closed", period_acts.c.closed_through >= postings.c.effective_on)
           .correlate(postings).scalar_subquery().label("day"))
    .join(sealed_entries, sealed_entries.c.entry_id == postings.c.entry_id)
    .group_by(postings.c.account_id, text("sealed_by"), text("day"))
).subquery()
_SUMS = select(_MOVED).where(_MOVED.c.sealed_by.is_not(None), _MOVED.c.day.is_not(None))


def _words(session: Session) -> Iterator[Finding]:
    """Memos that are not what was committed to, and dimensions that are not what their key says."""
    rows = session.connection().execute(select(entries.c.cause, entries.c.memo_commitment, memos)
                                        .outerjoin_from(memos, entries, memos.c.entry_id == entries.c.id)
                                        .where(or_(memos.c.text != "", entries.c.memo_commitment.is_(None))),
                                        execution_options=_SOME_AT_A_TIME)
    for row in rows:
        if row.memo_commitment is None:
            yield Finding(row.cause or str(row.entry_id), "has words beside it that no entry commits to")
        elif commit_to(row.salt, row.text) != row.memo_commitment:
            yield Finding(row.cause, "its memo is not what was written")
    rows = session.connection().execute(_SETS, execution_options=_SOME_AT_A_TIME)
    for _key, found in groupby(rows, key=lambda row: row.id):
        each = list(found)
        members = each[0].members
        if dimension_set_id(members) != each[0].id:
            yield Finding(members, "is kept under another key than it gives")
        if set(json.loads(members).items()) != {(row.name, row.value) for row in each if row.name is not None}:
            yield Finding(members, "is found under other dimensions than it has")


# Every set with the rows by which it is found, read as it comes: there may be as many as there are postings.
_SETS = (select(dimension_sets, dimensions.c.name, dimensions.c.value)
         .outerjoin(dimensions, dimensions.c.set_id == dimension_sets.c.id).order_by(dimension_sets.c.id))
