"""A house at work, for every test of a verb."""

from pathlib import Path

import pytest

from tests.builders import House, a_house
from voucher.database import Database
from voucher.files import FileStore


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office with its staff, one SME and one provider."""
    return a_house(database, FileStore(str(tmp_path / "files")))
