"""Random steps on both engines beside a model that is a few dictionaries; after each step all three agree.

The model knows nothing of running balances, locks or hashes: a balance is the sum of what was posted.
"""

import shutil
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import StringIO
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from tests.voucher.ledger.builders import NOW
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotFound, Refusal
from voucher.ledger import Account, Draft, exchange, periods, plaintext, seals
from voucher.money import Money
from voucher.work import Actor, begin, read

# Bounds are part of an account, so each name always comes with the same ones.
ACCOUNTS = [Account("a:free", "CNY", upper=0), Account("a:given", "CNY", lower=0), Account("a:x", "CNY"), Account("b:x", "CNY"),
            Account("b:cap", "CNY", -300, 300), Account("b:x", "KRW"), Account("b:y", "KRW", upper=0)]
Move = tuple[tuple[Account, Account], int]
FIRST = NOW.date() - timedelta(days=20)
LEDGER = ["bound_acts", "closing_balances", "period_acts", "seals", "sealed_tiles", "sealed_entries", "memos", "postings", "entries",
          "dimensions", "dimension_sets", "accounts"]
PEOPLE = [Actor("Anna", UUID(int=1)), Actor("Boris", UUID(int=2))]

PAIRS = [pair for pair in permutations(ACCOUNTS, 2) if len({(each.book, each.currency) for each in pair}) == 1]

moves = st.lists(st.tuples(st.sampled_from(PAIRS), st.integers(0, 400)), min_size=1, max_size=4)
days = st.integers(0, 40).map(lambda number: FIRST + timedelta(days=number))
causes = st.integers(0, 12).map(lambda number: f"x {number}")


