"""The list of providers as spans of days, with the way that leads there.

Why: whether a provider was listed on the day of a service must stay right when it is suspended later; a flag forgets. Every
provider that had the flag is listed since long ago.
Locks: organisations, for as long as it takes to read them once.

Revision: 0020, after 0019
"""

from datetime import date

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STATES = "state in ('proposed', 'in_notice', 'listed', 'suspended', 'delisted', 'refused')"
_LONG_AGO = date(2000, 1, 1)


def upgrade() -> None:
    """Make it so."""
    listings = op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(_STATES, name=op.f("ck_listings_state_is_known")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_listings_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_listings_provider_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_listings_reference")),
    )
    op.create_index(op.f("ix_listings_state"), "listings", ["state"], unique=False)
    spans = op.create_table(
        "listed_spans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_for", sa.Text(), nullable=False),
        sa.CheckConstraint("ended_on >= from_on", name=op.f("ck_listed_spans_ends_after_it_began")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("fk_listed_spans_provider_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_spans")),
    )
    op.create_index(op.f("ix_listed_spans_provider_id"), "listed_spans", ["provider_id"], unique=False)
    op.create_index("uq_listed_spans_one_open_span", "listed_spans", ["provider_id"], unique=True,
                    sqlite_where=sa.text("ended_on is null"), postgresql_where=sa.text("ended_on is null"))
    organisations = sa.table("organisations", sa.column("id", sa.Uuid()), sa.column("reference", sa.String()),
                             sa.column("listed", sa.Boolean()))
    rows = op.get_bind().execute(sa.select(organisations.c.id, organisations.c.reference).where(organisations.c.listed)).all()
    if rows:
        op.bulk_insert(listings, [{"id": uuid7(), "reference": reference, "provider_id": key, "state": "listed", "assessment": "",
                                   "notice_until": None, "reason": ""} for key, reference in rows])
        op.bulk_insert(spans, [{"id": uuid7(), "provider_id": key, "from_on": _LONG_AGO, "ended_on": None, "ended_for": ""}
                               for key, _reference in rows])
    with op.batch_alter_table("organisations") as batch:
        batch.drop_column("listed")
