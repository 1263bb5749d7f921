"""Recompute everything that the books say of themselves, and name what does not agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import func, select
from sqlmodel import Session

from voucher.ledger.accounts import account_id, accounts
from voucher.ledger.entries import Entry, entries, leaf, microseconds, postings, record
from voucher.ledger.journal import stream


@dataclass(frozen=True)
class Finding:
    """Something that does not agree: which entry or account it is about, and what is wrong with it."""

    about: str
    what: str


def verify(session: Session) -> list[Finding]:
    """Recompute every hash, sum and running balance. Answers what does not agree; nothing when all is well."""
    return [*_entries(session), *_accounts(session), *_postings(session)]


def _entries(session: Session) -> Iterator[Finding]:
    for entry in stream(session):
        for what in _wrong(entry):
            yield Finding(entry.cause, what)


def _wrong(entry: Entry) -> Iterator[str]:
    """What is wrong with an entry by itself."""
    sums: dict[tuple[str, str], int] = {}
    for line in entry.lines:
        key = (line.account.book, line.account.currency)
        sums[key] = sums.get(key, 0) + line.amount.minor
    if len(entry.lines) < 2:
        yield "has fewer than two postings"
    if any(sums.values()):
        yield "does not balance"
    if sha256(entry.content()).digest() != entry.content_digest:
        yield "says something else than when it was posted"
    recorded = record(entry.id, entry.content_digest, entry.actor, microseconds(entry.recorded_at), entry.memo_commitment)
    if leaf(recorded) != entry.digest:
        yield "was not recorded by this person at this instant"


def _accounts(session: Session) -> Iterator[Finding]:
    """Accounts whose balance is not the sum of their postings, that are out of bounds or not themselves."""
    sums = (select(postings.c.account_id, func.sum(postings.c.amount_minor).label("minor"),
                   func.count().label("many"), func.max(postings.c.version).label("last"))
            .group_by(postings.c.account_id).subquery())
    rows = session.connection().execute(select(accounts, sums.c.minor, sums.c.many, sums.c.last)
                                        .outerjoin(sums, sums.c.account_id == accounts.c.id).order_by(accounts.c.name))
    for row in rows:
        if row.balance_minor != int(row.minor or 0):
            yield Finding(row.name, f"stands at {row.balance_minor} {row.currency}, its postings sum to {row.minor or 0}")
        if not row.version == (row.many or 0) == (row.last or 0):
            yield Finding(row.name, f"counts {row.version} postings and has {row.many or 0}")
        if row.id != account_id(row.name, row.currency):
            yield Finding(row.name, "has another key than its name gives")


def _postings(session: Session) -> Iterator[Finding]:
    """Postings that do not belong to their entry, or do not continue their account."""
    before = postings.alias()
    rows = session.connection().execute(
        select(entries.c.cause, postings.c.number, postings.c.account_id)
        .join(entries, entries.c.id == postings.c.entry_id)
        .outerjoin(before, (before.c.account_id == postings.c.account_id) & (before.c.version == postings.c.version - 1))
        .where((postings.c.running_minor - postings.c.amount_minor != func.coalesce(before.c.running_minor, 0))
               | (postings.c.effective_on != entries.c.effective_on) | (postings.c.recorded_us != entries.c.recorded_us)
               | (before.c.high_on > postings.c.high_on) | (before.c.recorded_us > postings.c.recorded_us))
        .order_by(entries.c.recorded_us, entries.c.id, postings.c.number))
    for row in rows:
        yield Finding(row.cause, f"posting {row.number} does not continue its account")