@dataclass
class Model:
    """What should be so."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    instants: dict[str, datetime] = field(default_factory=dict)
    reversed: dict[str, str] = field(default_factory=dict)
    closed: date | None = None
    adjusting: date | None = None
    closers: set[Actor] = field(default_factory=set)
    adjusters: set[Actor] = field(default_factory=set)
    bounds: dict[Account, tuple[int | None, int | None]] = field(default_factory=dict)

    def balances(self, as_of: date | None = None, known_at: datetime | None = None) -> dict[Account, int]:
        """Sums of what counts."""
        sums = dict.fromkeys(ACCOUNTS, 0)
        for cause, draft in self.drafts.items():
            if (as_of is None or draft.effective_on <= as_of) and (known_at is None or self.instants[cause] <= known_at):
                for line in draft.postings:
                    sums[line.account] += line.amount.minor
        return sums

    def answer(self, draft: Draft) -> type[Refusal] | None:
        """What becomes of a draft: None when it is posted or stands already."""
        stands = self.drafts.get(draft.cause)
        if stands:
            return None if stands.content() == draft.content() else ledger.CauseTaken
        sums: dict[tuple[str, str], int] = {}
        for line in draft.postings:
            key = line.account.book, line.account.currency
            sums[key] = sums.get(key, 0) + line.amount.minor
        if len(draft.postings) < 2 or any(sums.values()):
            return ledger.Unbalanced
        if self.closed and draft.effective_on <= self.closed:
            return ledger.PeriodClosed
        if self.adjusting and draft.effective_on <= self.adjusting and not draft.adjusting:
            return ledger.PeriodClosed
        return ledger.Overdrawn if self.beyond(draft) else None

    def beyond(self, draft: Draft) -> bool:
        """Whether some account would be brought beyond its bounds."""
        after, touched = self.balances(), dict[Account, int]()
        for line in draft.postings:
            after[line.account] += line.amount.minor
            touched[line.account] = touched.get(line.account, 0) + line.amount.minor
        return any(moved and not within(after[account], self.bounds.get(account, (account.lower, account.upper)))
                   for account, moved in touched.items())


def within(minor: int, bounds: tuple[int | None, int | None]) -> bool:
    """Whether an amount keeps to bounds."""
    lower, upper = bounds
    return (lower is None or minor >= lower) and (upper is None or minor <= upper)


class Ledgers(RuleBasedStateMachine):
    """The two engines and the model."""

    template: Path
    postgres: Database | None = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.databases = [self.an_empty_one("one")]
        if self.postgres:
            with self.postgres.engine.begin() as connection:
                connection.execute(text("set local session_replication_role = replica"))
                connection.execute(text(f"truncate {', '.join(LEDGER)}"))
            self.databases.append(self.postgres)
        self.model, self.now, self.reversals = Model(), NOW, 0

    def an_empty_one(self, name: str) -> Database:
        """An empty ledger on SQLite."""
        path = Path(self.folder.name) / f"{name}.sqlite3"
        shutil.copyfile(self.template, path)
        return Database(f"sqlite:///{path}")

    def everywhere(self, act: Any, actor: Actor = PEOPLE[0]) -> type[Refusal] | None:
        """Do something on each engine; they must answer alike."""
        answers: list[type[Refusal] | None] = []
        for database in self.databases:
            try:
                with begin(database, actor, lambda: self.now) as work:
                    act(work)
                answers.append(None)
            except Refusal as refusal:
                answers.append(type(refusal))
        assert len(set(answers)) == 1, answers
        return answers[0]

    def note(self, draft: Draft) -> None:
        """Write a posted draft into the model."""
        if draft.cause not in self.model.drafts:
            self.model.drafts[draft.cause], self.model.instants[draft.cause] = draft, self.now

    @rule(cause=causes, moves=moves, day=days, slip=st.integers(0, 12), adjusting=st.booleans())
    def post(self, cause: str, moves: list[Move], day: date, slip: int, adjusting: bool) -> None:
        """Post a draft that is balanced most of the time."""
        draft = a_random_draft(cause, moves, day, slip, adjusting=adjusting)
        expected = self.model.answer(draft)
        assert self.everywhere(lambda work: ledger.post(work, draft)) is expected
        if expected is None:
            self.note(draft)

    @rule(which=st.lists(st.tuples(causes, moves, days), min_size=1, max_size=4, unique_by=lambda each: each[0]))
    def post_many(self, which: list[tuple[str, list[Move], date]]) -> None:
        """Post several, all or none."""
        drafts = [a_random_draft(*each, 1) for each in which]
        refused = self.everywhere(lambda work: ledger.post_many(work, drafts))
        trial = Model(dict(self.model.drafts), dict(self.model.instants), closed=self.model.closed,
                      adjusting=self.model.adjusting, bounds=self.model.bounds)
        answers = set()
        for draft in drafts:
            answers.add(trial.answer(draft))
            trial.drafts.setdefault(draft.cause, draft)
            trial.instants.setdefault(draft.cause, self.now)
        assert refused in answers if answers - {None} else refused is None
        if refused is None:
            for draft in drafts:
                self.note(draft)

    @rule(data=st.data(), day=days)
    def reverse(self, data: st.DataObject, day: date) -> None:
        """Reverse an entry, perhaps one that may not be reversed."""
        if not self.model.drafts:
            return
        original = data.draw(st.sampled_from(sorted(self.model.drafts)))
        self.reversals += 1
        cause = f"back {self.reversals}"
        draft = self.model.drafts[original]
        lines = tuple(ledger.Line(line.account, -line.amount, line.dimensions) for line in draft.postings)
        inverse = Draft(cause, "entry.reversed", day, lines, adjusting=draft.adjusting)
        expected = self.model.answer(inverse)
        if expected is not ledger.PeriodClosed and (original in self.model.reversed or original.startswith("back")):
            expected = ledger.NotReversible
        assert self.everywhere(lambda work: ledger.reverse(work, original, cause, day, "")) is expected
        if expected is None:
            self.note(inverse)
            self.model.reversed[original] = cause

    @rule(cause=causes)
    def retry(self, cause: str) -> None:
        """Post again what stands: it is answered, and moves nothing."""
        draft = self.model.drafts.get(cause)
        if draft:
            assert self.everywhere(lambda work: ledger.post(work, draft)) is None

    @rule(cause=causes, moves=moves, day=days)
    def crash(self, cause: str, moves: list[Move], day: date) -> None:
        """Post and die before the commit: nothing has happened."""
        draft = a_random_draft(cause, moves, day, 1)

        def post_and_die(work: Any) -> None:
            ledger.post(work, draft)
            raise Died

        assert self.everywhere(post_and_die) is (self.model.answer(draft) or Died)

    @rule(day=days, person=st.sampled_from(PEOPLE))
    def close(self, day: date, person: Actor) -> None:
        """Close a period."""
        today = self.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        out_of_order = (self.model.closed and day <= self.model.closed) or day >= today
        expected = periods.OutOfOrder if out_of_order else None
        assert self.everywhere(lambda work: periods.close(work, day), person) is expected
        if expected is None:
            self.model.closed = day
            self.model.closers.add(person)
            if self.model.adjusting and self.model.adjusting <= day:
                self.model.adjusting = None

    @rule(day=days, person=st.sampled_from(PEOPLE))
    def adjust(self, day: date, person: Actor) -> None:
        """Take adjusting entries only."""
        today = self.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        taken = (self.model.adjusting and day <= self.model.adjusting) or (self.model.closed and day <= self.model.closed)
        expected = periods.OutOfOrder if taken or day >= today else None
        assert self.everywhere(lambda work: periods.adjust(work, day), person) is expected
        if expected is None:
            if day > (self.model.adjusting or self.model.closed or date.min):
                self.model.adjusters.add(person)
            self.model.adjusting = day

    @rule(person=st.sampled_from(PEOPLE))
    def reopen(self, person: Actor) -> None:
        """Open all that is closed, or if nothing is, all that takes adjusting entries only."""
        expected: type[Refusal] | None = None
        if not (self.model.closed or self.model.adjusting):
            expected = periods.OutOfOrder
        elif person in (self.model.closers if self.model.closed else self.model.adjusters):
            expected = periods.NotAlone
        assert self.everywhere(lambda work: periods.reopen(work, None, "why not"), person) is expected
        if expected is None:
            if self.model.closed is None:
                self.model.adjusting = None
            self.model.closed = None
            self.model.closers.clear()
            if self.model.adjusting is None:
                self.model.adjusters.clear()

    @rule(account=st.sampled_from(ACCOUNTS), lower=st.sampled_from([None, -500, -100, 0]), upper=st.sampled_from([None, 0, 100, 500]))
    def bind(self, account: Account, lower: int | None, upper: int | None) -> None:
        """Give an account other bounds."""
        used = {line.account for draft in self.model.drafts.values() for line in draft.postings}
        expected: type[Refusal] | None = None
        if account not in used:
            expected = NotFound
        elif not within(self.model.balances()[account], (lower, upper)):
            expected = ledger.bounds.BeyondBounds
        assert self.everywhere(lambda work: ledger.bounds.bind(work, account.name, account.currency, lower, upper, "agreed")) is expected
        if expected is None:
            self.model.bounds[account] = lower, upper

    @rule()
    def seal(self) -> None:
        """Seal what is there."""
        assert self.everywhere(seals.seal) is None

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.now += timedelta(hours=hours)

    @rule(day=days, hours=st.integers(0, 400))
    def look_back(self, day: date, hours: int) -> None:
        """Balances as of a day, as known at an instant."""
        known_at = NOW + timedelta(hours=hours)
        for pair in ((day, None), (None, known_at), (day, known_at)):
            expected = self.model.balances(*pair)
            for database in self.databases:
                with read(database) as session:
                    found = {account: ledger.balance(session, account.name, account.currency, *pair).minor
                             for account in ACCOUNTS}
                assert found == expected

    @invariant()
    def agree(self) -> None:
        """Balances are those of the model on both engines."""
        expected = {(account.name, account.currency): minor for account, minor in self.model.balances().items() if minor}
        for database in self.databases:
            with read(database) as session:
                sheet = ledger.trial_balance(session)
            assert {(line.account, line.amount.currency): line.amount.minor for line in sheet} == expected

    def teardown(self) -> None:
        """At the end everything verifies, and an export rebuilds it."""
        for number, database in enumerate(self.databases):
            with read(database) as session:
                assert ledger.verify(session) == []
            lines = exported(database)
            with closing(self.an_empty_one(f"again {number}")) as again:
                with begin(again, PEOPLE[0], lambda: self.now) as work:
                    assert exchange.bring_in(work.session, StringIO(lines)) == len(self.model.drafts)
                assert exported(again) == lines
        self.databases[0].close()
        self.folder.cleanup()


def exported(database: Database) -> str:
    """The whole ledger as JSON Lines."""
    out = StringIO()
    with read(database) as session:
        plaintext.export(session, "jsonl", out)
    return out.getvalue()


class Died(Refusal):
    """The process died."""


def a_random_draft(cause: str, moves: list[Move], day: date, slip: int = 1, *, adjusting: bool = False) -> Draft:
    """A draft of moves; with a slip of zero the last line is one unit off."""
    lines: list[ledger.Line] = []
    for (to, source), minor in moves:
        money = Money(minor, to.currency)
        lines += [ledger.debit(to, money, turn=len(lines)), ledger.credit(source, money, turn=len(lines))]
    if slip == 0 and lines:
        lines[-1] = ledger.credit(lines[-1].account, -lines[-1].amount + Money(1, lines[-1].account.currency))
    return Draft(cause, "x", day, tuple(lines), adjusting=adjusting)


def walk(template: Path, postgres: Database | None) -> None:
    """Take random steps."""
    machine = type("Walk", (Ledgers,), {"template": template, "postgres": postgres})
    run_state_machine_as_test(machine, settings=settings(
        max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True))


def test_the_embedded_engine_agrees_with_the_model_whatever_happens(migrated_sqlite: Path) -> None:
    walk(migrated_sqlite, None)


def test_both_engines_agree_with_the_model_whatever_happens(migrated_sqlite: Path, postgres: Database) -> None:
    walk(migrated_sqlite, postgres)
