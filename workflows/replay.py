"""Replay: history is gone through from its beginning, and what comes out must be what stands - every state, figure and balance.

States come from the events, the amounts and days on a row from what each work said of it, balances from the entries; the first thing that
does not agree is named. It looks at the tables as the database has them, so that a noun which nobody told it about is looked at too. A line
of the bank has no reference and no events of its own: it is cleared by an event of what it paid, which names it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, column, inspect, select, table
from sqlmodel import Session, col
from sqlmodel import select as choose

from voucher.figures import columns_of, figures_told, name_of, plain, row_names, tables_told
from voucher.history import Event
from voucher.ledger.accounts import accounts
from voucher.ledger.journal import about, stream
from voucher.references import is_reference
from voucher.statements import BankLine, LineState

#: In which state a life begins that no event of its own begins: a fund line is opened by the first money for it.
BEGINS = {"fund_lines": "open"}


#: What an event that names a line of the bank makes of it; any other one says that it is matched.
_LINES = {"line.set_aside": LineState.SET_ASIDE, "line.unmatched": LineState.OPEN}


@dataclass(frozen=True)
class Difference:
    """Something that history does not explain: what it is about, what history says, and what stands."""

    about: str
    replayed: str
    stands: str


@dataclass
class Replay:
    """What came out: the state of each subject, that of each cleared line of the bank (by its id), the figures of each row, and
    the balance of each account (name, currency); and what does not agree.
    """

    states: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    figures: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    events: int = 0
    entries: int = 0
    differences: list[Difference] = field(default_factory=list)


def replay(session: Session, case: str = "") -> Replay:
    """Go through the events and entries of a case (the reference of its voucher), or of all, and compare with what stands."""
    done = Replay()
    standing = _standing(session, case)
    done.differences += _replay_events(session, case, done, {name: BEGINS.get(where, "") for name, (where, _state) in standing.items()})
    done.differences += [Difference(name, done.states.get(name, ""), state) for name, (where, state) in standing.items()
                         if done.states.get(name, BEGINS.get(where, "")) != state]
    done.differences += [] if case else _compare_lines(session, done)
    done.differences += _compare_figures(session, case, done)
    done.differences += _replay_entries(session, case, done)
    return done


def _standing(session: Session, case: str) -> dict[str, tuple[str, str]]:
    """Everything that has a reference and a state: reference -> its table, its state."""
    found: dict[str, tuple[str, str]] = {}
    wanted = set(session.exec(choose(Event.subject).where(Event.case_reference == case))) if case else None
    connection = session.connection()
    for (_schema, name), columns in sorted(inspect(connection).get_multi_columns().items()):
        if {"reference", "state"} <= {each["name"] for each in columns}:
            rows = connection.execute(select(column("reference", String), column("state", String)).select_from(table(name))).all()
            found |= {reference: (name, state) for reference, state in rows if wanted is None or reference in wanted}
    return found


def _replay_events(session: Session, case: str, done: Replay, begins: Mapping[str, str]) -> Iterator[Difference]:
    """Each event leads on from the state to which the one before it led."""
    wanted = choose(Event).order_by(col(Event.id))
    for event in session.exec(wanted.where(Event.case_reference == case) if case else wanted).yield_per(1000):
        done.events += 1
        if "line" in event.data:
            done.lines[str(event.data["line"])] = _LINES.get(event.name, LineState.MATCHED)
        if not event.to_state:
            continue
        before = done.states.get(event.subject, begins.get(event.subject, ""))
        if event.from_state != before:
            yield Difference(f"{event.name} {event.subject} {event.id}", before, event.from_state)
        done.states[event.subject] = event.to_state


def _compare_lines(session: Session, done: Replay) -> Iterator[Difference]:
    """Lines of the bank stay open until an event names them."""
    for key, state in session.exec(choose(BankLine.id, BankLine.state).order_by(col(BankLine.id))):
        replayed = done.lines.get(str(key), LineState.OPEN)
        if replayed != state:
            yield Difference(f"bank line {key}", replayed, state)


def _compare_figures(session: Session, case: str, done: Replay) -> Iterator[Difference]:
    """Each row says what the last work that changed it said, and no row came or went past that. Of a case, the rows that name it."""
    tables: Iterable[tuple[str, dict[str, dict[str, Any]]]] = _figures_standing(session, [case, *done.states] if case else None)
    if case:
        tables = list(tables)
    told = figures_told(session, {row for _name, rows in tables for row in rows} if case else None)
    for name, rows in tables:
        said = told[name]
        for row in sorted(rows.keys() | (set() if case else said.keys())):
            done.figures[name, row] = said.get(row, {})
            yield from _differing(f"{name} {row}", said.get(row), rows.get(row))


def _figures_standing(session: Session, subjects: Collection[str] | None) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """The figures that stand, by table and row: all, or those of the rows that name one of these subjects."""
    for held in tables_told():
        columns, names = columns_of(held), row_names(held)
        whose = next((held.c[name] for name in ("case_reference", "reference") if name in held.c), None)
        if subjects is None or whose is not None:
            wanted = select(*names, *columns).where(*() if subjects is None or whose is None else (whose.in_(subjects),))
            yield held.name, {
                name_of(row[:len(names)]): dict(zip((each.name for each in columns), map(plain, row[len(names):]), strict=True))
                for row in session.connection().execute(wanted)}


def _differing(about: str, said: Mapping[str, Any] | None, stands: Mapping[str, Any] | None) -> Iterator[Difference]:
    if said is None or stands is None:
        yield Difference(about, "" if said is None else "a row", "" if stands is None else "a row")
        return
    for name, figure in stands.items():
        if name in said and said[name] != figure:  # a column that came later says nothing of older rows until they change
            yield Difference(f"{about} {name}", str(said[name]), str(figure))


def _replay_entries(session: Session, case: str, done: Replay) -> Iterator[Difference]:
    """Balances from the entries alone; and no entry without an event about what it names as its cause."""
    told = set(session.exec(choose(Event.subject)))
    for entry in about(session, "voucher", case) if case else stream(session):
        done.entries += 1
        named = [word for word in entry.cause.split() if is_reference(word)]
        if named and not told.intersection(named):
            yield Difference(f"entry {entry.cause}", "", "no event")
        for line in entry.lines:
            key = (line.account.name, line.account.currency)
            done.balances[key] = done.balances.get(key, 0) + line.amount.minor
    for name, currency, minor in session.connection().execute(
            select(accounts.c.name, accounts.c.currency, accounts.c.balance_minor).order_by(accounts.c.name, accounts.c.currency)):
        # of one case, the accounts that are its own: others hold the money of other cases too
        if (not case or name.endswith(f":{case}")) and done.balances.get((name, currency), 0) != minor:
            yield Difference(f"account {name} {currency}", str(done.balances.get((name, currency), 0)), str(minor))
