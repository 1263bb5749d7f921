"""Fund lines that close alone, lines for a type of voucher, and offers from the waiting list.

Why: a line in which too little is left is closed until money is freed (`state`); the terms may cut the money by types of
voucher (`service_group`, of lines and of vouchers); and who waits may be offered a voucher that he takes up within some
days.
Locks: fund_lines and vouchers, for as long as it takes to read them once (SQLite builds the tables anew).

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATES = "state in ('submitted', 'reviewed', 'waitlisted', 'offered', 'offer_lapsed', 'issued', 'rejected', 'withdrawn')"
_OF_A_LINE = ("programme_id", "year", "funder")


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("fund_lines") as batch:
        batch.add_column(sa.Column("service_group", sa.String(length=64), nullable=False, server_default=""))
        batch.add_column(sa.Column("state", sa.String(length=16), nullable=False, server_default="open"))
        batch.create_check_constraint(op.f("ck_fund_lines_state_is_known"), "state in ('open', 'closed')")
        batch.drop_constraint(op.f("uq_fund_lines_programme_id_year_funder"), type_="unique")
        batch.create_unique_constraint(op.f("uq_fund_lines_programme_id_year_funder_service_group"), [*_OF_A_LINE, "service_group"])
    with op.batch_alter_table("vouchers") as batch:
        batch.add_column(sa.Column("service_group", sa.String(length=64), nullable=False, server_default=""))
        batch.drop_constraint(op.f("ck_vouchers_state_is_known"), type_="check")
        batch.create_check_constraint(op.f("ck_vouchers_state_is_known"), _STATES)
