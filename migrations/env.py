"""How a migration runs: on the connection and in the transaction that voucher/schema.py has opened.

There is no offline mode and no alembic.ini: `voucher db upgrade` is the way in.
"""

from alembic import context
from sqlmodel import SQLModel

connection = context.config.attributes["connection"]
assert connection is not None, "migrations are run by `voucher db upgrade`"

context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot alter a column: the table is built anew and filled
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
