"""Bounds that change later: recorded, refused while the balance is beyond, and never past the record."""

import json
from io import StringIO

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from tests.voucher.ledger.builders import a_draft, a_move, an_account, working, yuan
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotFound, NotValid
from voucher.ledger.accounts import accounts
from voucher.ledger.bounds import BeyondBounds, bind, bound_acts, bounds_of
from voucher.work import SYSTEM, begin, read

CASH = an_account("a:cash", lower=0)


def pay(database: Database, cause: str, amount: str) -> None:
    """Take from the cash."""
    with working(database) as work:
        ledger.post(work, a_draft(cause, (ledger.credit(CASH, yuan(amount)), ledger.debit(an_account("a:x"), yuan(amount)))))


@pytest.fixture
def books(database: Database) -> Database:
    """Ten in cash, which may not be overdrawn."""
    with working(database) as work:
        ledger.post(work, a_draft("x 1", (ledger.debit(CASH, yuan("10.00")), ledger.credit(an_account("a:x"), yuan("10.00")))))
    return database


def test_wider_bounds_let_more_through_and_stay_on_record(books: Database) -> None:
    with pytest.raises(ledger.Overdrawn):
        pay(books, "x 2", "15.00")
    with working(books) as work:
        act = bind(work, "a:cash", "CNY", -500, None, "an overdraft was agreed")
    pay(books, "x 2", "15.00")
    with pytest.raises(ledger.Overdrawn):
        pay(books, "x 3", "0.01")
    with read(books) as session:
        assert bounds_of(session, "a:cash", "CNY") == [act]
        assert (act.lower_before, act.lower, act.actor, act.reason) == (0, -500, "system", "an overdraft was agreed")
        assert ledger.verify(session) == []


def test_an_account_that_must_keep_something_is_read_and_posted_to_as_before(books: Database) -> None:
    with working(books) as work:
        bind(work, "a:cash", "CNY", 500, None, "five are to stay")
    with pytest.raises(ledger.Overdrawn):
        pay(books, "x 2", "5.01")
    pay(books, "x 2", "5.00")
    with working(books) as work:
        ledger.reverse(work, "x 2", "x 3", work.today, "")
    with read(books) as session:
        assert ledger.verify(session) == []
        assert str(ledger.balance(session, "a:cash", "CNY")) == "10.00"


def test_bounds_are_not_set_where_the_balance_is_beyond_or_without_a_reason(books: Database) -> None:
    with working(books) as work:
        with pytest.raises(BeyondBounds) as refusal:
            bind(work, "a:cash", "CNY", 0, 999, "less")
        assert refusal.value.message == "a:cash stands at 10.00 CNY, beyond those bounds."
        with pytest.raises(NotValid):
            bind(work, "a:cash", "CNY", 0, None, " ")
        with pytest.raises(NotFound):
            bind(work, "a:none", "CNY", 0, None, "because")
        bind(work, "a:cash", "CNY", 0, 1000, "just so")
    with read(books) as session:
        assert len(bounds_of(session, "a:cash", "CNY")) == 1


def test_the_database_takes_no_bounds_past_the_record(books: Database) -> None:
    with pytest.raises(DBAPIError, match="its last act"), books.engine.begin() as connection:
        connection.execute(update(accounts).values(lower_minor=None, upper_minor=5))
    with working(books) as work:
        bind(work, "a:cash", "CNY", None, None, "free")
    for statement in (delete(bound_acts), update(bound_acts).values(reason="other")):
        with pytest.raises(DBAPIError, match="only ever added"), books.engine.begin() as connection:
            connection.execute(statement)


def test_changed_bounds_travel_with_the_ledger(books: Database, elsewhere: Database) -> None:
    with working(books) as work:
        bind(work, "a:cash", "CNY", -500, None, "an overdraft was agreed")
        ledger.post(work, a_draft("x 2", a_move("12.00", to="a:x", source="a:cash")))
        ledger.post(work, a_draft("x 3", a_move("12.00", to="a:cash", source="a:x")))
        bind(work, "a:cash", "CNY", 0, None, "and taken back")
    lines = StringIO()
    with read(books) as session:
        ledger.plaintext.export(session, "jsonl", lines)
    with begin(elsewhere, SYSTEM) as work:
        ledger.exchange.bring_in(work.session, lines.getvalue().splitlines())
    again = StringIO()
    with read(elsewhere) as session:
        assert ledger.verify(session) == []
        assert [act.reason for act in bounds_of(session, "a:cash", "CNY")] == ["an overdraft was agreed", "and taken back"]
        ledger.plaintext.export(session, "jsonl", again)
    assert again.getvalue() == lines.getvalue()


def test_a_change_is_told_where_it_came_so_that_an_account_of_the_manual_is_rebuilt_too(database: Database, elsewhere: Database) -> None:
    name, other = "financial:asset:treasury:L-2026-00001-1", "financial:x"
    with working(database) as work:
        ten = yuan("10.00")
        ledger.post(work, a_draft("x 1", (ledger.debit(an_account(name, lower=0), ten), ledger.credit(an_account(other), ten))))
        bind(work, name, "CNY", -500, None, "an overdraft was agreed")
        ledger.post(work, a_draft("x 2", a_move("12.00", to=other, source=name)))
        ledger.post(work, a_draft("x 3", a_move("12.00", to=name, source=other)))
        bind(work, name, "CNY", 1000, None, "ten are to stay")
        ledger.seals.seal(work)
        ledger.post(work, a_draft("x 4", a_move("1.00", to=name, source=other)))
        bind(work, name, "CNY", None, None, "free")
    lines, again = StringIO(), StringIO()
    with read(database) as session:
        ledger.plaintext.export(session, "jsonl", lines)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line.get("cause") or line["kind"] for line in told] == [
        "ledger", "account", "account", "x 1", "bounds", "x 2", "x 3", "bounds", "seal", "x 4", "bounds", "end"]
    with begin(elsewhere, SYSTEM) as work:
        ledger.exchange.bring_in(work.session, lines.getvalue().splitlines())
    with read(elsewhere) as session:
        assert ledger.verify(session) == []
        ledger.plaintext.export(session, "jsonl", again)
    assert again.getvalue() == lines.getvalue()
