"""Tamper evidence: every entry gets a place in one growing hash tree, after it has been committed."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlmodel import SQLModel

# The place of each sealed entry in the tree, from 0, and its leaf as it was then.
sealed_entries = Table(
    "sealed_entries", SQLModel.metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", Uuid, ForeignKey("entries.id", name="fk_sealed_entries_entry_id"), nullable=False),
    Column("leaf", LargeBinary(32), nullable=False),
    UniqueConstraint("entry_id", name="uq_sealed_entries_entry_id"),
)

# The root of each full stretch of 256 leaves, so that neither a seal nor a proof reads the whole tree.
sealed_tiles = Table(
    "sealed_tiles", SQLModel.metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
)

# Each seal: how many entries it covers, counted from the first, and the root of the tree over them.
seals = Table(
    "seals", SQLModel.metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("actor", String(80), nullable=False),
    UniqueConstraint("size", name="uq_seals_size"),
)
