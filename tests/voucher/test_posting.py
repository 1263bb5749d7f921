"""Posting: each entry touches what the accounting manual says of its event, and nothing else."""

from dataclasses import replace
from uuid import uuid4

import pytest

from tests.voucher.ledger.builders import DAY, a_draft, working, yuan
from voucher import ledger, posting
from voucher.accounting import chart_account, entry
from voucher.database import Database
from voucher.posting import NotInManual, post, post_many
from voucher.programmes.funding import shares_of


def a_move(debit: str, credit: str, event: str) -> ledger.Draft:
    """An entry of an event from one account of the chart to another."""
    return a_draft(f"{event} X", (ledger.debit(chart_account(debit).of("X", "CNY"), yuan("5.00")),
                                  ledger.credit(chart_account(credit).of("X", "CNY"), yuan("5.00"))), event=event)


@pytest.mark.parametrize(("debit", "credit", "event", "said"), [
    ("V100", "V250", "funds.allotted", ["By the accounting manual funds.allotted does not touch entitlement:issued:X.",
                                        "By the accounting manual funds.allotted does not touch entitlement:paid:X."]),
    ("B210", "B230", "funds.allotted", ["By the accounting manual funds.allotted does not touch budget:committed:X."]),
    ("B220", "B210", "funds.allotted", ["By the accounting manual funds.allotted does not debit budget:free:X.",
                                        "By the accounting manual funds.allotted does not credit budget:unallotted:X."]),
    ("B220", "B230", "funds.allotted", ["By the accounting manual funds.allotted does not debit budget:free:X.",
                                        "By the accounting manual funds.allotted does not touch budget:committed:X."]),
    ("V100", "V210", "no.such.event", ["The accounting manual knows no event no.such.event."]),
    ("V100", "V210", "entry.reversed", ["The accounting manual knows no event entry.reversed."]),
])
def test_an_entry_that_is_not_in_the_manual_is_refused_by_name(database: Database, debit: str, credit: str, event: str,
                                                               said: list[str]) -> None:
    with pytest.raises(NotInManual) as refused, working(database) as work:
        post(work, a_move(debit, credit, event))
    assert [each.what.format(**dict(each.values)) for each in refused.value.problems] == said


def test_an_entry_on_the_wrong_side_of_a_law_s_book_is_refused_by_name(database: Database) -> None:
    right = entry("interest.remitted", "R1", DAY, {"amount": yuan("5.00")}, {"fund_line": "X"}, country="CN")
    wrong = replace(right, lines=tuple(
        replace(each, amount=-each.amount) if each.account.name.startswith("cn-") else each for each in right.lines))
    with pytest.raises(NotInManual) as refused, working(database) as work:
        post(work, wrong)
    assert [each.what.format(**dict(each.values)) for each in refused.value.problems] == [
        "By the accounting manual interest.remitted does not credit cn-financial:2103:X.",
        "By the accounting manual interest.remitted does not debit cn-financial:1002:X."]


def test_what_stands_is_not_judged_again_and_a_reversal_by_its_original(database: Database) -> None:
    odd = a_move("V100", "V210", "once.known")
    with working(database) as work:
        stands = ledger.post(work, odd)  # of a time when the manual had it
        assert post(work, odd).id == stands.id
        assert post(work, ledger.reversal(stands, "back", DAY, "")).reverses == stands.id


def test_who_posts_many_hears_how_far_it_is(database: Database) -> None:
    told: list[int] = []
    with working(database) as work:
        drafts = [entry("funds.appropriated", f"E{number}", DAY, {"amount": yuan("1.00")}, {"fund_line": "L-2026-00001-3"})
                  for number in range(3)]
        post_many(work, drafts, told.append)
    assert told[-1] == 3


def test_more_may_be_asked_and_posted_at_once_than_a_server_takes_parameters(database: Database) -> None:
    many = 70_000
    freed = a_draft("order.cancelled X", (ledger.credit(chart_account("V210").of("X", "CNY"), yuan("5.00")),))
    with working(database) as work:
        stands = ledger.post(work, a_draft("x 7"))
        assert ledger.find_many(work.session, [f"x {number}" for number in range(many)]) == {"x 7": stands}
        assert set(shares_of(work.session, *[subject := uuid4()] * many)) == {subject}
        assert ledger.balances(work.session, [stands.lines[0].account] * many)[-1] == yuan("100.00")
        posting._end_what_is_freed(work, [freed] * many)
