"""A house with two firms and a provider, and programs that use its API."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import House, a_house
from tests.workflows.api.client import Programs
from tests.workflows.portal.visitors import an_app
from voucher.database import Database
from voucher.files import FileStore


def a_house_with_firms(database: Database, folder: Path, *, irish: bool = False) -> House:
    return a_house(database, FileStore(str(folder / "files")), smes=2, irish=irish)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    """An office with its staff, two SMEs and a provider."""
    return a_house_with_firms(database, tmp_path)


@pytest.fixture
def api(house: House, tmp_path: Path) -> Programs:
    """Programs that use the API of the house."""
    return Programs(an_app(house, tmp_path), house)


@pytest.fixture(scope="module")
def lone_api(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """The same on the embedded engine only and for many tests in a row: for requests that change nothing."""
    folder = tmp_path_factory.mktemp("lone")
    shutil.copyfile(migrated_sqlite, folder / "voucher.sqlite3")
    with closing(Database(f"sqlite:///{folder / 'voucher.sqlite3'}")) as database:
        house = a_house_with_firms(database, folder)
        yield Programs(an_app(house, folder), house)
