"""What every test may ask for: an empty, migrated database on either engine.

`database` runs a test twice, on SQLite and on PostgreSQL. `postgres` runs it on PostgreSQL only: for races between
transactions that SQLite's single write lock does not let happen. PostgreSQL is the server named by
VOUCHER_TEST_POSTGRES_URL, a throw-away one that `make test` starts. Without it the PostgreSQL half is left out and the
summary says so; with CI=true that is an error.
"""

import gc
import os
import secrets
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from copy import copy
from functools import cache
from inspect import signature
from pathlib import Path

import pytest
from sqlalchemy import Dialect, event, make_url, text

from tests.drawings import DRAWINGS
from tests.lending import Lender, Template
from tests.once import alone, common, once, one_folder
from tests.scenes import SHELF
from voucher.database import Database
from voucher.documents import render as renderer
from voucher.schema import upgrade

POSTGRES_URL = os.environ.get("VOUCHER_TEST_POSTGRES_URL", "")
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
WITHOUT_POSTGRES = ("No PostgreSQL: every test on it is left out. `make test` starts one, "
                    "or name a server in VOUCHER_TEST_POSTGRES_URL.")
_HELD = ExitStack()


def _needs_postgres(item: pytest.Item) -> bool:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return "postgresql" in (parameters.get("database"), parameters.get("engine")) or not (
        {"postgres", "migrated_postgres"}.isdisjoint(getattr(item, "fixturenames", ())))


def pytest_configure(config: pytest.Config) -> None:
    """Have what all processes of the tests need made once; the one that starts the others takes it away again."""
    if not hasattr(config, "workerinput"):
        _HELD.enter_context(one_folder())
        _HELD.callback(_forget_postgres, common("postgresql"))
    SHELF.set_up(common("scenes"))
    DRAWINGS.set_up(common("drawings"))
    pytest.MonkeyPatch().setattr(renderer, "_draw", DRAWINGS.remembering(renderer._draw))


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    _HELD.close()


def _forget_postgres(note: Path) -> None:
    if note.exists():
        _drop(note.read_text())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a PostgreSQL that is not there; never in CI."""
    left_out = [] if POSTGRES_URL else [item for item in items if _needs_postgres(item)]
    if left_out and IN_CI:
        raise pytest.UsageError(WITHOUT_POSTGRES)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _needs_postgres(item)]


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what lives as long as the tests (modules, tables, rewritten asserts), and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that patches code, itself or by a fixture of ours, has scenes and drawings of its own; one of documents, drawings."""
    SHELF.open = isinstance(item, pytest.Function) and not any("monkeypatch" in names for names in _asked_for(item))
    DRAWINGS.open = SHELF.open and "documents" not in item.path.parts


def _asked_for(item: pytest.Function) -> Iterator[Collection[str]]:
    """The names of what the test asks for, and of what each fixture of ours does that it uses."""
    yield signature(item.function).parameters
    for fixtures in item._fixtureinfo.name2fixturedefs.values():
        yield from (each.argnames for each in fixtures if each.func.__module__.startswith("tests."))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, where nobody overlooks it."""
    if not POSTGRES_URL:
        terminalreporter.write_line(WITHOUT_POSTGRES, yellow=True, bold=True)


class _Movable(Database):
    """A database that moves to another address for each test and remembers how statements are compiled, which would
    else take a fifth of the time of all tests.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        event.listen(self.engine, "do_connect", self._connect_there)
        SHELF.watch(self.engine)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _flush_nothing)

    def _connect_there(self, dialect: Dialect, _record: object, words: list[str], named: dict[str, object]) -> None:
        words[:], there = dialect.create_connect_args(self.url)
        named |= there

    @contextmanager
    def at(self, url: str) -> Iterator[Database]:
        """The same at an address, as long as the block; what listens to it then listens to nothing later."""
        assert self.url.database == "nowhere", "a test has one database of each kind"
        nowhere, self.url = self.url, make_url(url).set(drivername=self.url.drivername)
        there = copy(self)
        there.engine = self.engine.execution_options()
        there._engines = there._of_both_kinds()
        try:
            with closing(there):
                yield there
        finally:
            self.url = nowhere


def _flush_nothing(connection: sqlite3.Connection, _record: object) -> None:
    """No test outlives the power: the disk may take its time, as it may with the throw-away PostgreSQL."""
    connection.execute("PRAGMA synchronous=OFF")


@cache
def _movable(kind: str) -> _Movable:
    return _Movable(f"{kind}:///nowhere")


@contextmanager
def a_sqlite_copy(template: Path, folder: Path) -> Iterator[Database]:
    """An empty SQLite database in a folder, as long as the block."""
    path = folder / "voucher.sqlite3"
    shutil.copyfile(template, path)
    with _movable("sqlite").at(f"sqlite:///{path}") as opened:
        yield opened


@contextmanager
def a_postgres_clone(template: str) -> Iterator[Database]:
    """An empty PostgreSQL database, as long as the block."""
    with a_postgres_database(f"test_{secrets.token_hex(6)}", template) as url, _movable("postgresql").at(url) as opened:
        yield opened


@contextmanager
def a_postgres_database(name: str, template: str = "template1") -> Iterator[str]:
    """The address of a new database on the throw-away server, which lives as long as the block."""
    _have_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield _address(name)
    finally:
        _drop(name)


def _address(name: str) -> str:
    return make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)


def _drop(name: str) -> None:
    _have_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _have_server(do: str) -> None:
    with closing(Database(POSTGRES_URL)) as server, server.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(do))


@pytest.fixture(scope="session")
def migrated_sqlite() -> Path:
    """A SQLite file with every table and no row: the one that tests get copies of."""
    return once("migrated.sqlite3", _migrate_on_sqlite)


def _migrate_on_sqlite(path: Path) -> None:
    with closing(Database(f"sqlite:///{path}")) as opened:
        upgrade(opened)


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The name of a PostgreSQL database with every table and no row, to be cloned; one for each process of tests."""
    with ExitStack() as mine:
        with alone("postgresql") as first:
            if not first.exists():
                _migrate_on_postgres(first)
            url = mine.enter_context(a_postgres_database(f"migrated_{secrets.token_hex(4)}", first.read_text()))
        SHELF.learn(Template(url))
        yield make_url(url).database or ""


def _migrate_on_postgres(note: Path) -> None:
    """Make the database of which each process gets a clone, and write its name down: it is dropped when all tests are through."""
    name = f"migrated_{secrets.token_hex(4)}"
    _have_server(f'CREATE DATABASE "{name}"')
    with closing(Database(_address(name))) as opened:
        upgrade(opened)
    note.write_text(name)


@pytest.fixture(scope="session")
def lender(migrated_postgres: str) -> Iterator[Lender]:
    """What lends a test a PostgreSQL database that others had before it and left empty."""
    with closing(Lender(SHELF.template, lambda: a_postgres_database(f"test_{secrets.token_hex(6)}", migrated_postgres))) as lending:
        yield lending


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database: the test runs once on each engine."""
    if request.param == "sqlite":
        with a_sqlite_copy(request.getfixturevalue("migrated_sqlite"), tmp_path) as opened:
            yield opened
    else:
        with _movable("postgresql").at(request.getfixturevalue("lender").lend()) as opened:
            yield opened


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated SQLite database, for what only the embedded engine has."""
    with a_sqlite_copy(migrated_sqlite, tmp_path) as opened:
        yield opened


@pytest.fixture
def postgres(migrated_postgres: str) -> Iterator[Database]:
    """An empty, migrated PostgreSQL database, for races between transactions."""
    with a_postgres_clone(migrated_postgres) as opened:
        yield opened
