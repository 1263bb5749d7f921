"""What there is in a house, as anybody could read it: rows and postings, read when somebody asks for them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import event, func
from sqlalchemy.sql.util import find_tables
from sqlmodel import Session, select

from voucher import ledger
from voucher.database import Database
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import entries, postings
from voucher.programmes.programmes import TermsVersion
from voucher.programmes.terms import Terms
from voucher.work import read


@dataclass(frozen=True)
class Posted:
    """Everything that was posted of one kind of event on one account."""

    event: str
    account: str
    currency: str
    minor: int

    @cached_property
    def kind(self) -> str:
        """The account of the manual, without whose it is."""
        return self.account.rpartition(":")[0]

    @cached_property
    def owner(self) -> str:
        """Whose sub-account it is."""
        return self.account.rpartition(":")[2]


class Facts:
    """What there is, read when an invariant asks for it. `seen` are the tables that were asked for since somebody emptied it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.seen: set[str] = set()
        self._rows: dict[str, list[Any]] = {}

    def all(self, table: Any) -> list[Any]:
        """Every row of a kind, asked for once."""
        name = str(table.__tablename__)
        self.seen.add(name)
        if name not in self._rows:
            self._rows[name] = list(self.session.exec(select(table)))
        return self._rows[name]

    def ask(self, question: Any) -> Sequence[Any]:
        """What the database answers to a question of somebody's own."""
        self.seen.update(str(table) for table in find_tables(question, include_joins=True, include_selects=True, include_crud=True))
        return list(self.session.exec(question))

    def forget(self, written: set[str]) -> None:
        """Read these tables anew when they are asked for."""
        for name in written.intersection(self._rows):
            del self._rows[name]
        if postings.name in written:
            self.__dict__.pop("_posted", None)
        if str(TermsVersion.__tablename__) in written:
            self.__dict__.pop("_terms", None)

    @property
    def terms(self) -> Mapping[UUID, Terms]:
        """Every version of terms, by its id."""
        self.seen.add(str(TermsVersion.__tablename__))
        return self._terms

    @cached_property
    def _terms(self) -> Mapping[UUID, Terms]:
        return {each.id: each.terms for each in self.all(TermsVersion)}

    @property
    def posted(self) -> list[Posted]:
        """The postings, summed by event and account."""
        self.seen.add(postings.name)
        return self._posted

    @cached_property
    def _posted(self) -> list[Posted]:
        rows = self.session.connection().execute(
            select(entries.c.event, accounts.c.name, accounts.c.currency, func.sum(postings.c.amount_minor))
            .join(postings, postings.c.entry_id == entries.c.id).join(accounts, accounts.c.id == postings.c.account_id)
            .group_by(entries.c.event, accounts.c.name, accounts.c.currency))
        return [Posted(event, name, currency, int(minor)) for event, name, currency, minor in rows]

    @property
    def standing(self) -> Mapping[tuple[str, str], int]:
        """What each account of a currency says by itself, in credit, where it says anything."""
        self.seen.update((accounts.name, postings.name))
        return {(each.account, each.amount.currency): -each.amount.minor for each in ledger.trial_balance(self.session)}

    def sums(self, key: Callable[[Posted], Any], *, but: tuple[str, ...] = ()) -> Mapping[Any, int]:
        """What was posted by some key, in credit, without the events that begin with one of the words."""
        found: dict[Any, int] = defaultdict(int)
        for each in self.posted:
            if not each.event.startswith(but or "\n"):
                found[key(each)] -= each.minor
        return found


_WRITES = re.compile(r'\b(?:into|update|delete from) "?(\w+)', re.IGNORECASE)
_BOOKS = {each.name for each in (entries, postings, accounts)}


class Watch:
    """Looks at facts again and again: each look only at what could have changed since the one before it.

    A fact rests on the tables that it read; nothing of it changes while nobody writes to them. What is written is heard on the engine,
    whether it is kept or not, so that raw SQL counts as well; only the books may be written behind its back, and tell by their number
    of entries.
    """

    def __init__(self, database: Database, *invariants: Callable[[Facts], None]) -> None:
        self._database, self._invariants = database, invariants
        self._rests_on: dict[Callable[[Facts], None], set[str]] = {}
        self._written: set[str] = set()  # since the facts were brought up to date
        self._changed: set[str] = set()  # since the last look
        self._facts: Facts | None = None
        self._entries = 0
        event.listen(database.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_others: object) -> None:
        self._written.update(_WRITES.findall(statement))

    def look(self) -> None:
        """Each of the invariants that something was written for must hold."""
        with self.facts() as facts:
            changed, self._changed = self._changed, set()
            for each in self._invariants:
                if each not in self._rests_on or changed & self._rests_on[each]:
                    facts.seen = set()
                    each(facts)
                    self._rests_on[each] = facts.seen

    @contextmanager
    def facts(self) -> Iterator[Facts]:
        """The facts as they are now."""
        with read(self._database) as session:
            written, self._written = self._written | self._moved(session), set()
            self._changed |= written
            facts = self._facts = self._facts or Facts(session)
            facts.session = session
            facts.forget(written)
            yield facts

    def _moved(self, session: Session) -> set[str]:
        """The tables of the books, if anything was posted."""
        before, self._entries = self._entries, session.exec(select(func.count()).select_from(entries)).one()
        return _BOOKS if self._entries != before else set()
