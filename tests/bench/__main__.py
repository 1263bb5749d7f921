# ruff: noqa: T201 - it prints what it measures
"""`make bench`: measure the ledger beside bare writing, objects and pgbench, in one run on one server.

Rates on a machine say little; the ratios of one run say something. The results are printed as tables and written as JSON.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import make_url, text
from sqlmodel import SQLModel

from tests.bench import bulk, posting
from voucher.database import Database
from voucher.ledger.accounts import Account, accounts
from voucher.schema import upgrade

GUARDED = ("entries", "postings", "accounts", "memos", "dimension_sets", "dimensions")


def main() -> None:
    """Measure everything that was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2, help="how long each rate is measured")
    parser.add_argument("--entries", type=int, default=100_000, help="how large the books get")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the results go")
    given = parser.parse_args()
    url = os.environ.get("VOUCHER_TEST_POSTGRES_URL", "")
    results: dict[str, Any] = {}
    if url:
        with a_database(url, "bench_ours") as ours, a_database(url, "bench_bare", guarded=False) as bare:
            results["posting"] = measure_posting(ours, bare, given.seconds)
            results["pgbench TPC-B, transactions/s"] = measure_pgbench(bare, given.seconds)
        with a_database(url, "bench_large") as large, a_database(url, "bench_copy", guarded=False) as copy:
            results["large books, PostgreSQL"] = measure_large(large, copy, given.entries)
    with TemporaryDirectory() as folder:
        embedded = Database(f"sqlite:///{folder}/bench.sqlite3")
        upgrade(embedded)
        address = embedded.url.render_as_string()
        results["posting, SQLite, entries/s"] = {
            f"{postings} postings": show(f"SQLite, {postings} postings", posting.rate(
                "ours", address, hot=False, postings=postings, seconds=given.seconds)) for postings in (2, 6)}
        results["large books, SQLite"] = measure_large(embedded, None, given.entries)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(results, indent=2))


def show(what: str, rate: float) -> float:
    """Print a figure as it comes, and hand it on."""
    print(f"{what:<60} {rate:>14,.1f}", flush=True)
    return round(rate, 3)


def measure_posting(ours: Database, bare: Database, seconds: float) -> list[dict[str, Any]]:
    """Each cell beside its bare twin, one after the other."""
    addresses = {"ours": address(ours), "bare": address(bare), "objects": address(bare)}
    found = []
    for postings in (2, 6):
        for hot in (False, True):
            for connections in (1, 4, 8):
                ways = ("bare", "ours", "objects") if postings == 2 else ("bare", "ours")
                rates = {way: posting.rate(way, addresses[way], hot=hot, postings=postings, connections=connections,
                                           seconds=seconds) for way in ways}
                cell = {"postings": postings, "account": "hot" if hot else "random", "connections": connections}
                ratio = rates["ours"] / rates["bare"]
                print(f"{postings} postings, {cell['account']:>6}, {connections} connections: "
                      + ", ".join(f"{way} {rate:,.0f}/s" for way, rate in rates.items()) + f"; ours/bare {ratio:.2f}", flush=True)
                found.append(cell | {way: round(rate, 1) for way, rate in rates.items()} | {"ours/bare": round(ratio, 3)})
    return found


def measure_pgbench(database: Database, seconds: float) -> dict[str, float]:
    """Stock TPC-B-like transactions on the same server, prepared statements."""
    program = shutil.which("pgbench") or next(map(str, Path("/usr/lib/postgresql").glob("*/bin/pgbench")), "")
    if not program:
        return {}
    target = make_url(address(database)).set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([program, "-i", "-q", "-s", "10", target], check=True, capture_output=True)
    found = {}
    for clients in (1, 4, 8):
        command = [program, "-n", "-M", "prepared", "-c", str(clients), "-T", str(max(1, round(seconds))), target]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        tps = re.search(r"tps = ([0-9.]+)", said)
        assert tps, said
        found[f"{clients} clients"] = show(f"pgbench TPC-B, {clients} clients, transactions/s", float(tps[1]))
    return found


def measure_large(database: Database, copy: Database | None, entries: int) -> dict[str, Any]:
    """Grow the books in bulk; ask at each size; seal and export at the end."""
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    found: dict[str, Any] = {"bulk, entries/s": {}, "questions, microseconds": {}}
    sizes = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= entries]
    for size in sizes:
        some = bulk.drafts(f"bulk{size}", size)
        rates = {"post_many": bulk.post_many(database, some)}
        if copy is not None:
            rates["bare COPY"] = bulk.copy_same(database, copy, f"bulk{size}")
            rates["ratio"] = rates["post_many"] / rates["bare COPY"]
        for what, rate in rates.items():
            show(f"{kind}, {size:,} entries at once on one account, {what}", rate)
        found["bulk, entries/s"][size] = rates
        analyze(database)
        found["questions, microseconds"][size] = {
            what: show(f"{kind}, {size:,} entries: {what}, microseconds", cost) for what, cost in bulk.questions(database).items()}
    found["entry of 4,000 postings, ms"] = show(f"{kind}, one entry of 4,000 postings, ms", bulk.wide(database))
    found["seals"] = {what: show(f"{kind}: {what}", cost) for what, cost in bulk.sealing(database).items()}
    with TemporaryDirectory() as folder:
        found["export"] = {what: show(f"{kind}: {what}", cost) for what, cost in bulk.exporting(database, Path(folder)).items()}
    return found


def analyze(database: Database) -> None:
    """Let the engine look at its tables, as its own housekeeping would."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT" if not database.is_sqlite else "DEFAULT") as connection:
        connection.exec_driver_sql("analyze")


def address(database: Database) -> str:
    """Its address, password and all."""
    return database.url.render_as_string(hide_password=False)


@contextmanager
def a_database(server: str, name: str, *, guarded: bool = True) -> Iterator[Database]:
    """A migrated database of that name, with a thousand accounts; without triggers unless `guarded`."""
    with Database(server).engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"drop database if exists {name} with (force)"))
        connection.execute(text(f"create database {name}"))
        opened = Database(make_url(server).set(database=name).render_as_string(hide_password=False))
        upgrade(opened)
        prepare(opened, guarded)
        yield opened
        opened.close()
        connection.execute(text(f"drop database {name} with (force)"))


def prepare(database: Database, guarded: bool) -> None:
    """Accounts for those who do not make them themselves, and tables of objects."""
    with database.engine.begin() as connection:
        if guarded:
            return
        for table in GUARDED:
            connection.execute(text(f"alter table {table} disable trigger user"))
        made = [Account(posting.name(number, book), "CNY") for number in range(posting.ACCOUNTS + 1)
                for book in ("budget", "entitlement", "financial")]
        connection.execute(accounts.insert(), [
            {"id": each.id, "name": each.name, "book": each.book, "currency": "CNY", "balance_minor": 0, "version": 0,
             "recorded_us": 0} for each in made])
        SQLModel.metadata.create_all(connection, posting.BENCH_TABLES)
        connection.execute(posting.BENCH_TABLES[0].insert(), [{"id": number, "balance_minor": 0} for number in range(posting.ACCOUNTS)])


if __name__ == "__main__":
    main()
