"""Questions to the books: a balance now and as of any day, as known at any instant; statements; the trial balance.

Why they are quick: within an account the instant of recording and the day `high_on` only ever grow, so the last posting
that was known at an instant, or had not passed a day, is one step into an index, and its running balance is the answer.
Postings whose effective day is not their `high_on` (late or early ones) are kept in small indexes of their own, and correct
it. Nothing is rewritten when somebody backdates.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    union_all,
)
from sqlmodel import Session

from voucher.database import among
from voucher.ledger.accounts import Account, account_id, accounts
from voucher.ledger.entries import dimensions, entries, instant, microseconds, postings
from voucher.money import Money, total


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

    `as_of` counts what is effective up to that day; `known_at` what was recorded up to that instant. An entry is recorded when its work
    begins and seen when that commits: as long as works of before an instant run, what was known at it may gain entries.
    """
    asked = {"key": account_id(name, currency), "as_of": as_of, "known_us": microseconds(known_at) if known_at else None}
    found = session.connection().execute(_standing(as_of is not None, _INSTANT if known_at else _ALL, one=True), asked).first()
    return Money(int(found.minor) if found else 0, currency)


def balances(session: Session, which: Sequence[Account], *, locked: bool = False) -> list[Money]:
    """The balances of these accounts now, in the order in which they are given; zero for those never used.

    `locked`: nobody else posts to them until the work ends. Whoever asks so has to do it before he posts anything.
    """
    statement = select(accounts.c.id, accounts.c.balance_minor).where(among(accounts.c.id, [each.id for each in which]))
    if locked:
        statement = statement.order_by(accounts.c.id).with_for_update(key_share=True)
    rows = session.connection().execute(statement)
    standing = {row.id: row.balance_minor for row in rows}
    return [Money(standing.get(each.id, 0), each.currency) for each in which]


def used(session: Session, which: Sequence[Account]) -> set[Account]:
    """Those of these accounts to which anything was ever posted."""
    if not which:
        return set()
    found = set(session.connection().execute(select(accounts.c.id).where(among(accounts.c.id, [each.id for each in which]))).scalars())
    return {each for each in which if each.id in found}


def trial_balance(session: Session, as_of: date | None = None, known_at: datetime | None = None) -> list[Balance]:
    """Every account that does not stand at zero, by name and currency. Each book sums to zero in each currency."""
    rows = session.connection().execute(standing(as_of, known_at))
    found = [Balance(row.name, Money(int(row.minor), row.currency)) for row in rows if row.minor]
    return sorted(found, key=lambda each: (each.account, each.amount.currency))


def standing(as_of: date | None, known_at: datetime | None) -> Select[tuple[UUID, str, str, int]]:
    """Key, name, currency and balance (`minor`) of every account, in one statement of index steps for each."""
    question = _standing(as_of is not None, _INSTANT if known_at else _ALL, one=False)
    return question.params(as_of=as_of, known_us=microseconds(known_at) if known_at else None)


_KEY = bindparam("key", type_=Uuid())
_AS_OF = bindparam("as_of", type_=Date())
_KNOWN = bindparam("known_us", type_=BigInteger())
_NUMBER = bindparam("known", type_=BigInteger())

# How it is said what was known: by nothing (all of it), by an instant, by the number of postings (which may be more than there are).
_ALL, _INSTANT, _VERSION = "all", "instant", "version"
_ANY = 2**62
_DAY = timedelta(days=1)


@lru_cache
def _standing(dated: bool, known: str, one: bool) -> Select[tuple[UUID, str, str, int]]:
    """The question, made once: of one account (`key`) or of all, as of a day (`as_of`), as known at an instant (`known_us`), or when
    so many postings were known (`known`).
    """
    which = accounts.c.id == _KEY if one else true()
    if not dated and known == _ALL:
        return select(accounts.c.id, accounts.c.name, accounts.c.currency,
                      accounts.c.balance_minor.label("minor")).where(which)
    last = {_ALL: accounts.c.version, _INSTANT: _last_known(), _VERSION: _least(accounts.c.version, _NUMBER)}[known]
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
class Moved:
    """What moved in an account on a day for one value of a dimension (one order, one region); debit positive."""

    value: str
    effective_on: date
    amount: Money


