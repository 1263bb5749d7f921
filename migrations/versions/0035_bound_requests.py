"""Requests for other bounds of an account: one person asks, another one decides.

Why: bounds are what keeps an account from being overdrawn. The database takes one open request an account, no decision by the
person who asked, and no change of what was asked or decided.
Locks: nothing that stands is touched.

Revision: 0035, after 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ASKED = ("reference", "account", "currency", "reason", "asked_by", "asked_at")
_CHANGED = " or ".join(f"new.{column} <> old.{column}" for column in _ASKED)
_RULES = (
    ("bound_requests_stay_as_asked", "update", f"old.state <> 'asked' or {_CHANGED}"
     " or coalesce(new.lower_minor <> old.lower_minor, (new.lower_minor is null) <> (old.lower_minor is null))"
     " or coalesce(new.upper_minor <> old.upper_minor, (new.upper_minor is null) <> (old.upper_minor is null))",
     "what was asked or decided about bounds stays"),
    ("bound_requests_stay", "delete", "true", "bound_requests are only ever added: delete refused"),
)


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "bound_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("lower_minor", sa.BigInteger()),
        sa.Column("upper_minor", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bound_requests")),
        sa.UniqueConstraint("reference", name=op.f("uq_bound_requests_reference")),
        sa.ForeignKeyConstraint(["asked_by"], ["people.id"], name=op.f("fk_bound_requests_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name=op.f("fk_bound_requests_decided_by")),
        sa.CheckConstraint("state in ('asked', 'granted', 'refused')", name=op.f("ck_bound_requests_state_is_known")),
        sa.CheckConstraint("state = 'asked' or decided_by is not null", name=op.f("ck_bound_requests_is_decided_by_somebody")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_bound_requests_is_decided_by_another")),
    )
    op.create_index("ix_bound_requests_state", "bound_requests", ["state"])
    op.create_index("uq_bound_requests_open", "bound_requests", ["account", "currency"], unique=True,
                    postgresql_where=sa.text("state = 'asked'"), sqlite_where=sa.text("state = 'asked'"))
    for name, verb, when, sentence in _RULES:
        _hold(name, verb, when, sentence)


def downgrade() -> None:
    """Undo it."""
    op.drop_table("bound_requests")
    if op.get_bind().dialect.name != "sqlite":
        for name, *_rest in _RULES:
            op.execute(f"drop function {name}()")


def _hold(name: str, verb: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on bound_requests when {when}"
                   f" begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before {verb} on bound_requests for each row execute function {name}()")
