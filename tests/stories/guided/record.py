"""What there is to be done, computed from the machines, the acts and the code of the verbs, and what was done of it."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from types import FunctionType
from typing import Any

from tests.house.verbs import doors
from tests.stories.walking import TRIES
from tests.workflows.machines import machines
from voucher.amendments import Amendment
from voucher.appeals import Appeal
from voucher.awards import ProviderAward
from voucher.bound_requests import BoundRequest
from voucher.claims import Claim
from voucher.deposits import Deposit
from voucher.findings import Finding
from voucher.listings import Listing
from voucher.notices import Notice
from voucher.objections import Objection
from voucher.orders import Order
from voucher.payouts import Batch, Payout
from voucher.programmes.funding import FundLine
from voucher.programmes.programmes import Programme
from voucher.recoveries import Recovery
from voucher.statements import BankLine
from voucher.vouchers import Voucher
from voucher.work import Work
from workflows.acts import ACTS
from workflows.machine import Machine, Step
from workflows.worker import TASKS

STEPS: Mapping[str, tuple[Machine, Step]] = {name: (machine, step) for machine in machines() for name, step in machine.steps.items()}
"""Every row of every machine, by its name."""

VERBS = frozenset(doors()) - {act.verb.__name__ for acts in ACTS.values() for act in acts}
"""Every verb behind a door that changes something and is no act: acts go by their steps."""

TABLES: Mapping[str, Any] = {
    "amendment": Amendment, "appeal": Appeal, "award": ProviderAward, "bank line": BankLine, "batch": Batch, "bounds": BoundRequest,
    "claim": Claim, "deposit": Deposit, "finding": Finding, "fund line": FundLine, "listing": Listing, "notice": Notice,
    "objection": Objection, "order": Order, "payout": Payout, "programme": Programme, "recovery": Recovery, "voucher": Voucher,
}

_TAKING = ("begin", "advance", "follow", "begin_many", "follow_many", "advance_many")


NOT_WALKED: Mapping[str, str] = {}
"""Verbs and tasks that the walk leaves out, and why."""


@contextmanager
def listening() -> Iterator["Record"]:
    """How often machines take each step meanwhile, and verbs are called that end well, whatever becomes of the work in which they do."""
    record = Record()
    with _steps_heard(record), _verbs_heard(record):
        yield record


@contextmanager
def _steps_heard(record: "Record") -> Iterator[None]:
    before = {way: getattr(Machine, way) for way in _TAKING}

    def told(way: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(way)
        def take(self: Machine, work: Work, row: Any, name: str, *rest: Any, **more: Any) -> Any:
            done = way(self, work, row, name, *rest, **more)
            record.heard.update([name] if not isinstance(row, Sequence) or row else [])
            return done
        return take

    for way, original in before.items():
        setattr(Machine, way, told(original))
    try:
        yield
    finally:
        for way, original in before.items():
            setattr(Machine, way, original)


@contextmanager
def _verbs_heard(record: "Record") -> Iterator[None]:
    """In the place of each verb stands what calls it and tells, wherever the verb was imported."""
    def told(verb: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(verb)
        def call(*given: Any, **more: Any) -> Any:
            answer = verb(*given, **more)
            record.called[verb.__name__] += 1
            return answer
        return call

    places = [(module, name, value) for module in list(sys.modules.values()) if module.__name__.startswith(("tests.", "workflows."))
              for name, value in vars(module).items()
              if isinstance(value, FunctionType) and value.__name__ in VERBS and value.__module__.count(".") == 1]
    for module, name, verb in places:
        setattr(module, name, told(verb))
    try:
        yield
    finally:
        for module, name, verb in places:
            setattr(module, name, verb)


@dataclass
class Record:
    """What was done in the houses of one engine: the steps that machines took, the verbs and tasks that were called, what people did,
    the events in history.
    """

    heard: Counter[str] = field(default_factory=Counter)
    called: Counter[str] = field(default_factory=Counter)
    done: dict[str, int] = field(default_factory=dict)
    events: set[tuple[str, str, bool]] = field(default_factory=set)

    def undone(self) -> list[str]:
        """The steps, acts, verbs and tasks that were not done yet.

        A step whose machine is not asked to take it is known by its own event.
        """
        names = {name for name, _before, _person in self.events}
        steps = {name for name, (_machine, step) in STEPS.items() if self.heard[name] or (step.event in _OWN_EVENTS & names)
                 or any(_SIGNS[sign] == 1 and sign in self.events for sign in _signs(step))}
        walked = {*STEPS, *(each for each in TRIES if TRIES[each].people)} - steps - set(self.done)
        return sorted(walked | ({*VERBS, *TASKS} - set(self.called) - NOT_WALKED.keys()))


def _signs(step: Step) -> list[tuple[str, str, bool]]:
    """What history shows of a step: its event, the state before, whether it was taken by a person."""
    return [(step.event, str(source), bool(step.by)) for source in step.source or ("",)]


_OWN_EVENTS = frozenset(event for event, count in Counter(step.event for _machine, step in STEPS.values()).items() if count == 1)
_SIGNS = Counter(sign for _machine, step in STEPS.values() for sign in _signs(step))
