"""Scenes that many tests begin with: lived through twice, then laid out as they were.

A builder lives through everything before it with the real verbs. That takes half a second, and hundreds of tests begin
at the same few points. So the second time that a builder is asked for the same scene, what it made is kept (the whole
database and the files) for all processes of the tests, and from then on it is laid in place of the empty house. The same
scene is: the same engine and instant, a house with the same cast, the same builders before it with the same arguments,
and nothing else. A house that anything else has written to lives through its scenes, and so does every house of a test
that patches code.
"""

import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import update_wrapper
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar, cast

import psycopg
from sqlalchemy import Engine, event, func
from sqlalchemy.pool import QueuePool
from sqlmodel import select

from tests.lending import Rows, Template
from voucher.database import Database
from voucher.files import FileStore
from voucher.history import Event
from voucher.work import read

F = TypeVar("F", bound=Callable[..., Any])

_NO_NAME = " at 0x"
"""How Python names what has no name of its own: another thing may be called so later."""


@dataclass
class Past:
    """What a house has lived through: its cast, then builders. `commits` and `events` are how many there were then."""

    told: tuple[str, ...]
    commits: int
    events: int


class Housing(Protocol):
    """What a scene needs to know of a house."""

    database: Database
    store: FileStore
    clock: Any
    serial: int
    past: Past | None


@dataclass(frozen=True)
class _Kept:
    """A scene, but for its files: its rows, or none where its database is a file; what the builder answered, how far the house had
    counted, and when.
    """

    rows: Rows | None
    answer: Any
    serial: int
    now: datetime


class Shelf:
    """The scenes, each in a folder of its own. Nothing is kept or laid out while it is not open."""

    def __init__(self) -> None:
        self.open = False
        self.commits = 0

    def set_up(self, folder: Path) -> None:
        """Where the scenes of all processes lie."""
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def learn(self, template: Template) -> None:
        """Of what the databases on PostgreSQL are clones: of their scenes only rows are kept."""
        self.template = template

    def watch(self, engine: Engine) -> None:
        """Count every piece of work that this engine ends from now on."""
        event.listen(engine, "commit", self._count)

    def _count(self, *_connection: object) -> None:
        self.commits += 1

    def live(self, house: Housing, build: Callable[[], Any], name: str) -> Any:
        """What this builder makes of the house: from the shelf, or by living through it, which may begin with another scene."""
        past = self._past(house)
        if past is None:
            return build()
        told = (*past.told, name)
        key = repr((house.database.is_sqlite, house.clock.now, house.serial, *told))
        if _NO_NAME in key:
            return build()
        there = self._folder / sha256(key.encode()).hexdigest()
        if there.is_dir():
            answer = self._lay_out(house, there)
        else:
            answer = build()
            asked_before = there.with_suffix(".asked")
            if asked_before.exists():
                self._keep(house, answer, there)
            asked_before.touch()
        house.past = Past(told, self.commits, _events(house))
        return answer

    def _past(self, house: Housing) -> Past | None:
        """What the house has lived through, unless anything else has happened to it."""
        past = house.past
        if past and not (self.open and past.commits == self.commits and past.events == _events(house) and not in_use(house.database)):
            house.past = None
        return house.past

    def _keep(self, house: Housing, answer: Any, there: Path) -> None:
        """Keep the house as it stands, unless somebody else has its database open, or it has another shape than others."""
        with TemporaryDirectory(dir=self._folder) as made:
            rows = None
            if house.database.is_sqlite:
                house.database.close()
                path = Path(house.database.url.database or "")
                if path.with_name(f"{path.name}-wal").exists():
                    return
                shutil.copyfile(path, Path(made, "database"))
            else:
                with _driven(house.database) as connection:
                    rows = self.template.rows_of(connection)
                if rows is None:
                    return
            with suppress(FileNotFoundError):
                shutil.copytree(_folder(house.store), Path(made, "files"))
            Path(made, "kept").write_bytes(pickle.dumps(_Kept(rows, answer, house.serial, house.clock.now)))
            with suppress(OSError):  # another process kept it meanwhile
                Path(made).rename(there)

    def _lay_out(self, house: Housing, there: Path) -> Any:
        """The house as it stood when this was kept."""
        kept: _Kept = pickle.loads((there / "kept").read_bytes())
        if kept.rows is None:
            house.database.close()
            shutil.copyfile(there / "database", house.database.url.database or "")
        else:
            with _driven(house.database) as connection:
                self.template.fill(connection, kept.rows)
        with suppress(FileNotFoundError):
            shutil.copytree(there / "files", _folder(house.store), dirs_exist_ok=True)
        house.serial, house.clock.now = kept.serial, kept.now
        return kept.answer


SHELF = Shelf()


def scene(build: F) -> F:
    """A builder whose scenes are kept: it works on a house, and its answer is a reference or another plain value."""
    def built(house: Housing, *about: Any, **named: Any) -> Any:
        name = f"{build.__module__}.{build.__qualname__} {about!r} {sorted(named.items())!r}"
        return SHELF.live(house, lambda: build(house, *about, **named), name)

    return cast("F", update_wrapper(built, build))


def begins(house: Housing, *cast: object) -> None:
    """A house begins its story, with this cast in it and nothing else."""
    house.past = Past((repr(cast),), SHELF.commits, _events(house))


def _events(house: Housing) -> int:
    with read(house.database) as session:
        return session.exec(select(func.count()).select_from(Event)).one()


@contextmanager
def _driven(database: Database) -> Iterator[psycopg.Connection]:
    """A connection past SQLAlchemy, for one transaction: it counts as nobody's work."""
    with closing(database.engine.raw_connection()) as held:
        assert isinstance(held.driver_connection, psycopg.Connection)
        yield held.driver_connection
        held.commit()


def in_use(database: Database) -> bool:
    """Whether somebody here has a connection to it."""
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout() > 0


def _folder(store: FileStore) -> Path:
    return Path(store._root)
