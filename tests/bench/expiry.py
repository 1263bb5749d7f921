# ruff: noqa: T201 - it says what it measures
"""Many vouchers whose last day comes: their warnings 60, 30 and 7 days before, and their end, as the worker does it, part by part.

The vouchers are those of one small office, written as their issue leaves them (rows, shares of the fund line, entries), because it is
not the issue that is timed. Letters are written by jobs of their own and are not in the times.
"""

import time
from collections.abc import Iterator
from datetime import date
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import SQLModel, col, func, insert, select
from uuid_utils.compat import uuid7

from tests.builders import House, a_house, a_programme, an_issued_voucher
from tests.counting import statements
from voucher import accounting, ledger
from voucher.accounting import cases_of_vouchers
from voucher.database import Database, fetch
from voucher.files import FileStore
from voucher.history import Event
from voucher.jobs import put
from voucher.numbering import next_references
from voucher.posting import post_many
from voucher.programmes.funding import FundLine, keep_shares_of_many
from voucher.vouchers import Voucher
from voucher.work import Work, read

#: How many vouchers are written at once.
_LOT = 2_000


def measure_expiry(database: Database, many: int) -> dict[str, Any]:
    """Seconds, and statements a part of the work, for the warnings and the end of so many vouchers."""
    SQLModel.metadata.create_all(database.engine)  # tables of other parts of the bench, of which a house asks too
    with TemporaryDirectory() as folder:
        house = a_house(database, FileStore(folder))
        a_programme(house, allotted=f"{many + 1}000.00")
        last = issued(house, many)
        found: dict[str, Any] = {"vouchers": many}
        for days in (60, 30, 7, -1):
            house.clock.turn(days=(last - house.today).days - days)
            task = "expire_vouchers" if days < 0 else "warn_of_expiry"
            what = "they expire" if days < 0 else f"warned {days} days before"
            found[what] = _timed(house, task)
            print(f"{database.engine.dialect.name}, {many} vouchers, {what}:".ljust(60)
                  + f"{found[what]['seconds']:>9.1f} s{found[what]['statements a part']:>8.1f} statements a part", flush=True)
        _check(house, many)
        return found


def issued(house: House, many: int) -> date:
    """So many issued vouchers of 1,000 each; answers their last day."""
    first = an_issued_voucher(house, amount="1000.00")
    with read(house.database) as session:
        like = fetch(session, Voucher, first)
        line = session.get_one(FundLine, like.fund_line_id)
    for done in range(0, many - 1, _LOT):
        with house.work() as work:
            _issue(work, like, line, min(_LOT, many - 1 - done))
    assert like.use_by is not None
    return like.use_by


def _issue(work: Work, like: Voucher, line: FundLine, many: int) -> None:
    references = next_references(work.session, "V", work.today.year, many)
    rows = [like.model_dump() | {"id": uuid7(), "reference": reference} for reference in references]
    work.session.connection().execute(insert(Voucher), rows)
    keep_shares_of_many(work.session, {row["id"]: ([line], [like.amount]) for row in rows})
    made = work.session.exec(select(Voucher).where(col(Voucher.reference).in_(references)).order_by(col(Voucher.id))).all()
    post_many(work, [accounting.voucher_issued(case, work.today) for case in cases_of_vouchers(work.session, made)])


def _timed(house: House, task: str) -> dict[str, float]:
    """What the worker needs for a task with all its parts."""
    with house.work() as work:
        put(work, task, f"bench {house.number()}", {})
    start = time.perf_counter()
    with statements(house.database) as sent:
        house.do_jobs()
    seconds = time.perf_counter() - start
    parts = sum(1 for each in _parts(sent))
    return {"seconds": round(seconds, 2), "statements a part": round(len(sent) / max(parts, 1), 1)}


def _parts(sent: list[str]) -> Iterator[str]:
    """The questions by which each part asks for its vouchers."""
    return (each for each in sent if "FROM vouchers JOIN programmes" in each and "LIMIT" in each)


def _check(house: House, many: int) -> None:
    """Every voucher was warned three times and has expired, and the books agree."""
    with read(house.database) as session:
        counts = dict(session.exec(select(Event.name, func.count()).where(
            col(Event.name).in_(("voucher.expiry_warned", "voucher.expired"))).group_by(Event.name)).all())
        assert counts == {"voucher.expiry_warned": 3 * many, "voucher.expired": many}, counts
        assert ledger.verify(session) == []
