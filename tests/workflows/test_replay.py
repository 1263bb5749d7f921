"""Replay: history rebuilds every state and every balance, and names the first thing that it does not explain."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from tests.builders import House, an_approved_claim, an_exported_batch, bank_answer
from voucher.claims import Claim
from voucher.database import fetch
from voucher.history import record
from voucher.work import read
from workflows.reconciliation import import_statement
from workflows.replay import replay


def test_history_rebuilds_every_state_and_every_balance(house: House) -> None:
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    with read(house.database) as session:
        done = replay(session)
    assert done.differences == []
    listed = ["listed"] * list(done.states.values()).count("listed")  # the providers of the house
    assert listed
    assert list(done.lines.values()) == ["matched"]
    assert sorted(done.states.values()) == ["approved", "completed", "exported", "issued", *listed, "open", "settled"]
    assert done.events > 10
    assert done.entries > 7
    assert sum(done.balances.values()) == 0
    assert any(done.balances.values())


def test_one_case_is_replayed_by_itself(house: House) -> None:
    an_approved_claim(house)
    second = an_approved_claim(house)
    with house.work() as work:
        held = fetch(work.session, Claim, second)
        held.state = "withdrawn"
        work.session.add(held)
    with read(house.database) as session:
        references = session.connection().execute(text("select reference from vouchers order by reference")).scalars().all()
        assert [len(replay(session, each).differences) for each in references] == [0, 1]
        (difference,) = replay(session, references[1]).differences
    assert (difference.about, difference.replayed, difference.stands) == (second, "approved", "withdrawn")


def test_a_state_that_nobody_recorded_is_named(house: House) -> None:
    claim = an_approved_claim(house)
    with house.work() as work:
        work.session.connection().execute(text("update orders set state = 'delivered'"))
    with read(house.database) as session:
        assert [(each.replayed, each.stands) for each in replay(session).differences] == [("completed", "delivered")]
    with house.work() as work:
        work.session.connection().execute(text("update orders set state = 'completed'"))
        record(work, "claim.withdrawn", claim, from_state="submitted", to_state="approved")
    with read(house.database) as session:
        (difference,) = replay(session).differences
    assert difference.about.startswith(f"claim.withdrawn {claim}")
    assert (difference.replayed, difference.stands) == ("approved", "submitted")


def test_every_machine_moves_something_that_is_replayed() -> None:
    """What has a state has a reference, by which history tells of it; beside it only what is looked at by itself, or is no case."""
    by_themselves = {"bank_lines": "named by the events of what they paid", "deadlines": "follow from the case and the day",
                     "jobs": "are work, not history"}
    without = {name for name, table in SQLModel.metadata.tables.items() if "state" in table.c and "reference" not in table.c}
    assert without == set(by_themselves)


def test_a_line_of_the_bank_that_nobody_cleared_is_named(house: House) -> None:
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    with house.work() as work:
        work.session.connection().execute(text("update bank_lines set state = 'set_aside'"))
    with read(house.database) as session:
        (difference,) = replay(session).differences
    assert difference.about.startswith("bank line") and (difference.replayed, difference.stands) == ("matched", "set_aside")


@pytest.mark.parametrize("attack", ["update events set to_state = 'issued'", "update events set reason = ''", "delete from events"])
def test_what_happened_is_only_ever_added_to_whoever_writes_to_the_database(house: House, attack: str) -> None:
    with pytest.raises(DBAPIError, match="only ever added"), house.work() as work:
        work.session.connection().execute(text(attack))
