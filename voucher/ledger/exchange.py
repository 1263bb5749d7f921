"""JSON Lines: a whole ledger out, and the identical ledger in elsewhere, seals and all.

The lines stand in the order in which things happened: accounts, then entries in the order of their seals, each seal and
each act upon the periods after the entries that it covers, each change of bounds after the last entry on its account that came before it,
then the entries that no seal covers yet, and an end: the SHA-256 of all lines before it, so that nobody takes a file that was cut off, or
lost a line on its way, for the whole.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlmodel import Session

from voucher.errors import NotNow, NotValid, Problem, Refusal, _, problem
from voucher.ledger import embedded, server
from voucher.ledger.accounts import Account, accounts
from voucher.ledger.bounds import bound_acts, record_bounds
from voucher.ledger.entries import Draft, Entry, Line, canonical, entries, instant, memos, microseconds
from voucher.ledger.journal import CHUNK, commit_to, load, restore, shape_problems, stream
from voucher.ledger.keeping import Unkeepable, keeping_problems, kept, refuse_beyond_64_bits
from voucher.ledger.laying import Origin, is_sqlite
from voucher.ledger.periods import period_acts, recall
from voucher.ledger.seals import put_back, sealed_entries, seals
from voucher.money import Money

FORMAT, BEFORE = "ledger-export-2", "ledger-export-1"

_Named = tuple[str, str]  # an account: its name and currency


class NotEmpty(NotNow):
    """There are entries in this ledger already. Only an empty one takes another's entries."""


# --- out -------------------------------------------------------------------------------------------------------------


def lines(session: Session) -> Iterator[str]:
    """The ledger as lines of JSON."""
    digest = sha256()
    for line in _told(session):
        digest.update(line.encode())
        yield line
    yield _line("end", sha256=digest.hexdigest())


def _told(session: Session) -> Iterator[str]:
    yield _line("ledger", format=FORMAT)
    changes = _Changes(session.connection().execute(
        select(bound_acts, accounts.c.name, accounts.c.currency).join(accounts, accounts.c.id == bound_acts.c.account_id)
        .order_by(bound_acts.c.id)).all())
    for account in session.connection().execute(select(accounts).order_by(accounts.c.name, accounts.c.currency),
                                                execution_options={"yield_per": CHUNK}):
        lower, upper = changes.before(account)
        yield _line("account", name=account.name, currency=account.currency, lower=_text(lower), upper=_text(upper))
    yield from changes.due(changes.waiting)
    yield from _sealed(session, changes)
    sealed = select(sealed_entries.c.entry_id).where(sealed_entries.c.entry_id == entries.c.id).exists()
    yield from _entries(session, stream(session, ~sealed), changes)


class _Changes:
    """The changes of bounds that are still to be told, by account, and how many postings of those accounts have been told."""

    def __init__(self, acts: Iterable[Row[Any]]) -> None:
        """In the order in which they were made."""
        self.waiting, self.told = defaultdict[_Named, list[Row[Any]]](list), Counter[_Named]()
        for act in acts:
            self.waiting[act.name, act.currency].append(act)

    def before(self, account: Row[Any]) -> tuple[int | None, int | None]:
        """The bounds with which an account was made."""
        acts = self.waiting.get((account.name, account.currency))
        return (acts[0].lower_before, acts[0].upper_before) if acts else (account.lower_minor, account.upper_minor)

    def after(self, entry: Entry) -> Iterator[str]:
        """What became due with an entry."""
        moved = [key for line in entry.lines if (key := (line.account.name, line.account.currency)) in self.waiting]
        self.told.update(moved)
        yield from self.due(dict.fromkeys(moved))

    def due(self, names: Iterable[_Named]) -> Iterator[str]:
        """What was changed in these accounts when they had as many postings as have been told."""
        for name in names:
            acts = self.waiting[name]
            while acts and acts[0].version <= self.told[name]:
                yield _bounds(acts.pop(0))


def _bounds(act: Row[Any]) -> str:
    return _line("bounds", id=str(act.id), name=act.name, currency=act.currency, lower=_text(act.lower_minor), upper=_text(act.upper_minor),
                 lower_before=_text(act.lower_before), upper_before=_text(act.upper_before), recorded_us=str(act.recorded_us),
                 actor=act.actor, reason=act.reason)


