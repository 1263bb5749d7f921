"""The price lists of providers: a row a price, from a day on.

Why: an order is not dearer than what its provider published; which price held on a day can be shown for ever, so rows are only added.
Locks: nothing that exists.

Revision: 0036, after 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "list_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("service_type", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_list_prices_price_is_not_negative")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_list_prices_provider_id")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_list_prices_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_prices")),
    )
    op.create_index("ix_list_prices_of_a_provider", "list_prices", ["provider_id", "programme_id", "service_type", "from_on"])
    op.create_index(op.f("ix_list_prices_programme_id"), "list_prices", ["programme_id"])
    for verb in ("update", "delete"):
        _refuse(verb)


def _refuse(verb: str) -> None:
    name, said = f"list_prices_{verb}", "published prices stay as they are"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on list_prices begin select raise(abort, '{said}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin raise exception '{said}' "
               f"using errcode = 'restrict_violation'; end $$")
    op.execute(f"create trigger {name} before {verb} on list_prices for each row execute function {name}()")
