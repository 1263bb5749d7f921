"""Balances as of any day, as known at any instant."""

import random
from datetime import date, datetime, timedelta

import pytest

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, working, yuan
from voucher import ledger
from voucher.database import Database
from voucher.ledger import Account
from voucher.money import Money
from voucher.work import read


def test_a_backdated_entry_is_seen_by_every_later_question_and_by_none_about_before(database: Database) -> None:
    with working(database) as work:
        ledger.post(work, a_draft("x 1", a_move("100.00"), DAY))
    with working(database, NOW + timedelta(days=30)) as work:
        ledger.post(work, a_draft("x 2", a_move("10.00"), DAY + timedelta(days=30)))
    with working(database, NOW + timedelta(days=31)) as work:
        ledger.post(work, a_draft("x 3", a_move("1.00"), DAY + timedelta(days=1)))
    with read(database) as session:
        def spent(**when: date | datetime) -> Money:
            return ledger.balance(session, "budget:spent", "CNY", **when)  # type: ignore[arg-type]
        assert spent() == yuan("111.00")
        assert spent(as_of=DAY + timedelta(days=2)) == yuan("101.00")
        assert spent(as_of=DAY + timedelta(days=2), known_at=NOW + timedelta(days=30)) == yuan("100.00")
        assert spent(as_of=DAY - timedelta(days=1)) == yuan("0.00")
        assert spent(known_at=NOW + timedelta(days=30)) == yuan("110.00")


def test_balances_for_any_pair_of_times_are_the_sums_of_their_postings(database: Database) -> None:
    draw = random.Random(11)
    truth = []
    for number in range(60):
        day, now = DAY + timedelta(days=draw.randint(-5, 20)), NOW + timedelta(days=number // 4, seconds=draw.randint(0, 3))
        amount, to = Money(draw.randint(1, 500), "CNY"), draw.choice(["a:x", "a:y"])
        lines = (ledger.debit(Account(to, "CNY"), amount), ledger.credit(Account("a:z", "CNY"), amount))
        with working(database, now) as work:
            entry = ledger.post(work, a_draft(f"x {number}", lines, day))
        truth += [(line.account.name, day, entry.recorded_at, line.amount.minor) for line in lines]
    with read(database) as session:
        for _ in range(40):
            as_of = draw.choice([DAY + timedelta(days=draw.randint(-6, 21)), None])
            instant = draw.choice([NOW + timedelta(days=draw.randint(-1, 16), seconds=draw.randint(0, 3)), None])
            for name in ("a:x", "a:y", "a:z"):
                expected = sum(minor for account, effective_on, recorded_at, minor in truth if account == name
                               and (as_of is None or effective_on <= as_of) and (instant is None or recorded_at <= instant))
                assert ledger.balance(session, name, "CNY", as_of, instant) == Money(expected, "CNY"), (name, as_of, instant)
            sheet = ledger.trial_balance(session, as_of, instant)
            assert sum(line.amount.minor for line in sheet) == 0


def test_a_statement_runs_from_its_opening_balance(database: Database) -> None:
    with working(database) as work:
        ledger.post(work, a_draft("x 1", a_move("100.00"), DAY))
        ledger.post(work, a_draft("x 2", a_move("10.00"), DAY + timedelta(days=2)))
        ledger.post(work, a_draft("x 3", a_move("1.00"), DAY + timedelta(days=1)))
    with read(database) as session:
        lines = ledger.statement(session, "budget:spent", "CNY", since=DAY + timedelta(days=1))
        assert [(line.cause, str(line.amount), str(line.balance)) for line in lines] == [
            ("x 3", "1.00", "101.00"), ("x 2", "10.00", "111.00")]


def test_accounts_never_used_stand_at_zero(database: Database) -> None:
    with read(database) as session:
        assert ledger.balances(session, [Account("a:x", "KRW")]) == [Money(0, "KRW")]
        assert ledger.balance(session, "a:x", "KRW", as_of=DAY) == Money(0, "KRW")


def test_what_is_known_now_is_explained_by_what_came_between(database: Database) -> None:
    with working(database) as work:
        ledger.post(work, a_draft("x 1", a_move("100.00")))
    with working(database, NOW + timedelta(days=9)) as work:
        ledger.post(work, a_draft("x 2", a_move("5.00")))
        ledger.post(work, a_draft("x 3", a_move("7.00"), DAY + timedelta(days=9)))
    with read(database) as session:
        found = ledger.compare(session, "budget:spent", "CNY", DAY, NOW, NOW + timedelta(days=10))
    assert (found.then, found.now) == (yuan("100.00"), yuan("105.00"))
    assert [(line.cause, str(line.amount), str(line.balance)) for line in found.between] == [("x 2", "5.00", "105.00")]


def test_pages_of_a_statement_follow_each_other(database: Database) -> None:
    draw = random.Random(3)
    with working(database) as work:
        for number in range(40):
            ledger.post(work, a_draft(f"x {number}", a_move("1.00"), DAY + timedelta(days=draw.randint(-9, 9))))
    with read(database) as session:
        whole = ledger.statement(session, "budget:spent", "CNY")
        assert [(line.effective_on, line.version) for line in whole] == sorted((line.effective_on, line.version) for line in whole)
        assert [str(line.balance) for line in whole] == [f"{number + 1}.00" for number in range(40)]
        pages: list[ledger.StatementLine] = []
        after = None
        while page := ledger.statement(session, "budget:spent", "CNY", limit=7, after=after):
            pages, after = pages + page, page[-1]
        assert pages == whole
        middle = ledger.statement(session, "budget:spent", "CNY", since=DAY, until=DAY + timedelta(days=3))
        assert middle == [line for line in whole if DAY <= line.effective_on <= DAY + timedelta(days=3)]


@pytest.fixture
def strewn(database: Database) -> Database:
    """Forty entries, three recorded a day, some late, some early, most for the day."""
    draw = random.Random(5)
    for number in range(40):
        at = timedelta(days=number // 3)
        with working(database, NOW + at) as work:
            day = DAY + at + timedelta(days=draw.choice([0, 0, 0, -1, -7, 3]))
            ledger.post(work, a_draft(f"x {number}", a_move(f"{number + 1}.00"), day))
    return database


@pytest.mark.parametrize("known_at", [None, NOW, NOW + timedelta(days=7), NOW + timedelta(days=90)])
def test_a_statement_as_known_then_is_read_from_its_end_and_from_any_line(strewn: Database, known_at: datetime | None) -> None:
    with read(strewn) as session:
        whole = ledger.statement(session, "budget:spent", "CNY", known_at=known_at)
        assert {line.cause for line in whole} == {line.cause for line in ledger.statement(session, "budget:spent", "CNY")
                                                  if known_at is None or line.recorded_at <= known_at}
        assert whole[-1].balance == ledger.balance(session, "budget:spent", "CNY", known_at=known_at)
        for line in whole:
            assert ledger.statement_line(session, "budget:spent", "CNY", line.version, known_at) == line
        pages: list[ledger.StatementLine] = []
        before = None
        while page := ledger.last_lines(session, "budget:spent", "CNY", 7, before=before, known_at=known_at):
            pages, before = page + pages, page[0]
        assert pages == whole
        until = DAY + timedelta(days=5)
        some = ledger.statement(session, "budget:spent", "CNY", since=DAY, until=until, known_at=known_at)
        assert some == [line for line in whole if DAY <= line.effective_on <= until]
        assert ledger.last_lines(session, "budget:spent", "CNY", 4, DAY, until, known_at=known_at) == some[-4:]
        assert ledger.statement_line(session, "budget:spent", "CNY", 99) is None