def _sealed(session: Session, changes: _Changes) -> Iterator[str]:
    """Entries in the order of their seals, a seal and the acts that go with it after its last entry."""
    acts = session.connection().execute(select(period_acts).order_by(period_acts.c.number)).all()
    yield from (_act(act) for act in acts if act.size == 0)
    start = 0
    for seal in session.connection().execute(select(seals).order_by(seals.c.number)).all():
        for first in range(start, seal.size, CHUNK):
            yield from _entries(session, _stretch(session, first, min(first + CHUNK, seal.size)), changes)
        start = seal.size
        yield _line("seal", number=seal.number, size=seal.size, root=seal.root.hex(), recorded_us=str(seal.recorded_us),
                    actor=seal.actor)
        yield from (_act(act) for act in acts if act.size == seal.size)


def _stretch(session: Session, first: int, end: int) -> list[Entry]:
    """The entries at these positions, in order."""
    position = sealed_entries.c.position
    rows = session.connection().execute(select(position, sealed_entries.c.entry_id).where(position >= first, position < end))
    places = {row.entry_id: row.position for row in rows}
    sealed = select(sealed_entries.c.entry_id).where(position >= first, position < end)
    return sorted(load(session, entries.c.id.in_(sealed)), key=lambda entry: places[entry.id])


def _entries(session: Session, some: Iterable[Entry], changes: _Changes) -> Iterator[str]:
    for entry in some:
        salt = session.connection().execute(select(memos.c.salt).where(memos.c.entry_id == entry.id)).scalar() \
            if entry.memo_commitment else None
        yield _line(
            "entry", id=str(entry.id), cause=entry.cause, event=entry.event, effective_on=entry.effective_on.isoformat(),
            recorded_us=str(microseconds(entry.recorded_at)), actor=entry.actor, adjusting=entry.adjusting,
            evidence=list(entry.evidence), terms=entry.terms, reverses=_text(entry.reverses), memo=entry.memo,
            memo_salt=(salt or b"").hex(), memo_commitment=(entry.memo_commitment or b"").hex(), digest=entry.digest.hex(),
            postings=[[line.account.name, line.account.currency, str(line.amount.minor), dict(line.dimensions)]
                      for line in entry.lines])
        yield from changes.after(entry)


def _act(act: Row[Any]) -> str:
    return _line("period", number=act.number, act=act.kind, closed_through=_text(act.closed_through),
                 adjusting_through=_text(act.adjusting_through), recorded_us=str(act.recorded_us), actor=act.actor,
                 reason=act.reason)


def _line(kind: str, **what: object) -> str:
    return canonical({"kind": kind} | what) + "\n"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


# --- in --------------------------------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """What has been read and not yet written: entries wait until there are enough, or until a seal covers them."""

    session: Session
    bounds: dict[_Named, Account] = field(default_factory=dict)
    waiting: list[tuple[Draft, Origin]] = field(default_factory=list)
    digests: list[tuple[int, bytes]] = field(default_factory=list)
    order: list[tuple[UUID, bytes]] = field(default_factory=list)
    count: int = 0

    def flush(self) -> None:
        """Write the entries that wait. Raises NotValid when one does not become what it was."""
        try:
            restored = restore(self.session, self.waiting) if self.waiting else []
        except (IntegrityError, Refusal) as error:
            said = error.message if isinstance(error, Refusal) else str(error.orig)
            raise _wrong(problem(_("The books do not take the entries up to here: {said}"), line=self.digests[-1][0],
                                 said=said)) from error
        for entry, (number, digest) in zip(restored, self.digests, strict=True):
            if entry.digest != digest:
                raise _wrong(problem(_("This entry is not what was recorded: its hash differs."), line=number))
            self.order.append((entry.id, entry.digest))
        self.count += len(restored)
        self.waiting, self.digests = [], []


def bring_in(session: Session, source: Iterable[str]) -> int:
    """Rebuild the ledger that `lines` wrote, in an empty one; answers how many entries it has.

    Raises NotEmpty, and NotValid with the line when the lines are damaged or cut off, an entry's hash or a seal's root differs.
    """
    if session.connection().execute(select(func.count()).select_from(entries)).scalar_one():
        raise NotEmpty
    reading, digest = _Reading(session), sha256()
    line: dict[str, Any] = {}
    for number, text in enumerate(source, 1):
        if line.get("kind") == "end":
            raise _wrong(problem(_("There is more after the end."), line=number))
        line = _read(text, number)
        if number == 1 and line.get("format") == BEFORE:
            raise _wrong(problem(_("This was exported by an earlier version, whose files do not say where they end. Export it again."),
                                 line=1))
        if number == 1 and (line.get("kind"), line.get("format")) != ("ledger", FORMAT):
            raise _wrong(problem(_("This is not a ledger that was exported as JSON Lines."), line=1))
        if line["kind"] != "end":
            _take(reading, line, number)
            digest.update(f"{text.rstrip()}\n".encode())
    reading.flush()
    if line != {"kind": "end", "sha256": digest.hexdigest()}:
        raise _wrong(problem(_("This is not the whole ledger as it was exported: the end is missing, or speaks of other lines.")))
    return reading.count


