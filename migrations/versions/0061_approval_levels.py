"""The database knows from which amounts on how many approvers sign a claim.

Why: it counted the signatures that the code told it to count. Now each version of terms leaves its levels here when it is published, and
no claim is approved with fewer signatures than they ask for, whoever writes. Versions that are published already have at most one level,
and say it in one line of their file.
Locks: claims, for an instant.

Revision: 0061, after 0060
"""

import re

import sqlalchemy as sa
from alembic import op

from voucher.money import Money

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_LACKS_ONE = ("new.state = 'approved' and old.state <> 'approved' and exists (select 1 from approval_levels as level"
              " join orders on orders.terms_id = level.terms_id where orders.id = new.order_id and level.from_minor <= new.approved_minor"
              " and level.approvers > (select count(*) from claim_signatures where claim_id = new.id and digest = new.approval_digest))")


def upgrade() -> None:
    """Make it so."""
    levels = op.create_table(
        "approval_levels",
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("from_minor", sa.BigInteger(), nullable=False),
        sa.Column("approvers", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_minor >= 0 and approvers > 1", name=op.f("ck_approval_levels_asks_for_more")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms_versions.id"], name=op.f("fk_approval_levels_terms_id")),
        sa.PrimaryKeyConstraint("terms_id", "from_minor", name=op.f("pk_approval_levels")),
    )
    op.bulk_insert(levels, _published())
    _hold("claims_want_their_level", "update", "claims", _LACKS_ONE, "a claim is approved by fewer than its terms ask for")
    for verb in ("update", "delete"):
        _hold(f"approval_levels_refuse_{verb}", verb, "approval_levels", "true", "approval_levels are only ever added")


def _published() -> list[dict[str, object]]:
    """The level of each version that names one."""
    versions = sa.table("terms_versions", sa.column("id", sa.Uuid()), sa.column("source", sa.Text()), sa.column("programme_id", sa.Uuid()))
    programmes = sa.table("programmes", sa.column("id", sa.Uuid()), sa.column("currency", sa.String()))
    found = []
    for key, source, currency in op.get_bind().execute(
            sa.select(versions.c.id, versions.c.source, programmes.c.currency)
            .join_from(versions, programmes, programmes.c.id == versions.c.programme_id)):
        named = re.search(r"^second_approval_from:[ \t]*[\"']?([0-9.]+)", source, re.MULTILINE)
        if named:
            found.append({"terms_id": key, "from_minor": Money.parse(named[1], currency).minor, "approvers": 2})
    return found


def _hold(name: str, verb: str, table: str, when: str, sentence: str) -> None:
    """Let the database itself refuse, in the words of the engine."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    op.execute(f"create function {name}() returns trigger language plpgsql set search_path = public, pg_temp as $$ begin if {when} then"
               f" raise exception '{sentence}' using errcode = 'restrict_violation'; end if;"
               " return case when tg_op = 'DELETE' then old else new end; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")


def downgrade() -> None:
    """Undo it."""
    op.execute("drop trigger claims_want_their_level" + ("" if op.get_bind().dialect.name == "sqlite" else " on claims"))
    op.drop_table("approval_levels")
    if op.get_bind().dialect.name != "sqlite":
        for name in ("claims_want_their_level", "approval_levels_refuse_update", "approval_levels_refuse_delete"):
            op.execute(f"drop function {name}()")
