"""Ways to post, each for one connection, so that many processes can do it at once.

`ours` has every guarantee on. `bare` is what a careful person writes by hand with psycopg for the same rows: one statement in
one journey, no guarantee at all but the foreign keys. `objects` is the same with SQLModel objects.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import BigInteger
from sqlmodel import Field, Session, SQLModel, select
from uuid_utils.compat import uuid7

from voucher import ledger
from voucher.database import Database
from voucher.ledger import Account, Draft, journal, server
from voucher.ledger.accounts import account_id
from voucher.ledger.laying import Origin
from voucher.money import Money
from voucher.work import SYSTEM, begin

DAY = date(2026, 3, 2)
ACCOUNTS = 1000
MOST = 10**15
ONE = Money(1, "CNY")

Once = Callable[[int], None]


def name(number: int, book: str = "budget") -> str:
    """One of a thousand accounts; number 0 is the hot one."""
    return f"{book}:account:{number}"


def an_account(number: int, book: str = "budget") -> Account:
    """One of them, within bounds that are checked and never reached."""
    return Account(name(number, book), "CNY", -MOST, MOST)


def pair(hot: bool) -> tuple[int, int]:
    """Two accounts to move money between: any two, or the one that everybody uses and another."""
    one, other = random.sample(range(1, ACCOUNTS), 2)
    return (0 if hot else one), other


def a_draft(cause: str, hot: bool, postings: int) -> Draft:
    """An entry of two postings in one book, or of six over three books, with the dimensions that ours have."""
    to, source = pair(hot)
    lines = []
    for book in ("budget", "entitlement", "financial")[:postings // 2]:
        lines += [ledger.debit(an_account(to, book), ONE, voucher=f"V-{to}", claim=f"C-{source}"),
                  ledger.credit(an_account(source, book), ONE, voucher=f"V-{to}", claim=f"C-{source}")]
    return Draft(cause, "bench.posted", DAY, lines)


def ours(url: str, hot: bool, postings: int) -> Once:
    """One piece of work with one `post`."""
    database, mark = Database(url), uuid7()

    def once(number: int) -> None:
        with begin(database, SYSTEM) as work:
            ledger.post(work, a_draft(f"{mark} {number}", hot, postings))
    return once


def plain(url: str, hot: bool, postings: int) -> Once:
    """The same without dimensions."""
    database, mark = Database(url), uuid7()

    def once(number: int) -> None:
        draft = a_draft(f"{mark} {number}", hot, postings)
        with begin(database, SYSTEM) as work:
            ledger.post(work, replace(draft, lines=[replace(line, dimensions=()) for line in draft.lines]))
    return once


def called(url: str, hot: bool, postings: int) -> Once:
    """What `post` sends, sent by psycopg alone in a transaction of its own: no session, no work, nothing looked at."""
    connection, mark = psycopg.connect(url.replace("+psycopg", ""), autocommit=True), uuid7()

    def once(number: int) -> None:
        draft = a_draft(f"{mark} {number}", hot, postings)
        item = journal.item_of(draft, Origin(uuid7(), "system", int(time.time() * 1e6), None, b""))
        server.call(connection, journal.accounts_of([draft]), server.pack([item]))
    return once


_BARE = """
with v as (select * from json_to_recordset(%(lines)s::json) as v(number int, id uuid, amount bigint)),
locked as (select a.id from accounts a where a.id in (select id from v) order by a.id for no key update),
moved as (
  update accounts a set balance_minor = a.balance_minor + v.amount, version = a.version + 1, recorded_us = %(at)s, high_on = %(day)s
  from v, locked where v.id = locked.id and a.id = locked.id returning a.id, v.number, v.amount, a.version, a.balance_minor),
posted as (
  insert into postings (entry_id, number, size, account_id, amount_minor, effective_on, recorded_us, version, running_minor, high_on)
  select %(key)s, number, %(size)s, id, amount, %(day)s, %(at)s, version, balance_minor, %(day)s from moved)
