"""From the budget surplus of a year to its surplus, as the note to the statements asks for it."""

from datetime import date

from sqlmodel import Session

from tests.voucher.test_worked_example import (
    C1,
    CASE,
    LINE,
    books,
    first_year,
    paid_in_december_and_back_in_january,
    second_year,
)
from voucher import ledger
from voucher.database import Database
from voucher.money import total
from voucher.statutory.surplus import entries_on, entries_under, surplus_statements


def reads(session: Session, year: int) -> str:
    """The statements of a year as plain text; each was found to be explained."""
    lines = []
    for told in surplus_statements(session, year):
        assert told.is_explained, told
        lines.append(f"{told.country} {told.year} {told.currency}: {told.budget.amount} to {told.accrual.amount}")
        for headed in told.headed:
            lines.append(f"  {'+' if headed.heading.is_added else '-'} {headed.heading.en}: {headed.amount}")
            lines += [f"      {line.event} {line.amount}" for line in headed.differences]
        lines += [f"  {change.account} {change.adds}" for change in told.changes]
    return "\n".join(lines)


def test_the_worked_example_pays_in_the_year_all_that_it_recognises_in_it(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        second_year(b)
        assert reads(b.work.session, 2026) == """\
CN 2026 CNY: 0.00 to 0.00
  + Recognised as revenue, not as budget revenue: 0.00
  + Recognised as budget expenditure, not as expense: 81400.00
      award.settled 7400.00
      payout.returned -54000.00
      payout.settled 128000.00
  - Recognised as budget revenue, not as revenue: 0.00
  - Recognised as expense, not as budget expenditure: 81400.00
      award.decided 7400.00
      claim.approved 74000.00"""
        assert reads(b.work.session, 2027).splitlines()[-2:] == ["  cn-budget:8101.01 9500.00", "  cn-budget:8101.02 -9500.00"]


def test_what_stands_open_at_the_end_of_a_year_is_the_difference_and_turns_round_in_the_next(database: Database) -> None:
    later, unpaid = date(2027, 1, 4), CASE | {"claim": "C-2026-00002-6", "payout": "Y2"}
    shared = C1 | {"payout": "Y1", "funder": "province"}
    with books(database) as b:
        b.post("funds.appropriated", LINE, amount=100_000)
        b.post("funds.allotted", LINE, amount=100_000)
        b.post("voucher.issued", CASE, face=92_000)
        b.post("order.placed", CASE, part=92_000)
        b.post("order.accepted", CASE, part=92_000)
        b.post("claim.submitted", C1, requested=54_000)
        b.post("claim.approved", shared, approved=54_000, own=18_000, advanced=36_000)
        b.post("payout.released", shared, amount=54_000)
        b.post("payout.settled", shared, amount=54_000)
        b.post("claim.submitted", unpaid, requested=38_000)
        b.post("claim.approved", unpaid, approved=38_000, own=38_000)
        b.post("year.accrued", LINE, date(2026, 12, 31), amount=12_000)
        b.post("year.accrual_reversed", LINE, later, amount=12_000)
        b.post("payout.released", unpaid, later, amount=38_000)
        b.post("payout.settled", unpaid, later, amount=38_000)
        b.post("funder.settled", shared, later, amount=36_000)
        assert reads(b.work.session, 2026) == """\
CN 2026 CNY: 0.00 to -14000.00
  + Recognised as revenue, not as budget revenue: 36000.00
      claim.approved 36000.00
  + Recognised as budget expenditure, not as expense: 54000.00
      payout.settled 54000.00
  - Recognised as budget revenue, not as revenue: 0.00
  - Recognised as expense, not as budget expenditure: 104000.00
      claim.approved 92000.00
      year.accrued 12000.00
  cn-financial:1218 36000.00
  cn-financial:2303 -38000.00
  cn-financial:2401 -12000.00"""
        assert reads(b.work.session, 2027) == """\
CN 2027 CNY: 0.00 to 14000.00
  + Recognised as revenue, not as budget revenue: -36000.00
      funder.settled -36000.00
  + Recognised as budget expenditure, not as expense: 38000.00
      payout.settled 38000.00
  - Recognised as budget revenue, not as revenue: 0.00
  - Recognised as expense, not as budget expenditure: -12000.00
      year.accrual_reversed -12000.00
  cn-financial:1218 -36000.00
  cn-financial:2303 38000.00
  cn-financial:2401 12000.00"""


def test_what_comes_back_in_the_next_year_is_none_of_its_revenue_and_none_of_its_expense(database: Database) -> None:
    with books(database) as b:
        paid_in_december_and_back_in_january(b)
        assert reads(b.work.session, 2027) == """\
CN 2027 CNY: -7400.00 to 0.00
  + Recognised as revenue, not as budget revenue: 0.00
  + Recognised as budget expenditure, not as expense: 7400.00
      award.settled 7400.00
  - Recognised as budget revenue, not as revenue: 0.00
  - Recognised as expense, not as budget expenditure: 0.00
  cn-budget:8101.01 61400.00
  cn-budget:8101.02 -54000.00"""


def test_the_entries_under_a_line_come_to_the_line_a_page_at_a_time(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        second_year(b)
        for year in (2026, 2027):
            for told in surplus_statements(b.work.session, year):
                for headed in told.headed:
                    for line in headed.differences:
                        whole = entries_under(b.work.session, told, headed.heading, line.event)
                        assert total((amount for _, amount in whole), told.currency) == line.amount
                        first = entries_under(b.work.session, told, headed.heading, line.event, limit=1)
                        assert first + entries_under(b.work.session, told, headed.heading, line.event, first[0][0]) == whole


def test_the_entries_on_an_account_come_to_what_it_moved_by(database: Database) -> None:
    with books(database) as b:
        first_year(b)
        second_year(b)
        for year in (2026, 2027):
            for told in surplus_statements(b.work.session, year):
                for change in (*told.budget.changes, *told.accrual.changes, *told.changes):
                    assert total((amount for _, amount in entries_on(b.work.session, told, change.account)), "CNY") == change.amount
        [told, _] = [each for year in (2026, 2027) for each in surplus_statements(b.work.session, year)]
        assert [(change.account, str(change.adds)) for change in (*told.budget.changes, *told.accrual.changes)] == [
            ("cn-budget:6001", "61400.00"), ("cn-budget:7101", "-61400.00"),
            ("cn-financial:4001", "61400.00"), ("cn-financial:5001", "-61400.00")]


def test_what_was_reversed_counts_for_the_event_that_it_takes_back(database: Database) -> None:
    with books(database) as b:
        b.post("funds.appropriated", LINE, amount=1_000)
        b.post("funds.allotted", LINE, amount=1_000)
        for charge in (5, 7):  # in both books, and alike
            b.post("payout.charged", C1 | {"payout": "Y1"}, charge=charge)
        for estimate in (300, 200):  # in one book alone
            b.post("year.accrued", LINE, amount=estimate)
        posted = [entry.cause for entry in ledger.about(b.work.session, "fund_line", LINE["fund_line"])]
        for cause in (posted[3], posted[5]):
            ledger.reverse(b.work, cause, f"undone {cause}", date(2026, 6, 1), "Mistake")
        [told] = surplus_statements(b.work.session, 2026)
        assert [(line.event, str(line.amount)) for headed in told.headed for line in headed.differences] == [("year.accrued", "300.00")]
        rows = entries_under(b.work.session, told, told.headed[3].heading, "year.accrued")
        assert [(entry.event, str(amount)) for entry, amount in rows] == [
            ("year.accrued", "300.00"), ("year.accrued", "200.00"), ("entry.reversed", "-200.00")]


def test_where_no_law_asks_for_it_there_is_no_statement(database: Database) -> None:
    with books(database, country="IE") as b:
        first_year(b)
        assert surplus_statements(b.work.session, 2026) == []
        assert surplus_statements(b.work.session, 2025) == []
