"""What the database refuses by itself it still refuses when a migration has built the table anew."""

from pathlib import Path

import sqlalchemy as sa

from voucher.database import Database
from voucher.schema import upgrade

KEPT = {"claims": "claims_wait_for_findings", "findings": "findings_are_decided", "finding_decisions": "findings_by_others"}


def triggers_of(database: Database, table: str) -> set[str]:
    with database.engine.connect() as connection:
        return set(connection.execute(sa.text("select name from sqlite_master where type = 'trigger' and tbl_name = :table"),
                                      {"table": table}).scalars())


def test_every_trigger_stands_after_all_migrations(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    upgrade(database)
    assert {table: name for table, name in KEPT.items() if name in triggers_of(database, table)} == KEPT
    database.close()
