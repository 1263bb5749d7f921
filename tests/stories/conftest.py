"""What tests of stories may ask for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.conftest import a_postgres_clone, a_sqlite_copy
from voucher.database import Database
from voucher.files import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """An empty store of files."""
    return FileStore(str(tmp_path / "files"))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], AbstractContextManager[Database]]:
    """What makes as many empty, migrated databases on an engine as a test wants, one after the other: it runs once on each engine."""
    if request.param == "sqlite":
        template = request.getfixturevalue("migrated_sqlite")
        return lambda: a_sqlite_copy(template, tmp_path)
    name = request.getfixturevalue("migrated_postgres")
    return lambda: a_postgres_clone(name)
