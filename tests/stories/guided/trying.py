"""Somebody tries a step with sensible answers; the invariants are looked at after each that is taken."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import select

from tests.builders import House
from tests.stories.guided.record import Record
from tests.stories.guided.standing import Standing
from tests.stories.walking import HOLDERS
from voucher.absences import actor_at
from voucher.database import fetch, get
from voucher.errors import NotFound, Refusal
from voucher.money import Money
from voucher.payouts import Payout
from voucher.people import OFFICE_ROLES, Organisation, Person, Role
from voucher.recoveries import outstanding_of
from voucher.work import Work, read
from workflows.acts import THINGS, Act, Ask, Kind
from workflows.mail_room import MailRoom

_ACCESS = frozenset({"withdraw_role", "close_person", "reopen_person", "hand_over_role", "end_absence"})


class Trying(Standing):
    """A walker who keeps record of what was done."""

    def __init__(self, house: House, seed: int, record: Record) -> None:
        super().__init__(house, seed)
        self.record, self.heard, self.done = record, record.heard, record.done
        self.room = MailRoom(lambda _message: None, "voucher@example.org", "https://voucher.example")
        self.restless = False

    def _moved(self) -> None:
        """Somebody may do more or less than before: from now on each is asked at the door who he is."""
        self.restless = True
        for person in self.house.people:
            self._comes_in(person)

    def _comes_in(self, person: str) -> bool:
        """Whether the door lets somebody in. He acts as whoever he is at this hour."""
        with read(self.house.database) as session:
            held = session.get_one(Person, self.house.people[person].person_id)
            self.house.people[person] = actor_at(session, held, self.house.clock.now)
            return held.active

    def people(self, roles: Sequence[Any]) -> list[str]:
        first = [each for role in roles if role == Role.AUDITOR for each in HOLDERS[role]]
        if self.restless:  # a deputy goes first: there are few of them
            first += [each for each in sorted(self.house.people) if any(self.house.people[each].holds(role) for role in roles
                                                                        if each not in HOLDERS[role] and role in OFFICE_ROLES)]
        return first + self.shuffled([each for role in roles if role != Role.AUDITOR
                                      for each in (*HOLDERS[role], *(["new"] if role == Role.PROVIDER else []))])

    def shuffled(self, some: Sequence[str]) -> list[str]:
        some = sorted(each for each in set(some) if each in self.house.people)
        return self.random.sample(some, len(some))

    def tries(self, person: str, step: str, verb: Callable[[Work], Any], row: Any) -> bool:
        if self.restless and not self._comes_in(person):
            return False
        before, called = self.heard.copy(), self.record.called.copy()
        held = self.case
        try:
            with self.house.work(person) as work:
                verb(work)
                if row is not None:
                    self.case = self.case_of(work.session, row) or self.case
        except Refusal as refusal:
            self.heard.clear()
            self.heard.update(before)
            self.record.called = called
            self.case = held
            if not isinstance(refusal, NotFound):
                told = "; ".join(f"{each.where}: {each.what}" for each in getattr(refusal, "problems", ()))
                self.trace.append(f"   {person}: {step} refused: {refusal} {told}")
            return False
        self.done[step] = self.done.get(step, 0) + 1
        self.trace.append(f"{person}: {step}")
        if step in _ACCESS:
            self._moved()
        self.watch.look()
        return True

    def act(self, work: Work, letter: str, act: Act, row: Any) -> None:
        free = act.step not in ("register_contract", "publish_price")
        asked = [ask for ask in act.asks if ask.required or (
            free and ask.kind != Kind.AMOUNTS and ask.name != "absent" and self.random.random() < 0.3)]  # whoever is heard came
        row = fetch(work.session, THINGS[letter].table, row.reference)
        act.verb(work, row.reference, **{ask.name: self.made_up(work, letter, act, ask, row) for ask in asked})
        self.record.called[act.verb.__name__] += 1

    def made_up(self, work: Work, letter: str, act: Act, ask: Ask, row: Any) -> Any:
        """Something sensible."""
        today = self.house.today
        if ask.kind == Kind.DAY:
            over = ask.name in ("seen_on", "heard_on", "paid_on", "contract_on")
            return today if over else today + timedelta(days=self.random.randint(3, 9))
        if ask.kind == Kind.MONEY:
            return self.money_for(act.step, ask.name, row)
        if ask.kind == Kind.REFERENCE and ask.letter == "Y":
            held = work.session.exec(select(Payout.reference).where(Payout.state == "payable", Payout.payee_id == row.liable_id)).all()
            return self.random.choice(held) if held else "Y-2026-99999-1"
        if ask.kind == Kind.REFERENCE:
            return get(work.session, Organisation, row.payee_id).reference
        if ask.name == "plan":
            return f"{today + timedelta(days=9)} {outstanding_of(work.session, row)}"
        if ask.name == "contract_number":
            return f"{2026371000000000 + self.house.number():016d}"
        if ask.name in ("price", "service"):
            return ask.example
        if ask.name == "programme":
            return "plain"
        if ask.name in ("amount", "income", "lines", "item"):
            return super().made_up(work, letter, act, ask, row)
        return super().made_up(work, letter, act, ask, row) or ask.example or "because"

    def money_for(self, step: str, name: str, row: Any) -> Money:
        if name == "vat":
            return Money(0, row.currency)
        if name in ("net", "part"):
            return Money(row.net_minor // 2, row.currency) if name == "net" else Money(max(row.voucher_part_minor - 100, 1), row.currency)
        if name == "principal":
            return Money(row.amount_minor if step in ("open_recovery", "suspect_recovery") else row.principal_minor, row.currency)
        return Money(row.amount_minor if hasattr(row, "amount_minor") else row.contract_minor or row.net_minor, row.currency)

    def reason(self) -> str:
        return "because"

    def amount(self, currency: str, most: int) -> Money:
        return Money(self.random.randint(most // 4, most) * 100, currency)
