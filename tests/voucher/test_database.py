"""The engine: connections that the server has ended."""

from sqlalchemy import text

from voucher.database import Database


def test_a_connection_that_the_server_has_ended_is_left_for_another(postgres: Database) -> None:
    with postgres.session() as session:
        lost = session.connection().execute(text("select pg_backend_pid()")).scalar_one()
    other = Database(postgres.url.render_as_string(hide_password=False))
    with other.session() as session:
        session.connection().execute(text("select pg_terminate_backend(:it, 1000)"), {"it": lost})
    other.close()
    with postgres.session() as session:
        assert session.connection().execute(text("select pg_backend_pid()")).scalar_one() != lost
