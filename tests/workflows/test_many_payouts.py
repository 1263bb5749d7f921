"""A batch of a thousand asks the database no more often than a batch of two."""

from collections.abc import Callable

from tests.builders import House, a_house, an_approved_claim, an_issued_voucher, bank_answer
from tests.counting import statements
from tests.workflows.purchases import an_accepted_order
from tests.workflows.scopes import voucher_for
from tests.workflows.wallets import account_of_provider, account_of_sme, deposits, receipts, reference_of, with_wallet
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


def test_statements_do_not_grow_with_the_deposits_in_a_file(sqlite: Database, store: FileStore) -> None:
    house = a_house(sqlite, store)
    voucher = voucher_for(house, with_wallet(house))
    orders = [an_accepted_order(house, voucher, net="1000.00", vat="60.00") for _number in range(5)]

    def sent_for(some: list[str]) -> int:
        payer, stranger = account_of_sme(house), account_of_provider(house)
        content = receipts(house, [line for order in some for line in (
            ("848.00", reference_of(house, order), payer, ""), ("847.00", reference_of(house, order), stranger, ""))])
        with statements(house.database) as sent, house.work("finance1") as work:
            done = import_statement(work, house.store, "receipts.xml", content)
        assert (done.new, done.open) == (2 * len(some), 0)
        return len(sent)

    sent_for(orders[:1])  # the first one makes counters
    few = sent_for(orders[1:2])
    assert sent_for(orders[2:]) == few
    assert [deposits(house, order)[0].state for order in orders] == ["held"] * 5
