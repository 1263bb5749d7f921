"""What there is to be done, computed from the machines and the acts, and what was done of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

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
from workflows.machine import Machine, Step

STEPS: Mapping[str, tuple[Machine, Step]] = {name: (machine, step) for machine in machines() for name, step in machine.steps.items()}
"""Every row of every machine, by its name."""

TABLES: Mapping[str, Any] = {
    "amendment": Amendment, "appeal": Appeal, "award": ProviderAward, "bank line": BankLine, "batch": Batch, "bounds": BoundRequest,
    "claim": Claim, "deposit": Deposit, "finding": Finding, "fund line": FundLine, "listing": Listing, "notice": Notice,
    "objection": Objection, "order": Order, "payout": Payout, "programme": Programme, "recovery": Recovery, "voucher": Voucher,
}

_TAKING = ("begin", "advance", "follow", "begin_many", "follow_many", "advance_many")


@contextmanager
def listening() -> Iterator[Counter[str]]:
    """How often machines take each step meanwhile, whatever becomes of the work in which they do."""
    heard: Counter[str] = Counter()
    before = {way: getattr(Machine, way) for way in _TAKING}

    def told(way: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(way)
        def take(self: Machine, work: Work, row: Any, name: str, *rest: Any, **more: Any) -> Any:
            done = way(self, work, row, name, *rest, **more)
            heard.update([name] if not isinstance(row, Sequence) or row else [])
            return done
        return take

    for way, original in before.items():
        setattr(Machine, way, told(original))
    try:
        yield heard
    finally:
        for way, original in before.items():
            setattr(Machine, way, original)

@dataclass
class Record:
    """What was done in the houses of one engine: the steps that machines took, the verbs that people did, the events in history."""

    heard: Counter[str]
    done: dict[str, int] = field(default_factory=dict)
    events: set[tuple[str, str, bool]] = field(default_factory=set)

    def undone(self) -> list[str]:
        """The steps and acts that were not done yet. A step whose machine is not asked to take it is known by its own event."""
        names = {name for name, _before, _person in self.events}
        steps = {name for name, (_machine, step) in STEPS.items() if self.heard[name] or (step.event in _OWN_EVENTS & names)
                 or any(_SIGNS[sign] == 1 and sign in self.events for sign in _signs(step))}
        return sorted({*STEPS, *(each for each in TRIES if TRIES[each].people)} - steps - set(self.done))


def _signs(step: Step) -> list[tuple[str, str, bool]]:
    """What history shows of a step: its event, the state before, whether it was taken by a person."""
    return [(step.event, str(source), bool(step.by)) for source in step.source or ("",)]


_OWN_EVENTS = frozenset(event for event, count in Counter(step.event for _machine, step in STEPS.values()).items() if count == 1)
_SIGNS = Counter(sign for _machine, step in STEPS.values() for sign in _signs(step))
