"""Closing and reopening a period."""

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
)
from sqlmodel import SQLModel

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

# What each account stood at when a period was closed, so that no report has to go back beyond it.
closing_balances = Table(
    "closing_balances", SQLModel.metadata,
    Column("act_number", Integer, ForeignKey("period_acts.number", name="fk_closing_balances_act_number"), nullable=False),
    Column("account_id", Uuid, ForeignKey("accounts.id", name="fk_closing_balances_account_id"), nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    PrimaryKeyConstraint("act_number", "account_id", name="pk_closing_balances"),
)
