"""Orders know whether the tax is paid before work begins, papers whether their original was seen.

Why: terms ask for both; no such order is begun or delivered without the tax, and no claim is approved on a paper of which
nobody saw the original.
Locks: orders, claim_evidence and claims, for an instant.

Revision: 0048, after 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_TAX = ("orders", "orders_begin_after_the_tax", "these terms want the tax paid before work begins",
        "new.tax_first and new.tax_paid_on is null and new.state in ('registered', 'started', 'delivered')")
_PAPERS = ("claims", "claims_rest_on_originals_seen", "the originals of some papers were not seen",
           "new.state = 'approved' and old.state <> 'approved' and new.approved_minor > 0 and exists (select 1 from claim_evidence e"
           " where e.claim_id = new.id and e.original_wanted and e.original_seen_at is null)")


def upgrade() -> None:
    """Make it so."""
    op.add_column("orders", sa.Column("tax_first", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("orders", sa.Column("tax_paid_on", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("tax_document", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("claim_evidence", sa.Column("original_wanted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("claim_evidence", sa.Column("original_seen_at", sa.DateTime(timezone=True), nullable=True))
    for table, name, said, wrong in (_TAX, _PAPERS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"create trigger {name} before update of state on {table} when {wrong} begin select raise(abort, '{said}'); end")
        else:
            op.execute(f"create function {name}() returns trigger language plpgsql as $body$ begin"
                       f" if {wrong} then raise exception '{said}' using errcode = 'integrity_constraint_violation'; end if;"
                       " return new; end $body$")
            op.execute(f"create trigger {name} before update of state on {table} for each row execute function {name}()")


def downgrade() -> None:
    """Undo it."""
    for table, name, _said, _wrong in (_PAPERS, _TAX):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"drop trigger {name}")
        else:
            op.execute(f"drop trigger {name} on {table}")
            op.execute(f"drop function {name}()")
    for table, column in (("claim_evidence", "original_seen_at"), ("claim_evidence", "original_wanted"), ("orders", "tax_document"),
                          ("orders", "tax_paid_on"), ("orders", "tax_first")):
        op.drop_column(table, column)
