"""The accounting manual: written from the code, and the copies that people read are in step with it."""

import pytest

from voucher.accounting import CHART, RULES
from voucher.manual import manual
from voucher.places import place
from voucher.statutory.mapping import countries, mapping_of


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_copy_that_people_read_is_what_the_code_says(language: str) -> None:
    kept = (place("templates") / "guides" / language / "accounting.md").read_text(encoding="utf-8")
    assert kept == manual(language), "run `make guides`"


def test_every_account_is_used_by_some_event() -> None:
    used = {account for rule in RULES for move in rule.moves for account in (move.debit, move.credit)}
    assert set(CHART) == used


def test_every_move_stays_in_one_book() -> None:
    assert all(move.debit.book == move.credit.book for rule in RULES for move in rule.moves)


def test_a_statutory_file_speaks_only_of_amounts_that_its_events_have() -> None:
    amounts = {rule.name: rule.amounts for rule in RULES}
    for country in countries():
        for event, rules in mapping_of(country).events.items():
            assert {rule.amount for rule in rules} <= set(amounts[event]), event


def test_a_country_without_a_file_has_no_statutory_books() -> None:
    for country in ("IE", "", "../cn", "cn.yaml"):
        assert mapping_of(country).books == {}
