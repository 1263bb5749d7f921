# ruff: noqa: T201 - it says what it measures
"""A release of many payouts and the expiry of many vouchers: the entries that verbs write for them, in one call on one fund line.

The cases before them are written by the same drafts, event by event, because it is not they that are timed.
"""

from collections.abc import Callable, Mapping, Sequence
from tempfile import TemporaryDirectory

from sqlmodel import SQLModel, col, select

from tests.bench.bulk import copy_rows, copy_same, missing_accounts, timed
from tests.bench.expiry import issued
from tests.builders import House, a_house, a_programme
from voucher.accounting import Case, cases_of_vouchers
from voucher.accounting.entries import Spread
from voucher.database import Database
from voucher.files import FileStore
from voucher.ledger import Draft
from voucher.ledger.accounts import accounts
from voucher.money import Money
from voucher.posting import post_many
from voucher.vouchers import Voucher
from voucher.work import read

Amounts = Callable[[Case], Mapping[str, Money | Spread]]

#: What happens to a case until its payout can be released: the event, and its amounts.
_BEFORE: tuple[tuple[str, Amounts], ...] = (
    ("order.placed", lambda case: {"part": _all(case)}),
    ("order.accepted", lambda case: {"part": _all(case)}),
    ("claim.submitted", lambda case: {"requested": case.voucher.amount}),
    ("claim.approved", lambda case: {"approved": _all(case), "own": _all(case)}),
)


def measure_release(database: Database, bare: Database, payouts: int) -> dict[str, float]:
    """Entries a second when so many payouts are released at once, beside COPY of the same rows."""
    with TemporaryDirectory() as folder:
        house, cases = _cases(database, folder, payouts)
        for event, amounts in _BEFORE:
            _post(house, _drafts(house, cases, event, amounts))
        return _measured(house, bare, "payout.released", _drafts(house, cases, "payout.released", lambda case: {"amount": _all(case)}))


def measure_expiry_at_once(database: Database, bare: Database, vouchers: int) -> dict[str, float]:
    """Entries a second when so many vouchers expire at once, beside COPY of the same rows."""
    with TemporaryDirectory() as folder:
        house, cases = _cases(database, folder, vouchers)
        return _measured(house, bare, "voucher.expired", _drafts(house, cases, "voucher.expired", lambda case: {"amount": _all(case)}))


def _cases(database: Database, folder: str, many: int) -> tuple[House, list[Case]]:
    SQLModel.metadata.create_all(database.engine)  # tables of other parts of the bench, of which a house asks too
    house = a_house(database, FileStore(folder))
    a_programme(house, allotted=f"{many + 1}000.00")
    issued(house, many)
    with read(database) as session:
        return house, cases_of_vouchers(session, session.exec(select(Voucher).order_by(col(Voucher.id))).all())


def _all(case: Case) -> Spread:
    return case.spread(case.voucher.id)


def _drafts(house: House, cases: Sequence[Case], event: str, amounts: Amounts) -> list[Draft]:
    """The entry that this event writes for each case, whose order, claim and payout have the number of the voucher.

    What happens to the voucher alone names none of them.
    """
    ordered = not event.startswith("voucher.")
    return [case.entry(event, number, house.today, amounts(case), order=ordered * f"O-{number}", claim=ordered * f"C-{number}",
                       payout=ordered * f"P-{number}", service=ordered * "development")
            for case in cases for number in (case.voucher.reference,)]


def _post(house: House, drafts: Sequence[Draft], progress: Callable[[int], object] = bool) -> None:
    with house.work() as work:
        post_many(work, drafts, progress)


def _measured(house: House, bare: Database, event: str, drafts: Sequence[Draft]) -> dict[str, float]:
    """All or nothing, in one call, telling how far it is."""
    told: list[int] = []
    with bare.engine.begin() as connection:
        copy_rows(connection, accounts, missing_accounts(house.database, bare))
    rate = len(drafts) / timed(lambda: _post(house, drafts, told.append))
    assert told == sorted(told) and told[-1] == len(drafts), "progress is told up to the last entry"
    copied = copy_same(house.database, bare, event)
    print(f"{event}, {len(drafts):,} at once: {rate:,.0f} entries/s, bare COPY {copied:,.0f}, {rate / copied:.2f}, "
          f"progress told {len(told)} times", flush=True)
    return {"entries": len(drafts), "entries/s": round(rate, 1), "bare COPY": round(copied, 1), "ratio": round(rate / copied, 3)}
