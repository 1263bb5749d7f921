"""Exports: other programs read them, and find the balances that we have."""

import csv
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert

from tests.voucher.ledger.builders import DAY, NOW, a_draft, a_move, working
from tests.voucher.rfc4180 import strictly_read
from voucher import ledger
from voucher.database import Database
from voucher.errors import NotValid
from voucher.ledger import exchange, periods, plaintext, seals
from voucher.ledger.accounts import account_id, accounts
from voucher.ledger.balances import Balance
from voucher.money import Money
from voucher.work import Actor, read


@pytest.fixture
def books(database: Database) -> Database:
    """Entries in four currencies with everything that an entry can have, one reversed, most sealed, January closed."""
    with working(database) as work:
        ledger.post(work, a_draft("claim.approved C-1", a_move("54000.00", "financial:expense:subsidy", "financial:payable:C-1"),
                                  date(2026, 1, 15), memo="a word; \"quoted\" | and 券", evidence=("ab" * 32,), terms="t1"))
        ledger.post(work, a_draft("x 1", a_move("7.00", voucher="V-1", party="某公司")))
        ledger.post(work, a_draft('=x "2"; y | z', (*a_move("1.234", currency="TND"), *a_move("5", currency="KRW"),
                                                    *a_move("0.01", to="other_book:a.b", source="other_book:a-b", currency="EUR"))))
    with working(database, NOW + timedelta(days=1), Actor("Anna", UUID(int=1))) as work:
        ledger.reverse(work, "x 1", "x 1 reversed", DAY, "why")
        periods.close(work, date(2026, 1, 31))
    with working(database, NOW + timedelta(days=2)) as work:
        ledger.post(work, a_draft("x 3", a_move("3.00")))
        periods.reopen(work, None, "forgot one")
        ledger.post(work, a_draft("x 4", a_move("4.00"), date(2026, 1, 31)))
    return database


def exported(database: Database, format: str) -> str:
    """The whole ledger in a format."""
    out = StringIO()
    with read(database) as session:
        plaintext.export(session, format, out)
    return out.getvalue()


def ours(database: Database) -> list[Balance]:
    """Our balances."""
    with read(database) as session:
        return ledger.trial_balance(session)


def run(*command: str, given: str) -> str:
    """What a program says to a journal on its standard input; it must be content."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def theirs(rows: Iterator[Sequence[str]]) -> list[Balance]:
    """Balances from rows of an account and amounts such as `3.00 CNY, 5 KRW`."""
    found = []
    for name, amounts in rows:
        for amount in filter(None, amounts.replace("\n", ",").split(",")):
            figure, currency = amount.split()
            money = Money.parse(figure, currency)
            found += [Balance(name, money)] if money else []
    return sorted(found, key=lambda each: (each.account, each.amount.currency))


def sum_up(rows: Iterable[tuple[str, ...]]) -> list[Balance]:
    """Balances from rows of an account and one amount such as `3.00 CNY` a posting."""
    sums: dict[tuple[str, str], Money] = {}
    for name, amount in rows:
        figure, currency = amount.split()
        sums[name, currency] = sums.get((name, currency), Money.zero(currency)) + Money.parse(figure, currency)
    return [Balance(name, money) for (name, _), money in sorted(sums.items()) if money]


# What is a tag, a date, a price, a state or a comment to one of the programs.
MEANING_TEXTS = ("Key: value", ":tag:", "payee:: [2020-01-01]", "[=2020/01/01]", "[2026/13/45]", "date:2020-13-45", "date2:2020-99-99",
                 "(code)", "\\ \" ' {} @ =", "! x", "* x", "~ x", "= x", "assert: 1==2", "type: Z", "事件:值", "事件：值",
                 "#tag ^link", "a\u2028b", "\x07", "; x | y", "%x", "P 1")

READ_BEANCOUNT = """
import sys
from beancount.core.data import Open, Transaction
from beancount.loader import load_file
found, wrong, _ = load_file(sys.argv[1])
assert not wrong, wrong
names = {each.account: each.meta["name"] for each in found if isinstance(each, Open)}
for each in found:
    for posting in each.postings if isinstance(each, Transaction) else []:
        print(names[posting.account], posting.units, sep="\\t")
