"""Firms' money in a law's books: held for them, or received for the time being, deposit by deposit."""

from typing import cast

import pytest
from sqlmodel import select

from tests.builders import SME, House
from tests.workflows.purchases import an_accepted_order
from tests.workflows.recovering import take_to_the_bank
from tests.workflows.scopes import voucher_for
from tests.workflows.wallets import deposits, entries, pay_in, reference_of, settle, strange_account, with_wallet
from voucher import ledger
from voucher.payouts import Payout
from voucher.statements import BankLine
from voucher.statutory.mapping import LawRule, mapping_of
from voucher.work import read
from workflows.purchase import cancel_order
from workflows.reconciliation import send_line_back

OWN = "84800.00"


@pytest.fixture
def order(house: House) -> str:
    """An order whose own part is awaited."""
    return an_accepted_order(house, voucher_for(house, with_wallet(house)))


def of_law(house: House) -> dict[str, str]:
    """What stands in the books of China's law, by account and whose it is."""
    with read(house.database) as session:
        return {each.account: str(each.amount) for each in ledger.trial_balance(session) if each.account.startswith("cn-")}


def pay_what_waits(house: House) -> None:
    """The bank pays the one payout that there is."""
    with read(house.database) as session:
        payout = session.exec(select(Payout.reference)).one()
    take_to_the_bank(house, [payout])


def test_an_own_part_is_held_for_the_firm_until_it_went_back(house: House, order: str) -> None:
    pay_in(house, OWN, reference := reference_of(house, order))
    assert of_law(house) == {f"cn-financial:1002.01:{reference}": OWN, f"cn-financial:2901:{reference}": f"-{OWN}"}
    with house.work(SME) as work:
        cancel_order(work, order, "Project stopped")
    settle(house)
    assert of_law(house) == {f"cn-financial:1002.01:{reference}": OWN, f"cn-financial:2901:{reference}": f"-{OWN}"}
    pay_what_waits(house)
    assert of_law(house) == {}


@pytest.mark.usefixtures("order")
def test_money_that_names_nothing_of_ours_stands_in_the_books_of_the_office_s_law_until_it_went_back(house: House) -> None:
    pay_in(house, "12.34", "", strange_account(), text="misdirected")
    assert of_law(house) == {}  # nobody has said yet what it is
    with house.work("finance1") as work:
        send_line_back(work, str(work.session.exec(select(BankLine)).one().id), "No order of ours", "102100099996")
    with read(house.database) as session:
        [account] = [each.account for each in ledger.trial_balance(session) if each.account.startswith("financial:asset:wallet:")]
    deposit = account.rpartition(":")[2]
    assert of_law(house) == {f"cn-financial:1002:{deposit}": "12.34", f"cn-financial:2307:{deposit}": "-12.34"}
    pay_what_waits(house)
    assert of_law(house) == {}


def test_a_deposit_that_came_before_the_law_s_books_took_any_in_leaves_without_them(
        house: House, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.delitem(cast("dict[str, tuple[LawRule, ...]]", mapping_of("CN").events), "deposit.received")
        pay_in(house, OWN, reference_of(house, order))
    with house.work(SME) as work:
        cancel_order(work, order, "Project stopped")
    settle(house)
    pay_what_waits(house)
    assert [each.state for each in deposits(house, order)] == ["spent"]
    assert "deposit.settled" in entries(house, "deposit.") and of_law(house) == {}
