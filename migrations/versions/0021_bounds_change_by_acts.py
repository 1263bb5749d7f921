"""Bounds change by acts: the bounds of an account may be changed later, and every change stays on record.

Why: limits change, and an auditor asks who changed them and why. The database takes other bounds for an account only after
an act that says so.
Locks: accounts, for as long as it takes to make a trigger.

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The row of the last act of the account, when it says something else than the account is to have.
_OTHER = """
not exists (select 1 from bound_acts b where b.id = (select max(l.id{text}){key} from bound_acts l where l.account_id = new.id)
and b.lower_minor {same} new.lower_minor and b.upper_minor {same} new.upper_minor)
"""
_SAID = "ledger: an account gets the bounds that its last act says"


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "bound_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("lower_before", sa.BigInteger()),
        sa.Column("upper_before", sa.BigInteger()),
        sa.Column("lower_minor", sa.BigInteger()),
        sa.Column("upper_minor", sa.BigInteger()),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bound_acts")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_bound_acts_account_id")),
    )
    op.create_index("ix_bound_acts_account_id", "bound_acts", ["account_id", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(f"create trigger bound_acts_refuse_{change} before {change} on bound_acts"
                       " begin select raise(abort, 'ledger: bound_acts are only ever added'); end")
        other = _OTHER.format(text="", key="", same="is")
        op.execute("create trigger accounts_bounds_by_act before update of lower_minor, upper_minor on accounts"
                   " when new.lower_minor is not old.lower_minor or new.upper_minor is not old.upper_minor"
                   f" begin select raise(abort, '{_SAID}') where {other}; end")
        return
    op.execute("create trigger bound_acts_refuse_change before update or delete or truncate on bound_acts"
               " for each statement execute function ledger_refuse_change()")
    other = _OTHER.format(text="::text", key="::uuid", same="is not distinct from")
    op.execute("create function ledger_check_bounds() returns trigger language plpgsql as $body$ begin"
               f" if {other} then raise exception '{_SAID}' using errcode = 'integrity_constraint_violation'; end if;"
               " return new; end $body$")
    op.execute("create trigger accounts_bounds_by_act before update on accounts for each row"
               " when (new.lower_minor is distinct from old.lower_minor or new.upper_minor is distinct from old.upper_minor)"
               " execute function ledger_check_bounds()")


def downgrade() -> None:
    """Undo it."""
    on_server = op.get_bind().dialect.name != "sqlite"
    op.execute("drop trigger accounts_bounds_by_act" + (" on accounts" if on_server else ""))
    op.drop_table("bound_acts")
    if on_server:
        op.execute("drop function ledger_check_bounds()")
