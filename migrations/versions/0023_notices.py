"""Public notices, objections, and what holds a payment that is approved.

Why: what is approved is listed for everybody before it is paid; somebody may object to one claim, and only that one waits
until somebody who had no part in the case has decided. A payment waits as long as anything stands in its way.
Locks: duties, for as long as it takes to read them once (a word is added to its check).

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_DUTIES = "duty in ('claim', 'provide', 'review', 'issue', 'verify', 'approve', 'release', 'recover', 'appeal', 'hear')"
_STANDING = sa.text("ended_at is null")


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("duties") as batch:
        batch.drop_constraint(op.f("ck_duties_duty_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_duties_duty_is_known"), _DUTIES)
    _notices()
    _objections()
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('notice', 'objection', 'office')", name=op.f("ck_holds_kind_is_known")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_holds_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_claim_id"), "holds", ["claim_id"], unique=False)
    op.create_index("uq_holds_one_standing", "holds", ["claim_id", "kind", "about"], unique=True, sqlite_where=_STANDING,
                    postgresql_where=_STANDING)


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("ends_on >= opened_on", name=op.f("ck_notices_ends_after_it_opened")),
        sa.CheckConstraint("state in ('open', 'closed')", name=op.f("ck_notices_state_is_known")),
        sa.ForeignKeyConstraint(["programme_id"], ["programmes.id"], name=op.f("fk_notices_programme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("reference", name=op.f("uq_notices_reference")),
    )
    op.create_index(op.f("ix_notices_programme_id"), "notices", ["programme_id"], unique=False)
    op.create_index(op.f("ix_notices_state"), "notices", ["state"], unique=False)
    op.create_table(
        "notice_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_notice_lines_claim_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_lines_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_lines")),
        sa.UniqueConstraint("notice_id", "claim_id", name=op.f("uq_notice_lines_notice_id_claim_id")),
    )
    op.create_index(op.f("ix_notice_lines_claim_id"), "notice_lines", ["claim_id"], unique=False)
    op.create_index(op.f("ix_notice_lines_notice_id"), "notice_lines", ["notice_id"], unique=False)


def _objections() -> None:
    op.create_table(
        "objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state = 'lead' or (name <> '' and contact <> '')", name=op.f("ck_objections_has_a_name_unless_a_lead")),
        sa.CheckConstraint("state in ('filed', 'lead', 'admitted', 'inadmissible', 'upheld', 'dismissed')",
                           name=op.f("ck_objections_state_is_known")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_objections_claim_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("reference", name=op.f("uq_objections_reference")),
    )
    op.create_index(op.f("ix_objections_claim_id"), "objections", ["claim_id"], unique=False)
    op.create_index(op.f("ix_objections_state"), "objections", ["state"], unique=False)
