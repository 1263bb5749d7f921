"""The books on the portal: every account that is not at zero stands there, the statutory ones too."""

from tests.builders import House, an_approved_claim
from tests.workflows.portal.visitors import Visitors
from voucher import ledger
from voucher.work import read


def test_the_trial_balance_shows_every_book(portal: Visitors, house: House) -> None:
    an_approved_claim(house)
    page = portal.get("auditor1", "/office/books/").text if portal.get("auditor1", "/office/books").status_code == 308 else (
        portal.get("auditor1", "/office/books").text)
    with read(house.database) as session:
        names = {row.account.rpartition(":")[0] for row in ledger.trial_balance(session)}
    assert "cn-financial:5001" in names
    assert [name for name in sorted(names) if name not in page] == []


def test_a_statutory_account_leads_to_its_parts(portal: Visitors, house: House) -> None:
    an_approved_claim(house)
    assert "cn-financial:5001:L-" in portal.get("auditor1", "/office/books/accounts/CN5001/CNY").text
