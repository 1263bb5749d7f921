"""Firms and accounts are found by their numbers however somebody typed them: each keeps its number as it is compared.

Why: limits that count firms of one controller together, and ties over firms and accounts of the register, compared numbers as they were
typed. A controller's number with a hyphen was another one than the firm's own, so each had the whole limit; and a firm whose number has
full stops was not found at all. Nodes of ties are written in the same way.
Locks: organisations, bank_accounts and ties, while each row is written once.

Revision: 0087, after 0086
"""

from collections.abc import Callable
from unicodedata import normalize

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

_LONGEST = 64
_COLUMNS = (("organisations", "bare_number"), ("organisations", "bare_group"), ("bank_accounts", "bare_number"))


def upgrade() -> None:
    """Make it so."""
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.String(_LONGEST), nullable=False, server_default=""))
    _write("organisations", ("number", "controller"), lambda number, controller: {
        "bare_number": _bare(number), "bare_group": _bare(controller or number)})
    _write("bank_accounts", ("number",), lambda number: {"bare_number": _bare(number)})
    for table, column in _COLUMNS:
        op.create_index(f"ix_{table}_{column}", table, [column])
    _write_ties()


def downgrade() -> None:
    """Undo it. (Nodes of ties stay as they are.)"""
    for table, column in _COLUMNS:
        op.drop_index(f"ix_{table}_{column}", table)
        op.drop_column(table, column)


def _bare(number: str) -> str:
    plain = normalize("NFKC", number).upper()
    return ("".join(filter(str.isalnum, plain)) or plain.strip())[:_LONGEST]


def _node(node: str) -> str:
    kind, _colon, text = node.partition(":")
    if kind == "org":
        return f"{kind}:{':'.join(map(_bare, text.split(':')))}"
    return f"{kind}:{_bare(text)}" if kind in ("account", "group") else node


def _write(table: str, told: tuple[str, ...], kept: Callable[..., dict[str, str]]) -> None:
    """Write what follows from these columns of each row of a table."""
    connection = op.get_bind()
    rows = [{"key": key} | kept(*values) for key, *values in connection.execute(sa.text(f"select id, {', '.join(told)} from {table}"))]
    if rows:
        said = ", ".join(f"{name} = :{name}" for name in rows[0] if name != "key")
        connection.execute(sa.text(f"update {table} set {said} where id = :key"), rows)


def _write_ties() -> None:
    """Nodes as they are written now; a tie that stands so already, or would join a node with itself, is left as it is."""
    connection = op.get_bind()
    ties = connection.execute(sa.text("select id, left_node, tie, right_node, from_on from ties order by id")).all()
    stand = {(left, tie, right, day) for _key, left, tie, right, day in ties}
    for key, left, tie, right, day in ties:
        fresh = _node(left), tie, _node(right), day
        if fresh not in stand and fresh[0] != fresh[2]:
            stand.add(fresh)
            connection.execute(sa.text("update ties set left_node = :left, right_node = :right where id = :key"),
                               {"left": fresh[0], "right": fresh[2], "key": key})
