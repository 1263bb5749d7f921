"""The fixture on which every other test stands: empty databases that know nothing of each other."""

import pytest
from sqlalchemy import text

from voucher.database import Database
from voucher.schema import newest_revision, revision, upgrade


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_database_of_its_own(database: Database, turn: int) -> None:
    with database.session() as session:
        session.connection().execute(text("CREATE TABLE left_behind (turn INTEGER)"))
        session.commit()
    with database.session(reading=True) as session:
        assert session.connection().execute(text("SELECT count(*) FROM left_behind")).scalar_one() == 0


def test_the_database_is_migrated(database: Database) -> None:
    assert revision(database) == newest_revision()


def test_a_second_upgrade_does_nothing(database: Database) -> None:
    assert upgrade(database) == (newest_revision(), newest_revision())


def test_foreign_keys_are_watched_after_an_upgrade_of_sqlite(sqlite: Database) -> None:
    upgrade(sqlite)
    with sqlite.session(reading=True) as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_races_run_on_postgresql(postgres: Database) -> None:
    assert postgres.engine.dialect.name == "postgresql"
