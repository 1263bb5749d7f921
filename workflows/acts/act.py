"""An act: a step that a person takes on one thing, described once for the portal, the API and the command line.

From a row of these tables come the button or form on the page, the operation of the API and the command. So a verb that
needs no more than a few fields is told to all three entry points in one place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from workflows.machine import Machine, Step


class Kind(StrEnum):
    """What is asked for, and what the verb gets."""

    WORD = "word"            # str, one line
    TEXT = "text"            # str, several lines
    DAY = "day"              # date
    NUMBER = "number"        # int from `least` to `most`
    MONEY = "money"          # Money in the currency of the thing
    CHOICE = "choice"        # str, one of `choices`
    CHOICES = "choices"      # list[str], any of `choices`
    FLAG = "flag"            # bool
    REFERENCE = "reference"  # str, the reference of a thing with the letter `letter`
    FILES = "files"          # list[str], references of files of one's own organisation
    FACTS = "facts"          # list[str], facts that hold, by their code in the terms of the thing
    AMOUNTS = "amounts"      # dict[str, Money], further amounts that these terms ask for, by code


@dataclass(frozen=True)
class Ask:
    """One field: `name` is the verb's keyword, `label` a marked sentence, `example` what documentation shows.

    What is not `required` and not given is not passed on, so that the verb's own default holds. `choices` are values with
    the marked sentence that people read.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    example: str = ""
    hint: str = ""
    required: bool = True
    longest: int = 1000
    least: int = 0
    most: int = 1_000_000
    choices: Mapping[str, str] = field(default_factory=dict)
    letter: str = ""


@dataclass(frozen=True)
class Act:
    """One row: `verb(work, reference, **asked)` takes the step named `step` of `machine`.

    `name` is its last word in addresses and commands (`accept`: POST /orders/O-../accept, `voucher order accept`). `label`
    stands on the button, `note` above it, and `done` is said when it worked; all three are marked sentences. `kind` is the
    look of the button: "", "second" or "danger". `when(row, terms)` hides it from pages where it makes no sense; whether
    it is allowed the verb alone decides. `whose` is an example of somebody who may. `states` are those in which the thing is
    then, where the step is one of something that hangs on it and has states of its own. `or_steps` are further steps of which the verb
    knows which one it is.
    """

    machine: Machine
    step: str
    verb: Callable[..., Any]
    name: str
    label: str
    done: str
    asks: tuple[Ask, ...] = ()
    note: str = ""
    kind: str = ""
    when: Callable[[Any, Any], bool] | None = None
    whose: str = "sme01"
    states: tuple[StrEnum, ...] = ()
    or_steps: tuple[str, ...] = ()

    @property
    def row(self) -> Step:
        """The row of the machine: from which state, by whom."""
        return self.machine.steps[self.step]

    @property
    def open_in(self) -> tuple[StrEnum, ...]:
        """The states of the thing in which the act is open."""
        steps = (self.machine.steps[name] for name in (self.step, *self.or_steps))
        return self.states or tuple(dict.fromkeys(state for step in steps for state in step.source))

    @property
    def purpose(self) -> str:
        """What it does, in a sentence: the first line of the verb's own words."""
        return (self.verb.__doc__ or "").strip().splitlines()[0]

    def makes_sense(self, row: Any, terms: Any) -> bool:
        """Whether a page should show it."""
        return self.when is None or self.when(row, terms)
