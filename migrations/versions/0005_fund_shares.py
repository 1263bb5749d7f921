"""What each fund line bears of a voucher, an order and a claim.

Why: a programme may have several funders, and each one's budget is committed, obligated and paid for its own part, to the
minor unit.
Locks: nothing that exists; vouchers that stand get one share, their own fund line's.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OF_VOUCHERS = """
insert into fund_shares (subject_id, fund_line_id, amount_minor)
select id, fund_line_id, amount_minor from vouchers where fund_line_id is not null
"""
_OF_ORDERS = """
insert into fund_shares (subject_id, fund_line_id, amount_minor)
select orders.id, vouchers.fund_line_id, orders.voucher_part_minor
from orders join vouchers on vouchers.id = orders.voucher_id
"""
_OF_CLAIMS = """
insert into fund_shares (subject_id, fund_line_id, amount_minor)
select claims.id, vouchers.fund_line_id, claims.approved_minor
from claims join orders on orders.id = claims.order_id join vouchers on vouchers.id = orders.voucher_id
where claims.approved_minor is not null
"""


def upgrade() -> None:
    """Make it so."""
    op.create_table(
        "fund_shares",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("fund_line_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["fund_line_id"], ["fund_lines.id"], name=op.f("fk_fund_shares_fund_line_id")),
        sa.PrimaryKeyConstraint("subject_id", "fund_line_id", name=op.f("pk_fund_shares")),
    )
    for statement in (_OF_VOUCHERS, _OF_ORDERS, _OF_CLAIMS):
        op.execute(statement)
