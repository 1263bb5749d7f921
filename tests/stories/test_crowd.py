"""A crowd walks through one house at once, on PostgreSQL: nobody gets stuck, nothing breaks, and everything agrees afterwards.

The races of tests/workflows/test_races.py are about one step each; here it is left to chance which steps meet.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from tests.builders import a_house
from tests.stories.agreement import assert_everything_agrees
from tests.stories.facts import Watch
from tests.stories.invariants import INVARIANTS
from tests.stories.walking import Walker
from voucher.database import Database
from voucher.files import FileStore
from workflows.worker import do_next_job

WALKERS = 6
STEPS = 40


class Visitor(Walker):
    """One of the crowd: does one job at a time, and does not mind when another worker takes it over."""

    def step(self, verb: str, *, sensible: bool) -> None:
        """Nothing that was seen before still holds, for the others write as well."""
        self.watch = Watch(self.house.database, *INVARIANTS)
        super().step(verb, sensible=sensible)

    def work_off(self) -> None:
        done = do_next_job(self.house.database, self.house.store, self.house.clock)
        assert done is None or done.error in ("", "taken over by another worker"), done


def test_a_crowd_leaves_a_house_in_which_everything_agrees(postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store, smes=2, providers=2, irish=True)
    Walker(house, seed=1).walk(150)  # so that there is something of each kind

    def visit(number: int) -> int:
        with closing(Database(house.database.url.render_as_string(hide_password=False))) as database:
            visitor = Visitor(replace(house, database=database), seed=100 + number)
            visitor.walk(STEPS)
            return sum(visitor.done.values())

    with ThreadPoolExecutor(WALKERS) as pool:
        taken = list(pool.map(visit, range(WALKERS)))

    assert sum(taken) > WALKERS
    assert_everything_agrees(house)
