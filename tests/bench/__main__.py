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
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import make_url, text
from sqlmodel import SQLModel

from tests.bench import bulk, events, expiry, posting, rules
from tests.once import one_folder
from voucher.database import Database
from voucher.ledger.accounts import Account, accounts
from voucher.schema import upgrade

# How many entries are posted at once, at most.
LOT = 100_000

GUARDED = ("entries", "postings", "accounts", "memos", "dimension_sets", "dimensions")


# What can be switched off, one at a time, to see what it costs.
GUARANTEES = {
    "the database's own look at each entry": ("entries", "entries_check"), "foreign keys of postings": ("postings", "all"),
    "the look at each set of dimensions": ("dimensions", "all"), "foreign keys of entries": ("entries", "all"),
}


def main() -> None:
    """Measure everything that was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each rate is measured")
    parser.add_argument("--entries", type=int, default=100_000, help="how large the books get on PostgreSQL")
    parser.add_argument("--embedded", type=int, default=10_000, help="how large they get on SQLite")
    parser.add_argument("--only", choices=("posting", "large", "events", "sqlite", "rules", "expiry"), help="a part of it")
    parser.add_argument("--cases", type=int, default=100_000, help="how many cases the rules are tried on")
    parser.add_argument("--payouts", type=int, default=10_000, help="how many payouts are released at once")
    parser.add_argument("--vouchers", type=int, default=10_000, help="how many vouchers are warned and expire")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where the results go")
    given = parser.parse_args()
    url = os.environ.get("VOUCHER_TEST_POSTGRES_URL", "")
    results: dict[str, Any] = {"seconds": given.seconds, "processors": os.cpu_count()}
    if url and given.only in (None, "posting"):
        with a_database(url, "bench_ours") as ours, a_database(url, "bench_bare", guarded=False) as bare:
            results["posting"] = measure_posting(ours, bare, given.seconds)
            results["guarantees"] = measure_guarantees(ours, given.seconds)
            results["flush 1 ms slower"] = measure_slow_flush(ours, bare, given.seconds)
            results["pgbench TPC-B, transactions/s"] = measure_pgbench(bare, given.seconds)
    if url and given.only in (None, "large"):
        with a_database(url, "bench_large") as large, a_database(url, "bench_copy", guarded=False) as copy:
            results["large books, PostgreSQL"] = measure_large(large, copy, given.entries)
    if url and given.only in (None, "events"):
        results["events at once, PostgreSQL"] = measure_events(url, given.payouts, given.vouchers)
    if given.only in (None, "rules"):
        results["rules"] = {what: show(what, figure) for what, figure in rules.measure_rules(given.cases)}
    if given.only in (None, "expiry"):
        results["expiry"] = measure_expiries(url, given.vouchers)
    if given.only in (None, "sqlite"):
        results |= measure_sqlite(given.seconds, given.embedded)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(results, indent=2))
    print(f"\nAll of it as JSON: {given.json}")


def show(what: str, rate: float) -> float:
    """Print a figure as it comes, and hand it on."""
    print(f"{what:<76} {rate:>14,.1f}", flush=True)
    return round(rate, 3)


def measure_events(url: str, payouts: int, vouchers: int) -> dict[str, Any]:
    """A release and an expiry in one call each, beside COPY of the same rows."""
    found: dict[str, Any] = {}
    for what, measure, many in (("release", events.measure_release, payouts), ("expiry", events.measure_expiry_at_once, vouchers)):
        with a_database(url, "bench_events") as ours, a_database(url, "bench_copy", guarded=False) as copy:
            found[what] = measure(ours, copy, many)
    return found


def measure_expiries(url: str, vouchers: int) -> dict[str, Any]:
    """What the last days of many vouchers cost the worker, on each engine that is at hand."""
    found: dict[str, Any] = {}
    if url:
        with a_database(url, "bench_expiry") as database:
            found["PostgreSQL"] = expiry.measure_expiry(database, vouchers)
    with TemporaryDirectory() as folder:
        embedded = Database(f"sqlite:///{folder}/bench.sqlite3")
        upgrade(embedded)
        found["SQLite"] = expiry.measure_expiry(embedded, vouchers)
    return found


def measure_sqlite(seconds: float, most: int) -> dict[str, Any]:
    """What the embedded engine does."""
    with TemporaryDirectory() as folder:
        embedded = Database(f"sqlite:///{folder}/bench.sqlite3")
        upgrade(embedded)
        rates = {f"{postings} postings": show(f"SQLite, {postings} postings, entries/s", posting.rate(
            "ours", embedded.url.render_as_string(), hot=False, postings=postings, seconds=seconds)) for postings in (2, 6)}
        return {"posting, SQLite, entries/s": rates, "large books, SQLite": measure_large(embedded, None, most)}


def measure_posting(ours: Database, bare: Database, seconds: float) -> list[dict[str, Any]]:
    """Each cell beside its bare twin, one after the other."""
    addresses = {"ours": address(ours), "bare": address(bare), "objects": address(bare)}
    found = []
    print(f"{'entries/s':<34}" + "".join(f"{each:>10}" for each in ("bare", "ours", "objects", "ours/bare")))
    for postings in (2, 6):
        for hot in (False, True):
            for connections in (1, 4, 8):
                rates = {way: posting.rate(way, addresses[way], hot=hot, postings=postings, connections=connections,
                                           seconds=seconds) for way in ("bare", "ours", "objects")}
                cell = {"postings": postings, "account": "hot" if hot else "random", "connections": connections}
                ratio = rates["ours"] / rates["bare"]
                print(f"{postings} postings, {cell['account']:>6}, {connections} connections".ljust(34)
                      + f"{rates['bare']:>10,.0f}{rates['ours']:>10,.0f}{rates['objects']:>10,.0f}{ratio:>10.2f}", flush=True)
                found.append(cell | {way: round(rate, 1) for way, rate in rates.items()} | {"ours/bare": round(ratio, 3)})
    return found


def measure_guarantees(ours: Database, seconds: float) -> dict[str, float]:
    """Entries a second on one connection with each guarantee switched off, one at a time."""
    def now(what: str, way: str = "ours") -> float:
        return show(f"1 connection, {what}, entries/s", posting.rate(way, address(ours), hot=False, seconds=seconds))

    found = {"everything on": now("everything on")}
    for what, (table, trigger) in GUARANTEES.items():
        with ours.engine.begin() as connection:
            connection.execute(text(f"alter table {table} disable trigger {trigger}"))
        found[f"without {what}"] = now(f"without {what}")
        with ours.engine.begin() as connection:
            connection.execute(text(f"alter table {table} enable trigger {trigger}"))
    found["without dimensions"] = now("without dimensions", "plain")
    found["the function alone, by psycopg"] = now("the function alone, by psycopg", "called")
    return found


def measure_slow_flush(ours: Database, bare: Database, seconds: float) -> list[dict[str, Any]]:
    """The same when each flush takes a millisecond more: PostgreSQL waits so long before it flushes (`commit_delay`)."""
    found: list[dict[str, Any]] = []
    with Database(address(ours)).engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for each in (ours, bare):
            connection.execute(text(f"alter database {each.url.database} set commit_delay = 1000"))
            connection.execute(text(f"alter database {each.url.database} set commit_siblings = 0"))
        for hot in (False, True):
            rates = {way: posting.rate(way, address(where), hot=hot, connections=8, seconds=seconds)
                     for way, where in (("bare", bare), ("ours", ours))}
            kind = "hot" if hot else "random"
            for way, rate in rates.items():
                show(f"flush 1 ms slower, {kind}, 8 connections, {way}, entries/s", rate)
            found.append({"account": kind, "connections": 8} | rates)
        found.append({"post_many": show("flush 1 ms slower, 10,000 entries at once on one account, entries/s",
                                        bulk.post_many(Database(address(ours)), bulk.drafts("slow", 10_000)))})
        for each in (ours, bare):
            connection.execute(text(f"alter database {each.url.database} reset all"))
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
    for place, size in enumerate(sizes):
        prefix, lots = f"bulk{size}", range(max(1, size // LOT))
        rates = {"post_many": sum(bulk.post_many(database, bulk.drafts(
            f"{prefix} {lot}", min(size, LOT), posting.DAY + timedelta(days=(place + lot) * bulk.SPAN))) for lot in lots) / len(lots)}
        if copy is not None and size <= LOT:
            rates["bare COPY"] = bulk.copy_same(database, copy, prefix)
            rates["ratio"] = rates["post_many"] / rates["bare COPY"]
        found["bulk, entries/s"][size] = {
            what: show(f"{kind}, {size:,} entries at once on one account, {what}", rate) for what, rate in rates.items()}
        tidy(database)
        found["questions, microseconds"][size] = {
            what: show(f"{kind}, {size:,} entries: {what}, microseconds", cost) for what, cost in bulk.questions(database).items()}
    found["entry of 4,000 postings, ms"] = show(f"{kind}, one entry of 4,000 postings, ms", bulk.wide(database))
    found["seals"] = {what: show(f"{kind}: {what}", cost) for what, cost in bulk.sealing(database).items()}
    with TemporaryDirectory() as folder:
        found["export"] = {what: show(f"{kind}: {what}", cost) for what, cost in bulk.exporting(database, Path(folder)).items()}
    return found


def tidy(database: Database) -> None:
    """Let the engine tidy its tables, as its own housekeeping would soon after so many new rows.

    Until PostgreSQL has vacuumed them it looks into the table for every posting that it found in an index: a balance as
    of a day over 600,000 entries then took seven times as long.
    """
    with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("analyze" if database.is_sqlite else "vacuum analyze")


def address(database: Database) -> str:
    """Its address, password and all."""
    return database.url.render_as_string(hide_password=False)


@contextmanager
def a_database(server: str, name: str, *, guarded: bool = True) -> Iterator[Database]:
    """A migrated database of that name, with a thousand accounts; without triggers, but with foreign keys, unless `guarded`."""
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
        # Foreign keys as anybody's tables have them.
        for column, other in (("entry_id", "entries"), ("account_id", "accounts"), ("dimensions_id", "dimension_sets")):
            connection.execute(text(f"alter table postings add foreign key ({column}) references {other}"))
        connection.execute(text("alter table dimensions add foreign key (set_id) references dimension_sets"))
        made = [Account(posting.name(number, book), "CNY") for number in range(posting.ACCOUNTS + 1)
                for book in ("budget", "entitlement", "financial")]
        connection.execute(accounts.insert(), [
            {"id": each.id, "name": each.name, "book": each.book, "currency": "CNY", "balance_minor": 0, "version": 0,
             "recorded_us": 0} for each in made])
        SQLModel.metadata.create_all(connection, posting.BENCH_TABLES)
        connection.execute(posting.BENCH_TABLES[0].insert(), [{"id": number, "balance_minor": 0} for number in range(3 * posting.ACCOUNTS)])


if __name__ == "__main__":
    with one_folder():
        main()