"""


def test_the_journal_reads_as_people_write_it(database: Database) -> None:
    with working(database) as work:
        ledger.post(work, a_draft("claim.approved C-1", a_move("54000.00", "financial:expense:subsidy", "financial:payable:claims")))
        ledger.post(work, a_draft("x 1", a_move("7.00"), DAY + timedelta(days=1)))
        assert plaintext.journal(work.session, until=DAY) == (
            "2026-03-02 claim.approved C-1\n"
            "    financial:expense:subsidy   54000.00 CNY\n"
            "    financial:payable:claims   -54000.00 CNY\n")
        assert plaintext.journal(work.session, since=DAY + timedelta(days=1)).startswith("2026-03-03 x 1\n")


def test_hledger_accepts_the_export_strictly_and_finds_our_balances(books: Database) -> None:
    journal = exported(books, "hledger")
    run("hledger", "-f", "-", "check", "-s", given=journal)
    rows = csv.reader(StringIO(run("hledger", "-f", "-", "balance", "--flat", "--no-total", "-O", "csv", given=journal)))
    assert next(rows) == ["account", "balance"]
    assert theirs(rows) == ours(books)


def test_ledger_accepts_the_export_pedantically_and_finds_our_balances(books: Database) -> None:
    journal = exported(books, "ledger")
    said = run("ledger", "--pedantic", "-f", "-", "balance", "--flat", "--no-total", "--format", "%(account)\t%(display_total)\f",
               given=journal)
    assert theirs(row.strip().split("\t") for row in said.split("\f") if row.strip()) == ours(books)


def test_bean_check_accepts_the_export_and_beancount_finds_our_balances(books: Database, tmp_path: Path) -> None:
    path = tmp_path / "books.beancount"
    path.write_text(exported(books, "beancount"), "utf-8")
    run(str(Path(sys.executable).with_name("bean-check")), "--no-cache", str(path), given="")
    said = run(sys.executable, "-W", "ignore", "-c", READ_BEANCOUNT, str(path), given="")
    assert sum_up(tuple(row.split("\t")) for row in said.splitlines()) == ours(books)


def test_no_text_of_ours_means_anything_to_the_programs_that_read_it(database: Database, tmp_path: Path) -> None:
    with working(database) as work:
        ledger.post_many(work, [a_draft(f"{text} {number}", event=text) for number, text in enumerate(MEANING_TEXTS)])
    run("hledger", "-f", "-", "check", "-s", given=exported(database, "hledger"))
    run("ledger", "--pedantic", "-f", "-", "balance", given=exported(database, "ledger"))
    path = tmp_path / "books.beancount"
    path.write_text(exported(database, "beancount"), "utf-8")
    run(str(Path(sys.executable).with_name("bean-check")), "--no-cache", str(path), given="")


@pytest.mark.parametrize("format", ["hledger", "ledger"])
def test_a_name_that_somebody_put_there_before_the_database_looked_begins_no_line(books: Database, format: str) -> None:
    forged = "budget:x\n2026-01-01 forged\n    budget:free  1.00 CNY\n    budget:spent  -1.00 CNY\n"
    with books.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger accounts_are_themselves" + ("" if books.is_sqlite else " on accounts"))
        connection.execute(insert(accounts), {"id": account_id(forged, "CNY"), "name": forged, "book": "budget", "currency": "CNY",
                                              "balance_minor": 0, "version": 0, "recorded_us": 0})
    begun = [line for line in exported(books, format).splitlines() if "forged" in line]
    assert [line.split()[0] for line in begun] == ["account"] and len(begun[0].split()) == 2


def test_accounts_stay_apart_in_beancount() -> None:
    names = ["a:b_c", "a:b-c", "a:b.c", "a:B-c", "a:b:c", "a:8", "a:-", "a:x-", "a:-c", "a:x-c", "financial:asset:x", "账:簿"]
    assert len({plaintext.beancount_name(name, "CNY") for name in names}) == len(names)


def test_csv_has_a_row_for_each_posting_and_no_formulas(books: Database) -> None:
    rows = list(csv.DictReader(StringIO(exported(books, "csv"))))
    assert sum_up((row["account"], f"{row['amount']} {row['currency']}") for row in rows) == ours(books)
    assert {row["cause"] for row in rows} >= {"'=x \"2\"; y | z", "x 1"}


def test_a_carriage_return_tears_no_row_of_csv(books: Database) -> None:
    with working(books, NOW + timedelta(days=3)) as work:
        ledger.post(work, a_draft("x\r5", a_move("5.00", voucher="V\r"), memo="wrong\r=1+1"))
    rows = strictly_read(exported(books, "csv"))
    assert rows == list(csv.reader(StringIO(exported(books, "csv"), newline="")))
    assert {len(row) for row in rows} == {len(plaintext.COLUMNS)}
    assert {row[-1] for row in rows if row[5] == "x\r5"} == {"wrong\r=1+1"}


def test_an_unknown_format_is_refused(database: Database) -> None:
    with pytest.raises(NotValid):
        exported(database, "excel")


def test_json_lines_rebuild_the_identical_ledger(books: Database, elsewhere: Database) -> None:
    lines = exported(books, "jsonl")
    with working(elsewhere) as work:
        assert exchange.bring_in(work.session, StringIO(lines)) == 6
    assert exported(elsewhere, "jsonl") == lines
    assert ours(elsewhere) == ours(books)
    with read(elsewhere) as there, read(books) as here:
        assert ledger.verify(there, seals.head_document(here)) == []
        assert periods.acts(there) == periods.acts(here)
        assert periods.closing(there, periods.acts(there)[0]) == periods.closing(here, periods.acts(here)[0])
        assert seals.latest(there) == seals.latest(here)


def test_json_lines_go_back_into_the_engine_they_came_from(books: Database) -> None:
    lines = exported(books, "jsonl")
    with working(books) as work, pytest.raises(exchange.NotEmpty):
        exchange.bring_in(work.session, StringIO(lines))


@pytest.mark.parametrize(("old", "new", "said"), [
    ('"5400000"', '"5400100"', "differ by 1.00 CNY"), ('"actor":"system"', '"actor":"eve"', "line .*hash differs"),
    ('"kind":"seal"', '"kind":"deal"', "line .*deal"), ('"kind":"ledger"', '"kind":"book"', "line 1: This is not a ledger"),
    ("ledger-export-2", "ledger-export-1", "line 1.*earlier version"),
    ("\n", "\n{]\n", "line 2: This line is not"), ('"currency":"CNY"', '"currency":"XYZ"', "line .*XYZ"),
    ('"cause":"x 3"', '"cause":"x 4"', "line "),
    ('"terms":"t1"', '"terms":"t2"', "line .*hash differs"), ('"memo":"why"', '"memo":"who"', "line .*memo"),
    ('"reason":"forgot one"', '"reason":"forgot two"', "not the whole ledger"), ('"kind":"end"', '"kind":"fin"', "line .*fin"),
    ('{"kind":"end"', '{"kind":"end"}\n{"kind":"end"', "line .*after the end"),
    ('"lower":null', '"lower":"-9223372036854775808"', "line .*64 bits"), ('"reason":""', r'"reason":"\u0000"', "line .*reason of 1"),
    ('"reason":""', r'"reason":"\ud800"', "line .*reason of 1"), ('"number":1,', '"number":18446744073709551616,', "line "),
    ('"act":"closed"', '"act":"opened"', "line .*kind_is_known"), ('"reason":"forgot one"', '"reason":" "', "line .*with a reason"),
    ('"adjusting":false', '"adjusting":""', "line "), ('"actor":"system"', f'"actor":"{"x" * 81}"', "line .*actor of 81"),
    ('"actor":"system"', '"actor":1', "line "), ('"postings":[[', '"postings":[["a:x","CNY","1",[]],[', "line "),
    ('"recorded_us":"1', '"recorded_us":"9999999999999991', "line "),
])
def test_damaged_json_lines_are_refused_with_the_line(books: Database, elsewhere: Database, old: str, new: str, said: str) -> None:
    lines = exported(books, "jsonl")
    assert old in lines
    with pytest.raises(NotValid, match=said), working(elsewhere) as work:
        exchange.bring_in(work.session, StringIO(lines.replace(old, new, 1)))
    assert ours(elsewhere) == []


def test_a_file_that_was_cut_off_at_any_line_is_refused(books: Database, elsewhere: Database) -> None:
    lines = exported(books, "jsonl").splitlines(keepends=True)
    for left in range(len(lines)):
        with pytest.raises(NotValid, match="not the whole ledger"), working(elsewhere) as work:
            exchange.bring_in(work.session, lines[:left])
    assert ours(elsewhere) == []


def test_entries_that_change_places_do_not_lead_to_the_root_of_their_seal(books: Database, elsewhere: Database) -> None:
    lines = exported(books, "jsonl").splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if '"kind":"entry"' in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    with pytest.raises(NotValid, match="do not lead to the root"), working(elsewhere) as work:
        exchange.bring_in(work.session, lines)
