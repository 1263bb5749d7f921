"""Anybody tries any step on anything at any time; afterwards the books balance, agree with the states, and history explains them."""

from datetime import UTC, date, datetime

import pytest

from tests.builders import House, a_house
from tests.stories.agreement import assert_everything_agrees
from tests.stories.walking import Walker
from voucher.database import Database
from voucher.files import FileStore

STEPS = 300
FURTHEST = 1500  # steps after which even an unlucky walk has come to the bank
SEED = 4
BEGINS = datetime(2026, 12, 21, 1, tzinfo=UTC)


@pytest.fixture
def walked(database: Database, store: FileStore) -> House:
    """A house after a long random walk over the end of a year, which meets nothing but success and refusal and comes as far as the bank."""
    house = a_house(database, store, now=BEGINS, smes=2, providers=2, irish=True)
    walker = Walker(house, SEED)
    try:
        walker.walk(STEPS // 2)
        house.clock.turn(days=(date(2027, 1, 5) - house.today).days)
        for verb in ("accrue_deliveries", "carry_orders", "lapse_free_money", *("record_appropriation", "allot") * 4):
            walker.step(verb, sensible=True)
        walker.walk(STEPS // 2)
        while "import_statement" not in walker.done and len(walker.trace) < FURTHEST:
            walker.walk(50)
    except Exception:
        print("\n".join(walker.trace[-40:]))  # noqa: T201 - pytest shows it with the failure
        raise
    assert "import_statement" in walker.done, f"the walk got nowhere: {walker.done}"
    return house


def test_after_a_random_walk_books_states_and_history_agree(walked: House) -> None:
    assert_everything_agrees(walked)
