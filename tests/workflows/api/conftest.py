"""A house with two firms and a provider, and programs that use its API."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from tests.builders import House, a_house
from tests.workflows.api.client import Programs
from voucher.database import Database
from voucher.files import FileStore
from voucher.settings import Mode, Settings
from workflows.app import create_app


def a_house_with_firms(database: Database, folder: Path, *, irish: bool = False) -> House:
    return a_house(database, FileStore(str(folder / "files")), smes=2, irish=irish)


def an_app(house: House, folder: Path) -> Flask:
    return create_app(Settings(
        instance=folder, database_url=house.database.url.render_as_string(hide_password=False), secret_key="a key of tests" * 3,
        files_url=str(folder / "files"), mode=Mode.DEMO, zone="Asia/Shanghai", base_url="http://localhost", language="zh",
    ), database=house.database, clock=house.clock)


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
