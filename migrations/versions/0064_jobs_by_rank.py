"""Letters do not wait behind papers: a job has a rank, and the lower rank is done first.

Why: jobs were done in the order in which they came. After a batch of some hundred payments its letters waited for as many PDFs, and behind
a trial of a draft for minutes.
Locks: jobs, for an instant.

Revision: 0064, after 0063
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.add_column("jobs", sa.Column("rank", sa.Integer(), nullable=False, server_default="1"))
    op.drop_index("ix_jobs_next", "jobs")
    op.create_index("ix_jobs_next", "jobs", ["state", "rank", "run_after"], unique=False)
