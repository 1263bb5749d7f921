"""Scenes that are laid out are those that were lived through, and nobody is given the scene of another story."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select, update

from tests.builders import House, a_house, an_issued_voucher
from tests.conftest import a_postgres_database
from tests.scenes import SHELF, Shelf, begins
from voucher.database import Database
from voucher.files import FileStore
from voucher.people import Organisation
from voucher.vouchers import Voucher
from voucher.work import read


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """One engine after the other."""
    return str(request.param)


@pytest.fixture
def houses(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[list[House]]:
    """Three houses, each with a database of its own."""
    template = request.getfixturevalue("migrated_sqlite" if engine == "sqlite" else "migrated_postgres")
    with ExitStack() as stack:
        made = []
        for number in range(3):
            url = (f"sqlite:///{shutil.copyfile(template, tmp_path / f'{number}.sqlite3')}" if engine == "sqlite"
                   else stack.enter_context(a_postgres_database(f"house_{secrets.token_hex(6)}", template)))
            made.append(a_house(stack.enter_context(closing(Database(url))), FileStore(str(tmp_path / f"files{number}"))))
        yield made


@pytest.fixture
def shelf(tmp_path: Path, houses: list[House]) -> Shelf:
    """An empty shelf; the one of the other tests is closed meanwhile."""
    SHELF.open = False
    made = Shelf()
    made.set_up(tmp_path)
    if not houses[0].database.is_sqlite:
        made.learn(SHELF.template)
    made.open = True
    return made


def lived(shelf: Shelf, house: House, before: Callable[[House], object] = str) -> tuple[str, list[str]]:
    """What a builder answers in a house to which this happened before, and whether it was called for that."""
    calls: list[str] = []
    shelf.watch(house.database.engine)
    begins(house)
    assert house.past is not None
    house.past.commits = shelf.commits
    before(house)

    def build() -> str:
        calls.append("built")
        return an_issued_voucher(house)

    return shelf.live(house, build, "an issued voucher"), calls


def something_else(house: House) -> None:
    """Somebody changes what no builder knows of."""
    with house.work() as work:
        work.session.connection().execute(update(Organisation).values(town="Elsewhere"))


def rows(house: House) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with read(house.database) as session:
        return {table.name: [tuple(row) for row in session.connection().execute(table.select().order_by(*table.primary_key))]
                for table in SQLModel.metadata.sorted_tables}


def test_the_third_time_a_scene_is_laid_out_as_it_was_the_second_time(shelf: Shelf, houses: list[House]) -> None:
    first, second, third = (lived(shelf, house) for house in houses)

    assert [calls for _answer, calls in (first, second, third)] == [["built"], ["built"], []]
    assert third[0] == second[0]
    assert rows(houses[2]) == rows(houses[1])
    assert houses[2].serial == houses[1].serial


def test_a_house_to_which_something_else_has_happened_lives_through_its_scenes(shelf: Shelf, houses: list[House]) -> None:
    for house in houses[:2]:
        lived(shelf, house)

    answer, calls = lived(shelf, houses[2], before=something_else)

    assert calls == ["built"]
    with read(houses[2].database) as session:
        assert session.exec(select(Voucher.reference)).all() == [answer]


@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_house_whose_tables_have_changed_is_not_kept(shelf: Shelf, houses: list[House]) -> None:
    for house in houses:
        with house.database.engine.begin() as connection:
            connection.exec_driver_sql("alter table letters disable trigger all")

    assert [lived(shelf, house)[1] for house in houses] == [["built"]] * 3


def test_nobody_is_given_the_scene_of_what_has_no_name_of_its_own(shelf: Shelf, houses: list[House]) -> None:
    """Python calls it after its place, where another one may lie later."""
    def lived_by(house: House) -> int:
        calls: list[str] = []
        begins(house)
        assert house.past is not None
        house.past.commits = shelf.commits
        shelf.live(house, lambda: calls.append(an_issued_voucher(house)), f"an issued voucher {calls.append!r}")
        return len(calls)

    assert [lived_by(house) for house in houses] == [1, 1, 1]
