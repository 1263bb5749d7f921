"""Hostile requests that other ledgers let through or forget: each is refused by name, on both engines, and moves nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, an_account, working, yuan
from tests.voucher.ledger.test_races import draw_many, fill
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotFound
from voucher.ledger import periods
from voucher.ledger.bounds import bind
from voucher.ledger.entries import entries, postings
from voucher.money import LARGEST_MINOR, Money, NotAnAmount
from voucher.work import Actor, Work, read

FUND = an_account("budget:free", upper=0)
ANNA, DAY_LONG = Actor("Anna", UUID(int=1)), timedelta(days=1)


def draw(cause: str, amount: str) -> ledger.Draft:
    """Take from the fund, in which there are 50."""
    return a_draft(cause, (ledger.debit(FUND, yuan(amount)), ledger.credit(an_account("budget:spent"), yuan(amount))))


def one_leg(work: Work) -> None:
    """An entry with a single posting, past every check of ours."""
    row = dict(work.session.connection().execute(entries.select().limit(1)).mappings().one())
    work.session.connection().execute(insert(entries), row | {"id": UUID(int=1), "cause": "x", "size": 1})


def _as(amount: str) -> Callable[[Work], Any]:
    return lambda work: ledger.post(work, draw("x 1", amount))


RESERVED = an_account("budget:reserved:X-1", upper=0)


def reserve(work: Work) -> ledger.Entry:
    """Set 30 of the 50 aside."""
    return ledger.post(work, a_draft("hold 1", (ledger.debit(FUND, yuan("30.00")), ledger.credit(RESERVED, yuan("30.00")))))


def use(work: Work, amount: str) -> ledger.Entry:
    """Spend of what is set aside."""
    lines = ledger.debit(RESERVED, yuan(amount)), ledger.credit(an_account("budget:spent"), yuan(amount))
    return ledger.post(work, a_draft("use 1", lines))


def void(work: Work, cause: str = "void 1") -> ledger.Entry:
    """Give back what was set aside."""
    return ledger.reverse(work, "hold 1", cause, DAY, "")


def reverse_as_if(work: Work, **dimensions: Any) -> ledger.Entry:
    """Give back what was posted for one voucher, with other dimensions."""
    original = ledger.post(work, a_draft("x 1", a_move("1.00", to="a:x", source="a:y", voucher="V-1")))
    lines = [ledger.Line(each.account, -each.amount, each.dimensions) for each in a_move("1.00", to="a:x", source="a:y", **dimensions)]
    return ledger.post(work, a_draft("back 1", lines, reverses=original.id))


def beyond_counting(work: Work) -> None:
    """So often the largest amount that its sum is beyond 64 bits."""
    most = Money(LARGEST_MINOR, "CNY")
    ledger.post_many(work, [a_draft(f"x {number}", (ledger.debit(an_account("a:x"), most), ledger.credit(an_account("a:y"), most)))
                            for number in range(1, 924)])


def _asking(*lines: ledger.Line, cause: str = "x 1", **options: Any) -> Callable[[Work], Any]:
    return lambda work: ledger.post(work, a_draft(cause, lines or a_move("1.00"), **options))


def _binding(lower: int | None, upper: int | None, reason: str = "agreed", name: str = "a:x") -> Callable[[Work], Any]:
    return lambda work: bind(work, name, "CNY", lower, upper, reason)


# What is asked, the refusal, and what it says.
REQUESTS: dict[str, tuple[Callable[[Work], Any], type[Exception], str]] = {
    "more than there is": (lambda work: ledger.post(work, draw("x 1", "50.01")), ledger.Overdrawn, "50.00 CNY left"),
    "the same cause with another amount": (
        lambda work: [ledger.post(work, draw("x 1", "1.00")), ledger.post(work, draw("x 1", "2.00"))], ledger.CauseTaken, "other content"),
    "not a number": (_as("NaN"), NotAnAmount, "not an amount"),
    "infinity": (_as("Infinity"), NotAnAmount, "not an amount"),
    "finer than a cent": (_as("0.00001"), NotAnAmount, "more decimals"),
    "finer than a cent on one side": (_as("5.001"), NotAnAmount, "more decimals"),
    "beyond every amount": (_as("1" + "0" * 15), NotAnAmount, "larger than any"),
    "one leg": (lambda work: ledger.post(work, a_draft("x 1", a_move()[:1])), ledger.Unbalanced, "two postings"),
    "no leg": (lambda work: ledger.post(work, a_draft("x 1", ())), ledger.Unbalanced, "two postings"),
    "one leg, past the code": (one_leg, DBAPIError, "two"),
    "a posted entry changed": (
        lambda work: work.session.connection().execute(update(entries).values(event="x")), DBAPIError, "only ever added"),
    "a posted amount changed": (
        lambda work: work.session.connection().execute(update(postings).values(amount_minor=postings.c.amount_minor * 2)),
        DBAPIError, "only ever added"),
    "a posted entry removed": (lambda work: work.session.connection().execute(delete(entries)), DBAPIError, "only ever added"),
    "backdated to 1990": (
        lambda work: ledger.post(work, a_draft("x 1", effective_on=date(1990, 1, 1))), ledger.PeriodClosed, "closed up to"),
    "reversed on a day that is closed": (
        lambda work: ledger.reverse(work, "fill 1", "back 1", date(1999, 1, 1), ""), ledger.PeriodClosed, "closed up to"),
    "reversed twice": (
        lambda work: [ledger.reverse(work, "x 0", cause, DAY, "") for cause in ("back 1", "back 2")], ledger.NotReversible, "already"),
    "a reversal reversed": (
        lambda work: [ledger.reverse(work, "x 0", "back 1", DAY, ""), ledger.reverse(work, "back 1", "back 2", DAY, "")],
        ledger.NotReversible, "itself a reversal"),
    "a pair whose second fails": (
        lambda work: ledger.post_many(work, [draw("x 1", "20.00"), draw("x 2", "30.01")]), ledger.Overdrawn, "30.00 CNY left"),
    "more than is reserved": (lambda work: [reserve(work), use(work, "30.01")], ledger.Overdrawn, "30.00 CNY left"),
    "all that was reserved given back, though part is spent": (
        lambda work: [reserve(work), use(work, "20.00"), void(work)], ledger.Overdrawn, "10.00 CNY left"),
    "a reservation given back twice": (lambda work: [reserve(work), void(work), void(work, "void 2")], ledger.NotReversible, "already"),
    "a cause that is too long": (_asking(cause="x" * 201), ledger.Unkeepable, "of 201 characters"),
    "an event that is too long": (_asking(event="x" * 81), ledger.Unkeepable, "event of 81"),
    "a dimension that is too long": (_asking(*a_move("1.00", order="o" * 201)), ledger.Unkeepable, "of 201 characters"),
    "the name of a dimension that is too long": (_asking(*a_move("1.00", **{"o" * 41: "1"})), ledger.Unkeepable, "dimension of 41"),
    "a NUL in the cause": (_asking(cause="x\0 1"), ledger.Unkeepable, "character"),
    "a NUL in a dimension": (_asking(*a_move("1.00", order="o\0")), ledger.Unkeepable, "character"),
    "a NUL in the memo": (_asking(memo="o\0"), ledger.Unkeepable, "character"),
    "half a character in the memo": (_asking(memo="\ud800"), ledger.Unkeepable, "character"),
    "a NUL in the evidence": (_asking(evidence=["\0"]), ledger.Unkeepable, "character"),
    "an amount made past its own check": (
        _asking(*(ledger.Line(an_account(name), Money(sign * (LARGEST_MINOR + 1), "CNY")) for name, sign in (("a:x", 1), ("a:y", -1)))),
        ledger.Unkeepable, "larger than any"),
    "a balance beyond 64 bits": (beyond_counting, ledger.Unkeepable, "larger"),
    "a NUL in the reason of a reversal": (
        lambda work: ledger.reverse(work, "x 0", "back 1", DAY, "o\0"), ledger.Unkeepable, "memo of 2"),
    "a cause that no text is, to be reversed": (
        lambda work: ledger.reverse(work, "x\0\ud800", "back 1", DAY, ""), NotFound, "no entry for"),
    "a NUL in the reason of a closing": (lambda work: periods.close(work, DAY - DAY_LONG, "o\0"), ledger.Unkeepable, "reason of 2"),
    "a NUL in the reason of adjusting": (lambda work: periods.adjust(work, DAY - DAY_LONG, "o\0"), ledger.Unkeepable, "reason of 2"),
    "half a character in the reason of a reopening": (
        lambda work: periods.reopen(Work(work.session, ANNA, work.now), None, "\ud800"), ledger.Unkeepable, "reason of 1"),
    "a NUL in the reason for other bounds": (_binding(0, None, "o\0"), ledger.Unkeepable, "reason of 2"),
    "a bound beyond 64 bits": (_binding(-2**63, None), ledger.Unkeepable, "64 bits"),
    "other bounds for an account that no text is": (_binding(0, None, name="a:\0\ud800"), NotFound, "no account"),
    "an account made with a bound beyond 64 bits": (
        _asking(*(ledger.Line(an_account(name, upper=2**63), Money(sign, "CNY")) for name, sign in (("a:x2", 1), ("a:y2", -1)))),
        ledger.Unkeepable, "64 bits"),
    "a cause of blanks": (_asking(cause=" \t ", event="x"), ledger.Unsound, "no cause"),
    "no event": (_asking(event=""), ledger.Unsound, "what happened"),
    "a word for evidence": (_asking(evidence=["nonsense"]), ledger.Unsound, "SHA-256"),
    "evidence in capitals, of which there would be two forms": (_asking(evidence=["AB" * 32]), ledger.Unsound, "SHA-256"),
    "evidence that is not there": (_asking(evidence=["ab" * 32, ""]), ledger.Unsound, "SHA-256"),
    "a day of the year 9999": (_asking(effective_on=date(9999, 12, 31)), ledger.Unsound, "9999-12-31"),
    "the first day beyond the books": (_asking(effective_on=date(2200, 1, 1)), ledger.Unsound, "2200-01-01"),
    "a reversal of no entry": (_asking(reverses=UUID(int=5)), ledger.NotReversible, "exact inverse"),
    "a reversal that repeats its entry": (
        lambda work: _asking(reverses=ledger.post(work, draw("x 1", "1.00")).id, cause="back 1")(work), ledger.NotReversible,
        "exact inverse"),
    "a reversal of a reversal by its key": (
        lambda work: _asking(reverses=ledger.reverse(work, "x 0", "back 1", DAY, "").id, cause="back 2")(work), ledger.NotReversible,
        "itself a reversal"),
    "a reversal for another voucher": (lambda work: reverse_as_if(work, voucher="V-666"), ledger.NotReversible, "exact inverse"),
    "a reversal for no voucher": (reverse_as_if, ledger.NotReversible, "exact inverse"),
    "a reversal that says more": (
        lambda work: reverse_as_if(work, voucher="V-1", fund_line="L-2"), ledger.NotReversible, "exact inverse"),
    "currencies against each other": (
        lambda work: ledger.post(work, a_draft("x 1", (a_move("1.00")[0], a_move("1.00", currency="EUR")[1]))), ledger.Unbalanced,
        "differ"),
}


@pytest.fixture
def books(database: Database) -> Database:
    """A fund of 50, an entry that can be reversed, and everything up to 2025 closed."""
    fill(database, "50.00")
    with working(database) as work:
        ledger.post(work, a_draft("x 0", a_move("1.00", to="a:x", source="a:y")))
        periods.close(work, date(2025, 12, 31))
    return database


@pytest.mark.parametrize("request_", REQUESTS)
def test_it_is_refused_by_name_and_moves_nothing(books: Database, request_: str) -> None:
    ask, refusal, said = REQUESTS[request_]
    with read(books) as session:
        before = ledger.plaintext.journal(session)
    with pytest.raises(refusal) as refused, working(books, NOW + timedelta(hours=1)) as work:
        ask(work)
    told = [str(refused.value), getattr(refused.value, "message", ""), *map(str, getattr(refused.value, "problems", ()))]
    assert said in " ".join(map(str, told))
    with read(books) as session:
        assert ledger.plaintext.journal(session) == before
        assert ledger.verify(session) == []


def test_all_that_is_wrong_with_an_entry_is_said_at_once(books: Database) -> None:
    with pytest.raises(ledger.Unbalanced) as refused, working(books) as work:
        ledger.post(work, a_draft(" ", a_move()[:1], date(9999, 12, 31), event="", evidence=["nonsense"]))
    assert len(refused.value.problems) == 6


@pytest.mark.parametrize("false", [UUID(int=5), None])
def test_of_a_false_reversal_nothing_stays_with_who_goes_on(database: Database, false: UUID | None) -> None:
    with working(database) as work:
        original = ledger.post(work, a_draft("x 1"))
    with working(database, NOW + timedelta(hours=1)) as work:
        before = ledger.trial_balance(work.session)
        with pytest.raises(ledger.NotReversible, match="exact inverse"):
            ledger.post(work, a_draft("x 2", reverses=false or original.id))
        assert ledger.trial_balance(work.session) == before
        ledger.reverse(work, "x 1", "back 1", DAY, "wrong line")
    with read(database) as session:
        assert ledger.verify(session) == []
        assert [ledger.find(session, cause) is None for cause in ("x 1", "x 2", "back 1")] == [False, True, False]


@pytest.mark.parametrize("hostile", ["\0", "\ud800", "x" * 9999])
def test_no_question_stumbles_over_what_is_no_name(books: Database, hostile: str) -> None:
    with read(books) as session:
        assert ledger.find(session, hostile) is None
        assert ledger.about(session, hostile, "x") == ledger.about(session, "order", hostile) == []
        assert ledger.balance(session, f"a:{hostile}", "CNY") == Money.zero("CNY")
        assert ledger.statement(session, f"a:{hostile}", "CNY") == []


def test_eight_processes_drawing_on_one_fund_take_what_is_there_and_no_more(database: Database) -> None:
    fill(database, "50.00")
    url = database.url.render_as_string(hide_password=False)
    processes = get_context("forkserver")
    processes.set_forkserver_preload([draw_many.__module__])  # imported once, not by each of them
    with processes.Pool(8) as pool:
        won = pool.starmap(draw_many, [(url, poster) for poster in range(8)])
    assert sum(won) == 50
    with read(database) as session:
        assert ledger.balance(session, "budget:free", "CNY") == Money(0, "CNY")
        assert ledger.verify(session) == []
