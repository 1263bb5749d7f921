"""The guided walk: at random, but towards what was not done yet, until every step of every machine, every act, every verb behind a door
and every task of the worker was done once.

A step that nothing stands ready for is come to along the machine's own rows, backwards from the states in which it may be taken. What no
row says stands in `ways.py`.
"""

from functools import partial

from sqlmodel import select

from tests.builders import PROVIDERS, House
from tests.stories.guided.clock import REGULAR, SELDOM
from tests.stories.guided.deeds import DOERS, Deeds
from tests.stories.guided.moves import BY_STRANGERS
from tests.stories.guided.programmes import PROGRAMMES
from tests.stories.guided.record import STEPS, Record
from tests.stories.guided.ways import FIRST, LAST, NEEDS, WAYS, WHERE
from tests.stories.walking import BY_TABLE, TRIES
from tests.workflows.scopes import publish
from voucher.findings import Finding
from voucher.history import Event
from voucher.people import OrganisationKind, Person, Role, actor_for
from voucher.work import read
from workflows.machine import Step
from workflows.registration import grant_role, register_organisation, register_person


class Guide(Deeds):
    """A walker who is led."""

    def __init__(self, house: House, seed: int, record: Record) -> None:
        super().__init__(house, seed, record)
        self.far = self._distances()

    def open_house(self) -> None:
        for rules, funders, allotted in PROGRAMMES.values():
            publish(self.house, rules, funders=funders, allotted=allotted)
        new = PROVIDERS[2]
        with self.house.work("administrator1") as work:
            self.house.references["new"] = register_organisation(
                work, OrganisationKind.PROVIDER, new.name, new.number, name_en=new.name_en, country=new.country, listed=False).reference
            register_person(work, "new@voucher.example", "New", "!", "zh")
            grant_role(work, "new@voucher.example", Role.PROVIDER, self.house.references["new"])
        with read(self.house.database) as session:
            self.house.people["new"] = actor_for(session, session.exec(select(Person).where(Person.email == "new@voucher.example")).one())

    def _distances(self) -> dict[str, int]:
        """How many rows a state is from the beginning of a life, by noun and state; what nobody does counts for more."""
        far: dict[str, int] = {}
        for _turn in range(20):
            for machine, step in STEPS.values():
                began = min((far[f"{machine.noun} {each}"] for each in step.source if f"{machine.noun} {each}" in far), default=None)
                if step.source and began is None:
                    continue
                there = f"{machine.noun} {step.target}"
                far[there] = min(far.get(there, 99), (began or 0) + (1 if step.by else 4))
        return far

    def undone(self) -> list[str]:
        """The steps and acts that were not done yet, here or in a house before."""
        with read(self.house.database) as session:
            self.record.events.update((name, before or "", person is not None) for name, before, person in session.exec(
                select(Event.name, Event.from_state, Event.person_id).distinct()))
        return self.record.undone()

    def lead(self, errands: int, *, on: bool = False) -> None:
        """Go so many times for something that was not done yet; the first things first, the last things last. `on`: then for anything."""
        for _number in range(errands):
            left = self.undone() or (Record().undone() if on else [])
            if not left:
                return
            early = [each for each in left if each in FIRST] or [each for each in left if each not in LAST]
            self.errand(self.random.choice(early if early and self.random.random() < 0.8 else left))
        self.claim_twice()

    def errand(self, step: str) -> bool:
        """Go for one step, from anything that stands."""
        self.case, self.where = None, WHERE.get(step, "")
        self.trace.append(f"-- {step}")
        done = self.take(step)
        self.trace.append(f"-- {step}: {'done' if done else 'not done'}")
        return done

    def take(self, step: str, pursued: frozenset[str] = frozenset()) -> bool:
        """Take a step on something that is ready for it; else go back along the rows until something is."""
        if self.attempt(step):
            return True
        if step in pursued:
            return False
        pursued |= {step}
        if step in WAYS:
            before = self._often(step)
            for each in WAYS[step]:
                if not (self.take(each, pursued) if each in STEPS or each in DOERS or (each in TRIES and TRIES[each].people)
                        else self.move(each)):
                    return False
            return self._often(step) > before or self.attempt(step)
        return any(self.take(each, pursued) and self.attempt(step) for each in self._before(step))

    def _often(self, step: str) -> int:
        return (self.heard if step in STEPS else self.record.called)[step]

    def move(self, name: str) -> bool:
        """Something that is no step of a machine: the clock, the bank, a stranger."""
        self.trace.append(f"   {name}")
        return getattr(self, name)() is not False

    def _before(self, step: str) -> list[str]:
        """The steps that lead to where a step begins, the straightest first; one or two of them are enough."""
        if step in NEEDS:
            noun, states = NEEDS[step]
        elif step in STEPS:
            machine, row = STEPS[step]
            noun, states = machine.noun, tuple(map(str, row.source))
        else:
            return []
        found = [(self._way_to(noun, each) + len(WAYS.get(name, ())) * 1.5 + self.random.random() * 2, name)
                 for name, (machine, each) in STEPS.items()
                 if machine.noun == noun and each.target in states and each.target not in each.source and name != step]
        return [name for _far, name in sorted(found)[:self.random.choice((1, 1, 2))]]

    def _way_to(self, noun: str, step: Step) -> float:
        return min((self.far.get(f"{noun} {each}", 50) for each in step.source), default=0) + (0 if step.by else 4)

    def attempt(self, step: str) -> bool:
        """Have somebody take a step on something that stands ready for it; False when there is nothing, or all are refused."""
        if step in BY_TABLE:
            letter, act = BY_TABLE[step]
            for row in self.ready(letter, act):
                if step in ("deliver_order", "start_service"):
                    self.case = row.voucher_id
                    self.pay_in()
                if any(self.tries(person, step, partial(self.act, letter=letter, act=act, row=row), row)
                       for person in self.people(act.row.by)):
                    return True
            return False
        if step in DOERS:
            return any(self.tries(person, step, getattr(self, step), None) for person in self.shuffled(DOERS[step]))
        if step in BY_STRANGERS:
            return self.move(step)
        if step in (*REGULAR, *SELDOM):
            return self.ask_for(step)
        if hasattr(self, step) and (step in STEPS or step in TRIES):
            people = self.people(STEPS[step][1].by) if step in STEPS else self.shuffled(TRIES[step].people)
            return any(self.tries(person, step, getattr(self, step), None) for person in people)
        if step in STEPS and not STEPS[step][1].by and step not in WAYS:
            return self.waits_for(step)
        return False

    def sign_or_not(self) -> None:
        """Before it is approved: the lot is drawn, what was found is decided, and the first of two signs."""
        if self.code() == "drawn":
            self.attempt("draw_sample")
        for _finding in range(3):
            found = self.newest(Finding, "open")
            if found is None:
                break
            way = {"drawn": "record_site_check", "changed_account": "confirm_account"}.get(found.check_name, "note_finding")
            if not (self.attempt(way) or self.attempt("allow_finding")):
                break
        self.attempt("sign_claim")
