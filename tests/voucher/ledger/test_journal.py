"""Posting: what goes into the books, and what does not."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.voucher.ledger.builders import NOW, a_draft, a_move, an_account, working, yuan
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotFound
from voucher.ledger.journal import reversal
from voucher.money import Money
from voucher.programmes.funding import shares_of
from voucher.work import Actor, read

MICROSECOND = timedelta(microseconds=1)


def test_posting_an_entry_moves_both_balances(database: Database) -> None:
    with working(database) as work:
        ledger.post(work, a_draft(lines=a_move("54.00", to="financial:cash", source="financial:income")))
    with read(database) as session:
        assert ledger.balance(session, "financial:cash", "CNY") == yuan("54.00")
        assert ledger.balance(session, "financial:income", "CNY") == yuan("-54.00")


def test_an_entry_is_found_again_as_it_was_posted(database: Database) -> None:
    actor = Actor("Li Na", UUID(int=7))
    draft = a_draft(lines=a_move(voucher="V-1", year=2026, region=None), memo="paid by hand", evidence=("ab" * 32,), terms="cd")
    with working(database, actor=actor) as work:
        posted = ledger.post(work, draft)
    with read(database) as session:
        assert ledger.find(session, draft.cause) == posted
    assert posted.actor == str(UUID(int=7))
    assert posted.lines[0].dimensions == (("voucher", "V-1"), ("year", "2026"))


def test_a_retry_answers_the_first_entry_and_moves_nothing(database: Database) -> None:
    with working(database) as work:
        first = ledger.post(work, a_draft(memo="once"))
    with working(database, NOW + timedelta(days=1)) as work:
        assert ledger.post(work, a_draft(memo="once")) == first
        assert ledger.balance(work.session, "budget:spent", "CNY") == yuan("100.00")


@pytest.mark.parametrize("other", [
    {"lines": a_move("100.01")}, {"memo": "more"}, {"effective_on": date(2026, 3, 3)}, {"terms": "v2"},
    {"lines": a_move(voucher="V-2")}, {"event": "claim.unpaid"},
])
def test_a_cause_with_other_content_is_refused(database: Database, other: dict[str, Any]) -> None:
    with working(database) as work:
        ledger.post(work, a_draft())
    with working(database) as work, pytest.raises(ledger.CauseTaken):
        ledger.post(work, a_draft(**other))


@pytest.mark.parametrize("memo", ["", "twice"])
def test_a_retry_with_another_memo_is_refused_as_other_content(database: Database, memo: str) -> None:
    with working(database) as work:
        ledger.post(work, a_draft(memo="once"))
    with working(database) as work, pytest.raises(ledger.CauseTaken):
        ledger.post(work, a_draft(memo=memo))


def test_a_cause_twice_in_one_call_is_written_once(database: Database) -> None:
    with working(database) as work:
        first, second = ledger.post_many(work, [a_draft(evidence=("ab" * 32,)), a_draft(lines=list(a_move()), evidence=["ab" * 32])])
        assert first == second
        with pytest.raises(ledger.CauseTaken):
            ledger.post_many(work, [a_draft("x 1"), a_draft("x 1", lines=a_move("1.00"))])


def test_an_unbalanced_draft_is_refused_with_every_difference(database: Database) -> None:
    lines = (ledger.debit(an_account("budget:free"), yuan("5.00")), ledger.credit(an_account("financial:cash"), yuan("5.00")))
    with working(database) as work, pytest.raises(ledger.Unbalanced) as refusal:
        ledger.post(work, a_draft(lines=lines))
    assert [str(each) for each in refusal.value.problems] == [
        "claim.paid C-1: Debits and credits differ by 5.00 CNY in the book budget.",
        "claim.paid C-1: Debits and credits differ by -5.00 CNY in the book financial."]


def test_currencies_do_not_balance_each_other(database: Database) -> None:
    lines = (ledger.debit(an_account("a:x", "CNY"), yuan("5.00")), ledger.credit(an_account("a:x", "EUR"), Money(500, "EUR")))
    with working(database) as work, pytest.raises(ledger.Unbalanced):
        ledger.post(work, a_draft(lines=lines))


def test_lines_of_zero_are_left_out_and_nothing_but_zero_is_refused(database: Database) -> None:
    with working(database) as work:
        entry = ledger.post(work, a_draft(lines=(*a_move("1.00"), *a_move("0.00", to="budget:other"))))
        assert len(entry.lines) == 2
        with pytest.raises(ledger.Unbalanced):
            ledger.post(work, a_draft("x 1", lines=a_move("0.00")))


def test_an_account_is_not_brought_beyond_its_bounds(database: Database) -> None:
    free, spent = an_account("budget:free", upper=0), an_account("budget:spent", upper=0)
    given = an_account("budget:given", lower=0)
    with working(database) as work:
        ledger.post(work, a_draft("x 1", lines=(ledger.debit(given, yuan("50.00")), ledger.credit(free, yuan("50.00")))))
    with working(database) as work, pytest.raises(ledger.Overdrawn) as refusal:
        ledger.post(work, a_draft("x 2", lines=(ledger.debit(free, yuan("50.01")), ledger.credit(spent, yuan("50.01")))))
    assert refusal.value.message == "budget:free has 50.00 CNY left, and 50.01 CNY is asked for."


def test_a_debit_account_is_not_brought_below_its_bound(database: Database) -> None:
    given, other = an_account("a:given", lower=0), an_account("a:x")
    with working(database) as work, pytest.raises(ledger.Overdrawn) as refusal:
        ledger.post(work, a_draft("x 1", lines=(ledger.debit(other, yuan("0.01")), ledger.credit(given, yuan("0.01")))))
    assert refusal.value.message == "a:given has 0.00 CNY left, and 0.01 CNY is asked for."


def test_a_bound_holds_for_what_the_whole_entry_leaves(database: Database) -> None:
    cash = an_account("a:cash", lower=0)
    lines = (ledger.credit(cash, yuan("5.00")), ledger.debit(cash, yuan("7.00")), ledger.credit(an_account("a:x"), yuan("2.00")))
    with working(database) as work:
        ledger.post(work, a_draft(lines=lines))
        assert ledger.balance(work.session, "a:cash", "CNY") == yuan("2.00")


def test_many_entries_are_posted_all_or_none(database: Database) -> None:
    cash = an_account("a:cash", lower=0)
    give = (ledger.debit(cash, yuan("1.00")), ledger.credit(an_account("a:x"), yuan("1.00")))
    take = (ledger.credit(cash, yuan("2.00")), ledger.debit(an_account("a:x"), yuan("2.00")))
    with pytest.raises(ledger.Overdrawn), working(database) as work:
        ledger.post_many(work, [a_draft("x 1", lines=give), a_draft("x 2", lines=take)])
    with read(database) as session:
        assert ledger.find(session, "x 1") is None
        assert ledger.trial_balance(session) == []


def test_a_reversal_inverts_and_is_linked(database: Database) -> None:
    with working(database) as work:
        original = ledger.post(work, a_draft(lines=a_move(voucher="V-1")))
    with working(database, NOW + timedelta(days=40)) as work:
        reversal = ledger.reverse(work, original.cause, "claim.paid C-1 mended", date(2026, 4, 11), "wrong account")
        assert [(line.amount, line.dimensions) for line in reversal.lines] == [
            (-line.amount, line.dimensions) for line in original.lines]
        assert reversal.reverses == original.id
        assert ledger.reversal_of(work.session, original) == reversal
        assert ledger.corrections(work.session, [reversal, original]) == {
            original.id: ledger.Correction(reversed_by=reversal.cause), reversal.id: ledger.Correction(reverses=original.cause)}
        assert ledger.trial_balance(work.session) == []
        assert ledger.find(work.session, original.cause) == original


def test_reversing_twice_or_a_reversal_is_refused_and_a_retry_is_not(database: Database) -> None:
    with working(database) as work:
        ledger.post(work, a_draft("x 1"))
        first = ledger.reverse(work, "x 1", "x 2", date(2026, 4, 11), "")
        assert ledger.reverse(work, "x 1", "x 2", date(2026, 4, 11), "") == first
        for original in ("x 1", "x 2"):
            with pytest.raises(ledger.NotReversible):
                ledger.reverse(work, original, "x 3", date(2026, 4, 11), "")
        with pytest.raises(NotFound):
            ledger.reverse(work, "x 9", "x 3", date(2026, 4, 11), "")
        other = ledger.post(work, a_draft("x 4"))
        with pytest.raises(ledger.NotReversible) as refusal:
            ledger.post_many(work, [reversal(other, cause, date(2026, 4, 11), "") for cause in ("x 5", "x 6")])
        assert refusal.value.message == "x 5 and x 6 would reverse the same entry; it is reversed once."


def test_the_instant_of_recording_always_goes_on_within_an_account(database: Database) -> None:
    instants = []
    for number, now in enumerate((NOW, NOW, NOW - timedelta(seconds=5), NOW + timedelta(seconds=5))):
        with working(database, now) as work:
            instants.append(ledger.post(work, a_draft(f"x {number}")).recorded_at)
    assert instants == [NOW, NOW + MICROSECOND, NOW + 2 * MICROSECOND, NOW + timedelta(seconds=5)]


def test_more_is_found_at_once_than_one_statement_takes(database: Database) -> None:
    """PostgreSQL takes 65,535 values in a statement."""
    with working(database) as work:
        ledger.post(work, a_draft("x 69999"))
        assert set(ledger.find_many(work.session, [f"x {number}" for number in range(70_000)])) == {"x 69999"}
        keys = [UUID(int=number) for number in range(70_000)]
        assert shares_of(work.session, *keys) == {key: {} for key in keys}


def test_thousands_of_entries_are_posted_in_one_call(database: Database) -> None:
    told: list[int] = []
    drafts = [a_draft(f"x {number}", a_move("0.01", voucher=f"V-{number % 7}")) for number in range(2500)]
    with working(database) as work:
        posted = ledger.post_many(work, drafts, told.append)
        assert [entry.cause for entry in posted] == [draft.cause for draft in drafts]
        assert ledger.balance(work.session, "budget:spent", "CNY") == yuan("25.00")
    assert told == [2000, 2500]
    with read(database) as session:
        assert ledger.verify(session) == []
        assert len(ledger.about(session, "voucher", "V-3")) == 357
