"""Orders that change: amendments with the version before, termination with a part done, dispute, lapse, change of provider.

Why: price, scope and date of an order change by agreement only, and the version before is kept. The database holds it:
what an order says and what the voucher pays of it are rewritten only by the next version, for which an amendment is agreed;
and an amendment that is decided stays as it is.
Locks: orders, for as long as it takes to read them once (SQLite builds the table anew).

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_STATES = ("state in ('placed', 'accepted', 'registered', 'started', 'delivered', 'disputed', 'completed', 'terminated', "
           "'declined', 'cancelled', 'lapsed')")

_SAID = ("title", "item", "quantity", "net_minor", "vat_minor", "voucher_part_minor", "deliver_by", "version")
_REWRITTEN = " or ".join(f"new.{column} is distinct from old.{column}" for column in _SAID)
_UNAGREED = ("new.version <> old.version + 1 or not exists (select 1 from amendments where amendments.order_id = new.id "
             "and amendments.number >= old.version and amendments.state in ('agreed', 'valued') "
             "and amendments.net_minor = new.net_minor and amendments.vat_minor = new.vat_minor)")
_DECIDED = "old.state not in ('proposed', 'referred')"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("orders") as batch:
        batch.add_column(sa.Column("deliver_by", sa.Date(), nullable=True))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("replaces_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("started_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("acceptance_note", sa.Text(), nullable=False, server_default=""))
        batch.drop_constraint(op.f("ck_orders_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_orders_state_is_known"), _STATES)
        batch.create_check_constraint(op.f("ck_orders_version_is_positive"), "version > 0")
        batch.create_check_constraint(op.f("ck_orders_replaces_another"), "replaces_id <> id")
        batch.create_foreign_key(op.f("fk_orders_replaces_id"), "orders", ["replaces_id"], ["id"])
        batch.create_index("uq_orders_replaces_id", ["replaces_id"], unique=True)
    _create_amendments()
    _guard("orders", "update", "orders_change_by_amendment", f"({_REWRITTEN}) and ({_UNAGREED})",
           "an order changes by an agreed amendment alone")
    _guard("amendments", "update", "amendments_stay_decided", _DECIDED, "a decided amendment stays as it is")
    _guard("amendments", "delete", "amendments_stay", "1 = 1", "amendments are never deleted")


def _create_amendments() -> None:
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat_minor", sa.BigInteger(), nullable=False),
        sa.Column("part_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deliver_by", sa.Date(), nullable=True),
        sa.Column("replaced", sa.JSON(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind in ('change', 'termination')", name=op.f("ck_amendments_kind_is_known")),
        sa.CheckConstraint("state in ('proposed', 'referred', 'agreed', 'valued', 'declined', 'withdrawn', 'lapsed')",
                           name=op.f("ck_amendments_state_is_known")),
        sa.CheckConstraint("side in ('sme', 'provider')", name=op.f("ck_amendments_side_is_known")),
        sa.CheckConstraint("net_minor >= 0 and vat_minor >= 0 and (net_minor > 0 or kind = 'termination')",
                           name=op.f("ck_amendments_price_is_positive")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_amendments_quantity_is_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_amendments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
        sa.UniqueConstraint("reference", name=op.f("uq_amendments_reference")),
        sa.UniqueConstraint("order_id", "number", name=op.f("uq_amendments_order_id_number")),
    )
    op.create_index(op.f("ix_amendments_order_id"), "amendments", ["order_id"], unique=False)
    op.create_index(op.f("ix_amendments_state"), "amendments", ["state"], unique=False)
    open_ones = sa.text("state in ('proposed', 'referred')")
    op.create_index("uq_amendments_one_open_an_order", "amendments", ["order_id"], unique=True, sqlite_where=open_ones,
                    postgresql_where=open_ones)


def _guard(table: str, verb: str, name: str, when: str, sentence: str) -> None:
    """Let the database itself refuse to `verb` a row of the table when that holds."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"create trigger {name} before {verb} on {table} when {when} begin select raise(abort, '{sentence}'); end")
        return
    row = "old" if verb == "delete" else "new"
    op.execute(f"create function {name}() returns trigger language plpgsql as $$ begin if {when} then raise exception '{sentence}' "
               f"using errcode = 'integrity_constraint_violation'; end if; return {row}; end $$")
    op.execute(f"create trigger {name} before {verb} on {table} for each row execute function {name}()")
