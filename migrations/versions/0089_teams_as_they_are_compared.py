"""Limits that count by team or by person find both however somebody typed them: each voucher keeps them as they are compared.

Why: a team or a person is typed by the firm that applies. In capitals, in full-width signs or with a hyphen it was another one, with the
whole limit of its own.
Locks: vouchers, while each row that names a team or a person is written once.

Revision: 0089, after 0088
"""

from unicodedata import normalize

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

_LONGEST = 64
_NAMES = ("team", "person")


def upgrade() -> None:
    """Make it so."""
    for name in _NAMES:
        op.add_column("vouchers", sa.Column(f"bare_{name}", sa.String(_LONGEST), nullable=False, server_default=""))
        op.create_index(f"ix_vouchers_bare_{name}", "vouchers", [f"bare_{name}"])
        op.drop_index(f"ix_vouchers_{name}", "vouchers")
    connection = op.get_bind()
    rows = connection.execute(sa.text("select id, team, person from vouchers where team <> '' or person <> ''")).all()
    if rows:
        connection.execute(sa.text("update vouchers set bare_team = :team, bare_person = :person where id = :key"),
                           [{"key": key, "team": _bare(team), "person": _bare(person)} for key, team, person in rows])


def downgrade() -> None:
    """Undo it."""
    for name in _NAMES:
        op.drop_index(f"ix_vouchers_bare_{name}", "vouchers")
        op.drop_column("vouchers", f"bare_{name}")
        op.create_index(f"ix_vouchers_{name}", "vouchers", [name])


def _bare(name: str) -> str:
    plain = normalize("NFKC", name).upper()
    return ("".join(filter(str.isalnum, plain)) or plain.strip())[:_LONGEST]
