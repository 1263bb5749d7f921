"""Exchange with other offices: shared keys, the lists of keyed hashes that others gave us, and what stands on them.

Why: the same invoice may be claimed at another office; a list of hashes says so and tells nothing else (voucher/exchange.py).
Locks: nothing that stands.

Revision: 0050, after 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_STANDS = sa.text("replaced_at is null")


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "exchange_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(secret) = 64", name=op.f("ck_exchange_keys_secret_is_long_enough")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_exchange_keys_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_keys")),
        sa.UniqueConstraint("name", name=op.f("uq_exchange_keys_name")),
    )
    op.create_table(
        "exchange_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.String(length=200), nullable=False),
        sa.Column("office_code", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("entries >= 0", name=op.f("ck_exchange_lists_entries_are_counted")),
        sa.ForeignKeyConstraint(["entered_by"], ["people.id"], name=op.f("fk_exchange_lists_entered_by")),
        sa.ForeignKeyConstraint(["key_id"], ["exchange_keys.id"], name=op.f("fk_exchange_lists_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_lists")),
    )
    op.create_index("uq_exchange_lists_one_stands", "exchange_lists", ["office_code", "key_id"], unique=True,
                    sqlite_where=_STANDS, postgresql_where=_STANDS)
    op.create_table(
        "exchange_entries",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.CheckConstraint("kind in ('invoice', 'file')", name=op.f("ck_exchange_entries_kind_is_known")),
        sa.ForeignKeyConstraint(["list_id"], ["exchange_lists.id"], name=op.f("fk_exchange_entries_list_id")),
        sa.PrimaryKeyConstraint("list_id", "hash", name=op.f("pk_exchange_entries")),
    )
    op.create_index(op.f("ix_exchange_entries_hash"), "exchange_entries", ["hash"], unique=False)


def downgrade() -> None:
    """Undo it."""
    for table in ("exchange_entries", "exchange_lists", "exchange_keys"):
        op.drop_table(table)
