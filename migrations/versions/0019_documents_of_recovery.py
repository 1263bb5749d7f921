"""Recovery notices and award statements among the files.

Why: both are documents of ours: made once for each subject, and kept.
Locks: files, for as long as it takes to read them once.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = "kind in ('evidence', 'payment_file', 'bank_statement', 'settlement_statement', 'recovery_notice', 'award_statement')"
_MADE_ONCE = "kind in ('settlement_statement', 'recovery_notice', 'award_statement')"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("files") as batch:
        batch.drop_constraint(op.f("ck_files_kind_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_files_kind_is_known"), _KINDS)
    op.drop_index("uq_files_one_document_a_subject", table_name="files")
    op.create_index("uq_files_one_document_a_subject", "files", ["kind", "subject"], unique=True,
                    sqlite_where=sa.text(_MADE_ONCE), postgresql_where=sa.text(_MADE_ONCE))
