"""Firms at one address are found by it, so each organisation keeps its address as ties know it.

Why: the checks asked the register for the address of the two firms of a case, and not which other firms stand there, because an
address is told from another without its spaces and marks and no index knows that.
Locks: organisations, for an instant, and while each row that has an address is written once.

Revision: 0076, after 0075
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_SPACES = re.compile(r"[\s,,.。;;]+")

_ORGANISATIONS = sa.table("organisations", sa.column("id", sa.Uuid()), sa.column("address", sa.String()), sa.column("town", sa.String()),
                          sa.column("place", sa.String()))


def upgrade() -> None:
    """Make it so."""
    op.add_column("organisations", sa.Column("place", sa.String(200), nullable=False, server_default=""))
    op.create_index("ix_organisations_place", "organisations", ["place"])
    connection = op.get_bind()
    found = connection.execute(sa.select(_ORGANISATIONS.c.id, _ORGANISATIONS.c.address, _ORGANISATIONS.c.town)).all()
    rows = [{"key": row.id, "kept": f"address:{_SPACES.sub('', row.address + row.town).casefold()}"[:200]} for row in found
            if row.address.strip()]
    if rows:
        connection.execute(sa.update(_ORGANISATIONS).where(_ORGANISATIONS.c.id == sa.bindparam("key"))
                           .values(place=sa.bindparam("kept")), rows)


def downgrade() -> None:
    """Undo it."""
    op.drop_index("ix_organisations_place", "organisations")
    op.drop_column("organisations", "place")
