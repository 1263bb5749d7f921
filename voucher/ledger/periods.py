"""Periods: open, adjusting, closed; closing and reopening.

There is one watermark and not a list of months: everything up to the day `closed_through` is closed, days that nobody thought
of included, so periods close in order by themselves. Between it and `adjusting_through` only adjusting entries are taken.
As long as nothing is closed, the books begin with the year before that in which their first entry was recorded.
What was done about periods is never taken back: reopening is one more act, by another person, with a reason. It goes one step: days
that were closed are open again, or take adjusting entries if later days do so; what is adjusting is open again by a reopening of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
    insert,
    literal,
    select,
    text,
)
from sqlmodel import Session, SQLModel

from voucher.errors import NotAllowed, NotNow, NotValid, _
from voucher.ledger.accounts import accounts
from voucher.ledger.balances import Balance, standing
from voucher.ledger.entries import instant, microseconds
from voucher.ledger.keeping import kept
from voucher.ledger.seals import latest, seal
from voucher.money import Money
from voucher.work import Work

# Whoever posts holds this lock in common (a trigger sees to it), whoever acts upon periods holds it alone; PostgreSQL only.
_PERIOD_LOCK = 7_402_002

# Every act upon the periods, numbered 1, 2, 3..; the last one says how things are. Days up to `closed_through` take no
# entries, later ones up to `adjusting_through` only adjusting ones. `size` and `root` are the seal that stood then.
period_acts = Table(
    "period_acts", SQLModel.metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("closed_through", Date),
    Column("adjusting_through", Date),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("kind in ('adjusting', 'closed', 'reopened')", name="kind_is_known"),
)

# What each account stood at when a period was closed, so that no report has to go back beyond it. Written before the act: a trigger takes
# none for an act that stands.
closing_balances = Table(
    "closing_balances", SQLModel.metadata,
    Column("act_number", Integer, ForeignKey("period_acts.number", name="fk_closing_balances_act_number", deferrable=True,
                                             initially="DEFERRED"), nullable=False),
    Column("account_id", Uuid, ForeignKey("accounts.id", name="fk_closing_balances_account_id"), nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("act_number", "account_id", name="pk_closing_balances"),
)


@dataclass(frozen=True)
class Act:
    """Something that was done about periods, and how they stood after it. `root` is the head that was sealed with it."""

    number: int
    kind: str
    closed_through: date | None
    adjusting_through: date | None
    size: int
    root: bytes
    recorded_at: datetime
    actor: str
    reason: str


class OutOfOrder(NotNow):
    """Periods are closed in order."""


class NotAlone(NotAllowed):
    """A period is reopened by another person than the one who closed it, or had it take adjusting entries only."""


def adjust(work: Work, through: date, reason: str = "") -> Act:
    """From now on, days up to this one take adjusting entries only, if they do not yet; none is given back so, and none is taken ahead.

    Raises OutOfOrder.
    """
    now = _alone(work)
    if now and now.adjusting_through and through <= now.adjusting_through:
        raise OutOfOrder(_("Days up to {day} take adjusting entries only already."), day=now.adjusting_through.isoformat())
    _refuse_what_is_not_over(work, through)
    if now and now.closed_through and through <= now.closed_through:
        raise OutOfOrder(_("The books are closed up to {day} already."), day=now.closed_through.isoformat())
    return _act(work, now, "adjusting", now.closed_through if now else None, through, reason)


def close(work: Work, through: date, reason: str = "") -> Act:
    """Close every day up to this one, seal all entries and keep the balances as of that day. Raises OutOfOrder."""
    now = _alone(work)
    if now and now.closed_through and through <= now.closed_through:
        raise OutOfOrder(_("The books are closed up to {day} already."), day=now.closed_through.isoformat())
    _refuse_what_is_not_over(work, through)
    later = now.adjusting_through if now else None
    return _act(work, now, "closed", through, later if later and later > through else None, reason)


def reopen(work: Work, through: date | None, reason: str) -> Act:
    """Open the days after `through` again (all days when it is None): nobody who closed any of them, and with a reason.

    Where any of them are closed, they stop being so, and what takes adjusting entries only goes on to do so; where none is, those
    that take adjusting entries only take all again, and it is nobody who had any of them do so. Raises OutOfOrder, NotAlone, NotValid.
    """
    now = _alone(work)
    if not reason.strip():
        raise NotValid(_("Say why the period is reopened."))
    undone = undoing(work.session, through)
    if now is None or not undone:
        raise OutOfOrder(_("No day after that one is closed, or takes adjusting entries only."))
    if _actor(work) in {act.actor for act in undone}:
        raise NotAlone
    if undone[0].kind == "closed":
        return _act(work, now, "reopened", through, now.adjusting_through, reason)
    left = through if through and through > (now.closed_through or date.min) else None
    return _act(work, now, "reopened", now.closed_through, left, reason)


def _refuse_what_is_not_over(work: Work, through: date) -> None:
    if through >= work.today:
        raise OutOfOrder(_("{day} is not over yet. Close it tomorrow or later."), day=through.isoformat())


def acts(session: Session) -> list[Act]:
    """Everything that was ever done about periods, in order."""
    rows = session.connection().execute(select(period_acts).order_by(period_acts.c.number))
    return [Act(row.number, row.kind, row.closed_through, row.adjusting_through, row.size, row.root,
                instant(row.recorded_us), row.actor, row.reason) for row in rows]


def undoing(session: Session, through: date | None) -> list[Act]:
    """The acts that a reopening of the days after `through` (of all, when it is None) would undo."""
    done = acts(session)
    return closings_among(done, through) or adjustings_among(done, through)


def closings_among(done: Sequence[Act], through: date | None) -> list[Act]:
    """Those of these acts, from the first on, that closed days after `through` which none of the later ones has opened."""
    return _among(done, "closed", lambda act: act.closed_through, through)


def adjustings_among(done: Sequence[Act], through: date | None) -> list[Act]:
    """Those of these acts, from the first on, since which days after `through` take adjusting entries only."""
    return _among(done, "adjusting", lambda act: act.adjusting_through or act.closed_through, through)


def _among(done: Sequence[Act], kind: str, reached: Callable[[Act], date | None], through: date | None) -> list[Act]:
    """The acts of a kind that moved a mark beyond `through` and beyond where it stood, as far as no reopening has moved it back since."""
    found, start = list[Act](), date.min
    for act in done:
        moved = reached(act) or date.min
        if act.kind == kind:
            back = [reached(each) or date.min for each in done[act.number:] if each.kind == "reopened"]
            if min([moved, *back]) > max(start, through or date.min):
                found.append(act)
        start = moved
    return found


def closing(session: Session, act: Act) -> list[Balance]:
    """The balances that were kept when a period was closed, by account."""
    rows = session.connection().execute(
        select(accounts.c.name, accounts.c.currency, closing_balances.c.balance_minor)
        .join(accounts, accounts.c.id == closing_balances.c.account_id)
        .where(closing_balances.c.act_number == act.number).order_by(accounts.c.name, accounts.c.currency))
    return [Balance(row.name, Money(row.balance_minor, row.currency)) for row in rows]


def _alone(work: Work) -> Act | None:
    """Wait until nobody posts, keep everybody from it until the work ends, and answer the last act."""
    connection = work.session.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"select pg_advisory_xact_lock({_PERIOD_LOCK})"))
    return next(reversed(acts(work.session)), None)


def _actor(work: Work) -> str:
    return str(work.actor.person_id or work.actor.name)


def _act(work: Work, before: Act | None, kind: str, closed: date | None, adjusting: date | None, reason: str) -> Act:
    """Write an act down, with everything sealed that was posted before it. Raises Unkeepable."""
    said, head = kept("reason", reason.strip()), seal(work)
    return _write(work.session, Act(before.number + 1 if before else 1, kind, closed, adjusting, head.size, head.root, work.now,
                                    _actor(work), said))


def _write(session: Session, act: Act) -> Act:
    row = vars(act) | {"recorded_us": microseconds(act.recorded_at)}
    del row["recorded_at"]
    if act.kind == "closed":
        _keep_balances(session, act)
    session.connection().execute(insert(period_acts), row)
    return act


def recall(session: Session, number: int, kind: str, closed: date | None, adjusting: date | None, recorded_us: int, actor: str,
           reason: str) -> Act:
    """Write down an act of another ledger that is rebuilt here, at the place where it happened."""
    head = latest(session)
    return _write(session, Act(number, kind, closed, adjusting, head.size, head.root, instant(recorded_us), actor, reason))


def _keep_balances(session: Session, act: Act) -> None:
    balances = standing(act.closed_through, None).subquery()
    session.connection().execute(insert(closing_balances).from_select(
        ["act_number", "account_id", "balance_minor"],
        select(literal(act.number), balances.c.id, balances.c.minor).where(balances.c.minor != 0)))
