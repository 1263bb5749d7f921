"""Seals, receipts, and what verification finds when somebody with full rights has been at the books."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, working
from voucher import ledger
from voucher.database import Database
from voucher.ledger import exchange, receipt, seals
from voucher.ledger.seals import _PLACE
from voucher.work import read

BOUND = "(id, account_id, lower_before, lower_minor, recorded_us, actor, reason)"


@pytest.fixture
def books(database: Database) -> Database:
    """Five entries, x 0 to x 4, all sealed."""
    with working(database) as work:
        for number in range(5):
            lines = a_move(f"{number + 1}.00", voucher=f"V-{number}")
            ledger.post(work, a_draft(f"x {number}", lines, memo=f"word {number}"))
    with working(database, NOW + timedelta(hours=1)) as work:
        seals.seal(work)
    return database


def kept(database: Database) -> dict[str, Any]:
    """The head as it was put away."""
    with read(database) as session:
        return seals.head_document(session)


def findings(database: Database, head: dict[str, Any] | None = None) -> list[str]:
    """What verification says."""
    with read(database) as session:
        return [f"{finding.about}: {finding.what}" for finding in ledger.verify(session, head)]


def unguarded(database: Database) -> Connection:
    """The hands of somebody who may do everything, triggers taken away."""
    connection = database.engine.connect()
    if database.is_sqlite:
        connection.exec_driver_sql("rollback")
        connection.exec_driver_sql("pragma foreign_keys = off")
        connection.exec_driver_sql("begin")
        for name in connection.exec_driver_sql("select name from sqlite_master where type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f"drop trigger {name}")
    else:
        connection.exec_driver_sql("set session_replication_role = replica")
    return connection


def tamper(database: Database, *statements: str) -> None:
    """Change the books past every guard."""
    with unguarded(database) as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


def test_sound_books_have_no_findings(books: Database) -> None:
    assert findings(books) == []
    assert findings(books, kept(books)) == []


def test_verification_names_the_first_entry_of_a_clock_that_ran_ahead(books: Database) -> None:
    ahead, now = NOW + timedelta(days=365), NOW + timedelta(hours=2)
    for cause, at, lines in (("y 1", ahead, a_move()), ("y 2", now, a_move()), ("y 3", now, a_move(to="b:x", source="b:y"))):
        with working(books, at) as work:
            ledger.post(work, a_draft(cause, lines))
            seals.seal(work)
    with read(books) as session:
        assert [f"{finding.about}: {finding.what}" for finding in ledger.verify(session, now=now)] == [
            "y 1: was recorded at 2027-03-02T09:30:00+00:00, by a clock that ran ahead; 1 more stand at or behind that instant"]
        assert ledger.verify(session, now=ahead) == ledger.verify(session) == []


def test_sealing_again_without_new_entries_changes_nothing(books: Database) -> None:
    before = kept(books)
    with working(books, NOW + timedelta(hours=2)) as work:
        head = seals.seal(work)
    assert (head.number, head.size) == (1, 5)
    assert kept(books) == before


def test_a_seal_covers_what_came_since_and_keeps_what_was_before(books: Database) -> None:
    before = kept(books)
    for round_ in range(3):
        with working(books, NOW + timedelta(days=round_ + 1)) as work:
            ledger.post_many(work, [a_draft(f"y {round_} {number}") for number in range(300)])
        with working(books, NOW + timedelta(days=round_ + 1)) as work:
            head = seals.seal(work)
    assert (head.number, head.size) == (4, 905)
    assert findings(books) == []
    assert findings(books, before) == []


def test_an_entry_that_was_long_in_committing_is_sealed_too_and_before_what_followed_it(books: Database) -> None:
    with working(books, NOW - timedelta(days=2)) as work:
        ledger.post(work, a_draft("late 1", a_move(to="b:x", source="b:y")))
    with working(books, NOW + timedelta(hours=5)) as work:
        ledger.post(work, a_draft("after it", a_move(to="b:x", source="b:y")))
        assert seals.seal(work).size == 7
    with read(books) as session:
        order = [json.loads(line)["cause"] for line in exchange.lines(session) if '"kind":"entry"' in line]
    assert order[5:] == ["late 1", "after it"]


def test_entries_that_nobody_counted_are_named(books: Database) -> None:
    tamper(books, "delete from entry_counts")
    assert findings(books) == ["entries: 0 are counted, 5 are there: a seal may pass over one that came late"]


def test_a_count_beyond_all_entries_is_named_and_the_next_seal_puts_it_right(books: Database) -> None:
    with books.engine.begin() as connection:
        connection.execute(text(f"insert into entry_counts values ({2**63 - 1})"))
    assert findings(books) == [f"entries: {2**63 + 4} are counted, 5 are there: the next seal looks through all of them"]
    with working(books, NOW + timedelta(hours=3)) as work:
        ledger.post(work, a_draft("x 5"))
    with working(books, NOW + timedelta(hours=4)) as work:
        assert seals.seal(work).size == 6
    assert findings(books) == []


@pytest.mark.parametrize("dimensions", [{"voucher": "V-666"}, {}])
def test_a_reversal_that_was_taken_with_other_dimensions_is_named(books: Database, dimensions: dict[str, str]) -> None:
    with books.engine.begin() as connection:
        connection.execute(text("drop trigger if exists entries_reverse_dimensions" + ("" if books.is_sqlite else " on entries")))
    with working(books) as work:
        original = ledger.find_many(work.session, ["x 2"])["x 2"]
        lines = [ledger.Line(each.account, -each.amount, tuple(dimensions.items())) for each in original.lines]
        ledger.post(work, a_draft("back 2", lines, reverses=original.id))
        ledger.reverse(work, "x 3", "back 3", DAY, "wrong line")
    assert findings(books) == ["back 2: is not the inverse of an entry that can be reversed"]


@pytest.mark.parametrize(("statement", "about"), [
    ("update entries set effective_on = '2026-01-01' where cause = 'x 2'", "x 2: says something else than when it was posted"),
    ("update entries set actor = 'eve' where cause = 'x 2'", "x 2: was not recorded by this person at this instant"),
    ("update entries set evidence = '[\"00\"]' where cause = 'x 2'", "x 2: says something else than when it was posted"),
    ("update entries set recorded_us = recorded_us + 1 where cause = 'x 2'", "x 2: was not recorded by this person at this instant"),
    ("update postings set amount_minor = amount_minor * 2 where entry_id = (select id from entries where cause = 'x 2')",
     "x 2: says something else than when it was posted"),
    ("delete from entries where cause = 'x 2'", "position 2: the entry that was sealed here is gone"),
    ("update sealed_entries set leaf = (select root from seals where number = 1) where position = 2", "x 2: is not what was sealed"),
    ("delete from sealed_entries where position = 2", "position 2: is missing from the seals"),
    ("update memos set text = 'other' where entry_id = (select id from entries where cause = 'x 2')",
     "x 2: its memo is not what was written"),
    ("update accounts set balance_minor = 0 where name = 'budget:spent'",
     "budget:spent: stands at 0 CNY, its postings sum to 1500"),
    ("update dimensions set value = 'V-9' where value = 'V-2'", '{"voucher":"V-2"}: is found under other dimensions than it has'),
    ("insert into dimensions select name, 'V-9', set_id from dimensions where value = 'V-2'",
     '{"voucher":"V-2"}: is found under other dimensions than it has'),
    ("update accounts set high_on = '2027-06-01' where name = 'budget:spent'",
     "budget:spent: says another day or instant than its last posting"),
    ("update accounts set recorded_us = recorded_us + 1 where name = 'budget:spent'",
     "budget:spent: says another day or instant than its last posting"),
    ("update accounts set version = 9 where name = 'budget:spent'", "budget:spent: counts 9 postings and has 5"),
    ("update entries set size = 3 where cause = 'x 2'", "x 2: has not as many postings as it says"),
    ("update seals set root = sealed_entries.leaf from sealed_entries where position = 0",
     "seal 1: is not the root over the entries before it"),
])
def test_verification_names_what_was_touched(books: Database, statement: str, about: str) -> None:
    tamper(books, statement)
    assert findings(books)[0] == about


def test_a_day_that_no_posting_had_reached_is_named_though_all_agree(books: Database) -> None:
    tamper(books, "update postings set high_on = '2027-06-01'", "update accounts set high_on = '2027-06-01'")
    assert findings(books) == [f"x 0: posting {number} does not continue its account" for number in (1, 2)]


@pytest.mark.parametrize(("statements", "about"), [
    ("insert into sealed_tiles (number, root) select 0, root from seals", "tile 0: is not the root over its entries"),
    ("insert into accounts (id, name, book, currency, balance_minor, version, recorded_us)"
     " values ('00000000-0000-0000-0000-000000000001', 'a:b', 'a', 'CNY', 0, 0, 0)", "a:b: has another key than its name gives"),
    ("update accounts set book = 'other' where name = 'budget:spent'", "budget:spent: is kept in another book than its name says"),
    ("insert into account_kinds values ('budget:', 0, null)",
     "budget:free: has other bounds than its kind, and no change gave it these"),
    (f"insert into bound_acts {BOUND} select id, id, null, -5, 0, 'eve', 'x' from accounts where name = 'budget:spent'",
     "budget:spent: has other bounds than its last change gave it"),
    (f"insert into bound_acts {BOUND} select a.id, b.id, null, -5, 0, 'eve', 'x' from accounts a, accounts b where b.name = 'budget:spent'",
     "budget:spent: has a change of its bounds that does not follow the one before"),
    ("update postings set running_minor = running_minor + 1 where version = 2", "x 1: posting 1 does not continue its account"),
    ("update postings set high_on = '2026-03-01' where version = 2", "x 1: posting 1 does not continue its account"),
    ("update entries set recorded_us = recorded_us - 100 where cause = 'x 1'; update postings set recorded_us = recorded_us - 100"
     " where version = 2", "x 1: posting 1 does not continue its account"),
    ("update entries set reverses_id = (select id from entries where cause = 'x 1') where cause = 'x 2'",
     "x 2: is not the inverse of an entry that can be reversed"),
])
def test_verification_names_beside_the_rest_what_was_touched(books: Database, statements: str, about: str) -> None:
    tamper(books, *statements.split("; "))
    assert about in findings(books)


@pytest.mark.parametrize(("statement", "about"), [
    ("update entries set recorded_us = 1152921504606846976 where cause = 'x 2'", "x 2"),
    ("update entries set evidence = 'none' where cause = 'x 2'", "x 2"),
    ("update entries set effective_on = {never} where cause = 'x 2'", "x 2"),
    ("update dimension_sets set members = '[]' where members like '%V-2%'", "[]"),
    ("update accounts set currency = 'XYZ' where name = 'budget:spent'", "budget:spent"),
    ("insert into accounts (id, name, book, currency, balance_minor, version, recorded_us)"
     " values ('00000000-0000-0000-0000-000000000001', 'a:b', 'a', 'XYZ', 0, 0, 0)", "a:b"),
])
def test_what_nobody_can_read_is_named(books: Database, statement: str, about: str) -> None:
    unchecked = [] if books.is_sqlite else [f"alter table {table} drop constraint ck_{table}_can_be_read" for table in (
        "entries", "dimension_sets")]
    tamper(books, *unchecked, statement.format(never="'soon'" if books.is_sqlite else "'infinity'"))
    (finding,) = findings(books)
    assert finding.startswith(f"{about}: cannot be read")


def test_a_memo_may_be_forgotten(books: Database) -> None:
    head = kept(books)
    with books.engine.begin() as connection:
        connection.execute(text("update memos set text = '', salt = ''"))
    assert findings(books, head) == []
    with working(books) as work:
        assert ledger.post(work, a_draft("x 2", a_move("3.00", voucher="V-2"), memo="word 2")).memo == ""


@pytest.mark.parametrize("words", ["approved orally by the mayor", ""])
def test_words_put_beside_an_entry_that_came_without_any_are_named_and_shown_to_nobody(books: Database, words: str) -> None:
    with working(books) as work:
        ledger.post(work, a_draft("y 1"))
    stranger = "" if books.is_sqlite else "::uuid"
    tamper(books, f"insert into memos select id, '{words}', '' from entries where cause = 'y 1'",
           f"insert into memos values ('{'0' * 31}1'{stranger}, '{words}', '')")
    assert sorted(findings(books)) == [f"{UUID(int=1)}: has words beside it that no entry commits to",
                                       "y 1: has words beside it that no entry commits to"]
    with read(books) as session:
        assert [each.memo for each in ledger.find_many(session, ["x 1", "y 1"]).values()] == ["word 1", ""]


def rebuild(database: Database, drafts: list[ledger.Draft]) -> None:
    """Compute the whole ledger anew from other drafts, as somebody could who has every right."""
    tables = ("sealed_entries", "sealed_tiles", "seals", "memos", "postings", "entries", "dimensions", "dimension_sets",
              "accounts")
    tamper(database, *(f"delete from {table}" for table in tables))
    with working(database) as work:
        ledger.post_many(work, drafts)
    with working(database, NOW + timedelta(hours=1)) as work:
        seals.seal(work)


def the_same(number: int) -> ledger.Draft:
    """One of the five entries, posted once more."""
    return a_draft(f"x {number}", a_move(f"{number + 1}.00", voucher=f"V-{number}"))


def test_a_kept_head_tells_when_everything_was_computed_anew(books: Database) -> None:
    head = kept(books)
    rebuild(books, [the_same(number) for number in (0, 1, 3, 4)])
    assert findings(books) == []
    assert findings(books, head)


@pytest.mark.parametrize(("order", "said"), [
    ((0, 1, 3, 4), "position 2: an entry was removed here, before x 3, since the head was kept"),
    ((0, 1, 9, 2, 3, 4), "x 9: was inserted at position 2 since the head was kept"),
    ((0, 1, 9, 3, 4), "x 9: at position 2 was altered since the head was kept"),
    ((0, 1, 4, 3, 2), "x 4: stands at position 2, where another entry stood when the head was kept"),
    ((0, 1, 4), "position 2: an entry was removed here, before x 4, since the head was kept"),
    ((0, 1, 8, 9, 2, 3, 4), "x 8: was inserted at position 2 since the head was kept"),
    ((0, 1), "position 2: the entries from here on were removed since the head was kept"),
])
def test_a_kept_head_names_the_first_entry_that_was_touched(order: tuple[int, ...], said: str) -> None:
    leaves = [bytes([number]) * 32 for number in range(10)]
    walk = ledger.verification._Walk()
    for number in order:
        walk.add(leaves[number], f"x {number}")
    for width in (seals.MARK, 4):  # heads had marks of four bytes at first
        finding = ledger.verification._touched(walk, 5, b"", b"".join(leaf[:width] for leaf in leaves[:5]))
        assert f"{finding.about}: {finding.what}" == said


def test_a_head_without_marks_tells_that_something_was_touched(books: Database) -> None:
    head = kept(books)
    del head["marks"]
    assert findings(books, head) == []
    rebuild(books, [the_same(number) for number in (0, 1, 3, 4)])
    assert findings(books, head) == [
        "the head: is not the root over the first 5 entries; one with marks tells which was touched"]


def test_a_receipt_holds_with_the_standard_library_alone(books: Database, tmp_path: Path) -> None:
    head = kept(books)
    (tmp_path / "head.json").write_text(json.dumps(head))
    for number in range(5):
        with read(books) as session:
            entry = ledger.find(session, f"x {number}")
            assert entry
            document = seals.receipt(session, entry)
        (tmp_path / "receipt.json").write_text(json.dumps(document))
        command = [sys.executable, "-I", "-S", str(receipt.__file__), "receipt.json", "head.json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert f'"cause":"x {number}"' in done.stdout


@pytest.mark.parametrize("part", ["content", "record"])
def test_a_receipt_that_was_changed_does_not_hold(books: Database, part: str) -> None:
    with read(books) as session:
        entry = ledger.find(session, "x 3")
        assert entry
        document = seals.receipt(session, entry)
    assert receipt.problems(document) == []
    assert receipt.problems(document | {part: document[part].replace("x 3", "x 2").replace('"system"', '"eve"')})
    assert receipt.problems(document | {"proof": document["proof"] | {"position": 2}})
    assert receipt.problems(document, kept(books) | {"size": 6})


def test_an_entry_that_is_not_sealed_has_no_receipt(database: Database) -> None:
    with working(database) as work:
        entry = ledger.post(work, a_draft())
        with pytest.raises(seals.NotSealed):
            seals.receipt(work.session, entry)


@pytest.fixture
def grown(books: Database) -> Database:
    """The five entries, and three more seals that fill tiles and begin new ones: of 5, 256, 300 and 1024 entries."""
    for round_, size in enumerate((256, 300, 1024)):
        with working(books, NOW + timedelta(days=round_ + 1)) as work:
            ledger.post_many(work, [a_draft(f"y {number}") for number in range((5, 256, 300)[round_], size)])
        with working(books, NOW + timedelta(days=round_ + 1)) as work:
            assert seals.seal(work).size == size
    return books


def test_a_receipt_is_given_under_every_head_that_covers_the_entry(grown: Database) -> None:
    for position in (0, 4, 5, 255, 256, 299, 512, 1023):
        cause = f"{'x' if position < 5 else 'y'} {position}"
        for size in (5, 256, 300, 1024):
            with read(grown) as session:
                entry, head = ledger.find(session, cause), seals.head_over(session, size)
                assert entry
                if position < size:
                    document = seals.receipt(session, entry, head)
                    assert receipt.problems(document, {"size": size, "root": head.root.hex()}) == []
                    assert document["proof"]["position"] == position
                else:
                    with pytest.raises(seals.NotSealed, match="under that head"):
                        seals.receipt(session, entry, head)


def test_every_head_is_shown_to_have_grown_out_of_every_earlier_one(grown: Database) -> None:
    with read(grown) as session:
        heads = [seals.head_over(session, size) for size in (5, 256, 300, 1024)]
        for at, after in enumerate(heads):
            for before in heads[:at + 1]:
                document = seals.growth(session, before, after)
                assert receipt.growth_problems(document, document["before"], document["after"]) == []
                assert receipt.growth_problems(document, {"size": 7, "root": "00"}) == ["it is about other heads"]
                for side in ("before", "after"):
                    changed = document | {side: document[side] | {"root": "00" * 32}}
                    assert receipt.growth_problems(changed) == ["the hashes do not lead to both heads"]


def test_a_history_that_was_rewritten_did_not_grow_out_of_the_head_that_was_kept(books: Database) -> None:
    with read(books) as session:
        before = seals.latest(session)
    rebuild(books, [the_same(number) for number in (0, 1, 2, 3)] + [a_draft("y 4", memo="another"), a_draft("y 5")])
    with read(books) as session:
        document = seals.growth(session, before, seals.latest(session))
        assert receipt.growth_problems(document) == ["the hashes do not lead to both heads"]
        for size, root in ((before.size, before.root), (6, before.root), (0, None), (-1, None), (2**70, None)):
            with pytest.raises(seals.NoSuchHead):
                seals.head_over(session, size, root)


@pytest.mark.parametrize("wrong", [
    {"size": -5}, {"size": 2**70}, {"size": float("inf")}, {"size": 6}, {"size": None}, {"root": "00"}, {"root": 5}, {"marks": "AAAA"},
    {"marks": "\ud800"}, {"marks": "x"},
])
def test_what_is_no_head_is_refused_before_it_is_used(books: Database, wrong: dict[str, Any]) -> None:
    assert seals.read_head(kept(books))[0] == 5
    with pytest.raises((TypeError, ValueError)):
        seals.read_head(kept(books) | wrong)


@pytest.mark.parametrize("table", ["seals", "sealed_entries"])
def test_seals_are_only_ever_added(books: Database, table: str) -> None:
    with pytest.raises(DBAPIError, match="only ever added"), books.engine.begin() as connection:
        connection.execute(text(f"delete from {table} where 1 = 1"))


@pytest.mark.parametrize(("wrong", "said"), [
    ({"number": 3}, "numbered without a gap"), ({"number": 0}, "numbered without a gap"),
    *(({"size": size}, "sealed since the one before") for size in (4, 5, 6, 8, 999)),
    ({"root": bytes(31)}, "32 bytes"),
])
def test_the_database_takes_no_seal_that_covers_other_entries_than_were_sealed(books: Database, wrong: dict[str, Any], said: str) -> None:
    seal = {"number": 2, "size": 7, "root": bytes(32), "recorded_us": 0, "actor": "eve"} | wrong
    with working(books, NOW + timedelta(days=1)) as work:
        ledger.post_many(work, [a_draft("y 1"), a_draft("y 2")])
    with pytest.raises(DBAPIError, match=said), books.engine.begin() as connection:
        connection.execute(text(_PLACE), {"next": 5, "since": 0})
        connection.execute(insert(seals.seals), seal)
