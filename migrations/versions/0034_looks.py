"""Who opened which file or entry of the register, and when.

Why: auditors, and the firms whose papers they are, can see who looked at them. Rows are only ever added.
Locks: nothing that stands is touched.

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "looks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("seen in ('file', 'register')", name=op.f("ck_looks_seen_is_known")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_looks_person_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("fk_looks_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_looks")),
    )
    for column in ("person_id", "subject"):
        op.create_index(op.f(f"ix_looks_{column}"), "looks", [column], unique=False)
    op.create_index("ix_looks_owner", "looks", ["owner_id", "id"], unique=False)
    for verb in ("update", "delete"):
        _hold(f"looks_refuse_{verb}", verb, "looks", "true", "looks are only ever added")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("create trigger looks_refuse_truncate before truncate on looks for each statement execute function looks_refuse_delete()")


def _hold(name: str, verb: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")