insert into entries (id, cause, event, effective_on, recorded_us, actor, size, adjusting, evidence, terms, content_digest, digest)
values (%(key)s, %(cause)s, 'bench.posted', %(day)s, %(at)s, 'system', %(size)s, false, '[]', '', %(digest)s, %(digest)s)
"""


def bare(url: str, hot: bool, postings: int) -> Once:
    """One statement that commits by itself."""
    connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
    digest = bytes(32)

    def once(number: int) -> None:
        key, (to, source) = uuid7(), pair(hot)
        at = int(datetime.now(UTC).timestamp() * 1_000_000)
        lines = []
        for book in ("budget", "entitlement", "financial")[:postings // 2]:
            lines += [{"id": str(account_id(name(to, book), "CNY")), "amount": 1},
                      {"id": str(account_id(name(source, book), "CNY")), "amount": -1}]
        numbered = json.dumps([line | {"number": at} for at, line in enumerate(lines, 1)])
        row = {"key": UUID(str(key)), "cause": str(key), "at": at, "day": DAY, "lines": numbered, "size": postings, "digest": digest}
        connection.execute(_BARE, row)
    return once


class BenchAccount(SQLModel, table=True):
    """An account as objects have it."""

    __tablename__ = "bench_accounts"
    id: int = Field(primary_key=True)
    balance_minor: int = Field(default=0, sa_type=BigInteger)


class BenchEntry(SQLModel, table=True):
    """An entry as objects have it."""

    __tablename__ = "bench_entries"
    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(unique=True)
    effective_on: date


class BenchPosting(SQLModel, table=True):
    """A posting as objects have it."""

    __tablename__ = "bench_postings"
    id: int | None = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="bench_entries.id", index=True)
    account_id: int = Field(foreign_key="bench_accounts.id", index=True)
    amount_minor: int = Field(sa_type=BigInteger)


BENCH_TABLES = [SQLModel.metadata.tables[f"bench_{kind}"] for kind in ("accounts", "entries", "postings")]


def objects(url: str, hot: bool, postings: int) -> Once:
    """Objects in a session: two accounts of each book locked and changed, an entry, its postings."""
    database = Database(url)

    def once(number: int) -> None:
        chosen = sorted(account + book * ACCOUNTS for book in range(postings // 2) for account in pair(hot))
        with Session(database.engine) as session:
            entry = BenchEntry(cause=str(uuid7()), effective_on=DAY)
            session.add(entry)
            locked = session.exec(select(BenchAccount).where(BenchAccount.id.in_(chosen))  # type: ignore[attr-defined]
                                  .order_by(BenchAccount.id).with_for_update()).all()  # type: ignore[arg-type]
            session.flush()
            assert entry.id is not None
            for account, amount in zip(locked, (1, -1) * (postings // 2), strict=True):
                account.balance_minor += amount
                session.add(BenchPosting(entry_id=entry.id, account_id=account.id, amount_minor=amount))
            session.commit()
    return once


WAYS: dict[str, Callable[[str, bool, int], Once]] = {
    "ours": ours, "plain": plain, "called": called, "bare": bare, "objects": objects}


def _run(way: str, url: str, hot: bool, postings: int, seconds: float, barrier: Any) -> float:
    once = WAYS[way](url, hot, postings)
    for number in range(20):
        once(-number)
    barrier.wait()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        count += 1
        once(count)
    return count / (time.perf_counter() - start)


def rate(way: str, url: str, *, hot: bool, postings: int = 2, connections: int = 1, seconds: float = 2) -> float:
    """Entries a second over all connections, each in a process of its own, all beginning together."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Manager() as manager, context.Pool(connections) as pool:
        barrier = manager.Barrier(connections)
        return sum(pool.starmap(_run, [(way, url, hot, postings, seconds, barrier)] * connections))
