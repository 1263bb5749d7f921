"""Bounds of an account, changed later: an act that is recorded, and refused while the balance is beyond them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, Uuid, insert, select, update
from sqlmodel import Session, SQLModel
from uuid_utils.compat import uuid7

from voucher.errors import NotFound, NotNow, NotValid, _
from voucher.ledger.accounts import account_id, accounts
from voucher.ledger.entries import instant, microseconds
from voucher.ledger.keeping import kept, refuse_beyond_64_bits
from voucher.money import Money
from voucher.work import Work

# Every change of the bounds of an account, and how many postings that had then (`version`). The database takes no other bounds for it than
# the last act says.
bound_acts = Table(
    "bound_acts", SQLModel.metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.id", name="fk_bound_acts_account_id"), nullable=False),
    Column("lower_before", BigInteger),
    Column("upper_before", BigInteger),
    Column("lower_minor", BigInteger),
    Column("upper_minor", BigInteger),
    Column("version", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_bound_acts_account_id", "account_id", "id"),
)


@dataclass(frozen=True)
class BoundAct:
    """A change of bounds, in minor units, debit positive; None is no bound."""

    lower_before: int | None
    upper_before: int | None
    lower: int | None
    upper: int | None
    recorded_at: datetime
    actor: str
    reason: str


@dataclass(frozen=True)
class Bounded:
    """An account with its bounds and where it stands, debit positive; None is no bound."""

    account: str
    balance: Money
    lower: Money | None
    upper: Money | None


class BeyondBounds(NotNow):
    """The balance of this account is beyond those bounds."""


def bind(work: Work, name: str, currency: str, lower: int | None, upper: int | None, reason: str) -> BoundAct:
    """Give an account other bounds from now on, for a reason. Raises NotFound, NotValid, Unkeepable, BeyondBounds."""
    said = kept("reason", reason.strip())
    refuse_beyond_64_bits(lower, upper)
    if not said:
        raise NotValid(_("Say why the bounds are changed."))
    connection = work.session.connection()
    key = account_id(name, currency)
    held = connection.execute(select(accounts).where(accounts.c.id == key).with_for_update(key_share=True)).first()
    if held is None:
        raise NotFound(_("There is no account {account} in {currency}."), account=name, currency=currency)
    if (lower is not None and held.balance_minor < lower) or (upper is not None and held.balance_minor > upper):
        raise BeyondBounds(_("{account} stands at {balance} {currency}, beyond those bounds."), account=name,
                     balance=str(Money(held.balance_minor, currency)), currency=currency)
    act = BoundAct(held.lower_minor, held.upper_minor, lower, upper, work.now, str(work.actor.person_id or work.actor.name),
                   said)
    record_bounds(work.session, {
        "id": uuid7(), "account_id": key, "lower_before": act.lower_before, "upper_before": act.upper_before, "lower_minor": lower,
        "upper_minor": upper, "recorded_us": microseconds(work.now), "actor": act.actor, "reason": act.reason})
    return act


def bounded(session: Session, name: str, currency: str) -> Bounded | None:
    """An account with its bounds; None when it was never used."""
    row = session.connection().execute(select(accounts).where(accounts.c.id == account_id(name, currency))).first()
    if row is None:
        return None
    lower, upper = (None if minor is None else Money(minor, currency) for minor in (row.lower_minor, row.upper_minor))
    return Bounded(name, Money(row.balance_minor, currency), lower, upper)


def record_bounds(session: Session, row: Mapping[str, Any]) -> None:
    """Write down an act, and do as it says."""
    version = select(accounts.c.version).where(accounts.c.id == row["account_id"]).scalar_subquery()
    session.connection().execute(insert(bound_acts).values(version=version, **row))
    session.connection().execute(update(accounts).where(accounts.c.id == row["account_id"]).values(
        lower_minor=row["lower_minor"], upper_minor=row["upper_minor"]))


def bounds_of(session: Session, name: str, currency: str) -> list[BoundAct]:
    """How the bounds of an account were changed, in order."""
    rows = session.connection().execute(select(bound_acts).where(bound_acts.c.account_id == account_id(name, currency))
                                        .order_by(bound_acts.c.id))
    return [BoundAct(row.lower_before, row.upper_before, row.lower_minor, row.upper_minor, instant(row.recorded_us), row.actor,
                     row.reason) for row in rows]
