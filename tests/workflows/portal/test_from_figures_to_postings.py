"""From each figure of money on a page to the postings behind it, for who may see the books; others see the figure alone."""

import html
import re

from sqlmodel import select

from tests.builders import SMES, House, an_exported_batch, bank_answer
from tests.workflows.portal.visitors import Visitors
from voucher.claims import Claim
from voucher.payouts import Payout
from voucher.programmes.funding import FundLine
from voucher.statements import BankStatement
from voucher.statutory.mapping import mapping_of
from voucher.work import read
from workflows.predicting import predict_payments
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


def test_lines_of_the_bank_and_what_was_predicted_lead_to_the_entry_of_the_payment(portal: Visitors, house: House) -> None:
    batch = an_exported_batch(house)
    with house.work() as work:
        predict_payments(work, house.store)
    house.clock.turn(days=7)
    with house.work("finance1") as work:
        import_statement(work, house.store, "statement.xml", bank_answer(house, batch))
    with read(house.database) as session:
        statement, payout, claim = (session.exec(select(table.reference)).one() for table in (BankStatement, Payout, Claim))
    entry = f"/office/books/entries/payout.settled%20{payout}"
    assert found(ENTRY, portal.get("finance1", f"/office/statements/{statement}").text) == [entry]
    assert portal.get("finance1", entry).status_code == 200

    assert 'href="/office/predictions/bank"' in portal.get("reviewer1", "/office/predictions").text
    for reader, led in (("auditor1", [entry]), ("reviewer1", [])):
        page = portal.get(reader, "/office/predictions/bank").text
        assert f'href="/claims/{claim}"' in page and "+3" in page and found(ENTRY, page) == led
    assert portal.get("reviewer1", "/office/predictions/approval").status_code == 200  # nothing was said there
    assert portal.get("reviewer1", "/office/predictions/luck").status_code == 404


def test_a_statement_of_a_payee_leads_who_may_see_the_books_to_its_entries_and_nobody_else(portal: Visitors, house: House) -> None:
    an_exported_batch(house)
    page = f"/organisations/{house.references[SMES[0].number]}/statement"
    entries = found(ENTRY, portal.get("finance1", page).text)
    assert entries
    assert all(portal.get("finance1", each).status_code == 200 for each in entries)
    assert [reader for reader in ("approver1", "reviewer1", "administrator1") if found(ENTRY, portal.get(reader, page).text)] == []


def test_an_entry_calls_the_accounts_of_a_countrys_law_by_their_names(portal: Visitors, house: House) -> None:
    an_exported_batch(house)
    claim = next(each for each in found(ENTRY, portal.get("finance1", f"/organisations/{house.references[SMES[0].number]}/statement").text)
                 if "claim.approved" in each)
    shown = portal.get("finance1", claim).text
    assert "cn-financial" in shown
    assert all(mapping_of("CN").accounts[code].en in shown for code in ("2303", "5001"))
