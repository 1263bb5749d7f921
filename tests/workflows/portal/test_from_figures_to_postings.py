"""From each figure of money on a page to the postings behind it, for who may see the books; others see the figure alone."""

import html
import re

from sqlmodel import select

from tests.builders import House, an_exported_batch, bank_answer
from tests.workflows.portal.visitors import Visitors
from voucher.payouts import Payout
from voucher.programmes.funding import FundLine
from voucher.work import read
from workflows.reconciliation import import_statement

ACCOUNT = re.compile(r'href="(/office/books/statements/[^"]+)"')
ENTRY = re.compile(r'href="(/office/books/entries/[^"]+)"')


def found(pattern: re.Pattern[str], page: str) -> list[str]:
    return [html.unescape(each) for each in pattern.findall(page)]


def test_figures_lead_to_their_postings(portal: Visitors, house: House) -> None:
    batch = an_exported_batch(house)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    with read(house.database) as session:
        line, payout = (session.exec(select(table.reference)).one() for table in (FundLine, Payout))

    led = portal.get("auditor1", f"/office/fund-lines/{line}")
    assert led.location.endswith(f"/funds#{line}")
    funds = portal.get("auditor1", led.location).text
    accounts = found(ACCOUNT, funds)
    assert {f"/office/books/statements/budget:{name}:{line}/CNY" for name in (
        "appropriated", "unallotted", "free", "committed", "reserved", "obligated", "delivered-unpaid", "paid")} == set(accounts)
    for each in accounts:  # also what nothing was ever posted to
        assert portal.get("auditor1", each).status_code == 200, each

    for page in (f"/payouts/{payout}", f"/office/batches/{batch}"):
        entries = found(ENTRY, portal.get("treasury1", page).text)
        assert entries == [f"/office/books/entries/payout.{what}%20{payout}" for what in ("released", "settled")], page
        for each in entries:
            assert f'href="/office/fund-lines/{line}"' in portal.get("treasury1", each).text
    assert found(ACCOUNT, portal.get("reviewer1", f"/payouts/{payout}").text + portal.get("reviewer1", led.location).text) == []
    assert portal.get("auditor1", "/office/books/statements/budget:nothing:X/CNY").status_code == 404
