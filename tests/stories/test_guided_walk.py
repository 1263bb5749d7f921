"""After the walks through the houses of one engine everything was done that can be done: every step of every machine, every act, every
verb behind a door, every task of the worker.

By hand one may walk other ways, and on when all is done: WALK_SEED=7 WALK_HOUSES=100 python -m pytest tests/stories/test_guided_walk.py
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from os import environ
from pathlib import Path

from tests.builders import a_house
from tests.stories.guided.guide import Guide
from tests.stories.guided.record import NOT_WALKED, STEPS, VERBS, Record, listening
from tests.stories.invariants import TEMPLATES, assert_papers_are_drawn_again, assert_postings_say_what_the_manual_asks
from voucher import ledger
from voucher.database import Database
from voucher.files import FileStore
from voucher.work import read
from workflows.acts import ACTS
from workflows.replay import replay
from workflows.worker import TASKS

SEED = int(environ.get("WALK_SEED", "1"))
ERRANDS = 20  # in one house; in a house in which much was done one gets on slowly
HOUSES = int(environ.get("WALK_HOUSES", "0")) or 30
GOES_ON = "WALK_HOUSES" in environ


def test_after_the_walks_of_an_engine_everything_was_done_that_can_be_done(
    engine: Callable[[], AbstractContextManager[Database]], tmp_path: Path
) -> None:
    """At random, but led to what was not done yet. The invariants hold after each step; history rebuilds all states and balances."""
    with listening() as record:
        drawn = set[str]()
        for number in range(HOUSES):
            with engine() as database:
                house = a_house(database, FileStore(str(tmp_path / f"files{number}")), smes=2, providers=2, irish=True)
                guide = Guide(house, SEED * 1000 + number, record)
                try:
                    guide.lead(ERRANDS, on=GOES_ON)
                    with read(database) as session:
                        assert ledger.verify(session) == []
                        assert replay(session).differences == []
                        assert_postings_say_what_the_manual_asks(session)
                        assert_papers_are_drawn_again(session, house.store, drawn)
                except Exception:
                    print(f"house {number} of seed {SEED}:", *guide.trace[-60:], sep="\n")  # noqa: T201 - pytest shows it with the failure
                    raise
                if not (GOES_ON or guide.undone()):
                    break
    assert record.undone() == [], "never done"
    assert drawn == set(TEMPLATES), "never drawn again"


def test_what_nobody_has_done_yet_is_still_to_be_done() -> None:
    """A new step, act, verb or task is asked of the walk by itself. When it cannot be walked, NOT_WALKED says why."""
    assert set(Record().undone()) == {*STEPS, *VERBS, *TASKS} - NOT_WALKED.keys() | {act.step for acts in ACTS.values() for act in acts}
    assert NOT_WALKED.keys() <= {*VERBS, *TASKS}
