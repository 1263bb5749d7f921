"""A watch looks again at what was written, through the models or not, and at nothing else."""

from sqlmodel import col, update

from tests.builders import a_house, an_issued_voucher
from tests.stories.facts import Facts, Watch
from voucher import ledger
from voucher.database import Database
from voucher.files import FileStore
from voucher.money import Money
from voucher.programmes.funding import FundLine
from voucher.vouchers import Voucher


def test_a_fact_is_looked_at_again_when_a_table_was_written_on_which_it_rests(database: Database, store: FileStore) -> None:
    house, seen = a_house(database, store), list[str]()

    def faces(facts: Facts) -> None:
        seen.append(f"vouchers {sum(each.amount_minor for each in facts.all(Voucher))}")

    def books(facts: Facts) -> None:
        seen.append(f"books {sum(each.minor for each in facts.posted if each.account == 'financial:a')}")

    voucher = an_issued_voucher(house, amount="100.00")
    watch = Watch(database, faces, books)
    watch.look()
    watch.look()
    assert seen == ["vouchers 10000", "books 0"], "nothing was written between two looks"
    with house.work() as work:
        work.session.connection().execute(update(Voucher).where(col(Voucher.reference) == voucher).values(amount_minor=9999))
    watch.look()
    with house.work() as work:
        ledger.post(work, ledger.Draft("test 1", "test.posted", house.today, (
            ledger.debit(ledger.Account("financial:a", "CNY"), Money(1, "CNY")),
            ledger.credit(ledger.Account("financial:b", "CNY"), Money(1, "CNY")))))
    watch.look()
    with house.work() as work:
        work.session.connection().execute(update(FundLine).values(funder="another"))
    watch.look()
    assert seen[2:] == ["vouchers 9999", "books 1"], "on fund lines neither of them rests"
