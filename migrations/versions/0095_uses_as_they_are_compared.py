"""A use of an instrument is claimed once however its number was typed: each is kept under its number as it is compared.

Why: `U-000001` in full-width signs, without the hyphen or without its zeros was another use, and was paid a second time. Of uses that are one
now and were kept as several, one keeps the key: of a live claim before one that ended, the first of them; the others lose theirs and stay
with their claims as they are. So nobody claims such a use once more while the claim lives which keeps it.
Locks: instrument_uses, while the key of each use that has one is written anew.

Revision: 0095, after 0094
"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from voucher.instruments import plain_use

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it so."""
    _write(plain_use)


def downgrade() -> None:
    """Undo it. (Who lost a key stays without.)"""
    _write(lambda number: "".join(number.split()).upper())


def _write(compared: Callable[[str], str]) -> None:
    """Write the key of each use that has one, and leave it to the first of those that would have the same."""
    connection = op.get_bind()
    fresh: dict[str, object] = {}
    for key, country, seller, number in connection.execute(sa.text(
            "select u.id, s.country, s.number, u.use_number from instrument_uses u join claims c on c.id = u.claim_id"
            " join orders o on o.id = c.order_id join organisations s on s.id = o.provider_id where u.use_key is not null"
            " order by case when c.state in ('submitted', 'questioned', 'returned', 'verified', 'approved') then 0 else 1 end, u.id")):
        fresh.setdefault(f"{country}:{seller}:{compared(number)}", key)
    connection.execute(sa.text("update instrument_uses set use_key = null where use_key is not null"))
    if fresh:
        connection.execute(sa.text("update instrument_uses set use_key = :use where id = :key"),
                           [{"use": use, "key": key} for use, key in fresh.items()])
