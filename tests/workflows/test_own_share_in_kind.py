"""What an SME brings in kind: asked with the order, counted by the terms, and not wanted in cash when it claims."""

import pytest

from tests.builders import PROVIDERS, SME, SMES, House, a_house, evidence, who
from tests.workflows.scopes import order, publish, voucher_for, yuan
from voucher.claims import InvoiceLine, OwnPayment
from voucher.database import Database, fetch
from voucher.errors import NotValid
from voucher.files import FileStore
from voucher.orders import Order
from voucher.programmes.library import example
from workflows.claiming import submit_claim
from workflows.purchase import accept_delivery, accept_order, deliver_order, register_contract

HALF_IN_KIND = "own_share:\n  - {at_least: 50 %, kinds: [cash, kind], kind_at_most: 40 %}\n"


@pytest.fixture
def delivered(database: Database, store: FileStore) -> tuple[House, str]:
    """A delivered order of 50,000, for which the firm brought 6,000 in cash and 5,000 in kind, of which 4,000 counts."""
    house = a_house(database, store)
    programme = publish(house, example("weihai") + HALF_IN_KIND.encode())
    voucher = voucher_for(house, programme)
    with house.work(SME) as work:
        measures = {"own_cash": yuan("6000.00"), "own_kind": yuan("5000.00")}
        reference = order(work, house, voucher, "50000.00", measures=measures).reference
    with house.work(who(PROVIDERS[0])) as work:
        accept_order(work, reference)
        register_contract(work, reference, "2026371000000001")
        deliver_order(work, reference, "Report of 12 pages")
    with house.work(SME) as work:
        accept_delivery(work, reference)
    return house, reference


def claim(house: House, reference: str, gross: str, paid: str, note: str | None = None) -> str:
    with house.work(SME) as work:
        papers = evidence(work, house, fetch(work.session, Order, reference), house.references[SMES[0].number])
        line = InvoiceLine(f"26380{house.number():015d}", house.today, "The work", yuan(gross), yuan("0.00"))
        own = OwnPayment(f"BANK-{house.number()}" if note is None else note, house.today, yuan(paid))
        return submit_claim(work, reference, [line], own, papers).reference


def test_what_was_brought_in_kind_is_not_wanted_in_cash(delivered: tuple[House, str]) -> None:
    house, reference = delivered
    with pytest.raises(NotValid) as refused:
        claim(house, reference, "50000.00", "45999.99")
    assert [str(each) for each in refused.value.problems] == [
        "own_payment.amount: The SME's own payment must be at least 46000.00 CNY."]
    assert claim(house, reference, "50000.00", "46000.00")


def test_a_part_of_an_order_counts_a_part_of_what_was_brought_in_kind(delivered: tuple[House, str]) -> None:
    house, reference = delivered
    with pytest.raises(NotValid, match="at least 23000"):
        claim(house, reference, "25000.00", "22999.99")
