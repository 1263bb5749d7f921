"""Every act taken by its verb, by everybody and in every state, on a row of a real house: no verb forgets to ask its machine.

tests/golden/machines.txt says what the tables allow. Here the rows are put into states past all triggers, which only a test may,
and whoever the tables do not let must be refused by the verb itself, with nothing changed.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from tests.builders import PROVIDERS, SMES, House, who
from tests.workflows.one_of_each import PEOPLE, check_again, one_of_each, put_into
from voucher.errors import Refusal
from voucher.history import Event
from voucher.money import Money
from workflows.acts import ACTS, THINGS, Act, Ask, Kind

# Firms that have nothing to do with the case.
STRANGERS = (who(SMES[1]), who(PROVIDERS[1]))


@pytest.fixture(scope="module")
def house(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with one thing of each kind, in which states may be set as one likes."""
    house = one_of_each(migrated_sqlite, tmp_path_factory.mktemp("every_verb"))
    yield house
    house.database.engine.dispose()


def attempt(house: House, person: str, letter: str, act: Act, state: str) -> str:
    """What comes of it when somebody takes an act on the thing in a state: "done", or the name of the refusal. Nothing is kept."""
    table = THINGS[letter].table
    with house.work(person) as work:
        put_into(work, table, state)
        reference, before = work.session.exec(select(table.reference).order_by(table.reference).limit(1)).one(), _events(work.session)
        try:
            act.verb(work, reference, **answers(house, letter, act))
            return "done"
        except Refusal as refusal:
            work.session.flush()
            assert _events(work.session) == before, f"{act.step} was refused and left an event"
            return type(refusal).__name__
        finally:
            check_again(work)
            work.session.rollback()


def _events(session: Session) -> int:
    return session.exec(select(func.count(col(Event.id)))).one()


def answers(house: House, letter: str, act: Act) -> dict[str, Any]:
    """Something sensible for every field of an act."""
    return {ask.name: answer(house, letter, ask) for ask in act.asks}


def answer(house: House, letter: str, ask: Ask) -> Any:
    """Something sensible for a field."""
    match ask.kind:
        case Kind.DAY:
            return house.today + timedelta(days=5)
        case Kind.NUMBER:
            return ask.least
        case Kind.MONEY:
            return Money(100_00, "CNY")
        case Kind.CHOICE:
            return next(iter(ask.choices))
        case Kind.CHOICES:
            return list(ask.choices)
        case Kind.FLAG:
            return True
        case Kind.REFERENCE:
            return house.references[PROVIDERS[1].number] if ask.letter == "N" else f"{ask.letter}-2026-00001-1"
        case Kind.FILES | Kind.FACTS:
            return []
        case Kind.AMOUNTS:
            return {}
    return ask.example or "because"


def states_of(letter: str, act: Act) -> list[str]:
    """The states that the thing can be in, those first in which the act is open."""
    own = [act.machine for act in ACTS[letter] if not act.states]
    every = {step.target.value for machine in own for step in machine.steps.values()}
    good = [state.value for state in act.open_in]
    return good + sorted(every - set(good))


def test_no_verb_lets_anybody_take_a_step_that_his_role_does_not_allow(house: House) -> None:
    """To firms that have nothing to do with a case it does not exist; all others are told who may."""
    wrong, tried = [], 0
    for letter, acts in ACTS.items():
        for act in acts:
            state = states_of(letter, act)[0]
            for person, allowed in [*((PEOPLE[role], {"NotAllowed", "NotFound"}) for role in PEOPLE if role not in act.row.by),
                                    *((person, {"NotFound"}) for person in STRANGERS)]:
                outcome = attempt(house, person, letter, act, state)
                tried += 1
                if outcome not in allowed:
                    wrong.append(f"{act.step} by {person}: {outcome}")
    assert wrong == []
    assert tried > 500


def test_no_verb_takes_a_step_from_a_state_that_its_machine_does_not_name(house: House) -> None:
    wrong, tried = [], 0
    for letter, acts in ACTS.items():
        for act in acts:
            good = {state.value for state in act.open_in}
            for person in (PEOPLE[role] for role in act.row.by):
                for state in states_of(letter, act)[len(good):]:
                    tried += 1
                    if attempt(house, person, letter, act, state) == "done":
                        wrong.append(f"{act.step} from {state} by {person}")
    assert wrong == []
    assert tried > 500
