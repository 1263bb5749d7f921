"""What the database refuses by itself, to whoever may write in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Update, delete, insert, literal, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, an_account, working, yuan
from voucher import ledger
from voucher.database import Database
from voucher.ledger import periods
from voucher.ledger.accounts import account_id, account_kinds, accounts
from voucher.ledger.entries import dimension_set_id, dimension_sets, dimensions, entries, memos, postings
from voucher.ledger.journal import NotItself
from voucher.ledger.periods import closing_balances
from voucher.ledger.seals import NotWhole, seal, sealed_entries, sealed_tiles, seals
from voucher.work import read

FREE, SPENT = account_id("budget:free", "CNY"), account_id("budget:spent", "CNY")


@contextmanager
def refused(database: Database, because: str) -> Iterator[Connection]:
    """A transaction of somebody with full rights that does not come to its end, for the reason named."""
    with pytest.raises((DBAPIError), match=because), database.engine.begin() as connection:
        yield connection


@pytest.fixture
def books(database: Database) -> Database:
    """Books with one entry: 100 from budget:free to budget:spent."""
    with working(database) as work:
        ledger.post(work, a_draft("x 1", a_move(voucher="V-1"), memo="a word"))
    return database


def an_entry(key: UUID, **values: Any) -> dict[str, Any]:
    """The row of an entry."""
    return {"id": key, "cause": str(key), "event": "x", "effective_on": DAY, "recorded_us": 2**57, "actor": "eve", "size": 2,
            "adjusting": False,
            "evidence": "[]", "terms": "", "content_digest": bytes(32), "digest": bytes(32)} | values


def a_posting(key: UUID, number: int, amount: object, running: int, account: UUID, **values: Any) -> dict[str, Any]:
    """The row of a posting that comes second in its account."""
    return {"entry_id": key, "number": number, "size": 2, "account_id": account, "amount_minor": amount,
            "effective_on": DAY, "recorded_us": 2**57, "version": 2, "running_minor": running, "high_on": DAY} | values


def a_move_of(row: dict[str, Any]) -> Update:
    """What has an account stand where a posting leaves it."""
    return update(accounts).where(accounts.c.id == row["account_id"]).values(
        balance_minor=row["running_minor"], version=row["version"], recorded_us=row["recorded_us"], high_on=row["high_on"])


def put(connection: Connection, *rows: dict[str, Any], moving: bool = False, **entry: Any) -> None:
    """Write postings and their entry, and their accounts beside them: in one statement where the engine knows such."""
    head, legs = insert(entries).values(an_entry(rows[0]["entry_id"], **entry)), insert(postings).values(list(rows))
    steps = [legs, *(a_move_of(row) for row in rows if moving)]
    if connection.dialect.name == "sqlite":
        for step in (*steps, head):
            connection.execute(step)
    else:
        connection.execute(head.add_cte(*(step.cte() for step in steps)))


def write(connection: Connection, *rows: dict[str, Any], **entry: Any) -> None:
    """Write postings and their entry, with the balances that belong to them."""
    put(connection, *rows, moving=True, **entry)


def test_a_sound_entry_written_by_hand_passes(books: Database) -> None:
    key = uuid4()
    with books.engine.begin() as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -50, 9950, SPENT))


@pytest.mark.parametrize("table", [entries, postings, dimension_sets, dimensions])
def test_what_is_posted_is_neither_changed_nor_removed(books: Database, table: Any) -> None:
    column = next(column for column in table.c if not column.primary_key) if table is not dimensions else table.c.value
    for statement in (update(table).values({column: column}), delete(table)):
        with refused(books, "only ever added") as connection:
            connection.execute(statement)


@pytest.mark.parametrize("pragma", ["recursive_triggers=OFF", "recursive_triggers=ON"])
def test_no_other_program_on_the_file_replaces_what_stands(sqlite: Database, pragma: str) -> None:
    with working(sqlite) as work:
        ledger.post(work, a_draft("x 1", a_move(voucher="V-1"), memo="a word"))
        ledger.post(work, a_draft("x 2", a_move(), memo="another word"))
    with working(sqlite, NOW + timedelta(days=1)) as work:
        periods.close(work, DAY)
    with closing(sqlite3.connect(sqlite.url.database or "")) as other:
        other.execute(f"pragma {pragma}")
        for table in ("entries", "postings", "dimension_sets", "dimensions", "memos", "accounts", "sealed_entries", "seals", "period_acts",
                      "closing_balances"):
            columns = ", ".join(column.name for column in SQLModel.metadata.tables[table].columns)
            assert other.execute(f"select count(*) from {table}").fetchone() != (0,), table
            for asked in (f"insert or replace into {table} ({columns}) select {columns} from {table}",
                          f"insert or replace into {table} (rowid, {columns}) select rowid, {columns} from {table}",
                          f"update or replace {table} set rowid = (select max(rowid) from {table}) where rowid = 1"):
                before = other.execute(f"select * from {table}").fetchall()
                if asked.startswith("update") and len(before) == 1:
                    continue
                with pytest.raises(sqlite3.IntegrityError, match=r"only ever|without a gap|made empty"):
                    other.execute(asked)
                assert other.execute(f"select * from {table}").fetchall() == before
        with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE entries\.cause"):
            other.execute("insert or replace into entries select 'other', cause, 'forged', effective_on, recorded_us, actor, size,"
                          " adjusting, evidence, terms, reverses_id, memo_commitment, content_digest, digest from entries")


def test_our_own_connections_tell_triggers_of_what_is_replaced(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("pragma recursive_triggers").scalar() == 1
    database.close()


def test_accounts_are_not_removed_or_renamed(books: Database) -> None:
    with refused(books, "only ever added") as connection:
        connection.execute(delete(accounts))
    with refused(books, "keeps its name") as connection:
        connection.execute(update(accounts).values(book="other"))


def test_memos_are_emptied_and_nothing_else(books: Database) -> None:
    with refused(books, "only ever") as connection:
        connection.execute(delete(memos))
    with refused(books, "only ever emptied") as connection:
        connection.execute(update(memos).values(text="another word"))
    with books.engine.begin() as connection:
        connection.execute(update(memos).values(text="", salt=b""))


@pytest.mark.parametrize("wrong", [
    {"cause": ""}, {"cause": "  "}, {"event": ""}, {"event": " "}, {"evidence": '["nonsense"]'}, {"evidence": "[5]"},
    {"evidence": f'["{"ab" * 32}", "{"AB" * 32}"]'}, {"effective_on": DAY.replace(year=9999)}, {"effective_on": DAY.replace(year=2200)},
])
def test_an_entry_that_says_what_none_can_is_refused(books: Database, wrong: dict[str, Any]) -> None:
    key, legs = uuid4(), {name: value for name, value in wrong.items() if name == "effective_on"}
    with refused(books, "an entry is sound") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE) | legs, a_posting(key, 2, -50, 9950, SPENT) | legs, **wrong)
    with books.engine.begin() as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -50, 9950, SPENT), evidence=f'["{"ab" * 32}","{"0" * 64}"]')


def test_an_entry_before_the_books_begin_is_refused(books: Database) -> None:
    key, day = uuid4(), {"effective_on": DAY.replace(year=2024)}
    with refused(books, "the day is closed") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE) | day, a_posting(key, 2, -50, 9950, SPENT) | day, **day)


def test_an_unbalanced_entry_is_refused(books: Database) -> None:
    key = uuid4()
    with refused(books, "balances in every book") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -49, 9951, SPENT))


def test_books_and_currencies_do_not_balance_each_other(database: Database) -> None:
    for name, currency in (("financial:cash", "CNY"), ("budget:free", "EUR")):
        with working(database) as work:
            lines = a_move(to=name, source=name.partition(":")[0] + ":other", currency=currency)
            ledger.post(work, a_draft(name, lines))
    with working(database) as work:
        ledger.post(work, a_draft())
    key = uuid4()
    for other in (account_id("financial:cash", "CNY"), account_id("budget:free", "EUR")):
        with refused(database, "balances in every book") as connection:
            write(connection, a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -50, 9950, other))


def test_an_entry_without_all_its_postings_is_refused(books: Database) -> None:
    key = uuid4()
    with refused(books, "as many postings as it says") as connection:
        connection.execute(insert(entries), an_entry(key))
    with refused(books, "as many postings as it says") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE))
    with refused(books, "(?i)has_two_postings|two at least") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE, size=1), size=1)


def test_postings_without_an_entry_are_refused_at_the_commit_at_the_latest(books: Database) -> None:
    key = uuid4()
    with refused(books, "(?i)foreign key|written with its entry") as connection:
        rows = [a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -50, 9950, SPENT)]
        connection.execute(insert(postings), rows)
        for row in rows:
            connection.execute(a_move_of(row))


@pytest.mark.parametrize(("number", "size"), [(1, 2), (2, 2), (3, 2), (3, 3)])
def test_an_entry_that_stands_gets_no_more_postings(books: Database, number: int, size: int) -> None:
    with books.engine.connect() as connection:
        key = UUID(str(connection.execute(entries.select()).one().id))
    with refused(books, "(?i)unique|number_within|foreign key|written with its entry") as connection:
        connection.execute(insert(postings), a_posting(key, number, 1, -9999, FREE, size=size))
        connection.execute(a_move_of(a_posting(key, number, 1, -9999, FREE)))


def test_a_posting_on_an_account_or_of_dimensions_that_do_not_stand_is_refused(books: Database) -> None:
    for wrong in ({"account_id": uuid4(), "version": 1, "running_minor": 50}, {"dimensions_id": uuid4()}):
        key = uuid4()
        with refused(books, "(?i)foreign key|that stand") as connection:
            write(connection, a_posting(key, 1, 50, -9950, FREE, dimensions_id=None) | wrong,
                  a_posting(key, 2, -50, 9950, SPENT, dimensions_id=None))


def test_a_posting_that_skips_the_balance_of_its_account_is_refused(books: Database) -> None:
    key = uuid4()
    for wrong in ({"running_minor": -9000}, {"version": 3}, {"recorded_us": 1}, {"effective_on": DAY.replace(day=3)},
                  {"high_on": DAY.replace(day=1)}):
        with refused(books, "continues the balance") as connection:
            write(connection, a_posting(key, 1, 50, -9950, FREE) | wrong, a_posting(key, 2, -50, 9950, SPENT))


def test_postings_that_leave_their_account_behind_are_refused(books: Database) -> None:
    key = uuid4()
    with refused(books, "continues the balance") as connection:
        put(connection, a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -50, 9950, SPENT))


def test_a_repeated_cause_is_refused(books: Database) -> None:
    key = uuid4()
    with refused(books, "(?i)unique") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE), a_posting(key, 2, -50, 9950, SPENT), cause="x 1")


def test_a_balance_out_of_bounds_is_refused(database: Database) -> None:
    free = an_account("budget:free", upper=0)
    with working(database) as work:
        ledger.post(work, a_draft(lines=(ledger.debit(an_account("budget:spent"), yuan("1.00")), ledger.credit(free, yuan("1.00")))))
    for beyond in (1, 10**15):
        key = uuid4()
        with refused(database, "(?i)not_above_its_upper_bound") as connection:
            write(connection, a_posting(key, 1, beyond + 100, beyond, FREE), a_posting(key, 2, -beyond - 100, -beyond, SPENT))


def put_amount(connection: Connection, amount: object) -> None:
    """An entry with this amount, past every type that Python knows of."""
    key = uuid4()
    write(connection, a_posting(key, 1, literal(amount), -9950, FREE), a_posting(key, 2, literal(-50), 9950, SPENT))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "٥", float("nan"), float("inf"), 0.00001, 0, 10**16 + 1])
def test_an_amount_that_is_no_whole_number_of_minor_units_is_refused(books: Database, amount: object) -> None:
    with books.engine.connect() as connection:
        put_amount(connection, 50)
        connection.rollback()
        with pytest.raises(DBAPIError, match=r"^(?![\s\S]*(balances|continues))"):
            put_amount(connection, amount)


def test_a_reversal_that_does_not_invert_is_refused(books: Database) -> None:
    with books.engine.connect() as connection:
        original = connection.execute(entries.select()).one().id
    key = uuid4()
    with refused(books, "inverts its original") as connection:
        write(connection, a_posting(key, 1, -50, -10050, FREE), a_posting(key, 2, 50, 10050, SPENT), reverses_id=original)


@pytest.mark.parametrize("is_there", [True, False])
def test_an_entry_is_sealed_only_where_it_stands_and_with_its_own_hash(books: Database, is_there: bool) -> None:
    with pytest.raises(DBAPIError, match="sealed with the hash that it has"), books.engine.begin() as connection:
        stands = connection.execute(entries.select()).one()
        row = {"position": 0, "entry_id": stands.id, "leaf": bytes(32)} if is_there else {
            "position": 0, "entry_id": uuid4(), "leaf": stands.digest}
        connection.execute(insert(sealed_entries), row)


def test_a_temporary_table_shows_the_guards_no_accounts_that_do_not_stand(postgres: Database) -> None:
    key, ghosts = uuid4(), (uuid4(), uuid4())
    with refused(postgres, "(?i)account|stands|null") as connection:
        connection.exec_driver_sql("create temp table accounts (like public.accounts)")
        for ghost, balance in zip(ghosts, (50, -50), strict=True):
            connection.exec_driver_sql("insert into accounts (id, name, book, currency, balance_minor, version, recorded_us)"
                                       " values (%s, %s, 'b', 'CNY', %s, 1, 0)", (ghost, str(ghost), balance))
        put(connection, a_posting(key, 1, 50, 50, ghosts[0], version=1), a_posting(key, 2, -50, -50, ghosts[1], version=1))


@pytest.mark.parametrize("wrong", [{"recorded_us": 2**60}, {"evidence": "[1"}, {"evidence": "{}"}])
def test_an_entry_that_nobody_could_read_is_refused(books: Database, wrong: dict[str, Any]) -> None:
    key, legs = uuid4(), {name: value for name, value in wrong.items() if name != "evidence"}
    with refused(books, "(?i)can_be_read|can be read|json|is sound") as connection:
        write(connection, a_posting(key, 1, 50, -9950, FREE) | legs, a_posting(key, 2, -50, 9950, SPENT) | legs, **wrong)


@pytest.mark.parametrize("members", ["[]", "{"])
def test_a_set_of_dimensions_that_nobody_could_read_is_refused(books: Database, members: str) -> None:
    with refused(books, "(?i)can_be_read|can be read|json") as connection:
        connection.execute(insert(dimension_sets), {"id": dimension_set_id(members), "members": members})


@pytest.mark.parametrize("moved", [{"balance_minor": 0}, {"recorded_us": 2**57}, {"high_on": DAY.replace(year=2027)},
                                   {"balance_minor": 777, "version": 2}, {"version": 9}])
def test_an_account_does_not_move_without_a_posting(books: Database, moved: dict[str, Any]) -> None:
    with refused(books, "moves by its postings only") as connection:
        connection.execute(update(accounts).values(**moved))


def an_empty_account(name: str, /, **values: Any) -> dict[str, Any]:
    """The row of an account as it is made."""
    row = {"name": name, "book": name.partition(":")[0], "currency": "CNY", "balance_minor": 0, "version": 0, "recorded_us": 0} | values
    return {"id": account_id(row["name"], row["currency"])} | row


@pytest.mark.parametrize("wrong", [{"balance_minor": 5, "version": 1}, {"version": 5}, {"recorded_us": 2**60}, {"high_on": DAY},
                                   {"book": "other"}, {"name": "zzz", "book": ""}, {"name": ":x", "book": ""}])
def test_an_account_is_made_empty_and_in_the_book_of_its_name(books: Database, wrong: dict[str, Any]) -> None:
    with refused(books, "made empty, in the book of its name") as connection:
        connection.execute(insert(accounts), an_empty_account("b:z", **wrong))
    with books.engine.begin() as connection:
        connection.execute(insert(accounts), an_empty_account("b:z"))


@pytest.mark.parametrize("bounds", [{}, {"lower_minor": 0}, {"upper_minor": 1}, {"lower_minor": -5, "upper_minor": 0}])
def test_an_account_of_the_manual_is_made_with_its_bounds_by_whoever_makes_it(database: Database, bounds: dict[str, Any]) -> None:
    name = "budget:free:L-2026-00001-1"
    with refused(database, "with the bounds of its kind") as connection:
        connection.execute(insert(accounts), an_empty_account(name, **bounds))
    with database.engine.begin() as connection:
        connection.execute(insert(accounts), an_empty_account(name, upper_minor=0))
    with pytest.raises(ledger.Overdrawn), working(database) as work:
        ledger.post(work, a_draft(lines=a_move("0.01", to=name, source="budget:spent")))
    for statement in (update(account_kinds).values(upper_minor=None), delete(account_kinds)):
        with refused(database, "only ever added") as connection:
            connection.execute(statement)


@pytest.mark.parametrize("name", ["b:x\n2026-01-01 forged", "b:\tx", "b:x y", "b:x;y", "b:x\x7f", "b:x\x85y", "b:x\u2028y", "b:x\u200b",
                                  "b:x::y", "b:x:", "b x:y", "b:x[1]", "b:x^"])
def test_an_account_has_a_name_that_every_program_reads_as_one(books: Database, name: str) -> None:
    with refused(books, "a name of letters, digits") as connection:
        connection.execute(insert(accounts), an_empty_account(name))


@pytest.mark.parametrize("currency", ["cny", "C\nY", "1.0"])
def test_an_account_is_of_a_currency_of_three_letters(books: Database, currency: str) -> None:
    with refused(books, "a name of letters, digits") as connection:
        connection.execute(insert(accounts), an_empty_account("b:x", currency=currency))


def test_a_name_that_ends_before_it_ends_is_refused(sqlite: Database) -> None:
    for name in ("b:x\0\n2026-01-01 forged", b"b:x\n2026-01-01 forged"):
        with refused(sqlite, "a name of letters, digits|in the book of its name") as connection:
            connection.exec_driver_sql("insert into accounts (id, name, book, currency, balance_minor, version, recorded_us)"
                                       " values ('00', ?, 'b', 'CNY', 0, 0, 0)", (name,))


@pytest.mark.parametrize("name", ["b:x-1", "b:x_1:y.Z", "b:张三", "b:ü:é", "b:०१", "b:\U00020000"])
def test_names_that_the_program_takes_are_taken_by_the_database(books: Database, name: str) -> None:
    with working(books) as work:
        ledger.post(work, a_draft("x 2", a_move(to=name, source="b:other")))
    with read(books) as session:
        assert ledger.verify(session) == []


@pytest.mark.parametrize("values", [{"id": account_id("budget:free:L-1", "CNY"), "name": "budget:mine"},
                                    {"id": account_id("budget:free:L-1", "CNY"), "currency": "USD", "upper_minor": 0},
                                    {"id": uuid4(), "upper_minor": 0}])
def test_nothing_is_posted_on_an_account_that_stands_in_the_place_of_another(books: Database, values: dict[str, Any]) -> None:
    """PostgreSQL knows the key of an account and takes no such row; SQLite does not, and the program looks."""
    row = an_empty_account("budget:free:L-1", **values)
    if not books.is_sqlite:
        with refused(books, "its key is made of them") as connection:
            connection.execute(insert(accounts), row)
        return
    with books.engine.begin() as connection:
        connection.execute(insert(accounts), row)
    lines = ledger.debit(an_account("budget:spent"), yuan("1.00")), ledger.credit(an_account("budget:free:L-1", upper=0), yuan("1.00"))
    for cause in ("x 2", "x 3"):
        with pytest.raises(NotItself, match="ledger verify"), working(books) as work:
            ledger.post(work, a_draft(cause, lines))
    with working(books) as work:
        ledger.post(work, a_draft("x 4"))
        assert {each.what for each in ledger.verify(work.session)} == {"has another key than its name gives"}


def test_nothing_is_posted_with_dimensions_under_whose_key_others_stand(books: Database) -> None:
    """PostgreSQL knows the key of a set and takes no such row; SQLite does not, and the program looks."""
    row = {"id": dimension_set_id('{"voucher":"V-2"}'), "members": '{"voucher":"V-9"}'}
    if not books.is_sqlite:
        with refused(books, "its key is made of it") as connection:
            connection.execute(insert(dimension_sets), row)
        return
    with books.engine.begin() as connection:
        connection.execute(insert(dimension_sets), row)
        connection.execute(insert(dimensions), {"name": "voucher", "value": "V-9", "set_id": row["id"]})
    with pytest.raises(NotItself, match=r"V-2.*ledger verify"), working(books) as work:
        ledger.post(work, a_draft("x 2", a_move(voucher="V-2")))
    with working(books) as work:
        ledger.post_many(work, [a_draft("x 3", a_move(voucher="V-1")), a_draft("x 4", a_move(voucher="V-3"))])
        assert ledger.find(work.session, "x 2") is None


def an_entry_without_words(database: Database) -> UUID:
    """One more entry in the books, with nothing written beside it."""
    with working(database) as work:
        return ledger.post(work, a_draft("x 2", a_move("7.00"))).id


def test_no_words_are_put_beside_an_entry_that_came_without_any(books: Database) -> None:
    for key in (an_entry_without_words(books), uuid4()):
        for text, salt in (("approved orally by the mayor", bytes(32)), ("", b"")):
            with refused(books, "only ever written with their entry") as connection:
                connection.execute(insert(memos), {"entry_id": key, "text": text, "salt": salt})


@pytest.mark.parametrize(("name", "value"), [("voucher", "V-9"), ("claim", "C-STRANGE"), ("claim", "V-1")])
def test_a_set_of_dimensions_is_found_under_no_other_than_it_has(books: Database, name: str, value: str) -> None:
    with books.engine.connect() as connection:
        key = connection.execute(select(dimension_sets.c.id)).scalar_one()
    for set_id in (UUID(str(key)), uuid4()):
        with refused(books, "(?i)dimensions are those of their set") as connection:
            connection.execute(insert(dimensions), {"name": name, "value": value, "set_id": set_id})


@pytest.mark.parametrize("position", [0, 2, 5000])
def test_an_entry_is_sealed_at_the_next_place_in_the_tree_and_at_no_other(books: Database, position: int) -> None:
    with working(books) as work:
        seal(work)
    an_entry_without_words(books)
    with books.engine.connect() as connection:
        row = connection.execute(select(entries.c.id, entries.c.digest).where(entries.c.cause == "x 2")).one()
    with refused(books, "(?i)at the next place|unique") as connection:
        connection.execute(insert(sealed_entries), {"position": position, "entry_id": row.id, "leaf": row.digest})


def test_what_somebody_sealed_by_hand_is_covered_by_the_next_seal(books: Database) -> None:
    an_entry_without_words(books)
    with books.engine.begin() as connection:
        row = connection.execute(select(entries.c.id, entries.c.digest).where(entries.c.cause == "x 2")).one()
        connection.execute(insert(sealed_entries), {"position": 0, "entry_id": row.id, "leaf": row.digest})
    with working(books) as work:
        assert seal(work).size == 2
        assert ledger.verify(work.session) == []


@pytest.mark.parametrize(("number", "size"), [(0, 32), (1, 32), (0, 5)])
def test_the_root_of_a_stretch_is_written_down_when_a_seal_covers_it(books: Database, number: int, size: int) -> None:
    with working(books) as work:
        seal(work)
    with refused(books, "of 256 entries that a seal covers") as connection:
        connection.execute(insert(sealed_tiles), {"number": number, "root": bytes(size)})


def test_a_second_root_of_a_stretch_is_refused(database: Database) -> None:
    with working(database) as work:
        ledger.post_many(work, [a_draft(f"x {number}") for number in range(300)])
        seal(work)
    for number, size in ((0, 32), (1, 32), (1, 5)):
        with refused(database, "(?i)of 256 entries that a seal covers|unique|only ever") as connection:
            connection.execute(insert(sealed_tiles), {"number": number, "root": bytes(size)})


def test_a_seal_by_hand_that_left_out_the_roots_of_its_stretches_stops_no_later_one(database: Database) -> None:
    with working(database) as work:
        ledger.post_many(work, [a_draft(f"x {number}") for number in range(300)])
    with database.engine.begin() as connection:
        rows = connection.execute(select(entries.c.id, entries.c.digest).order_by(entries.c.id)).all()
        connection.execute(insert(sealed_entries), [
            {"position": at, "entry_id": row.id, "leaf": row.digest} for at, row in enumerate(rows)])
        connection.execute(insert(seals), {"number": 1, "size": 300, "root": bytes(32), "recorded_us": 0, "actor": "eve"})
    with working(database) as work:
        ledger.post(work, a_draft("x 300"))
        assert seal(work).size == 301
        assert [each.about for each in ledger.verify(work.session)] == ["seal 1"]


def test_a_stretch_too_many_is_named_by_whoever_seals(books: Database) -> None:
    with books.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger sealed_tiles_belong" + ("" if books.is_sqlite else " on sealed_tiles"))
        connection.execute(insert(sealed_tiles), {"number": 0, "root": bytes(32)})
    with pytest.raises(NotWhole, match="ledger verify"), working(books) as work:
        seal(work)


def test_kinds_of_accounts_come_with_migrations_only(books: Database) -> None:
    with refused(books, "only ever added by a migration") as connection:
        connection.execute(insert(account_kinds), {"prefix": "zzz:", "lower_minor": -5, "upper_minor": 5})


def test_balances_are_kept_with_their_closing_and_not_afterwards(books: Database) -> None:
    with working(books) as work:
        ledger.post(work, a_draft("x 2", a_move(to="budget:other", source="budget:more")))
    with working(books, NOW + timedelta(days=1)) as work:
        periods.close(work, DAY - timedelta(days=1))
    with refused(books, "only ever kept with their closing") as connection:
        connection.execute(insert(closing_balances), {"act_number": 1, "account_id": FREE, "balance_minor": 555})
    with refused(books, "(?i)foreign key") as connection:
        connection.execute(insert(closing_balances), {"act_number": 2, "account_id": FREE, "balance_minor": 555})
    with read(books) as session:
        assert ledger.verify(session) == []
        assert periods.closing(session, periods.acts(session)[0]) == []
