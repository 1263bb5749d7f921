"""What offices shared is forgotten when its key ends.

Why: who reads the database, or a backup of it, could still make and read lists with a key that everybody had stopped using.
Locks: exchange_keys, which has a row a year.

Revision: 0056, after 0055
"""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_WHILE_USED = "length(secret) = 64 and ended_at is null or secret = '' and ended_at is not null"


def upgrade() -> None:
    """Make it so."""
    with op.batch_alter_table("exchange_keys") as batch:
        batch.drop_constraint(op.f("ck_exchange_keys_secret_is_long_enough"), type_="check")
    op.execute("update exchange_keys set secret = '' where ended_at is not null")
    with op.batch_alter_table("exchange_keys") as batch:
        batch.create_check_constraint(op.f("ck_exchange_keys_secret_is_kept_while_used"), _WHILE_USED)


def downgrade() -> None:
    """Undo it, as far as it can be: a key that ended is not known any more, and counts as one of noughts."""
    with op.batch_alter_table("exchange_keys") as batch:
        batch.drop_constraint(op.f("ck_exchange_keys_secret_is_kept_while_used"), type_="check")
    op.execute("update exchange_keys set secret = '" + "0" * 64 + "' where ended_at is not null")
    with op.batch_alter_table("exchange_keys") as batch:
        batch.create_check_constraint(op.f("ck_exchange_keys_secret_is_long_enough"), "length(secret) = 64")
