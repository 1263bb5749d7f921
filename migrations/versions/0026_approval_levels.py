"""Two approvers from an amount on: who signed what, and no approval before.

Why: terms may want two approvers for large claims. A signature is of one person, under a digest of what was verified; it
never changes, and the database approves no claim that lacks one.
Locks: claims, for an instant.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_LACKS_ONE = ("new.state = 'approved' and old.state <> 'approved' and new.approvers_needed > 1 and (select count(*) from claim_signatures"
              " where claim_id = new.id and digest = new.approval_digest) < new.approvers_needed")


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "claim_signatures",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_signatures_claim_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_claim_signatures_person_id")),
        sa.PrimaryKeyConstraint("claim_id", "digest", "person_id", name=op.f("pk_claim_signatures")),
    )
    op.add_column("claims", sa.Column("approvers_needed", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("claims", sa.Column("approval_digest", sa.String(length=64), nullable=False, server_default=""))
    _hold("claims_want_every_signature", "update", "claims", _LACKS_ONE, "a claim is approved before every approver has signed it")
    for verb in ("update", "delete"):
        _hold(f"claim_signatures_refuse_{verb}", verb, "claim_signatures", "true", "claim_signatures are only ever added")


def _hold(name: str, verb: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if; return new; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")
