"""Papers: documents get their number before they are drawn; decision letters, verification sheets and lists of public notices.

Why: a document was drawn inside the transaction that kept it, which was open as long as the drawing took. Its number now stands in a
row of its own first, so that the drawing may happen in between and no number is lost when it does not.
Locks: files, which SQLite builds anew.

Revision: 0044, after 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_BEFORE = ("evidence", "payment_file", "bank_statement", "settlement_statement", "recovery_notice", "award_statement")
_NEW = ("decision_letter", "verification_sheet", "notice_list")
_ONCE = ("settlement_statement", "recovery_notice", "award_statement")


def upgrade() -> None:
    """Make it so."""
    _take((*_BEFORE, *_NEW), (*_ONCE, "notice_list"))
    op.create_table(
        "papers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_in((*_BEFORE, *_NEW)), name=op.f("ck_papers_kind_is_known")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_papers_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("number", name=op.f("uq_papers_number")),
        sa.UniqueConstraint("about", name=op.f("uq_papers_about")),
        sa.UniqueConstraint("file_id", name=op.f("uq_papers_file_id")),
    )
    op.create_index(op.f("ix_papers_subject"), "papers", ["subject"], unique=False)


def downgrade() -> None:
    """Undo it. Refused by the database once there are documents of the new kinds."""
    op.drop_table("papers")
    _take(_BEFORE, _ONCE)


def _take(kinds: tuple[str, ...], once: tuple[str, ...]) -> None:
    op.drop_index("uq_files_one_document_a_subject", table_name="files")
    with op.batch_alter_table("files") as batch:
        batch.drop_constraint(op.f("ck_files_kind_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_files_kind_is_known"), _in(kinds))
    op.create_index("uq_files_one_document_a_subject", "files", ["kind", "subject"], unique=True,
                    sqlite_where=sa.text(_in(once)), postgresql_where=sa.text(_in(once)))


def _in(kinds: tuple[str, ...]) -> str:
    return f"kind in ({', '.join(repr(each) for each in kinds)})"
