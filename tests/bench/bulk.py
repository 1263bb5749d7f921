"""Many entries at once, questions to large books, seals and exports."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import Connection, Table, select
from sqlmodel import Session

from tests.bench.posting import DAY, ONE, an_account
from voucher import ledger
from voucher.database import Database
from voucher.ledger import Account, Draft, receipt, seals, tree
from voucher.ledger.accounts import accounts
from voucher.ledger.entries import dimension_sets, dimensions, entries, postings
from voucher.work import SYSTEM, begin, read

HOT = an_account(0)
SPAN = 25  # days from one lot of entries to the next


def drafts(prefix: str, count: int, since: date = DAY) -> list[Draft]:
    """Entries of two postings, all of them on the one hot fund line, in the order of their days; one in a hundred is late."""
    days = [since + timedelta(days=number * SPAN // count - 40 * (number % 100 == 7)) for number in range(count)]
    return [Draft(f"{prefix} {number}", "bench.released", day,
                  (ledger.debit(HOT, ONE, voucher=f"V-{number % 5000}"), ledger.credit(an_account(number % 1000 + 1), ONE)))
            for number, day in enumerate(days)]


def timed(act: Callable[[], Any]) -> float:
    """Seconds that it took."""
    start = perf_counter()
    act()
    return perf_counter() - start


def post_many(database: Database, some: Sequence[Draft]) -> float:
    """Entries a second, in one call and one transaction, on the day after the last of them."""
    last = max(draft.effective_on for draft in some)
    now = datetime.combine(last + timedelta(days=1), time(2), UTC)

    def act() -> None:
        with begin(database, SYSTEM, lambda: now) as work:
            ledger.post_many(work, some)
    return len(some) / timed(act)


def copy_same(source: Database, bare: Database, prefix: str) -> float:
    """Entries a second when the same rows, ready made, go by COPY into tables without a trigger, accounts that are not there too."""
    with read(source) as session:
        connection = session.connection()
        mine = entries.c.cause.startswith(prefix + " ")
        heads = [tuple(row) for row in connection.execute(entries.select().where(mine))]
        keys = select(entries.c.id).where(mine)
        rows = [tuple(row) for row in connection.execute(postings.select().where(postings.c.entry_id.in_(keys)))]
        used = {row[-1] for row in rows}
        sets = [tuple(row) for row in connection.execute(dimension_sets.select()) if row.id in used]
        members = [tuple(row) for row in connection.execute(dimensions.select()) if row.set_id in used]
    new = missing_accounts(source, bare)
    with read(bare) as session:
        there = set(session.connection().execute(select(dimension_sets.c.id)).scalars())

    def act() -> None:
        with bare.engine.begin() as connection:
            copy_rows(connection, accounts, new)
            copy_rows(connection, dimension_sets, [row for row in sets if row[0] not in there])
            copy_rows(connection, dimensions, [row for row in members if row[2] not in there])
            copy_rows(connection, entries, heads)
            copy_rows(connection, postings, rows)
    return len(heads) / timed(act)


def missing_accounts(source: Database, bare: Database) -> list[tuple[Any, ...]]:
    """The rows of accounts that the one has and the other has not."""
    with read(bare) as session:
        there = set(session.connection().execute(select(accounts.c.id)).scalars())
    with read(source) as session:
        return [tuple(row) for row in session.connection().execute(accounts.select()) if row.id not in there]


def copy_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows by COPY."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    columns = ", ".join(column.name for column in table.columns)
    with driver.cursor() as cursor, cursor.copy(f"copy {table.name} ({columns}) from stdin".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def best(act: Callable[[], Any], times: int = 30) -> float:
    """Microseconds of the median of some runs, the first thrown away."""
    act()
    return sorted(timed(act) for _ in range(times))[times // 2] * 1e6


def questions(database: Database) -> dict[str, float]:
    """Microseconds for each question about the hot account, through the session that asks."""
    with read(database) as session:
        known = ledger.statement(session, HOT.name, "CNY", limit=1)[0].recorded_at
        day = DAY + timedelta(days=10)
        return {
            "balance now": best(lambda: ledger.balance(session, HOT.name, "CNY")),
            "balance as of a day": best(lambda: ledger.balance(session, HOT.name, "CNY", day)),
            "balance as of a day, as known": best(lambda: ledger.balance(session, HOT.name, "CNY", day, known)),
            "a page of 50 of a statement": best(lambda: ledger.statement(session, HOT.name, "CNY", day, limit=50)),
        }


def sealing(database: Database) -> dict[str, float]:
    """Seconds to seal everything, beside hashing alone, and to verify; milliseconds to prove and to check a proof."""
    with read(database) as session:
        leaves = list(session.connection().execute(select(entries.c.digest)).scalars())
        some = ledger.journal.load(session, limit=1)[0]

    def seal() -> None:
        with begin(database, SYSTEM) as work:
            seals.seal(work)

    found = {"entries": float(len(leaves)), "hashing alone, s": timed(lambda: tree.root([sha256(leaf).digest() for leaf in leaves])),
             "seal, s": timed(seal)}
    with read(database) as session:
        document = seals.receipt(session, some)
        found["prove, ms"] = best(lambda: seals.receipt(session, some)) / 1000
        found["check a proof, ms"] = best(lambda: receipt.problems(document)) / 1000
        found["proof, bytes"] = float(len(str(document["proof"])))
        found["verify, s"] = timed(lambda: sound(session))
    return found


def sound(session: Session) -> None:
    """Verify, and find nothing."""
    assert ledger.verify(session) == []


_EXPORT = """
import sys
from voucher.database import Database
from voucher.ledger import plaintext
from voucher.work import read
def highest():
    return next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
with read(Database(sys.argv[1])) as session, open(sys.argv[3], "w") as out:
    session.connection()
    before = highest()
    plaintext.export(session, sys.argv[2], out)
print(before, highest())
"""


def exporting(database: Database, folder: Path) -> dict[str, float]:
    """Seconds and megabytes (resident, at the peak) of the export for hledger, and of hledger reading it."""
    journal, url = folder / "books.journal", database.url.render_as_string(hide_password=False)
    start = perf_counter()
    said = subprocess.run([sys.executable, "-c", _EXPORT, url, "hledger", str(journal)], capture_output=True, text=True, check=True)
    found = {"export, s": perf_counter() - start}
    before, peak = (int(each) / 1024 for each in said.stdout.split())
    found |= {"export, MB before": before, "export, MB at the peak": peak}
    start = perf_counter()
    with subprocess.Popen(["hledger", "-f", str(journal), "check", "-s"]) as reading:
        found["hledger, MB at the peak"] = os.wait4(reading.pid, 0)[2].ru_maxrss / 1024
        reading.returncode = 0
    found["hledger check -s, s"] = perf_counter() - start
    return found


def wide(database: Database) -> float:
    """Milliseconds for one entry of 4,000 postings."""
    lines = [line for number in range(2000) for line in (
        ledger.debit(Account(f"wide:account:{number}", "CNY"), ONE), ledger.credit(Account("wide:all", "CNY"), ONE))]

    def act() -> None:
        with begin(database, SYSTEM) as work:
            ledger.post(work, Draft(f"wide {perf_counter()}", "bench.wide", DAY, lines))
    act()
    act()
    return timed(act) * 1000
