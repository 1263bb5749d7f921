"""Many posters at once on PostgreSQL: bounds hold, nobody waits in a circle, no cause is posted twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, an_account, working, yuan
from voucher import ledger
from voucher.database import Database
from voucher.ledger import exchange, periods, seals
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import entries, postings
from voucher.money import Money
from voucher.work import Actor, read

POSTERS = 8


def at_once(each: Callable[[int], Any], posters: int = POSTERS) -> list[Any]:
    """What each of many threads answers, or the refusal that it got; all begin together."""
    barrier = Barrier(posters)

    def run(number: int) -> Any:
        barrier.wait()
        try:
            return each(number)
        except ledger.Overdrawn as refusal:
            return refusal

    with ThreadPoolExecutor(posters) as pool:
        return list(pool.map(run, range(posters)))


def draw(database: Database, cause: str, amount: str = "10.00") -> ledger.Entry:
    """Take from a fund that may not be overdrawn."""
    fund = an_account("budget:free", upper=0)
    with working(database) as work:
        return ledger.post(work, a_draft(cause, (ledger.debit(fund, yuan(amount)),
                                                 ledger.credit(an_account("budget:spent"), yuan(amount)))))


def fill(database: Database, amount: str, cause: str = "fill 1") -> None:
    """Give the fund something."""
    with working(database) as work:
        lines = (ledger.debit(an_account("budget:given"), yuan(amount)), ledger.credit(an_account("budget:free", upper=0), yuan(amount)))
        ledger.post(work, a_draft(cause, lines))


def sound(database: Database) -> bool:
    """Whether the books agree with themselves."""
    with read(database) as session:
        return ledger.verify(session) == []


def test_eight_draws_of_ten_from_fifty_end_with_five_winners(postgres: Database) -> None:
    fill(postgres, "50.00")
    answers = at_once(lambda number: draw(postgres, f"draw {number}"))
    assert sum(isinstance(answer, ledger.Entry) for answer in answers) == 5
    with read(postgres) as session:
        assert ledger.balance(session, "budget:free", "CNY") == Money(0, "CNY")
    assert sound(postgres)


def test_what_many_did_at_once_is_rebuilt_elsewhere_as_it_was(postgres: Database, elsewhere: Database) -> None:
    def each(number: int) -> None:
        for turn in range(8):
            with suppress(ledger.Overdrawn):
                if number % 2:
                    fill(postgres, "10.00", f"fill {number} {turn}")
                else:
                    draw(postgres, f"draw {number} {turn}")

    at_once(each)
    with working(postgres, NOW + timedelta(hours=1)) as work:
        seals.seal(work)
    with read(postgres) as here, working(elsewhere) as work:
        exchange.bring_in(work.session, exchange.lines(here))
    with read(postgres) as here, read(elsewhere) as there:
        lines = ledger.statement(here, "budget:free", "CNY")
        assert ledger.statement(there, "budget:free", "CNY") == lines
        assert len({line.recorded_at for line in lines}) == len(lines) > 32
        assert ledger.verify(there, seals.head_document(here)) == []


def test_bounds_that_change_beside_eight_draws_hold_for_all_that_come_after(postgres: Database) -> None:
    fill(postgres, "80.00")

    def each(number: int) -> Any:
        if number:
            return draw(postgres, f"draw {number}")
        with working(postgres) as work:
            try:
                return ledger.bounds.bind(work, "budget:free", "CNY", None, -3000, "thirty are to stay")
            except ledger.bounds.BeyondBounds as refusal:
                return refusal

    bound, *draws = at_once(each)
    with read(postgres) as session:
        left = -ledger.balance(session, "budget:free", "CNY")
        acts = ledger.bounds.bounds_of(session, "budget:free", "CNY")
    assert left == yuan("80.00") - Money(1000 * sum(isinstance(answer, ledger.Entry) for answer in draws), "CNY")
    if isinstance(bound, ledger.bounds.BoundAct):
        assert (acts, left) == ([bound], yuan("30.00"))
    else:
        assert (acts, left) == ([], yuan("10.00"))
    assert sound(postgres)


def test_the_same_cause_at_once_is_posted_once_and_answered_to_all(postgres: Database) -> None:
    fill(postgres, "10.00")
    answers = at_once(lambda number: draw(postgres, "draw 1"))
    assert len({answer.id for answer in answers}) == 1
    assert sound(postgres)


def test_the_same_cause_at_once_with_other_content_has_one_winner(postgres: Database) -> None:
    def each(number: int) -> Any:
        with working(postgres) as work:
            try:
                return ledger.post(work, a_draft("x 1", a_move("1.00", to=f"a:x{number}", source=f"a:y{number}")))
            except ledger.CauseTaken as refusal:
                return refusal
    answers = at_once(each)
    assert sum(isinstance(answer, ledger.Entry) for answer in answers) == 1
    assert sound(postgres)


def test_posters_that_make_the_same_accounts_in_any_order_do_not_wait_in_a_circle(postgres: Database) -> None:
    names = [f"{book}:n{number}" for number in range(6) for book in ("a", "b")]

    def each(number: int) -> int:
        for turn in range(12):
            some = names[turn % 5:] + names[:turn % 5] if number % 2 else list(reversed(names))
            chosen = some[:4 + (number + turn) % 6]
            lines = [line for name in chosen for line in a_move("1.00", name, f"{name}x")]
            with working(postgres) as work:
                ledger.post(work, a_draft(f"x {number} {turn}", lines))
        return number

    assert sorted(at_once(each)) == list(range(POSTERS))
    assert sound(postgres)


def test_the_same_entry_is_reversed_once(postgres: Database) -> None:
    fill(postgres, "10.00")

    def each(number: int) -> Any:
        with working(postgres) as work:
            try:
                return ledger.reverse(work, "fill 1", f"back {number}", DAY, "")
            except ledger.NotReversible as refusal:
                return refusal
    assert sum(isinstance(answer, ledger.Entry) for answer in at_once(each)) == 1
    assert sound(postgres)


def test_sealing_beside_posting_leaves_nobody_out(postgres: Database) -> None:
    def each(number: int) -> None:
        for turn in range(10):
            with working(postgres) as work:
                if number < 2:
                    seals.seal(work)
                else:
                    ledger.post(work, a_draft(f"x {number} {turn}", a_move(to=f"a:{number}", source="a:all")))
    at_once(each)
    with working(postgres) as work:
        assert seals.seal(work).size == 60
    assert sound(postgres)


def test_a_closing_waits_for_those_who_post_and_keeps_out_those_who_come_after(postgres: Database) -> None:
    later = NOW + timedelta(days=2)

    def each(number: int) -> Any:
        if number == 0:
            with working(postgres, later, Actor("Anna", UUID(int=1))) as work:
                return periods.close(work, DAY)
        try:
            with working(postgres, later) as work:
                return ledger.post(work, a_draft(f"x {number}", a_move(to=f"a:{number}", source=f"a:z{number}")))
        except ledger.PeriodClosed as refusal:
            return refusal

    answers = at_once(each)
    act = answers[0]
    posted = [answer for answer in answers if isinstance(answer, ledger.Entry)]
    assert act.size == len(posted)
    assert sound(postgres)


def test_a_closing_waits_until_who_posts_beside_it_has_committed(postgres: Database) -> None:
    later = NOW + timedelta(days=2)

    def close() -> periods.Act:
        with working(postgres, later, Actor("Anna", UUID(int=1))) as work:
            return periods.close(work, DAY)

    with ThreadPoolExecutor(1) as pool, postgres.engine.connect() as looking:
        with working(postgres, later) as work:
            ledger.post(work, a_draft("x 1"))
            closing = pool.submit(close)
            while not closing.done() and not looking.execute(_WAITS).scalar():
                looking.rollback()
        assert closing.result(timeout=30).size == 1
    assert sound(postgres)


_WAITS = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'")


def test_postings_slipped_under_an_entry_that_is_being_written_are_refused(postgres: Database) -> None:
    with working(postgres) as work:
        ledger.post(work, a_draft("x 0", a_move(to="a:x", source="a:y")))
    with postgres.engine.connect() as hostile:
        with working(postgres) as work:
            entry = ledger.post(work, a_draft("x 1"))
            account = hostile.execute(accounts.select().where(accounts.c.name == "a:x")).one()
            row = {"entry_id": entry.id, "size": 2, "account_id": account.id, "amount_minor": 1, "effective_on": DAY,
                   "recorded_us": account.recorded_us, "version": 2, "running_minor": account.balance_minor + 1, "high_on": DAY}
            with pytest.raises(DBAPIError, match="written with its entry"):
                hostile.execute(insert(postings).values(row | {"number": 3, "size": 3}))
        hostile.rollback()
        with pytest.raises(DBAPIError, match="written with its entry"):
            hostile.execute(insert(postings).values(row | {"number": 3, "size": 3}))
    with postgres.engine.connect() as connection:
        assert connection.execute(entries.select().where(entries.c.cause == "x 1")).one().size == 2
    assert sound(postgres)


def draw_many(url: str, poster: int) -> int:
    """How often one of many processes could take one from the fund; it tries a dozen times."""
    database, won = Database(url), 0
    for turn in range(12):
        try:
            draw(database, f"draw {poster} {turn}", "1.00")
            won += 1
        except ledger.Overdrawn:
            pass
    database.close()
    return won
