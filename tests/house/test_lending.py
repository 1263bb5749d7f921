"""What is lent again is as it was: rows are taken away, and what has changed in more than rows is not lent again."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, SQLModel

from tests.builders import a_house, an_issued_voucher
from tests.conftest import a_postgres_database
from tests.lending import Lender
from tests.scenes import SHELF
from voucher.database import Database
from voucher.files import FileStore


@pytest.fixture
def lending(migrated_postgres: str) -> Iterator[Lender]:
    """A lender of one's own."""
    with closing(Lender(SHELF.template, lambda: a_postgres_database(f"lent_{secrets.token_hex(6)}", migrated_postgres))) as lending:
        yield lending


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with closing(Database(url)) as database, database.session(reading=True) as session:
        return {table.name: [tuple(row) for row in session.connection().execute(table.select())]
                for table in SQLModel.metadata.sorted_tables}


def test_what_is_lent_again_holds_what_the_migrations_wrote_and_nothing_else(lending: Lender, tmp_path: object) -> None:
    first = lending.lend()
    fresh = content(first)
    with closing(Database(first)) as database:
        an_issued_voucher(a_house(database, FileStore(f"{tmp_path}/files")))
        assert content(first) != fresh
        with Session(database.engine) as left_open:
            left_open.connection().execute(text("select * from people for update"))
            assert lending.lend() == first
            assert content(first) == fresh
            left_open.invalidate()


def test_what_was_changed_in_more_than_rows_is_not_lent_again(lending: Lender) -> None:
    lent = lending.lend()
    for change in (
        "create table more (one integer)", "drop table letters", "alter table letters disable trigger all",
        "create index more on events (name)", "alter table people add column more integer", "drop schema public cascade",
        "alter table people drop constraint uq_people_email", "update alembic_version set version_num = '0001'",
        "do $$ begin insert into counters select 'X', 2000 + year, 1 from generate_series(1, 9) year; execute 'analyze counters'; end $$",
        "do $$ begin execute 'alter database ' || quote_ident(current_database()) || ' set work_mem = 64'; end $$",
        "do $$ begin execute (select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace limit 1); end $$",
    ):
        with closing(Database(lent)) as database, database.engine.begin() as connection:
            connection.exec_driver_sql(change)
        before, lent = lent, lending.lend()
        assert lent != before, change


def test_now_and_then_it_is_a_new_one(lending: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lender, "OFTEN", 2)
    first, again, other = (lending.lend() for _turn in range(3))
    assert first == again != other
