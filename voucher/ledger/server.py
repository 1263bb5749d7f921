"""Laying entries upon accounts in PostgreSQL: one call of the function `ledger_post`, which stands in the migrations.

So the books cost a piece of work one journey, whatever the number of entries, and a hot account is locked no longer than the
engine itself needs. What travels is few: the entries as JSON, their postings as a handful of arrays.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from voucher.ledger.accounts import Account
from voucher.ledger.entries import memos
from voucher.ledger.laying import Answer, Beyond, Item, Lot, Sets, Values, names

_POST = ("select ledger_post(%s::uuid[], %s::json, %s::boolean, %s::text[], %s::uuid[], %s::date[], %s::bigint[], %s::int[],"
         " %s::boolean[], %s::uuid[], %s::json, %s::int[], %s::int[], %s::uuid[], %s::bigint[], %s::uuid[], %s::uuid[], %s::text[],"
         " %s::json)")
_ENTRY = ("event", "actor", "evidence", "terms", "memo_commitment", "content_digest", "start")
_MEMO = names(memos)


def lay(connection: Connection, named: Sequence[Account], lot: Lot, *, exact: bool = False) -> Answer:
    """Make the accounts `named` where they are missing, lock them, and lay the items upon theirs, in their order; see Answer.

    All are recorded at one instant: now, or if one of their accounts has seen that already, a microsecond after the last that any of
    them has seen. So the order of instants is that in which an account moved. `exact` keeps the instants of the items instead: they were
    recorded elsewhere.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        found = call(driver, named, lot, exact=exact)
    except psycopg.Error as error:
        raise DBAPIError.instance(_POST, None, error, psycopg.Error) from error
    if "at" in found:
        return Answer([item.origin.recorded_us if exact else found["at"] for item in lot.items])
    beyond = found.get("beyond")
    return Answer(
        standing=frozenset(found.get("standing", ())), closed=found.get("closed"),
        closed_through=_day(found.get("closed_through")), adjusting_through=_day(found.get("adjusting_through")),
        unreversible=found.get("unreversible"), beyond=Beyond(UUID(beyond[0]), *beyond[1:]) if beyond else None)


def pack(items: Sequence[Item]) -> Lot:
    """Items as they travel."""
    sets = Sets()
    rows, numbers, of, held, amounts, carried = [], [], [], [], [], []
    for place, item in enumerate(items, 1):
        draft, origin = item.draft, item.origin
        rows.append((draft.event, origin.actor, draft.evidence_text, draft.terms, origin.commitment,
                     rf"\x{item.content_digest.hex()}", item.start))
        for number, line in enumerate(item.lines, 1):
            numbers.append(number)
            of.append(place)
            held.append(line.account.key)
            amounts.append(line.amount.minor)
            carried.append(sets.key(line) or "null")
    return Lot(items, [
        _texts(item.draft.cause for item in items), _array(item.origin.key for item in items),
        _array(item.draft.effective_on for item in items), _array(item.origin.recorded_us for item in items),
        _array(len(item.lines) for item in items), _array(item.draft.adjusting for item in items),
        _array(item.draft.reverses or "null" for item in items) if any(item.draft.reverses for item in items) else None,
        _document(_ENTRY, rows), _array(numbers), _array(of), _array(held), _array(amounts), _array(carried),
        _array(key for key, _text in sets.rows) if sets.keys else None, _texts(text for _key, text in sets.rows),
        _document(_MEMO, [item.memo for item in items if item.memo])])


def make(connection: Connection, named: Sequence[Account]) -> None:
    """Make accounts where they are missing."""
    lay(connection, named, pack(()))


def call(driver: psycopg.Connection, named: Sequence[Account], lot: Lot, *, exact: bool = False) -> dict[str, Any]:
    """What the function answers, as it answers. In a pipeline, so that the BEGIN of a piece of work which only posts travels
    with it; the answer is fetched behind the pipeline, because within one it would be asked for once more.
    """
    with driver.pipeline():
        cursor = driver.execute(_POST, [_array(each.key for each in named), f"[{','.join(map(_wanted, named))}]", exact, *lot.packed])
    (answer,) = cursor.fetchone() or ({},)
    return dict(answer)


@lru_cache(maxsize=2**14)
def _wanted(account: Account) -> str:
    """What the function needs to make an account."""
    return _encode({"id": account.key, "name": account.name, "book": account.book, "currency": account.currency,
                    "lower_minor": account.lower, "upper_minor": account.upper})


def _array(values: Iterable[object]) -> str:
    """Numbers, days and keys as PostgreSQL writes an array of them."""
    return "{" + ",".join(map(str, values)) + "}"


def _texts(values: Iterable[str]) -> str:
    """Texts as PostgreSQL writes an array of them."""
    return "{" + ",".join('"' + each.replace("\\", r"\\").replace('"', r'\"') + '"' for each in values) + "}"


def _document(columns: Sequence[str], rows: Iterable[Values]) -> str | None:
    """Rows as a JSON list of objects; nothing when there are none."""
    listed = [dict(zip(columns, row, strict=True)) for row in rows]
    return _encode(listed) if listed else None


def _in_json(value: object) -> str:
    """Keys and days as text, bytes as PostgreSQL reads them."""
    return rf"\x{value.hex()}" if isinstance(value, bytes) else str(value)


_encode = json.JSONEncoder(default=_in_json, check_circular=False).encode


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
