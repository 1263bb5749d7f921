"""A house and its portal."""

from pathlib import Path

import pytest

from tests.builders import House, a_house
from tests.workflows.portal.visitors import Visitors, an_app
from voucher.database import Database
from voucher.files import FileStore


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office with its staff, two SMEs and two providers, and one of each in Ireland."""
    return a_house(database, FileStore(str(tmp_path / "files")), smes=2, providers=2, irish=True)


@pytest.fixture
def portal(house: House, tmp_path: Path) -> Visitors:
    """Visitors of the portal of the house."""
    return Visitors(an_app(house, tmp_path), house)
