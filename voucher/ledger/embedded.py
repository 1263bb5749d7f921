"""Laying entries upon accounts in SQLite: step by step in Python, because a statement costs no journey there.

The steps are those of the function `ledger_post` in the migrations, which does them inside PostgreSQL.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table

from voucher.ledger.accounts import Account, accounts
from voucher.ledger.entries import dimension_sets, dimensions, entries, instant, leaf_at, memos, postings
from voucher.ledger.laying import Answer, Beyond, Item, Lot, Sets, Values, entry_row, names

_ACCOUNTS = """
select id, name, currency, lower_minor, upper_minor, balance_minor, version, recorded_us, high_on from accounts
where id in (select value from json_each(?))
"""
_OTHER_SETS = "select m.value from json_each(?) m cross join dimension_sets s on s.id = m.key where s.members <> m.value limit 1"
_CAUSES = "select cause from entries where cause in (select value from json_each(?))"
_PERIOD = "select closed_through, adjusting_through from period_acts order by number desc limit 1"
_REVERSED = "select 1 from entries where (id = ? and reverses_id is not null) or reverses_id = ?"
_DAY = timedelta(days=1)
_MOVE = "update accounts set balance_minor = ?, version = ?, recorded_us = ?, high_on = ? where id = ?"


@dataclass
class _Standing:
    """An account as it stands while entries are laid upon it."""

    key: UUID
    name: str
    currency: str
    lower: int | None
    upper: int | None
    balance: int
    version: int
    recorded_us: int
    high_on: date | None
    changed: bool = False

    def move(self, amount: int, effective_on: date, recorded_us: int) -> None:
        """One more posting. `high_on` follows the effective day, but never beyond the day after that of recording, and never back:
        days are those of the office, where a day may begin before it does in UTC.

        Raises OverflowError beyond 64 bits, before anything is written.
        """
        self.balance += amount
        if abs(self.balance) >= 2**63:
            raise OverflowError(self.balance)
        self.version += 1
        self.recorded_us = recorded_us
        reached = min(effective_on, instant(recorded_us).date() + _DAY)
        self.high_on = max(self.high_on or reached, reached)
        self.changed = True

    @property
    def moved(self) -> Values:
        """What has to be written of it."""
        return self.balance, self.version, self.recorded_us, self.high_on, self.key

    @property
    def crossed(self) -> int | None:
        """The bound that it is beyond, if it is."""
        if self.lower is not None and self.balance < self.lower:
            return self.lower
        return self.upper if self.upper is not None and self.balance > self.upper else None


def pack(items: Sequence[Item]) -> Lot:
    """Items as they are: nothing travels."""
    return Lot(items)


def lay(connection: Connection, named: Sequence[Account], lot: Lot, *, exact: bool = False) -> Answer:
    """Make the accounts `named` where they are missing, and lay the items upon theirs, in their order; see Answer.

    All are recorded at one instant: now, or if one of their accounts has seen that already, a microsecond after the last that any of
    them has seen. So the order of instants is that in which an account moved. `exact` keeps the instants of the items instead: they were
    recorded elsewhere.
    """
    items = lot.items
    make(connection, named)
    refused = _refused(connection, items)
    if refused:
        return refused
    held = _held(connection, items)
    displaced = _displaced(items, held)
    if displaced:
        return Answer(displaced=displaced)
    at = max([each.recorded_us + 1 for each in held.values()] + [item.origin.recorded_us for item in items], default=0)
    instants = [item.origin.recorded_us if exact else at for item in items]
    sets, laid = Sets(), list[Values]()
    for item, recorded_us in zip(items, instants, strict=True):
        beyond = _lay_one(item, recorded_us, held, sets, laid)
        if beyond:
            return Answer(beyond=beyond)
    displaced = _displaced_set(connection, sets)
    if displaced:
        return Answer(displaced=displaced)
    _write(connection, items, instants, held, sets, laid)
    return Answer(instants)


def make(connection: Connection, named: Sequence[Account]) -> None:
    """Make accounts where they are missing."""
    _insert(connection, accounts, [(each.id, each.name, each.book, each.currency, each.lower, each.upper, 0, 0, 0, None)
                                   for each in named], key=1)


def _refused(connection: Connection, items: Sequence[Item]) -> Answer | None:
    """What stands against the items, the causes first."""
    causes = json.dumps([item.draft.cause for item in items])
    standing = frozenset(connection.exec_driver_sql(_CAUSES, (causes,)).scalars())
    if standing:
        return Answer(standing=standing)
    closed, adjusting = map(_day, connection.exec_driver_sql(_PERIOD).first() or (None, None))
    closed = closed or _eve(connection, items)
    for number, draft in enumerate(item.draft for item in items):
        if (closed and draft.effective_on <= closed) or (adjusting and draft.effective_on <= adjusting and not draft.adjusting):
            return Answer(closed=number, closed_through=closed, adjusting_through=adjusting)
        if draft.reverses and connection.exec_driver_sql(_REVERSED, (draft.reverses.hex,) * 2).first():
            return Answer(unreversible=number)
    return None


def _eve(connection: Connection, items: Sequence[Item]) -> date | None:
    """The day before the books begin: the last of the year but one before that in which their first entry was recorded."""
    first = connection.exec_driver_sql("select min(recorded_us) from entries").scalar()
    known = [item.origin.recorded_us for item in items] + ([] if first is None else [first])
    return date(max(instant(min(known)).year - 2, 1), 12, 31) if known else None


def _held(connection: Connection, items: Sequence[Item]) -> dict[UUID, _Standing]:
    keys = json.dumps(list({line.account.id.hex for item in items for line in item.lines}))
    rows = connection.exec_driver_sql(_ACCOUNTS, (keys,))
    return {key: _Standing(key, name, currency, lower, upper, balance, version, recorded_us, _day(high_on))
            for text, name, currency, lower, upper, balance, version, recorded_us, high_on in rows for key in (UUID(text),)}


def _displaced(items: Sequence[Item], held: dict[UUID, _Standing]) -> str:
    """The first account under whose key another stands: this engine cannot compute keys, and takes such a row from whoever writes it."""
    for account in {line.account.id: line.account for item in items for line in item.lines}.values():
        there = held[account.id]
        if (there.name, there.currency) != (account.name, account.currency):
            return account.name
    return ""


def _displaced_set(connection: Connection, sets: Sets) -> str:
    """The first set of dimensions under whose key another stands; it may have come from anybody too."""
    if not sets.keys:
        return ""
    meant = json.dumps({key.hex: members for members, key in sets.keys.items()})
    return str(connection.exec_driver_sql(_OTHER_SETS, (meant,)).scalar() or "")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _lay_one(item: Item, recorded_us: int, held: dict[UUID, _Standing], sets: Sets, laid: list[Values]) -> Beyond | None:
    """Lay one entry upon its accounts; answers the first that it brings beyond its bounds."""
    moved: dict[UUID, int] = defaultdict(int)
    for number, line in enumerate(item.lines, 1):
        account, minor = held[line.account.id], line.amount.minor
        account.move(minor, item.draft.effective_on, recorded_us)
        moved[account.key] += minor
        laid.append((item.origin.key, number, len(item.lines), account.key, minor, item.draft.effective_on, recorded_us,
                     account.version, account.balance, account.high_on, sets.key(line)))
    for key, minor in moved.items():
        bound = held[key].crossed
        if minor and bound is not None:
            return Beyond(key, bound, held[key].balance - minor, held[key].balance)
    return None


def _write(connection: Connection, items: Sequence[Item], instants: Sequence[int], held: dict[UUID, _Standing], sets: Sets,
           laid: Sequence[Values]) -> None:
    """Postings before the accounts that they move, then entries, then their words: the triggers on each look at what came before."""
    _insert(connection, dimension_sets, sets.rows, key=1)
    _insert(connection, dimensions, sets.members, key=3)
    _insert(connection, postings, laid)
    moved = [each.moved for each in held.values() if each.changed]
    if moved:
        connection.exec_driver_sql(_MOVE, [_plainly(row) for row in moved])
    _insert(connection, entries, [entry_row(item, recorded_us, leaf_at(item.start, recorded_us))
                                  for item, recorded_us in zip(items, instants, strict=True)])
    _insert(connection, memos, [item.memo for item in items if item.memo])


def _insert(connection: Connection, table: Table, values: Sequence[Values], *, key: int = 0) -> None:
    """Insert rows: all, or with a key (as many of the first columns) those of which none stands under theirs yet.

    (Asked and not left to `on conflict`: the guards against replacing look at a row before SQLite sees that it is there.)
    """
    if values:
        columns = names(table)
        coming = ", ".join(f"?{number}" for number in range(1, len(columns) + 1))
        same = " and ".join(f"{column} = ?{number}" for number, column in enumerate(columns[:key], 1))
        said = f"select {coming} where not exists (select 1 from {table.name} where {same})" if key else f"values ({coming})"
        connection.exec_driver_sql(f"insert into {table.name} ({', '.join(columns)}) {said}", [_plainly(row) for row in values])


_PLAINLY: dict[type, Callable[[Any], Any]] = {UUID: lambda key: key.hex, date: date.isoformat}


def _plainly(row: Values) -> Values:
    """Values as SQLite keeps them: keys and days as text."""
    return tuple(_PLAINLY[type(value)](value) if type(value) in _PLAINLY else value for value in row)
