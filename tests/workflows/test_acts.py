"""The tables of acts: what they promise holds for every verb and every machine."""

import inspect

import pytest

from workflows.acts import ACTS, THINGS, Act, Kind
from workflows.api.acts import body_of_act
from workflows.cli.acts import example_of

EVERY = [pytest.param(letter, act, id=act.step) for letter, acts in ACTS.items() for act in acts]


@pytest.mark.parametrize(("letter", "act"), EVERY)
def test_an_act_asks_for_what_its_verb_takes(letter: str, act: Act) -> None:
    takes = inspect.signature(act.verb).parameters
    names = list(takes)[2:]
    asked = {ask.name for ask in act.asks}
    assert asked <= set(names), f"{act.step} asks for what its verb does not take"
    needed = {name for name in names if takes[name].default is inspect.Parameter.empty}
    assert needed <= {ask.name for ask in act.asks if ask.required}, f"{act.step} does not ask for what its verb needs"


@pytest.mark.parametrize(("letter", "act"), EVERY)
def test_an_act_is_a_step_that_somebody_may_take(letter: str, act: Act) -> None:
    assert act.step == act.verb.__name__
    assert act.row.by
    assert act.purpose.endswith((".", ":", ",")) or act.verb.__doc__
    assert letter in THINGS


@pytest.mark.parametrize(("letter", "act"), EVERY)
def test_an_act_has_the_same_fields_in_the_api_and_on_the_command_line(letter: str, act: Act) -> None:
    fields = set(body_of_act(act)().fields) - {"currency"}
    assert fields == {ask.name for ask in act.asks}
    assert all(f"--{ask.name.replace('_', '-')}" in example_of(letter, act) for ask in act.asks if ask.example)
    assert all(ask.choices for ask in act.asks if ask.kind in (Kind.CHOICE, Kind.CHOICES))


def test_no_two_acts_on_a_kind_of_thing_have_the_same_name() -> None:
    for acts in ACTS.values():
        assert len({act.name for act in acts}) == len(acts)
    steps = [act.step for acts in ACTS.values() for act in acts]
    assert len(set(steps)) == len(steps)
