"""Applications: information requests, appeals, and the states that they lead through.

Why: an office says all that an application lacks, at most twice; the database counts the rounds. Who decides an appeal
had no part in the case, which the key of the duties holds once `appeal` is one of them.
Locks: vouchers and duties, for as long as it takes to read them once (SQLite builds the tables anew).

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_STATES = ("state in ('submitted', 'questioned', 'reviewed', 'waitlisted', 'issued', 'rejected', 'appealed', 'dismissed', 'lapsed', "
           "'withdrawn', 'offered', 'offer_lapsed')")
_DUTIES = "duty in ('claim', 'provide', 'review', 'issue', 'verify', 'approve', 'release', 'appeal', 'recover')"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("vouchers") as batch:
        batch.drop_constraint(op.f("ck_vouchers_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_vouchers_state_is_known"), _STATES)
    with op.batch_alter_table("duties") as batch:
        batch.drop_constraint(op.f("ck_duties_duty_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_duties_duty_is_known"), _DUTIES)
    op.create_table(
        "information_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("defects", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("round between 1 and 2", name=op.f("ck_information_requests_few_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_requests")),
        sa.UniqueConstraint("subject", "round", name=op.f("uq_information_requests_subject_round")),
    )
    op.create_index(op.f("ix_information_requests_subject"), "information_requests", ["subject"], unique=False)