def moved_by(session: Session, name: str, currency: str, dimension: str) -> list[Moved]:
    """Everything that ever moved in an account, by the value of a dimension and by day; what does not carry it is left out.

    It reads all postings of the account: a question for the end of a year, not for a page.
    """
    rows = session.connection().execute(
        select(dimensions.c.value, postings.c.effective_on, func.sum(postings.c.amount_minor).label("minor"))
        .join(dimensions, dimensions.c.set_id == postings.c.dimensions_id)
        .where(postings.c.account_id == account_id(name, currency), dimensions.c.name == dimension)
        .group_by(dimensions.c.value, postings.c.effective_on).order_by(dimensions.c.value, postings.c.effective_on))
    return [Moved(row.value, row.effective_on, Money(int(row.minor), currency)) for row in rows]


@dataclass(frozen=True)
class Turnover:
    """What the entries of one event came to on one account; debit positive."""

    account: str
    event: str
    amount: Money


def turnover(session: Session, books: Sequence[str], since: date, until: date, event: str | None = None) -> list[Turnover]:
    """What every account of these books moved by from one day to another, both included, event by event, or by one event alone. What
    reverses an entry counts for the event of that.

    It reads what was posted for these days, however much there was before: a question for the end of a year, not for a page.
    """
    reversed_ = entries.alias()
    its = func.coalesce(reversed_.c.event, entries.c.event)
    day, high = postings.c.effective_on, postings.c.high_on
    # Within an account days are found along three indexes: of what came in its time, late and early.
    parts = [
        select(accounts.c.name, accounts.c.currency, its.label("event"), postings.c.amount_minor)
        .select_from(accounts).join(postings, postings.c.account_id == accounts.c.id).join(entries, entries.c.id == postings.c.entry_id)
        .outerjoin(reversed_, reversed_.c.id == entries.c.reverses_id)
        .where(accounts.c.book.in_(books), *when, *(() if event is None else (its == event,)))
        for when in ((day >= high, day == high, high.between(since, until)), (day < high, day.between(since, until)),
                     (day > high, day.between(since, until)))]
    moved = union_all(*parts).subquery()
    rows = session.connection().execute(
        select(moved.c.name, moved.c.currency, moved.c.event, func.sum(moved.c.amount_minor).label("minor"))
        .group_by(moved.c.name, moved.c.currency, moved.c.event).order_by(moved.c.name, moved.c.currency, moved.c.event))
    return [Turnover(row.name, row.event, Money(int(row.minor), row.currency)) for row in rows]


