"""Closing, adjusting, reopening."""

from datetime import date, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from tests.voucher.ledger.builders import NOW, a_draft, a_move, working, yuan
from tests.voucher.ledger.test_seals import tamper
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotValid
from voucher.ledger import exchange, periods, seals
from voucher.work import Actor, Work, read

ANNA, BORIS = Actor("Anna", UUID(int=1)), Actor("Boris", UUID(int=2))
FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 31)
LATER = NOW + timedelta(days=60)


def in_february(cause: str = "x 1", **options: Any) -> ledger.Draft:
    """An entry for the last day of February."""
    return a_draft(cause, effective_on=FEBRUARY, **options)


def an_act(**values: Any) -> dict[str, Any]:
    """The row of a second act, by which Anna opens all days again."""
    return {"number": 2, "kind": "reopened", "size": 2, "root": bytes(32), "recorded_us": 0, "actor": str(ANNA.person_id),
            "reason": "forgot one", "closed_through": None, "adjusting_through": None} | values


@pytest.fixture
def closed(database: Database) -> Database:
    """February is closed by Anna; it has the entry x 1."""
    with working(database) as work:
        ledger.post(work, in_february())
        ledger.post(work, a_draft("x 2", a_move("7.00")))
    with working(database, LATER, ANNA) as work:
        periods.close(work, FEBRUARY, "monthly")
    return database


def test_a_closed_day_takes_no_entries_and_the_next_one_does(closed: Database) -> None:
    with working(closed, LATER) as work:
        with pytest.raises(ledger.PeriodClosed) as refusal:
            ledger.post(work, in_february("x 3"))
        assert refusal.value.message == "The books are closed up to 2026-02-28; x 3 must count for a later day."
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, a_draft("x 3", effective_on=date(1999, 1, 1)))
        ledger.post(work, a_draft("x 3", effective_on=date(2026, 3, 1)))


def test_the_books_begin_a_year_before_their_first_entry_unless_a_closing_says_where(database: Database) -> None:
    eve, first = date(2024, 12, 31), date(2025, 1, 1)
    with working(database, NOW) as work:
        for day in (eve, date(226, 3, 2)):
            with pytest.raises(ledger.PeriodClosed, match="closed up to 2024-12-31"):
                ledger.post(work, a_draft("x 1", effective_on=day))
        ledger.post(work, a_draft("x 1", effective_on=first))
    with working(database, NOW + timedelta(days=900), ANNA) as work:
        ledger.post(work, a_draft("x 2", effective_on=first))
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, a_draft("x 3", effective_on=eve))
        periods.close(work, date(2019, 12, 31), "the books are brought over from 2020 on")
        ledger.post(work, a_draft("x 3", effective_on=date(2020, 1, 1)))
        with pytest.raises(ledger.PeriodClosed, match="closed up to 2019-12-31"):
            ledger.post(work, a_draft("x 4", effective_on=date(2019, 12, 31)))
        assert ledger.verify(work.session) == []


def test_a_retry_does_not_trip_over_a_period_closed_since(closed: Database) -> None:
    with working(closed, LATER) as work:
        assert ledger.post(work, in_february()) == ledger.find(work.session, "x 1")


def test_a_reversal_is_judged_by_its_own_day(closed: Database) -> None:
    with working(closed, LATER) as work:
        with pytest.raises(ledger.PeriodClosed):
            ledger.reverse(work, "x 1", "x 1 reversed", FEBRUARY, "")
        ledger.reverse(work, "x 1", "x 1 reversed", MARCH, "")


def test_closing_seals_and_keeps_the_balances_of_that_day(closed: Database) -> None:
    with read(closed) as session:
        act = periods.acts(session)[0]
        assert (act.kind, act.closed_through, act.actor, act.reason) == ("closed", FEBRUARY, str(ANNA.person_id), "monthly")
        assert (act.size, act.root) == (2, seals.latest(session).root)
        assert periods.closing(session, act) == ledger.trial_balance(session, as_of=FEBRUARY)
        assert [str(balance.amount) for balance in periods.closing(session, act)] == ["-100.00", "100.00"]
        assert ledger.verify(session) == []


