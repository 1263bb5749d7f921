"""Letters: who was told what; the events that nobody was told of yet; which mails a person wants.

Why: each step tells whom it concerns. An event stands in `untold` from its own transaction until its letters are written,
so none is forgotten; a letter is unique by event and person, so none is written twice. A letter's words never change.
Events that stand already are not told now: who waited for them has long seen them.
Locks: people, for a moment; otherwise nothing that exists.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROLES = "role in ('sme', 'provider', 'reviewer', 'approver', 'verifier', 'finance', 'treasury', 'auditor', 'administrator')"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "untold",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_untold_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_untold")),
    )
    op.create_table(
        "letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("case_reference", sa.String(length=24), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("mail", sa.String(length=120), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_ROLES, name=op.f("ck_letters_role_is_known")),
        sa.CheckConstraint("way in ('mail', 'digest', 'portal')", name=op.f("ck_letters_way_is_known")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_letters_event_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_letters_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_letters_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_letters_event_id_person_id")),
    )
    for column in ("person_id", "organisation_id", "subject", "case_reference", "mail"):
        op.create_index(op.f(f"ix_letters_{column}"), "letters", [column])
    with op.batch_alter_table("people") as batch:
        batch.add_column(sa.Column("mails", sa.String(length=16), nullable=False, server_default="at_once"))
        batch.create_check_constraint(op.f("ck_people_mails_is_known"), "mails in ('at_once', 'daily', 'deadlines')")
    with op.batch_alter_table("people") as batch:
        batch.alter_column("mails", server_default=None)
    _keep_the_words()


def _keep_the_words() -> None:
    """What somebody was told stays what he was told; only how far its mail is may change."""
    kept = ("id", "event_id", "person_id", "organisation_id", "role", "language", "event", "subject", "case_reference", "due_on", "at")
    if op.get_bind().dialect.name == "sqlite":
        changed = " or ".join(f"new.{each} is not old.{each}" for each in (*kept, "words"))
        op.execute(f"create trigger letters_keep_words before update on letters when {changed} "
                   "begin select raise(abort, 'letters keep their words: update refused'); end")
        op.execute("create trigger letters_refuse_delete before delete on letters "
                   "begin select raise(abort, 'letters are only ever added: delete refused'); end")
        return
    changed = " or ".join(f"new.{each} is distinct from old.{each}" for each in (*kept, "words::text"))
    op.execute("create function letters_keep_words() returns trigger language plpgsql as "
               "$$ begin raise exception 'letters keep their words: % refused', lower(tg_op) using errcode = 'restrict_violation'; end $$")
    op.execute(f"create trigger letters_keep_words before update on letters for each row when ({changed}) execute function letters_keep_words()")
    op.execute("create trigger letters_refuse_delete before delete or truncate on letters for each statement execute function letters_keep_words()")
