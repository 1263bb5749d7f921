"""Questions to the books: a balance now and as of any day, as known at any instant; statements; the trial balance.

Why they are quick: within an account the instant of recording and the day `high_on` only ever grow, so the last posting
that was known at an instant, or had not passed a day, is one step into an index, and its running balance is the answer.
Postings whose effective day is not their `high_on` (late or early ones) are kept in small indexes of their own, and correct
it. Nothing is rewritten when somebody backdates.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    Uuid,
    bindparam,
    case,
    func,
    select,
    true,
    tuple_,
)
from sqlmodel import Session

from voucher.ledger.accounts import Account, account_id, accounts
from voucher.ledger.entries import entries, instant, microseconds, postings
from voucher.money import Money


@dataclass(frozen=True)
class Balance:
    """What an account stood at; debit positive."""

    account: str
    amount: Money


@dataclass(frozen=True)
class StatementLine:
    """One posting on a statement. `balance` is the balance after it, in the order of the statement; `version` is its number
    within the account.
    """

    cause: str
    event: str
    effective_on: date
    recorded_at: datetime
    amount: Money
    balance: Money
    version: int


def balance(session: Session, name: str, currency: str, as_of: date | None = None,
            known_at: datetime | None = None) -> Money:
    """The balance of an account, debit positive; zero when it was never used.

    `as_of` counts what is effective up to that day; `known_at` what was recorded up to that instant.
    """
    asked = {"key": account_id(name, currency), "as_of": as_of, "known_us": microseconds(known_at) if known_at else None}
    found = session.connection().execute(_standing(as_of is not None, known_at is not None, one=True), asked).first()
    return Money(int(found.minor) if found else 0, currency)


def balances(session: Session, which: Sequence[Account], *, locked: bool = False) -> list[Money]:
    """The balances of these accounts now, in the order in which they are given; zero for those never used.

    `locked`: nobody else posts to them until the work ends. Whoever asks so has to do it before he posts anything.
    """
    statement = select(accounts.c.id, accounts.c.balance_minor).where(accounts.c.id.in_([each.id for each in which]))
    if locked:
        statement = statement.order_by(accounts.c.id).with_for_update(key_share=True)
    rows = session.connection().execute(statement)
    standing = {row.id: row.balance_minor for row in rows}
    return [Money(standing.get(each.id, 0), each.currency) for each in which]


def trial_balance(session: Session, as_of: date | None = None, known_at: datetime | None = None) -> list[Balance]:
    """Every account that does not stand at zero, by name and currency. Each book sums to zero in each currency."""
    rows = session.connection().execute(standing(as_of, known_at))
    found = [Balance(row.name, Money(int(row.minor), row.currency)) for row in rows if row.minor]
    return sorted(found, key=lambda each: (each.account, each.amount.currency))


def standing(as_of: date | None, known_at: datetime | None) -> Select[tuple[UUID, str, str, int]]:
    """Key, name, currency and balance (`minor`) of every account, in one statement of index steps for each."""
    question = _standing(as_of is not None, known_at is not None, one=False)
    return question.params(as_of=as_of, known_us=microseconds(known_at) if known_at else None)


_KEY = bindparam("key", type_=Uuid())
_AS_OF = bindparam("as_of", type_=Date())
_KNOWN = bindparam("known_us", type_=BigInteger())


@lru_cache
def _standing(dated: bool, known: bool, one: bool) -> Select[tuple[UUID, str, str, int]]:
    """The question, made once: of one account (`key`) or of all, as of a day (`as_of`), as known at an instant (`known_us`)."""
    which = accounts.c.id == _KEY if one else true()
    if not dated and not known:
        return select(accounts.c.id, accounts.c.name, accounts.c.currency,
                      accounts.c.balance_minor.label("minor")).where(which)
    last = _last_known() if known else accounts.c.version
    reached = _least(last, _last_reached()) if dated else last
    mark = (select(accounts.c.id, accounts.c.name, accounts.c.currency, last.label("known"), reached.label("reached"))
            .where(which).cte("mark").prefix_with("materialized"))
    running = (select(postings.c.running_minor)
               .where(postings.c.account_id == mark.c.id, postings.c.version == mark.c.reached).scalar_subquery())
    minor: ColumnElement[int] = func.coalesce(running, 0)
    if dated:
        minor = minor + func.coalesce(_late(mark), 0) - func.coalesce(_early(mark), 0)
    return select(mark.c.id, mark.c.name, mark.c.currency, minor.label("minor"))


def _last_known() -> ColumnElement[int]:
    """The version of the last posting that was recorded up to the instant; 0 when there was none."""
    last = (select(postings.c.version)
            .where(postings.c.account_id == accounts.c.id, postings.c.recorded_us <= _KNOWN)
            .order_by(postings.c.account_id.desc(), postings.c.recorded_us.desc(), postings.c.version.desc()).limit(1))
    return func.coalesce(last.scalar_subquery(), 0)


def _last_reached() -> ColumnElement[int]:
    """The version of the last posting at which the account had not passed the day; 0 when there was none.

    It is the one before the first that passed it, and whatever passes a day is not late: so the late ones are not looked at.
    """
    passed = (select(postings.c.version - 1)
              .where(postings.c.account_id == accounts.c.id, postings.c.effective_on >= postings.c.high_on,
                     postings.c.high_on > _AS_OF)
              .order_by(postings.c.account_id, postings.c.high_on, postings.c.version).limit(1))
    return func.coalesce(passed.scalar_subquery(), accounts.c.version)


def _least(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[int]:
    return case((one < other, one), else_=other)


def _late(mark: CTE) -> ColumnElement[int]:
    """What was recorded for the day when the account had passed it already: the running balance misses it."""
    return (select(func.sum(postings.c.amount_minor))
            .where(postings.c.account_id == mark.c.id, postings.c.effective_on < postings.c.high_on,
                   postings.c.version > mark.c.reached, postings.c.version <= mark.c.known, postings.c.effective_on <= _AS_OF)
            .scalar_subquery())


def _early(mark: CTE) -> ColumnElement[int]:
    """What was recorded up to there for a day beyond: the running balance holds it too soon.

    (Zero is added so that the small index on such postings is taken, not the one on versions.)
    """
    return (select(func.sum(postings.c.amount_minor))
            .where(postings.c.account_id == mark.c.id, postings.c.effective_on > postings.c.high_on,
                   postings.c.effective_on > _AS_OF, postings.c.version + 0 <= mark.c.reached)
            .scalar_subquery())


@dataclass(frozen=True)
class Comparison:
    """One balance as it was known then and as it is known now, and the postings that came between and explain it."""

    then: Money
    now: Money
    between: tuple[StatementLine, ...]


def compare(session: Session, name: str, currency: str, as_of: date, then: datetime, now: datetime) -> Comparison:
    """The balance of an account as of a day, as known at two instants, and what was recorded between them for that day."""
    earlier, later = (balance(session, name, currency, as_of, instant) for instant in (then, now))
    rows = session.connection().execute(_POSTED.where(
        postings.c.account_id == account_id(name, currency), postings.c.effective_on <= as_of,
        postings.c.recorded_us > microseconds(then), postings.c.recorded_us <= microseconds(now)))
    return Comparison(earlier, later, tuple(_run(earlier, sorted(rows, key=_place))))


def statement(session: Session, name: str, currency: str, since: date | None = None, until: date | None = None,
              limit: int | None = None, after: StatementLine | None = None) -> list[StatementLine]:
    """The postings of an account from one day to another, both counted, by day and then by recording, with balances.

    `limit` makes it a page; give the last line of one page as `after` to get the next.
    """
    opening = Money.zero(currency)
    if after:
        since, opening = after.effective_on, after.balance
    elif since:
        opening = balance(session, name, currency, as_of=date.fromordinal(since.toordinal() - 1))
    asked = {"key": account_id(name, currency), "since": since or date.min, "until": until or date.max, "most": limit,
             "version": after.version if after else 0}
    connection = session.connection()
    rows = heapq.merge(*(connection.execute(each, asked) for each in _page(limit is not None)), key=_place)
    return _run(opening, islice(rows, limit))


_POSTED: Select[Any] = (
    select(entries.c.cause, entries.c.event, postings.c.effective_on, postings.c.recorded_us, postings.c.amount_minor,
           postings.c.version).join(entries, entries.c.id == postings.c.entry_id))


@lru_cache
def _page(limited: bool) -> tuple[Select[Any], ...]:
    """Three questions, each along an index: postings in order by `high_on`, which is their day; the late; the early.

    A page begins behind a posting: on the day `since`, with a higher `version`; or on a later day.
    (Neither late nor early is said in two halves, because PostgreSQL believes that two columns are hardly ever equal.)
    """
    high_on, effective_on, version = postings.c.high_on, postings.c.effective_on, postings.c.version
    since, until = bindparam("since", type_=Date()), bindparam("until", type_=Date())
    in_order = (effective_on >= high_on) & (effective_on <= high_on)
    most = bindparam("most", type_=Integer()) if limited else None
    return tuple(
        _POSTED.where(postings.c.account_id == _KEY, sort, tuple_(day, version) > tuple_(since, bindparam("version", type_=BigInteger())),
                      day <= until)
        .order_by(postings.c.account_id, day, version).limit(most)
        for day, sort in ((high_on, in_order), (effective_on, effective_on < high_on), (effective_on, effective_on > high_on)))


def _place(row: Row[Any]) -> tuple[date, int]:
    return row.effective_on, row.version


def _run(opening: Money, rows: Iterable[Row[Any]]) -> list[StatementLine]:
    """Rows as lines, with the balance after each."""
    lines, running = [], opening
    for row in rows:
        amount = Money(row.amount_minor, opening.currency)
        running = running + amount
        lines.append(StatementLine(row.cause, row.event, row.effective_on, instant(row.recorded_us), amount, running,
                                   row.version))
    return lines