def test_periods_close_in_order_and_not_before_they_are_over(closed: Database) -> None:
    with working(closed, LATER, ANNA) as work:
        for day in (FEBRUARY, date(2026, 1, 31), work.today):
            with pytest.raises(periods.OutOfOrder):
                periods.close(work, day)
        assert periods.close(work, MARCH).number == 2


def test_reopening_takes_another_person_and_a_reason(closed: Database) -> None:
    with working(closed, LATER, ANNA) as work, pytest.raises(periods.NotAlone):
        periods.reopen(work, None, "forgot one")
    with working(closed, LATER, BORIS) as work:
        with pytest.raises(NotValid):
            periods.reopen(work, None, " ")
        with pytest.raises(periods.OutOfOrder, match="No day after that one is closed"):
            periods.reopen(work, FEBRUARY, "nothing is closed after it")
        periods.reopen(work, None, "forgot one")
        ledger.post(work, in_february("x 3"))
        assert [act.kind for act in periods.acts(work.session)] == ["closed", "reopened"]


def test_who_closed_some_of_the_days_does_not_open_them_after_somebody_else_closed_more(closed: Database) -> None:
    with working(closed, LATER, BORIS) as work:
        periods.close(work, MARCH)
    with working(closed, LATER, ANNA) as work, pytest.raises(periods.NotAlone):
        periods.reopen(work, None, "my February")
    with pytest.raises(DBAPIError, match="by another person"), closed.engine.begin() as connection:
        connection.execute(insert(periods.period_acts), an_act(number=3))
    with working(closed, LATER, ANNA) as work:
        periods.reopen(work, FEBRUARY, "his March is not mine")
    with working(closed, LATER, BORIS) as work:
        periods.reopen(work, None, "what was March has been opened, and February is not mine")


@pytest.mark.parametrize(("wrong", "said"), [
    ({}, "by another person"),
    ({"actor": "eve", "reason": " \n\u3000"}, "with a reason"),
    ({"actor": "eve", "number": 3}, "without a gap"),
    ({"actor": "eve", "number": 0}, "without a gap"),
    ({"kind": "closed"}, "closes more days"),
    ({"kind": "closed", "closed_through": FEBRUARY}, "closes more days"),
    ({"actor": "eve", "closed_through": MARCH}, "closes more days"),
    ({"kind": "adjusting", "adjusting_through": MARCH}, "closes more days"),
    ({"kind": "adjusting", "closed_through": FEBRUARY}, "closes more days"),
])
def test_the_database_refuses_an_act_that_is_out_of_order(closed: Database, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(DBAPIError, match=said), closed.engine.begin() as connection:
        connection.execute(insert(periods.period_acts), an_act(**wrong))


@pytest.mark.parametrize("wrong", [
    {"kind": "adjusting", "closed_through": FEBRUARY, "adjusting_through": date(2026, 3, 30)},
    {"kind": "closed", "closed_through": date(2026, 3, 15)},
    {"kind": "closed", "closed_through": date(2026, 3, 15), "adjusting_through": date(2026, 4, 1)},
    {"kind": "closed", "closed_through": MARCH, "adjusting_through": MARCH},
    {"actor": "eve", "adjusting_through": date(2026, 3, 15)},
    {"actor": "eve", "adjusting_through": date(2026, 4, 1)},
    {"actor": "eve", "closed_through": FEBRUARY, "adjusting_through": MARCH},
    {"actor": "eve", "closed_through": FEBRUARY, "adjusting_through": FEBRUARY},
])
def test_the_database_lets_no_days_go_back_from_adjusting(closed: Database, wrong: dict[str, Any]) -> None:
    with working(closed, LATER, ANNA) as work:
        periods.adjust(work, MARCH)
    with pytest.raises(DBAPIError, match="adjusting does not go back"), closed.engine.begin() as connection:
        connection.execute(insert(periods.period_acts), an_act(**{"number": 3} | wrong))
    with working(closed, LATER, ANNA) as work:
        assert periods.close(work, date(2026, 3, 15)).adjusting_through == MARCH
    with working(closed, LATER, BORIS) as work:
        assert periods.reopen(work, None, "all of it").adjusting_through == MARCH
        assert ledger.verify(work.session) == []


def test_what_takes_adjusting_entries_by_mistake_takes_all_again_by_another_person(database: Database) -> None:
    with working(database, LATER, ANNA) as work:
        periods.adjust(work, FEBRUARY)
    with working(database, LATER, BORIS) as work:
        periods.adjust(work, MARCH, "a slip")
        for through, refusal in ((None, periods.NotAlone), (FEBRUARY, periods.NotAlone), (MARCH, periods.OutOfOrder)):
            with pytest.raises(refusal):
                periods.reopen(work, through, "a slip")
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, a_draft("x 1", effective_on=MARCH))
    with pytest.raises(DBAPIError, match="by another person"), database.engine.begin() as connection:
        connection.execute(insert(periods.period_acts), an_act(number=3, actor=str(BORIS.person_id), adjusting_through=FEBRUARY))
    with working(database, LATER, ANNA) as work:
        with pytest.raises(periods.NotAlone):
            periods.reopen(work, None, "February is my own")
        with pytest.raises(NotValid):
            periods.reopen(work, FEBRUARY, " ")
        act = periods.reopen(work, FEBRUARY, "Boris meant February")
        assert (act.kind, act.closed_through, act.adjusting_through) == ("reopened", None, FEBRUARY)
        ledger.post(work, a_draft("x 1", effective_on=MARCH))
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, in_february("x 2"))
    with working(database, LATER, BORIS) as work:
        assert periods.reopen(work, None, "nothing is adjusted yet").adjusting_through is None
        ledger.post(work, in_february("x 2"))
        assert ledger.verify(work.session) == []


