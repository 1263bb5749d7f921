"""What several tests of the ledger begin with."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from voucher.database import Database


@pytest.fixture
def elsewhere(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """Another, empty ledger."""
    path = tmp_path / "elsewhere.sqlite3"
    shutil.copyfile(migrated_sqlite, path)
    with closing(Database(f"sqlite:///{path}")) as opened:
        yield opened
