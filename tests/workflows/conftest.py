"""What tests of the workflows may ask for."""

from pathlib import Path

import pytest

from tests.builders import House, a_house
from voucher.database import Database
from voucher.files import FileStore


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """An empty store of files."""
    return FileStore(str(tmp_path / "files"))


@pytest.fixture
def house(database: Database, store: FileStore) -> House:
    """An office with its staff, one SME and one provider."""
    return a_house(database, store)
