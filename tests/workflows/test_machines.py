"""Every step of every machine, tried in every state by everybody, on a row of a real database.

What could be done is written down and compared with tests/golden/machines.txt, which people read: who may do what, from which
state, where it leads, what history calls it. All else was refused. After a change of a machine that is meant:

    UPDATE_GOLDEN=1 python -m pytest tests/workflows/test_machines.py
"""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import MetaData
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Field, Session, col, select, update
from uuid_utils.compat import uuid7

from tests.workflows.machines import machines
from voucher.clock import system_clock
from voucher.database import Database, Row
from voucher.errors import NotAllowed, NotFound, NotNow
from voucher.history import Event
from voucher.people import Organisation, Person, Role
from voucher.work import SYSTEM, Actor, Work
from workflows.machine import Machine, Step

GOLDEN = Path(__file__).parent.parent / "golden" / "machines.txt"


class Specimen(Row, table=True):
    """A row with a state, on which the steps of any machine may be tried; it lives in the test's database only."""

    metadata = MetaData()
    __tablename__ = "specimens"

    reference: str = Field(max_length=24)
    state: str = Field(max_length=24)


@pytest.fixture
def work(database: Database) -> Iterator[Work]:
    """A piece of work in a database with a table of specimens; nothing of it is kept."""
    Specimen.metadata.create_all(database.engine)
    with database.session() as session:
        yield Work(session, SYSTEM, system_clock())
        session.rollback()


def a_firm(session: Session, kind: str, number: str) -> UUID:
    """An organisation that can be pointed to."""
    firm = Organisation(reference=number, kind=kind, name=number, number=number)
    session.add(firm)
    session.flush()
    return firm.id


def everybody(session: Session, parties: dict[Role, UUID], office: UUID) -> dict[str, Actor]:
    """One actor a role; for firms also one of another firm; the system, and somebody without any role."""
    person = Person(email="one@voucher.test", name="One", password_hash="!")
    session.add(person)
    session.flush()
    actors = {"system": SYSTEM, "nobody": Actor("nobody", person.id)}
    for role in Role:
        where = parties.get(role, office)
        actors[role.value] = Actor(role.value, person.id, frozenset({(role.value, where)}))
        if role in parties:
            actors[f"another {role}"] = Actor(role.value, person.id, frozenset({(role.value, uuid7())}))
    return actors


def tried(work: Work, machine: Machine, step: Step, state: str, actors: dict[str, Actor], parties: dict[Role, UUID]) -> dict[str, str]:
    """What comes of it when each of these takes a step in a state: the new state as the database has it, or the refusal."""
    row = Specimen(reference="X-1", state=state)
    work.session.add(row)
    work.session.flush()
    outcomes = {}
    for name, work.actor in actors.items():
        try:
            if state:
                machine.advance(work, row, step.name, parties)
            else:
                machine.begin(work, row, step.name, parties)
        except (NotAllowed, NotFound, NotNow) as refusal:
            outcomes[name] = type(refusal).__name__
            continue
        outcomes[name] = kept(work, row)
        _check_event(work, step, state, name)
        set_state(work, row, state)
    assert kept(work, row) == state, "what was refused changed something"
    return outcomes


def _check_event(work: Work, step: Step, state: str, actor: str) -> None:
    event = work.session.exec(select(Event).order_by(col(Event.id).desc()).limit(1)).one()
    assert (event.name, event.from_state, event.to_state) == (step.event, state, step.target.value), actor


def kept(work: Work, row: Specimen) -> str:
    """The state of a row as the database has it."""
    return work.session.exec(select(Specimen.state).where(Specimen.id == row.id)).one()


def set_state(work: Work, row: Specimen, state: str) -> None:
    """Put a row into a state, past every machine."""
    work.session.connection().execute(update(Specimen).where(col(Specimen.id) == row.id).values(state=state))
    set_committed_value(row, "state", state)


def test_every_state_step_and_role_of_every_machine(work: Work) -> None:
    parties = {Role.SME: a_firm(work.session, "sme", "1"), Role.PROVIDER: a_firm(work.session, "provider", "2")}
    actors = everybody(work.session, parties, a_firm(work.session, "office", "3"))
    strangers = {name for name in actors if name == "nobody" or name.startswith("another")}
    text, noun, triples = "", "", 0
    for machine in machines():
        text += "" if machine.noun == noun else f"{machine.noun}\n"
        noun = machine.noun
        for step in machine.steps.values():
            # a step either begins a life or leads on; no verb asks for it the other way
            for state in [each.value for each in type(step.target)] if step.source else [""]:
                outcomes = tried(work, machine, step, state, actors, parties)
                takers = [name for name, outcome in outcomes.items() if outcome == step.target]
                assert set(outcomes.values()) <= {step.target.value, "NotAllowed", "NotFound", "NotNow"}, outcomes
                assert {name for name, outcome in outcomes.items() if outcome == "NotFound"} == strangers, outcomes
                assert bool(takers) == (state in step.source or not state), (step, state, outcomes)
                triples += len(outcomes)
                if takers:
                    text += f"    {state or '-':12} {step.name} -> {step.target}: {' '.join(takers)} [{step.event}{_duty(step)}]\n"
    assert triples > 500
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def _duty(step: Step) -> str:
    return f", duty {step.duty}" if step.duty else ""


def test_of_two_who_take_a_step_at_once_the_second_is_refused_though_he_saw_the_old_state(work: Work) -> None:
    """The update is conditional: what the program remembers of a row does not count."""
    row = Specimen(reference="X-1", state="")
    work.session.add(row)
    work.session.flush()
    for machine in machines():
        for step in machine.steps.values():
            if not step.source or step.target in step.source:
                continue
            set_state(work, row, step.target.value)
            set_committed_value(row, "state", step.source[0].value)
            work.actor = Actor("somebody", uuid7(), frozenset((role.value, row.id) for role in step.by)) if step.by else SYSTEM
            with pytest.raises(NotNow):
                machine.advance(work, row, step.name, dict.fromkeys(step.by, row.id))
