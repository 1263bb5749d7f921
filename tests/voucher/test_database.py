"""The engine: connections that the server has ended, and what a reader sees."""

import pytest
from sqlalchemy import func, text
from sqlalchemy.exc import InternalError
from sqlmodel import select

from voucher import jobs
from voucher.database import Database
from voucher.jobs import Job
from voucher.work import SYSTEM, begin, read


def test_a_connection_that_the_server_has_ended_is_left_for_another(postgres: Database) -> None:
    with postgres.session() as session:
        lost = session.connection().execute(text("select pg_backend_pid()")).scalar_one()
    other = Database(postgres.url.render_as_string(hide_password=False))
    with other.session() as session:
        session.connection().execute(text("select pg_terminate_backend(:it, 1000)"), {"it": lost})
    other.close()
    with postgres.session() as session:
        assert session.connection().execute(text("select pg_backend_pid()")).scalar_one() != lost


def test_a_reader_sees_one_instant_however_long_he_reads(database: Database) -> None:
    with read(database) as session:
        before = session.exec(select(func.count()).select_from(Job)).one()
        with begin(database, SYSTEM) as work:
            jobs.put(work, "nightly", "meanwhile", {})
        assert session.exec(select(func.count()).select_from(Job)).one() == before == 0
    with read(database) as session:
        assert session.exec(select(func.count()).select_from(Job)).one() == 1


def test_a_reader_cannot_write_on_a_server(postgres: Database) -> None:
    with read(postgres) as session, pytest.raises(InternalError, match="read-only"):
        session.connection().execute(text("delete from jobs"))
