"""Bounds of accounts: one person asks, another one decides, and everything stays on record."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.builders import House, a_house
from tests.workflows.test_races import race, winners
from voucher import ledger
from voucher.bound_requests import bound_requests
from voucher.database import Database
from voucher.errors import NotAllowed, NotFound, NotNow, NotValid
from voucher.files import FileStore
from voucher.ledger.bounds import bounds_of
from voucher.money import Money
from voucher.work import Work, read
from workflows.bounding import account_of, ask_bounds, grant_bounds, refuse_bounds

CASH, CURRENCY = "financial:cash:x", "CNY"
NOTHING = Money(0, CURRENCY)


@pytest.fixture
def books(house: House) -> House:
    """A house with ten yuan on an account that may not be overdrawn."""
    with house.work() as work:
        cash, other = ledger.Account(CASH, CURRENCY, lower=0), ledger.Account("financial:other:x", CURRENCY)
        ten = Money(1000, CURRENCY)
        ledger.post(work, ledger.Draft("x 1", "x", work.today, (ledger.debit(cash, ten), ledger.credit(other, ten))))
    return house


def ask(house: House, lower: int | None = -500) -> str:
    """The reference of a request of finance1."""
    with house.work("finance1") as work:
        return ask_bounds(work, CASH, CURRENCY, None if lower is None else Money(lower, CURRENCY), None, "letter 14").reference


def test_an_account_gets_the_bounds_that_one_asks_for_and_another_grants(books: House) -> None:
    reference = ask(books)
    with pytest.raises(NotAllowed, match="another person"), books.work("finance1") as work:
        grant_bounds(work, reference)
    with books.work("treasury1") as work:
        assert grant_bounds(work, reference).state == "granted"
    with read(books.database) as session:
        assert account_of(session, CASH, CURRENCY).lower == Money(-500, CURRENCY)
        (act,) = bounds_of(session, CASH, CURRENCY)
        assert (act.lower_before, act.lower, act.reason) == (0, -500, f"{reference}: letter 14")
    with pytest.raises(NotNow), books.work("treasury1") as work:
        grant_bounds(work, reference)


def test_what_is_refused_changes_nothing_and_may_be_asked_again(books: House) -> None:
    reference = ask(books)
    with pytest.raises(NotNow, match="decided first"):
        ask(books)
    with books.work("treasury1") as work:
        refuse_bounds(work, reference, "the allotment came in")
    ask(books)
    with read(books.database) as session:
        assert account_of(session, CASH, CURRENCY).lower == NOTHING
        assert [(each.state, each.answer) for each in bound_requests(session)] == [("asked", ""), ("refused", "the allotment came in")]


@pytest.mark.parametrize(("lower", "said"), [(1001, "beyond this bound"), (0, "that it has")])
def test_bounds_that_cannot_hold_or_say_nothing_are_not_asked_for(books: House, lower: int, said: str) -> None:
    with pytest.raises(NotValid) as refused:
        ask(books, lower)
    assert said in str(refused.value.problems[0].what)


def test_only_finance_asks_and_only_for_an_account_that_is_there(books: House) -> None:
    for person, refusal, account in (
            ("treasury1", NotAllowed, CASH), ("reviewer1", NotAllowed, CASH), ("finance1", NotFound, "financial:cash:y")):
        with pytest.raises(refusal), books.work(person) as work:
            ask_bounds(work, account, CURRENCY, None, NOTHING, "letter 14")


@pytest.mark.parametrize("statement", [
    "update bound_requests set lower_minor = null", "update bound_requests set reason = 'x'", "delete from bound_requests",
    "update bound_requests set state = 'granted'", "update bound_requests set decided_by = asked_by",
])
def test_the_database_refuses_another_way(books: House, statement: str) -> None:
    ask(books)
    with pytest.raises(DBAPIError), books.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_an_account_that_moved_on_does_not_get_bounds_beyond_which_it_stands(books: House) -> None:
    reference = ask(books, 900)
    with books.work() as work:
        two = Money(200, CURRENCY)
        ledger.post(work, ledger.Draft("x 2", "x", work.today, (
            ledger.credit(ledger.Account(CASH, CURRENCY), two), ledger.debit(ledger.Account("financial:other:x", CURRENCY), two))))
    with pytest.raises(ledger.bounds.BeyondBounds), books.work("treasury1") as work:
        grant_bounds(work, reference)
    with read(books.database) as session:
        assert bound_requests(session)[0].state == "asked"


def test_of_many_who_decide_on_a_request_at_once_one_does_and_the_account_says_what_that_one_said(
        postgres: Database, store: FileStore) -> None:
    house = a_house(postgres, store)
    with house.work() as work:
        cash, other = ledger.Account(CASH, CURRENCY, lower=0), ledger.Account("financial:other:x", CURRENCY)
        ledger.post(work, ledger.Draft("x 1", "x", work.today, (ledger.debit(cash, Money(1000, CURRENCY)),
                                                                ledger.credit(other, Money(1000, CURRENCY)))))
    reference = ask(house)

    def decide(work: Work, number: int) -> object:
        return refuse_bounds(work, reference, "no") if number % 2 else grant_bounds(work, reference)

    outcomes = race(house, ["treasury1", "treasury2", "treasury3"], decide, 12)

    assert winners(outcomes) == 1
    granted = outcomes.index(None) % 2 == 0
    with read(postgres) as session:
        assert account_of(session, CASH, CURRENCY).lower == Money(-500 if granted else 0, CURRENCY)
        assert len(bounds_of(session, CASH, CURRENCY)) == granted
        assert [each.state for each in bound_requests(session)] == ["granted" if granted else "refused"]
