"""Every act taken by its verb, by everybody and in every state, on a row of a real house: no verb forgets to ask its machine.

tests/golden/machines.txt says what the tables allow. Here the rows are put into states past all triggers, which only a test may,
and whoever the tables do not let must be refused by the verb itself, with nothing changed.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select, update

from tests.builders import PROVIDER, PROVIDERS, SME, SMES, House, a_house, who
from tests.workflows.recovering import an_opened_recovery, with_clawback
from voucher.awards import AwardState, ProviderAward
from voucher.claims import Claim
from voucher.database import Database
from voucher.errors import Refusal
from voucher.files import FileStore
from voucher.findings import Finding
from voucher.history import Event
from voucher.money import Money
from voucher.objections import Objection, ObjectionState
from voucher.orders import Order
from voucher.people import OFFICE_ROLES, Role
from voucher.programmes.programmes import Programme
from voucher.work import Work
from workflows.acts import ACTS, THINGS, Act, Ask, Kind

# One person a role, and two firms that have nothing to do with the case.
PEOPLE = {Role.SME: SME, Role.PROVIDER: PROVIDER} | {role: f"{role}1" for role in OFFICE_ROLES}
STRANGERS = (who(SMES[1]), who(PROVIDERS[1]))


@pytest.fixture(scope="module")
def house(migrated_sqlite: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with one thing of each kind, in which states may be set as one likes."""
    folder = tmp_path_factory.mktemp("every_verb")
    (folder / "database.sqlite3").write_bytes(migrated_sqlite.read_bytes())
    house = a_house(Database(f"sqlite:///{folder}/database.sqlite3"), FileStore(str(folder / "files")), smes=2, providers=2)
    with_clawback(house)
    an_opened_recovery(house)
    with house.work() as work:
        _put_the_rest(work)
        triggers = work.session.connection().execute(text("select name from sqlite_master where type = 'trigger'")).scalars().all()
        for name in triggers:
            work.session.connection().execute(text(f'drop trigger "{name}"'))
    yield house
    house.database.engine.dispose()


def _put_the_rest(work: Work) -> None:
    session, now = work.session, work.now
    claim, order = session.exec(select(Claim)).one(), session.exec(select(Order)).one()
    session.add(Objection(reference="J-2026-00001-1", claim_id=claim.id, state=ObjectionState.FILED, name="One", contact="1", grounds="So",
                          filed_at=now))
    session.add(Finding(reference="K-2026-00001-1", claim_id=claim.id, case_reference="", check_name="same_invoice", about="1",
                        level="warn", stage="approval", what="So", found_at=now))
    session.add(ProviderAward(reference="W-2026-00001-1", programme_id=_programme(session), provider_id=order.provider_id,
                              terms_id=order.terms_id, year=2026, code="services", state=AwardState.ASKED, currency="CNY", asked_at=now))


def _programme(session: Session) -> UUID:
    return session.exec(select(Programme.id)).one()


def attempt(house: House, person: str, letter: str, act: Act, state: str) -> str:
    """What comes of it when somebody takes an act on the thing in a state: "done", or the name of the refusal. Nothing is kept."""
    table = THINGS[letter].table
    with house.work(person) as work:
        do = work.session.connection().execute
        do(text("pragma ignore_check_constraints = on"))
        do(update(table).values(state=state))
        reference, before = work.session.exec(select(table.reference).order_by(table.reference).limit(1)).one(), _events(work.session)
        try:
            act.verb(work, reference, **answers(house, letter, act))
            return "done"
        except Refusal as refusal:
            work.session.flush()
            assert _events(work.session) == before, f"{act.step} was refused and left an event"
            return type(refusal).__name__
        finally:
            do(text("pragma ignore_check_constraints = off"))
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
        case Kind.FILES:
            return []
    return ask.example or "because"


def states_of(letter: str, act: Act) -> list[str]:
    """The states that the thing can be in, those first in which the act is open."""
    own = [act.machine for act in ACTS[letter] if not act.states]
    every = {step.target.value for machine in own for step in machine.steps.values()}
    good = [state.value for state in act.states or act.row.source]
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
            good = {state.value for state in act.states or act.row.source}
            for person in (PEOPLE[role] for role in act.row.by):
                for state in states_of(letter, act)[len(good):]:
                    tried += 1
                    if attempt(house, person, letter, act, state) == "done":
                        wrong.append(f"{act.step} from {state} by {person}")
    assert wrong == []
    assert tried > 500