@dataclass(frozen=True)
class Comparison:
    """One balance as it was known then and as it is known now, and the postings that came between and explain it."""

    then: Money
    now: Money
    between: tuple[StatementLine, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the postings explain all of the difference."""
        return not self.between or self.between[-1].balance == self.now


def compare(session: Session, name: str, currency: str, as_of: date, then: datetime, now: datetime,
            limit: int | None = None) -> Comparison:
    """The balance of an account as of a day, as known at two instants, and what was recorded between them for that day: all of it, or
    the first lines.
    """
    earlier, later = (balance(session, name, currency, as_of, instant) for instant in (then, now))
    rows = session.connection().execute(_POSTED.where(
        postings.c.account_id == account_id(name, currency), postings.c.effective_on <= as_of,
        postings.c.recorded_us > microseconds(then), postings.c.recorded_us <= microseconds(now))
        .order_by(postings.c.effective_on, postings.c.version).limit(limit))
    return Comparison(earlier, later, tuple(_run(earlier, rows)))


def statement(session: Session, name: str, currency: str, since: date | None = None, until: date | None = None,
              limit: int | None = None, after: StatementLine | None = None, known_at: datetime | None = None) -> list[StatementLine]:
    """The postings of an account from one day to another, both counted, by day and then by recording, with balances.

    `known_at` leaves out what was recorded later. `limit` makes it a page; give the last line of one page as `after` to get the
    next.
    """
    known = _known(session, name, currency, known_at)
    opening = Money.zero(currency)
    if after:
        since, opening = after.effective_on, after.balance
    elif since and since > date.min:
        opening = _at(session, name, currency, since - _DAY, known)
    asked = {"key": account_id(name, currency), "since": since or date.min, "until": until or date.max, "most": limit,
             "version": after.version if after else 0, "known": known}
    connection = session.connection()
    rows = heapq.merge(*(connection.execute(each, asked) for each in _page(limit is not None, backwards=False)), key=_place)
    return _run(opening, islice(rows, limit))


def last_lines(session: Session, name: str, currency: str, limit: int, since: date | None = None, until: date | None = None,
               before: StatementLine | None = None, known_at: datetime | None = None) -> list[StatementLine]:
    """The last lines of a statement, in its order: what people look at first. Give the first of them as `before` to get the
    page before it.
    """
    known = _known(session, name, currency, known_at)
    asked = {"key": account_id(name, currency), "since": since or date.min, "most": limit, "known": known,
             "until": before.effective_on if before else until or date.max, "version": before.version if before else _ANY}
    connection = session.connection()
    rows = heapq.merge(*(connection.execute(each, asked) for each in _page(True, backwards=True)), key=_place, reverse=True)
    lines = list(reversed(list(islice(rows, limit))))
    closing = before.balance - before.amount if before else _at(session, name, currency, until, known)
    return _run(closing - total((Money(row.amount_minor, currency) for row in lines), currency), lines)


def statement_line(session: Session, name: str, currency: str, version: int, known_at: datetime | None = None) -> StatementLine | None:
    """A line of a statement by the number of its posting, with the balance after it; None when there is no such posting.

    Not one line before it is read: what counted before its day, and what that posting and those recorded before it did to its day.
    """
    row = session.connection().execute(_POSTED.where(
        postings.c.account_id == account_id(name, currency), postings.c.version == version)).first()
    if row is None:
        return None
    known, eve = _known(session, name, currency, known_at), row.effective_on - _DAY
    before = _at(session, name, currency, eve, known) - _at(session, name, currency, eve, version)
    amount = Money(row.amount_minor, currency)
    (line,) = _run(before + _at(session, name, currency, row.effective_on, version) - amount, [row])
    return line


def _known(session: Session, name: str, currency: str, known_at: datetime | None) -> int:
    """How many postings of an account were known at an instant."""
    if known_at is None:
        return _ANY
    known = select(_last_known()).where(accounts.c.id == _KEY)
    asked = {"key": account_id(name, currency), "known_us": microseconds(known_at)}
    return session.connection().execute(known, asked).scalar() or 0


def _at(session: Session, name: str, currency: str, as_of: date | None, known: int) -> Money:
    """The balance as of a day (of all days, when it is None), when so many postings were known."""
    asked = {"key": account_id(name, currency), "as_of": as_of, "known": known}
    found = session.connection().execute(_standing(as_of is not None, _VERSION, one=True), asked).first()
    return Money(int(found.minor) if found else 0, currency)


_POSTED: Select[Any] = (
    select(entries.c.cause, entries.c.event, postings.c.effective_on, postings.c.recorded_us, postings.c.amount_minor,
           postings.c.version).join(entries, entries.c.id == postings.c.entry_id))


@lru_cache
def _page(limited: bool, backwards: bool) -> tuple[Select[Any], ...]:
    """Three questions, each along an index: postings in order by `high_on`, which is their day; the late; the early.

    A page begins behind a posting: on the day `since`, with a higher `version`; or on a later day. Backwards it ends before one: on
    the day `until`, with a lower `version`; or on an earlier day.
    (Neither late nor early is said in two halves, because PostgreSQL believes that two columns are hardly ever equal.)
    """
    high_on, effective_on, version = postings.c.high_on, postings.c.effective_on, postings.c.version
    since, until = bindparam("since", type_=Date()), bindparam("until", type_=Date())
    in_order = (effective_on >= high_on) & (effective_on <= high_on)
    most = bindparam("most", type_=Integer()) if limited else None
    mark = bindparam("version", type_=BigInteger())
    found = []
    for day, sort in ((high_on, in_order), (effective_on, effective_on < high_on), (effective_on, effective_on > high_on)):
        place = tuple_(day, version)
        within = (place < tuple_(until, mark), day >= since) if backwards else (place > tuple_(since, mark), day <= until)
        order = [each.desc() if backwards else each for each in (postings.c.account_id, day, version)]
        found.append(_POSTED.where(postings.c.account_id == _KEY, sort, *within, version <= _NUMBER).order_by(*order).limit(most))
    return tuple(found)


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
