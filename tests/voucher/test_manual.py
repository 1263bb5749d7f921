"""The accounting manual: written from the code, and the copies that people read are in step with it."""

import ast
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

import voucher.accounting
import workflows
from voucher.accounting import CHART, RULES, UNPOSTED, entry
from voucher.database import Database
from voucher.ledger.accounts import account_kinds
from voucher.manual import manual
from voucher.money import Money
from voucher.places import place
from voucher.statutory.mapping import countries, mapping_of
from voucher.work import read


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_copy_that_people_read_is_what_the_code_says(language: str) -> None:
    kept = (place("templates") / "guides" / language / "accounting.md").read_text(encoding="utf-8")
    assert kept == manual(language), "run `make guides`"


def test_every_account_is_used_by_some_event() -> None:
    used = {account for rule in RULES for move in rule.moves for account in (move.debit, move.credit)}
    assert set(CHART) == used


def test_the_database_knows_the_bounds_of_every_account_of_the_chart(database: Database) -> None:
    with read(database) as session:
        kept = {row.prefix: (row.lower_minor, row.upper_minor) for row in session.connection().execute(select(account_kinds))}
    made = {f"{each.name}:": each.of("X-1", "CNY") for each in CHART}
    assert kept == {prefix: (one.lower, one.upper) for prefix, one in made.items()}, "a new account of the chart needs a migration"


def test_every_move_stays_in_one_book() -> None:
    assert all(move.debit.book == move.credit.book for rule in RULES for move in rule.moves)


def test_a_statutory_file_speaks_only_of_amounts_that_its_events_have() -> None:
    amounts = {rule.name: rule.amounts for rule in RULES}
    for country in countries():
        for event, rules in mapping_of(country).events.items():
            assert {rule.amount for rule in rules} <= set(amounts[event]), event


def test_an_amount_that_only_a_law_asks_for_makes_no_entry_where_none_asks() -> None:
    assert {rule.name for rule in RULES if rule.of_law} == {
        "prior.closed", "approval.closed", "approval.left_to_treasury", "recovery.adjustment_closed", "recovery.left_to_treasury"}
    closed = {country: entry("prior.closed", "R1", date(2027, 4, 1), {"amount": Money(950_000, "CNY")}, {"fund_line": "X"}, country=country)
              for country in ("CN", "IE")}
    assert [(line.account.name, str(line.amount)) for line in closed["CN"].lines] == [
        ("cn-financial:3501:X", "9500.00"), ("cn-financial:3001:X", "-9500.00")]
    assert closed["IE"].lines == ()


def test_a_country_without_a_file_has_no_statutory_books() -> None:
    for country in ("IE", "", "../cn", "cn.yaml"):
        assert mapping_of(country).books == {}


# Of these the code composes the event's name: whatever is paid, or asked back, has the same steps.
COMPOSED = ("payout", "award", "deposit", "recovery", "prior")


def words_of(room: Path) -> set[str]:
    """Every piece of text in the code of a room, but for the rules themselves."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in room.rglob("*.py") if path.name != "rules.py")
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_manual_marks_each_event_and_amount_that_no_step_posts() -> None:
    drafts = words_of(Path(voucher.accounting.__file__).parent)
    words = drafts | words_of(Path(workflows.__file__).parent)
    unposted = {rule.name for rule in RULES
                if rule.name not in words and not (rule.name.startswith(COMPOSED) and rule.name.partition(".")[2] in words)}
    ungiven = {f"{rule.name} {amount}" for rule in RULES if rule.name not in unposted for amount in rule.amounts if amount not in words}
    assert unposted <= UNPOSTED <= unposted | ungiven
