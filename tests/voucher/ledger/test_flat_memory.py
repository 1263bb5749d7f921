"""Exports and imports hold some entries at a time, however many there are: what is alive is counted, not megabytes.

A page is made small for it, so that a few hundred entries are many pages.
"""

import gc
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, event

from tests.voucher.ledger.builders import NOW, a_draft, a_move, working
from voucher import ledger
from voucher.database import Database
from voucher.ledger import Draft, Entry, exchange, journal, plaintext, seals
from voucher.work import read

PAGE, PAGES = 50, 8


@pytest.fixture
def books(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Eight pages of entries, each on two accounts of its own, half of them sealed."""
    half = PAGE * PAGES // 2
    for start in (0, half):
        with working(database, NOW + timedelta(hours=start)) as work:
            ledger.post_many(work, [a_draft(f"x {number}", a_move(to=f"a:to:{number}", source=f"a:from:{number}"))
                                    for number in range(start, start + half)])
            if not start:
                seals.seal(work)
    for module in (journal, exchange, plaintext):
        monkeypatch.setattr(module, "CHUNK", PAGE)
    return database


class Watch:
    """Lines as they go by, and the most entries, drafts and rows that were alive meanwhile."""

    def __init__(self) -> None:
        self.most = 0

    def over(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines; now and then it is counted. What was there before is set aside: it is a million objects to look through.

        It stays there, beside what `pytest_collection_finish` has set aside.
        """
        gc.collect()
        gc.freeze()
        for number, line in enumerate(lines):
            if number % (PAGE // 2) == 0:
                self.most = max(self.most, sum(isinstance(each, Entry | Draft | Row) for each in gc.get_objects()))
            yield line


@pytest.mark.parametrize("format", sorted(plaintext.FORMATS))
def test_an_export_holds_a_page_or_two(books: Database, format: str) -> None:
    answered, watch = [0], Watch()

    def note(_connection: Any, cursor: Any, *_rest: Any) -> None:
        answered.append(cursor.rowcount)

    event.listen(books.engine, "after_cursor_execute", note)
    with read(books) as session:
        lines = sum(1 for _line in watch.over(plaintext.FORMATS[format](session)))
    event.remove(books.engine, "after_cursor_execute", note)
    assert lines >= PAGE * PAGES
    assert PAGE <= watch.most <= 3 * PAGE
    assert max(answered) <= 2 * PAGE, "what the driver of PostgreSQL holds at once: a page of entries has twice as many postings"


def test_an_import_holds_a_page_or_two(books: Database, elsewhere: Database) -> None:
    watch = Watch()
    with read(books) as session:
        lines = list(exchange.lines(session))
    with working(elsewhere) as work:
        assert exchange.bring_in(work.session, watch.over(lines)) == PAGE * PAGES
    assert PAGE // 2 <= watch.most <= 3 * PAGE
