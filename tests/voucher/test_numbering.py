"""Numbering: nobody gets a number twice, and a piece of work that fails gives its numbers back."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from voucher.database import Database
from voucher.numbering import next_reference, next_references
from voucher.work import SYSTEM, begin


def test_numbers_follow_each_other(database: Database) -> None:
    with begin(database, SYSTEM) as work:
        made = [next_reference(work.session, "V", 2026), *next_references(work.session, "V", 2026, 2)]
    assert [each[:12] for each in made] == ["V-2026-00001", "V-2026-00002", "V-2026-00003"]


def test_a_failed_piece_of_work_gives_its_number_back(database: Database) -> None:
    def number_and_fail() -> None:
        with begin(database, SYSTEM) as work:
            next_reference(work.session, "V", 2026)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        number_and_fail()
    with begin(database, SYSTEM) as work:
        assert next_reference(work.session, "V", 2026).startswith("V-2026-00001")


def test_many_at_once_get_different_numbers(database: Database) -> None:
    def one(_each: int) -> str:
        with begin(database, SYSTEM) as work:
            return next_reference(work.session, "V", 2026)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(40)))
    assert len(set(made)) == 40