def test_a_reopening_of_closed_days_opens_nothing_else(closed: Database) -> None:
    with working(closed, LATER, BORIS) as work:
        periods.adjust(work, MARCH)
        act = periods.reopen(work, None, "an invoice of February")
        assert (act.closed_through, act.adjusting_through) == (None, MARCH)
        for draft in (in_february("x 3"), a_draft("x 3", effective_on=MARCH)):
            with pytest.raises(ledger.PeriodClosed):
                ledger.post(work, draft)
        ledger.post(work, in_february("x 3", adjusting=True))
        with pytest.raises(periods.NotAlone):
            periods.reopen(work, None, "my own March")
    with working(closed, LATER, ANNA) as work:
        assert periods.reopen(work, None, "not his").adjusting_through is None
        ledger.post(work, in_february("x 4"))
        assert ledger.verify(work.session) == []


def test_what_is_beyond_closed_days_takes_all_again_and_they_stay_closed(closed: Database) -> None:
    with working(closed, LATER, ANNA) as work:
        periods.adjust(work, MARCH)
    with working(closed, LATER, BORIS) as work:
        act = periods.reopen(work, FEBRUARY, "a slip")
        assert (act.closed_through, act.adjusting_through) == (FEBRUARY, None)
        ledger.post(work, a_draft("x 3", effective_on=MARCH))
        assert ledger.verify(work.session) == []


def test_an_act_of_before_that_opened_all_at_once_stands_and_is_brought_in(closed: Database, elsewhere: Database) -> None:
    with working(closed, LATER, BORIS) as work:
        periods.adjust(work, MARCH)
    with closed.engine.begin() as connection:
        connection.execute(insert(periods.period_acts), an_act(number=3, actor=str(BORIS.person_id)))
    with read(closed) as session:
        lines = "".join(exchange.lines(session))
    tamper(closed, "update period_acts set size = 2, root = (select root from seals where number = 1) where number = 3")
    with read(closed) as session:
        assert ledger.verify(session) == []
    with working(elsewhere) as work:
        exchange.bring_in(work.session, StringIO(lines))
        assert periods.acts(work.session)[-1].adjusting_through is None
        assert ledger.verify(work.session) == []


def test_a_period_that_is_adjusted_takes_adjusting_entries_only(closed: Database) -> None:
    with working(closed, LATER, ANNA) as work:
        periods.adjust(work, MARCH)
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, a_draft("x 3", effective_on=MARCH))
        ledger.post(work, a_draft("x 3", effective_on=MARCH, adjusting=True))
        with pytest.raises(ledger.PeriodClosed):
            ledger.post(work, in_february("x 4", adjusting=True))
        ledger.reverse(work, "x 3", "x 3 reversed", MARCH, "a wrong estimate")
        for day, said in ((MARCH - timedelta(days=1), "take adjusting entries only already"), (MARCH, "up to 2026-03-31 take adjusting"),
                          (work.today, "is not over yet")):
            with pytest.raises(periods.OutOfOrder, match=said):
                periods.adjust(work, day)
        assert periods.close(work, MARCH).adjusting_through is None