def _read(text: str, number: int) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    if not isinstance(line, dict) or "kind" not in line:
        raise _wrong(problem(_("This line is not a JSON object with a kind."), line=number))
    return line


def _take(reading: _Reading, line: dict[str, Any], number: int) -> None:
    try:
        _TAKE[line["kind"]](reading, line, number)
    except (KeyError, ValueError, TypeError, AttributeError, AssertionError, OverflowError, IntegrityError, DataError, Unkeepable) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise _wrong(problem(_("This line lacks something or holds what it may not: {error}."), line=number,
                             error=str(said) or type(error).__name__)) from error


def _wrong(what: Problem) -> NotValid:
    return NotValid(_("The ledger was not brought in; nothing has been changed."), [what])


def _take_account(reading: _Reading, line: dict[str, Any], number: int) -> None:
    bounds = [None if line[side] is None else int(line[side]) for side in ("lower", "upper")]
    refuse_beyond_64_bits(*bounds)
    account = Account(line["name"], line["currency"], *bounds)
    reading.bounds[account.name, account.currency] = account
    connection = reading.session.connection()
    make = embedded.make if is_sqlite(connection) else server.make
    make(connection, [account])


def _take_entry(reading: _Reading, line: dict[str, Any], number: int) -> None:
    drawn = tuple(Line(reading.bounds[name, currency], Money(int(minor), currency), tuple(sorted(carried.items())))
                  for name, currency, minor, carried in line["postings"])
    draft = Draft(line["cause"], line["event"], date.fromisoformat(line["effective_on"]), drawn, line["memo"],
                  tuple(line["evidence"]), line["terms"], adjusting=line["adjusting"],
                  reverses=UUID(line["reverses"]) if line["reverses"] else None)
    origin = Origin(UUID(line["id"]), kept("actor", line["actor"]), int(line["recorded_us"]),
                    bytes.fromhex(line["memo_commitment"]) or None, bytes.fromhex(line["memo_salt"]))
    wrong = "; ".join(str(each) for each in (*keeping_problems(draft), *shape_problems(draft)))
    assert not wrong and isinstance(draft.adjusting, bool), wrong
    instant(origin.recorded_us)  # (of a year that there is)
    if draft.memo and commit_to(origin.salt, draft.memo) != origin.commitment:
        raise _wrong(problem(_("The memo of this entry is not what was written."), line=number))
    reading.waiting.append((draft, origin))
    reading.digests.append((number, bytes.fromhex(line["digest"])))
    if len(reading.waiting) >= CHUNK:
        reading.flush()


def _take_seal(reading: _Reading, line: dict[str, Any], number: int) -> None:
    reading.flush()
    root = put_back(reading.session, reading.order, line["number"], int(line["recorded_us"]), kept("actor", line["actor"]))
    reading.order = []
    if root.hex() != line["root"]:
        raise _wrong(problem(_("The entries up to here do not lead to the root of this seal."), line=number))


def _take_period(reading: _Reading, line: dict[str, Any], number: int) -> None:
    reading.flush()
    days = [None if line[day] is None else date.fromisoformat(line[day]) for day in ("closed_through", "adjusting_through")]
    recall(reading.session, line["number"], line["act"], days[0], days[1], int(line["recorded_us"]),
           kept("actor", line["actor"]), kept("reason", line["reason"]))


def _take_bounds(reading: _Reading, line: dict[str, Any], number: int) -> None:
    reading.flush()
    numbers = {column: None if line[name] is None else int(line[name]) for column, name in (
        ("lower_minor", "lower"), ("upper_minor", "upper"), ("lower_before", "lower_before"), ("upper_before", "upper_before"))}
    refuse_beyond_64_bits(*numbers.values())
    record_bounds(reading.session, {
        "id": UUID(line["id"]), "account_id": reading.bounds[line["name"], line["currency"]].id, "actor": kept("actor", line["actor"]),
        "recorded_us": int(line["recorded_us"]), "reason": kept("reason", line["reason"])} | numbers)


_TAKE: dict[str, Callable[[_Reading, dict[str, Any], int], None]] = {
    "ledger": lambda *_nothing: None, "account": _take_account, "entry": _take_entry, "seal": _take_seal,
    "period": _take_period, "bounds": _take_bounds,
}
