"""Many entries at once, questions to large books, seals and exports."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.bench.posting import DAY, ONE, name
from voucher import ledger
from voucher.database import Database
from voucher.ledger import Account, Draft, receipt, seals, storage, tree
from voucher.ledger.entries import entries, postings
from voucher.money import Money
from voucher.work import SYSTEM, begin, read

HOT = Account(name(0), "CNY")


def drafts(prefix: str, count: int) -> list[Draft]:
    """Entries of two postings, all of them on the one hot fund line."""
    return [Draft(f"{prefix} {number}", "bench.released", DAY + timedelta(days=number * 300 // count),
                  (ledger.debit(HOT, ONE, voucher=f"V-{number % 5000}"), ledger.credit(Account(name(number % 1000 + 1), "CNY"), ONE)))
            for number in range(count)]


def timed(act: Callable[[], Any]) -> float:
    """Seconds that it took."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def post_many(database: Database, some: Sequence[Draft]) -> float:
    """Entries a second, in one call and one transaction."""
    def act() -> None:
        with begin(database, SYSTEM) as work:
            ledger.post_many(work, some)
    return len(some) / timed(act)


def copy_same(source: Database, bare: Database, prefix: str) -> float:
    """Entries a second when the same rows, ready made, go by COPY into tables without a trigger; accounts are there."""
    with read(source) as session:
        connection = session.connection()
        heads = [tuple(row) for row in connection.execute(entries.select().where(entries.c.cause.startswith(prefix + " ")))]
        keys = {head[0] for head in heads}
        rows = [(*tuple(row)[:-1], None) for row in connection.execute(postings.select()) if row.entry_id in keys]

    def act() -> None:
        with bare.engine.begin() as connection:
            storage._copy(connection, postings, rows)
            storage._copy(connection, entries, heads)
    return len(heads) / timed(act)


def best(act: Callable[[], Any], times: int = 30) -> float:
    """Microseconds of the median of some runs, the first thrown away."""
    act()
    return sorted(timed(act) for _ in range(times))[times // 2] * 1e6


def questions(database: Database) -> dict[str, float]:
    """Microseconds for each question about the hot account, through the session that asks."""
    with read(database) as session:
        known = ledger.statement(session, HOT.name, "CNY", limit=1)[0].recorded_at
        day = DAY + timedelta(days=150)
        return {
            "balance now": best(lambda: ledger.balance(session, HOT.name, "CNY")),
            "balance as of a day": best(lambda: ledger.balance(session, HOT.name, "CNY", day)),
            "balance as of a day, as known": best(lambda: ledger.balance(session, HOT.name, "CNY", day, known)),
            "a page of 50 of a statement": best(lambda: ledger.statement(session, HOT.name, "CNY", day, limit=50)),
        }


def sealing(database: Database) -> dict[str, float]:
    """Seconds to seal everything, beside hashing alone, and to verify; milliseconds to prove and to check a proof."""
    with read(database) as session:
        leaves = [row.digest for row in session.connection().execute(entries.select())]
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
        found["verify, s"] = timed(lambda: ledger.verify(session))
    return found


_EXPORT = """
import sys, resource
from voucher.database import Database
from voucher.ledger import plaintext
from voucher.work import read
with read(Database(sys.argv[1])) as session, open(sys.argv[3], "w") as out:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plaintext.export(session, sys.argv[2], out)
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def exporting(database: Database, folder: Path) -> dict[str, float]:
    """Seconds and megabytes (resident, at the peak) of the export for hledger, and of hledger reading it."""
    journal, url = folder / "books.journal", database.url.render_as_string(hide_password=False)
    start = time.perf_counter()
    said = subprocess.run([sys.executable, "-c", _EXPORT, url, "hledger", str(journal)], capture_output=True, text=True, check=True)
    found = {"export, s": time.perf_counter() - start}
    before, peak = (int(each) / 1024 for each in said.stdout.split())
    found |= {"export, MB before": before, "export, MB at the peak": peak}
    start = time.perf_counter()
    subprocess.run(["hledger", "-f", str(journal), "check", "-s"], check=True)
    found["hledger check -s, s"] = time.perf_counter() - start
    found["hledger, MB at the peak"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return found


def wide(database: Database) -> float:
    """Milliseconds for one entry of 4,000 postings."""
    lines = [line for number in range(2000) for line in (
        ledger.debit(Account(f"wide:account:{number}", "CNY"), Money(1, "CNY")), ledger.credit(Account("wide:all", "CNY"), ONE))]

    def act() -> None:
        with begin(database, SYSTEM) as work:
            ledger.post(work, Draft(f"wide {time.time_ns()}", "bench.wide", DAY, lines))
    act()
    return timed(act) * 1000
