"""What was written beside an entry is taken away: the words are gone, and everything that was proven stays so."""

import csv
from io import StringIO

import pytest
from sqlalchemy import select

from tests.voucher.ledger.builders import a_draft, a_move, working
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotFound
from voucher.ledger import exchange, plaintext, receipt, seals
from voucher.ledger.entries import memos
from voucher.work import read


@pytest.fixture
def books(database: Database) -> Database:
    """Two entries, sealed: a word of Liu's stands beside x 1, nothing beside x 2."""
    with working(database) as work:
        ledger.post(work, a_draft("x 1", a_move("5.00"), memo="Liu asked for it"))
        ledger.post(work, a_draft("x 2", a_move("7.00")))
        seals.seal(work)
    return database


def forget(database: Database, cause: str) -> ledger.Entry:
    """Somebody has it forgotten."""
    with working(database) as work:
        return ledger.forget(work, cause)


def exported(database: Database, format: str) -> str:
    """The books for another program."""
    out = StringIO()
    with read(database) as session:
        plaintext.export(session, format, out)
    return out.getvalue()


def test_the_words_are_gone_and_the_entry_its_receipt_and_the_head_are_as_they_were(books: Database) -> None:
    with read(books) as session:
        before, head = ledger.find(session, "x 1"), seals.head_document(session)
        held = receipt.problems(seals.receipt(session, before), head) if before else ["no entry"]
    assert before and held == [] and not before.is_forgotten
    assert forget(books, "x 1").is_forgotten
    with read(books) as session:
        after = ledger.find(session, "x 1")
        assert after and after.is_forgotten and (after.digest, after.memo_commitment) == (before.digest, before.memo_commitment)
        assert receipt.problems(seals.receipt(session, after), head) == []
        assert ledger.verify(session, head) == []
        assert [tuple(row) for row in session.connection().execute(select(memos.c.text, memos.c.salt))] == [("", b"")]
    with working(books) as work:
        assert ledger.post(work, a_draft("x 1", a_move("5.00"), memo="Liu asked for it")).id == after.id


def test_an_export_says_so_and_is_rebuilt_elsewhere(books: Database, elsewhere: Database) -> None:
    forget(books, "x 1")
    rows = csv.DictReader(StringIO(exported(books, "csv"), newline=""))
    assert {(row["cause"], row["memo"]) for row in rows} == {("x 1", "(forgotten)"), ("x 2", "")}
    lines = exported(books, "jsonl")
    with working(elsewhere) as work:
        exchange.bring_in(work.session, StringIO(lines))
    assert exported(elsewhere, "jsonl") == lines
    with read(elsewhere) as session:
        assert (found := ledger.find(session, "x 1")) and found.is_forgotten
        assert (found := ledger.find(session, "x 2")) and not found.is_forgotten
    assert not any("Liu" in exported(each, name) for each in (books, elsewhere) for name in plaintext.FORMATS)


def test_what_is_not_there_is_not_forgotten(books: Database) -> None:
    forget(books, "x 1")
    for cause, refusal in (("x 1", ledger.NothingWritten), ("x 2", ledger.NothingWritten), ("x 3", NotFound)):
        with pytest.raises(refusal):
            forget(books, cause)