def post_past_the_check(work: Work, draft: ledger.Draft) -> None:
    """Post as one whose check came just before the closing."""
    origin = ledger.journal._origin(work, draft)
    ledger.journal.restore(work.session, [(draft, origin)])


def test_the_database_refuses_an_entry_for_a_closed_day(closed: Database) -> None:
    with pytest.raises(ledger.PeriodClosed), working(closed, LATER) as work:
        post_past_the_check(work, in_february("x 3"))
    with read(closed) as session:
        assert ledger.balance(session, "budget:spent", "CNY", as_of=FEBRUARY) == yuan("100.00")


def test_verification_names_a_closing_that_keeps_other_balances(closed: Database) -> None:
    with working(closed, LATER, BORIS) as work:
        periods.reopen(work, None, "forgot one")
        ledger.post(work, in_february("x 3", lines=a_move("3.00")))
    with working(closed, LATER, ANNA) as work:
        periods.close(work, MARCH)
    with read(closed) as session:
        assert ledger.verify(session) == []
    tamper(closed, "update closing_balances set balance_minor = balance_minor * 2 where act_number = 3")
    with read(closed) as session:
        assert [str(finding.about) for finding in ledger.verify(session)] == ["period act 3"]


def test_verification_names_an_entry_for_a_day_that_was_closed_when_it_came(closed: Database) -> None:
    with working(closed, LATER, BORIS) as work:
        ledger.post(work, a_draft("x 3", effective_on=MARCH))
        periods.adjust(work, MARCH)
        ledger.post(work, a_draft("x 4", effective_on=MARCH, adjusting=True))
        seals.seal(work)
        ledger.post(work, a_draft("x 5", effective_on=MARCH, adjusting=True))
        assert ledger.verify(work.session) == []
    tamper(closed, "update entries set effective_on = '2026-02-28' where cause in ('x 2', 'x 4', 'x 5')",
           "update entries set adjusting = false where cause = 'x 4'", "update entries set effective_on = '2026-03-31' where cause = 'x 4'")
    with read(closed) as session:
        named = [(finding.about, finding.what) for finding in ledger.verify(session) if "when it was recorded" in finding.what]
    assert named == [("x 4", "counts for 2026-03-31, which took adjusting entries only when it was recorded"),
                     ("x 5", "counts for 2026-02-28, which was closed when it was recorded")]


@pytest.mark.parametrize(("statement", "what"), [
    ("update period_acts set root = content_digest from entries where number = 2 and cause = 'x 1'",
     "2: has another head than was sealed then"),
    ("update period_acts set size = 7 where number = 2", "2: has another head than was sealed then"),
    ("update period_acts set number = 5 where number = 2", "5: follows act 1: what stood between is gone"),
    ("update period_acts set reason = ' ' where number = 2", "2: reopens without a reason"),
    ("update period_acts set actor = (select actor from period_acts where number = 1) where number = 2",
     "2: reopens days that the same person closed"),
    ("update period_acts set closed_through = '2026-03-31' where number = 2", "2: closes or opens other days than its kind says"),
    ("update period_acts set adjusting_through = '2026-03-31' where number = 2",
     "2: leaves other days to adjusting entries than its kind says"),
    ("update period_acts set adjusting_through = '2026-03-01' where number = 1",
     "1: leaves other days to adjusting entries than its kind says"),
])
def test_verification_names_an_act_that_was_touched(closed: Database, statement: str, what: str) -> None:
    with working(closed, LATER, BORIS) as work:
        ledger.post(work, a_draft("x 3", effective_on=MARCH))
        periods.reopen(work, None, "forgot one")
    tamper(closed, statement)
    with read(closed) as session:
        assert [f"{finding.about}: {finding.what}" for finding in ledger.verify(session)] == [f"period act {what}"]
