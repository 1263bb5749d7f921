"""What is known of a registered technology contract beside its number: its day, its amount, and its recognised income.

Why: the technology income that the registration office recognised is tied to the number under which the contract stands, so that nobody
can claim it without one. Old orders have the number alone.
Locks: orders, for as long as it takes to add three empty columns (their triggers stay as they are).

Revision: 0033, after 0032
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_WHOLE = ("contract_minor is null or (contract_number <> '' and contract_on is not null and income_minor is not null "
          "and income_minor between 0 and contract_minor)")


def upgrade() -> None:
    """Make it so."""
    op.execute("alter table orders add column contract_on date")
    op.execute("alter table orders add column income_minor bigint")
    op.execute(f"alter table orders add column contract_minor bigint constraint ck_orders_contract_is_whole check ({_WHOLE})")
