"""The shape of the cost: four times the entries may not mean anything like four times the rows that a question reads."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from tests.conftest import a_postgres_clone, a_sqlite_copy
from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, working
from voucher import ledger
from voucher.database import Database
from voucher.ledger import seals
from voucher.work import read

PER_DAY = 25


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database that no test had before: rows that were taken away would be counted."""
    made = (a_sqlite_copy(request.getfixturevalue("migrated_sqlite"), tmp_path) if request.param == "sqlite"
            else a_postgres_clone(request.getfixturevalue("migrated_postgres")))
    with made as opened:
        yield opened


def grow(database: Database, first: int, entries: int) -> None:
    """Post entries on one hot account, 25 a day, and now and then one for a day long past."""
    for start in range(first, first + entries, PER_DAY):
        at = timedelta(days=start // PER_DAY)
        drafts = [a_draft(f"x {number}", a_move("1.00", voucher=f"V-{number}"), (DAY + at) - timedelta(days=40 * (number % 199 == 7)))
                  for number in range(start, start + PER_DAY)]
        with working(database, NOW + at) as work:
            ledger.post_many(work, drafts)


def steps(database: Database, ask: Callable[[Session], Any]) -> int:
    """What a question costs: instructions of SQLite's machine, or rows that PostgreSQL's plan nodes touched."""
    if database.is_sqlite:
        return _instructions(database, ask)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
    asked: list[tuple[str, Any]] = []
    with read(database) as session:
        event.listen(session.connection(), "before_cursor_execute",
                     lambda _connection, _cursor, statement, parameters, *_rest: asked.append((statement, parameters)))
        ask(session)
        return sum(_rows(session, *each) for each in list(asked))


def _instructions(database: Database, ask: Callable[[Session], Any]) -> int:
    with read(database) as session:
        return _counting(session, 10, lambda: ask(session))


def _counting(session: Session, each: int, act: Callable[[], Any]) -> int:
    """Instructions of SQLite's machine, counted so many at a time."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += each
        return 0

    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(tick, each)
    act()
    driver.set_progress_handler(None, 0)
    return count


def _rows(session: Session, statement: str, parameters: Any) -> int:
    plan = session.connection().exec_driver_sql(f"explain (analyze, format json) {statement}", parameters).scalar_one()
    return _touched((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _touched(node: dict[str, Any]) -> int:
    mine = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(mine) + sum(_touched(child) for child in node.get("Plans", []))


QUESTIONS: dict[str, Callable[[Session], Any]] = {
    "balance now": lambda session: ledger.balance(session, "budget:spent", "CNY"),
    "balance as of a day": lambda session: ledger.balance(session, "budget:spent", "CNY", DAY + timedelta(days=20)),
    "balance as known": lambda session: ledger.balance(session, "budget:spent", "CNY", None, NOW + timedelta(days=20)),
    "balance as of and as known": lambda session: ledger.balance(session, "budget:spent", "CNY", DAY + timedelta(days=18),
                                                                 NOW + timedelta(days=20)),
    "one page of a statement": lambda session: ledger.statement(session, "budget:spent", "CNY", DAY + timedelta(days=10), limit=20),
    "the last lines of a statement": lambda session: ledger.last_lines(session, "budget:spent", "CNY", 20),
    "a page of a statement as known": lambda session: ledger.statement(
        session, "budget:spent", "CNY", DAY + timedelta(days=10), limit=20, known_at=NOW + timedelta(days=20)),
    "a line of a statement": lambda session: ledger.statement_line(session, "budget:spent", "CNY", 600),
    "trial balance as of a day": lambda session: ledger.trial_balance(session, DAY + timedelta(days=20)),
    "entries about a voucher": lambda session: ledger.about(session, "voucher", "V-500"),
}


@pytest.fixture
def costs(database: Database) -> tuple[dict[str, int], dict[str, int]]:
    """What each question costs with 1,000 entries and with 4,000."""
    grow(database, 0, 1000)
    few = {name: steps(database, ask) for name, ask in QUESTIONS.items()}
    grow(database, 1000, 3000)
    return few, {name: steps(database, ask) for name, ask in QUESTIONS.items()}


def test_questions_stay_cheap_when_the_books_grow(costs: tuple[dict[str, int], dict[str, int]]) -> None:
    few, many = costs
    grown = {name: (few[name], many[name]) for name in QUESTIONS if many[name] > 1.6 * few[name] + 60}
    assert grown == {}


def test_a_turnover_reads_the_days_that_are_asked_for_and_not_the_history(sqlite: Database) -> None:
    """On SQLite: PostgreSQL reads tables of a few thousand rows whole, as that is quicker."""
    since, until = DAY, DAY + timedelta(days=5)
    asked: dict[str, Callable[[Session], Any]] = {
        "turnover": lambda session: ledger.turnover(session, ["budget"], since, until),
        "of an event": lambda session: ledger.turnover(session, ["budget"], since, until, "order.accepted"),
        "entries": lambda session: ledger.moving(session, "budget:", since, until, limit=20),
        "entries of an event": lambda session: ledger.moving(session, "budget:", since, until, "order.accepted", limit=20)}
    grow(sqlite, 0, 1000)
    few = {name: steps(sqlite, ask) for name, ask in asked.items()}
    grow(sqlite, 1000, 3000)
    many = {name: steps(sqlite, ask) for name, ask in asked.items()}
    assert {name: (few[name], many[name]) for name in asked if many[name] > 1.3 * few[name]} == {}


def backdate(database: Database, first: int, entries: int) -> None:
    """Post entries for three days long past on one account, which has been used since."""
    with working(database, NOW + timedelta(days=100)) as work:
        ledger.post(work, a_draft("now", effective_on=DAY + timedelta(days=100)))
        for day in range(3):
            ledger.post_many(work, [a_draft(f"late {number}", a_move("1.00"), DAY + timedelta(days=day))
                                    for number in range(first + day, first + entries, 3)])


def _a_later_page(session: Session) -> Any:
    """A page in the midst of a day."""
    first = ledger.statement(session, "budget:spent", "CNY", limit=250)
    return ledger.statement(session, "budget:spent", "CNY", after=first[-1], limit=20)


def test_a_page_reads_its_lines_and_not_all_that_was_backdated(database: Database) -> None:
    asked: dict[str, Callable[[Session], Any]] = {
        "first": lambda session: ledger.statement(session, "budget:spent", "CNY", limit=20), "later": _a_later_page,
        "last": lambda session: ledger.statement(session, "budget:spent", "CNY", until=DAY + timedelta(days=200), limit=20),
        "from the end": lambda session: ledger.last_lines(session, "budget:spent", "CNY", 20)}
    backdate(database, 0, 900)
    few = {name: steps(database, ask) for name, ask in asked.items()}
    backdate(database, 900, 2700)
    grown = {name: (few[name], cost) for name, ask in asked.items() if (cost := steps(database, ask)) > 1.3 * few[name] + 60}
    assert grown == {}


def test_a_balance_of_an_account_of_which_all_was_backdated_costs_as_what_was(database: Database) -> None:
    def ask(session: Session) -> Any:
        return ledger.balance(session, "budget:spent", "CNY", DAY + timedelta(days=1), NOW + timedelta(days=200))

    backdate(database, 0, 900)
    few = steps(database, ask)
    backdate(database, 900, 2700)
    assert steps(database, ask) < 5 * few


def test_one_entry_dated_a_year_ahead_leaves_a_balance_as_cheap(database: Database) -> None:
    def ask(session: Session) -> Any:
        return ledger.balance(session, "budget:spent", "CNY", DAY + timedelta(days=10))

    with working(database, NOW) as work:
        ledger.post(work, a_draft("ahead", a_move("1.00"), DAY + timedelta(days=365)))
    grow(database, 0, 500)
    few = steps(database, ask)
    grow(database, 500, 1500)
    assert steps(database, ask) < 1.6 * few + 60


def sealing(database: Database, entries: int) -> int:
    """What a seal costs on the day of the last of so many entries: instructions of SQLite's machine, or rows that PostgreSQL read
    and wrote, those of triggers too.
    """
    if database.is_sqlite:
        with working(database, NOW + timedelta(days=entries // PER_DAY - 1)) as work:
            return _counting(work.session, 10, lambda: seals.seal(work))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
    with working(database, NOW + timedelta(days=entries // PER_DAY - 1)) as work:
        before = _moved(work.session)
        seals.seal(work)
        return sum(_moved(work.session).values()) - sum(before.values())


def _moved(session: Session) -> dict[str, int]:
    """Rows of each table that PostgreSQL has read and written in this session and not yet told its statistics of, and lines of indexes."""
    rows = session.connection().exec_driver_sql(
        "select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd from pg_stat_xact_user_tables"
        " union all select indexrelname, pg_stat_get_xact_tuples_returned(indexrelid) from pg_stat_user_indexes")
    return {name: int(count) for name, count in rows}


def test_sealing_costs_as_what_is_new_and_hardly_as_what_is_old(database: Database) -> None:
    grow(database, 0, 500)
    few = sealing(database, 500)
    grow(database, 500, 2000)
    many = sealing(database, 2500)
    grow(database, 2500, 100)
    assert many < 5 * few
    assert sealing(database, 2600) < few / 2


def test_posting_a_wide_entry_costs_as_its_lines(database: Database) -> None:
    def lines(count: int) -> list[ledger.Line]:
        return [line for number in range(count // 2) for line in a_move("1.00", to=f"a:x{number}", source="a:all")]

    few, many = (_posting(database, f"x {count}", lines(count)) for count in (500, 2000))
    assert 0 < many < 6 * few
    with working(database) as work:
        assert len(ledger.post(work, a_draft("wide 1", lines(4000))).lines) == 4000


def _posting(database: Database, cause: str, lines: list[ledger.Line]) -> int:
    with working(database) as work:
        if database.is_sqlite:
            return _counting(work.session, 100, lambda: ledger.post(work, a_draft(cause, lines)))
        before = _moved(work.session)
        ledger.post(work, a_draft(cause, lines))
        work.session.connection().exec_driver_sql("set constraints all immediate")  # what else is looked at on commit
        return sum(count - before.get(name, 0) for name, count in _moved(work.session).items())
