"""What the database refuses by itself it still refuses when a migration has built the table anew."""

from runpy import run_path

import sqlalchemy as sa

from tests.house.tracked import ROOT
from voucher.database import Database

KEPT = {"claims": "claims_wait_for_findings", "findings": "findings_are_decided", "finding_decisions": "findings_by_others",
        "events": "events_lifted_by_another", "bans": "bans_lifted_by_another"}


def triggers_of(database: Database, table: str) -> set[str]:
    with database.engine.connect() as connection:
        return set(connection.execute(sa.text("select name from sqlite_master where type = 'trigger' and tbl_name = :table"),
                                      {"table": table}).scalars())


def test_every_trigger_stands_after_all_migrations(sqlite: Database) -> None:
    assert {table: name for table, name in KEPT.items() if name in triggers_of(sqlite, table)} == KEPT


def test_no_function_is_misled_by_a_temporary_table(postgres: Database) -> None:
    with postgres.engine.connect() as connection:
        found = connection.execute(sa.text(
            "select proname, coalesce(array_to_string(proconfig, ' '), '') from pg_proc"
            " where pronamespace = current_schema()::regnamespace"))
        paths = {str(name): str(config) for name, config in found}
    assert len(paths) > 20
    assert [name for name, config in paths.items() if "search_path=public, pg_temp" not in config] == []


def test_no_row_takes_the_place_of_one_that_is_kept(sqlite: Database) -> None:
    rules = run_path(str(ROOT / "migrations/versions/0067_nothing_is_replaced.py"))
    with sqlite.engine.connect() as connection:
        kept = rules["guarded"](connection)
        wanted = {name: sql for table in kept for name, sql in rules["guards"](connection, table).items()}
        stand = {row.name: row.sql for row in connection.execute(sa.text(
            "select name, sql from sqlite_master where type = 'trigger' and name like '%_replace_nothing_on_%'"))}
    assert {"entries", "postings", "seals", "events", "memos", "accounts", "period_acts"} < set(kept)
    assert stand == wanted, "a migration that guards a table, or gives a guarded one a key, makes the triggers of 0067 for it"
