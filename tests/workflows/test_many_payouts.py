"""A batch of a thousand asks the database no more often than a batch of two."""

from collections.abc import Callable

from tests.builders import House, a_house, an_approved_claim, an_issued_voucher, bank_answer
from tests.counting import statements
from voucher.database import Database
from voucher.files import FileStore
from voucher.work import Work
from workflows.reconciliation import import_statement
from workflows.reimbursement import export_batch, gather_batch, release_batch


def statements_for(house: House, payouts: int) -> dict[str, int]:
    """How many statements each verb sends for a batch of so many payouts."""
    voucher = an_issued_voucher(house, amount="100000.00", purpose=f"{payouts} parts")
    for number in range(payouts):
        an_approved_claim(house, voucher=voucher, net="10000.00", vat="600.00", title=f"Part {number}")
    counts: dict[str, int] = {}

    def count(name: str, who: str, verb: Callable[[Work], object]) -> object:
        with statements(house.database) as sent, house.work(who) as work:
            answer = verb(work)
        counts[name] = len(sent)
        return answer

    batch = count("gather", "finance1", lambda work: gather_batch(work, None, house.today).reference)
    count("sign", "treasury1", lambda work: release_batch(work, str(batch)))
    count("release", "treasury2", lambda work: release_batch(work, str(batch)))
    count("export", "", lambda work: export_batch(work, house.store, str(batch)))
    house.do_jobs()
    content = bank_answer(house, str(batch))
    count("import", "finance1", lambda work: import_statement(work, house.store, "statement.xml", content))
    return counts


def test_statements_do_not_grow_with_the_payouts(sqlite: Database, store: FileStore) -> None:
    house = a_house(sqlite, store)
    statements_for(house, 1)  # the first one makes accounts
    house.clock.turn(days=1)
    few = statements_for(house, 2)
    house.clock.turn(days=1)
    assert statements_for(house, 6) == few
