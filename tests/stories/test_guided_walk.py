"""After the walks through the houses of one engine everything was done that can be done: every step of every machine, and every act."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.builders import a_house
from tests.stories.guided.guide import Guide
from tests.stories.guided.record import Record, listening
from tests.stories.invariants import TEMPLATES, assert_papers_are_drawn_again, assert_postings_say_what_the_manual_asks
from voucher import ledger
from voucher.database import Database
from voucher.files import FileStore
from voucher.work import read
from workflows.replay import replay

SEED = 1
ERRANDS = 20  # in one house; in a house in which much was done one gets on slowly
HOUSES = 24


def test_after_the_walks_of_an_engine_every_step_of_every_machine_and_every_act_was_done(
    engine: Callable[[], AbstractContextManager[Database]], tmp_path: Path
) -> None:
    """At random, but led to what was not done yet. The invariants hold after each step; history rebuilds all states and balances."""
    with listening() as heard:
        record, drawn = Record(heard), set[str]()
        for number in range(HOUSES):
            with engine() as database:
                house = a_house(database, FileStore(str(tmp_path / f"files{number}")), smes=2, providers=2)
                guide = Guide(house, SEED * 1000 + number, record)
                try:
                    guide.lead(ERRANDS)
                    with read(database) as session:
                        assert ledger.verify(session) == []
                        assert replay(session).differences == []
                        assert_postings_say_what_the_manual_asks(session)
                        assert_papers_are_drawn_again(session, house.store, drawn)
                except Exception:
                    print(f"house {number} of seed {SEED}:", *guide.trace[-60:], sep="\n")  # noqa: T201 - pytest shows it with the failure
                    raise
                if not guide.undone():
                    break
    assert record.undone() == [], "never done"
    assert drawn == set(TEMPLATES), "never drawn again"
