"""The books on the portal: every account that is not at zero stands there, the statutory ones too."""

import re
from datetime import timedelta

from sqlmodel import select

from tests.builders import House, a_programme, an_approved_claim
from tests.voucher.ledger.builders import a_draft, a_move
from tests.workflows.portal.visitors import Visitors
from voucher import accounting, ledger
from voucher.money import Money
from voucher.programmes.funding import FundLine
from voucher.work import read


def test_the_trial_balance_shows_every_book(portal: Visitors, house: House) -> None:
    an_approved_claim(house)
    page = portal.get("auditor1", "/office/books").text.replace("<wbr>", "")  # where a long name may break
    with read(house.database) as session:
        names = {row.account.rpartition(":")[0] for row in ledger.trial_balance(session)}
    assert "cn-financial:5001" in names
    assert [name for name in sorted(names) if name not in page] == []


def test_a_statutory_account_leads_to_its_parts(portal: Visitors, house: House) -> None:
    an_approved_claim(house)
    assert "cn-financial:5001:L-" in portal.get("auditor1", "/office/books/accounts/CN5001/CNY").text


def test_the_accounts_of_a_book_stand_in_the_order_of_their_codes(portal: Visitors, house: House) -> None:
    an_approved_claim(house)
    known = house.today
    house.clock.turn(days=1)
    for asked in ("", f"?known={known}"):
        page = portal.get("auditor1", f"/office/books{asked}").text
        codes = re.findall(r'/office/books/accounts/([VBF][0-9]+)/CNY', page)
        books = [[code for code in codes if code.startswith(prefix)] for prefix in "VBF"]
        assert books == [sorted(found) for found in books]
        assert all(len(found) > 1 for found in books), books
        assert codes == [code for found in books for code in found]


ACCOUNT = "budget:test:X"
STATEMENT = f"/office/books/statements/{ACCOUNT}/CNY"


def _many_postings(house: House, count: int) -> None:
    for day in range(count // 50):
        with house.work() as work:
            moves = [a_draft(f"x {number}", a_move("1.00", to=ACCOUNT, source="budget:test:Y"), work.today)
                     for number in range(day * 50, (day + 1) * 50)]
            ledger.post_many(work, moves)
        house.clock.turn(days=1)


def test_a_statement_is_read_page_by_page_from_its_end(portal: Visitors, house: House) -> None:
    _many_postings(house, 250)
    page, balances = portal.get("auditor1", STATEMENT).text, list[str]()
    for shown in (100, 100, 50):
        rows = re.findall(r'data-label="Balance" class="number">CN¥([0-9,]+\.00)', page)
        balances = rows[-shown:] + balances
        earlier = re.search(r'href="([^"]*before=[^"]*)"', page)
        page = portal.get("auditor1", earlier[1].replace("&amp;", "&")).text if earlier else ""
    assert balances == [f"{number}.00" for number in range(1, 251)]
    assert not page
    assert "101.00" in portal.get("auditor1", f"{STATEMENT}?after=100").text


def test_what_is_known_now_stands_beside_what_was_known_then(portal: Visitors, house: House) -> None:
    _many_postings(house, 50)
    then = house.today - timedelta(days=1)
    with house.work() as work:
        ledger.post(work, a_draft("late 1", a_move("7.00", to=ACCOUNT, source="budget:test:Y"), then))
    page = portal.get("auditor1", f"{STATEMENT}?known={then}").text
    facts = re.findall(r"<dd>CN¥([0-9.]+)", page)
    assert facts[:2] == ["50.00", "57.00"]
    assert page.count("entries/late%201") + page.count("entries/late 1") == 1
    assert portal.get("auditor1", "/office/books/statements/budget:none:X/CNY").status_code == 404


def test_what_is_known_at_the_end_of_a_day_is_asked_when_it_is_over(portal: Visitors, house: House) -> None:
    _many_postings(house, 50)
    for address in (f"{STATEMENT}?", "/office/books?", "/office/books/accounts/B110/CNY?"):
        answer = portal.get("auditor1", f"{address}known={house.today}")
        assert (answer.status_code, "is not over yet" in answer.text) == (422, True), address
        assert portal.get("auditor1", f"{address}known={house.today - timedelta(days=1)}").status_code == 200


def test_the_trial_balance_of_then_stands_beside_that_of_now_with_the_entries_that_explain_it(portal: Visitors, house: House) -> None:
    a_programme(house)
    then = house.today
    house.clock.turn(days=3)
    with house.work() as work:
        line = work.session.exec(select(FundLine)).one()
        ledger.post(work, accounting.funds_appropriated(line, Money.parse("700.00", "CNY"), "Notice 9", then, "CN"))
        ledger.post(work, accounting.funds_appropriated(line, Money.parse("50.00", "CNY"), "Notice 10", house.today, "CN"))
    page = portal.get("auditor1", f"/office/books?known={then}").text
    rows = re.findall(r"accounts/(B[12]10)/.*?((?:CN¥[0-9,.]+.*?){3})</tr>", page, re.S)
    assert {code: re.findall(r"CN¥([0-9,.]+)", cells) for code, cells in rows} == {
        "B110": ["1,000,000.00", "1,000,700.00", "700.00"], "B210": ["0.00", "700.00", "700.00"]}
    assert page.count("Notice 9") == 1
    assert "Notice 10" not in page
    assert "explains every difference" in page
    parts = portal.get("auditor1", f"/office/books/accounts/B110/CNY?known={then}").text
    assert re.findall(r"CN¥([0-9,.]+)", parts) == ["1,000,000.00", "1,000,700.00"] * 2


SURPLUS = "/office/books/surplus"


def test_why_the_surpluses_of_a_year_differ_is_read_down_to_the_entries(portal: Visitors, house: House) -> None:
    claim = an_approved_claim(house)
    page = portal.get("finance1", SURPLUS)
    line = re.search(rf'href="({SURPLUS}/{house.today.year}/CN/CNY/4/claim.approved)"', page.text)
    assert line and "every cent explained" in page.text
    behind = portal.get("finance1", line[1]).text
    assert f'href="/office/books/entries/claim.approved%20{claim}' in behind and "From the beginning" not in behind
    where = re.search(rf'href="({SURPLUS}/{house.today.year}/CN/CNY/accounts/cn-financial:2303)"', page.text)
    assert where and "cn-financial:5001" in page.text
    on_it = portal.get("finance1", where[1]).text
    assert f'href="/office/books/entries/claim.approved%20{claim}' in on_it
    assert "CN¥21,200.00 credit in the year" in on_it
    for wrong in ("/accounts/cn-financial:1218", "/accounts/nothing", "/accounts/budget:free", "/4/claim.refused",
                  "/5/claim.approved", "/0/claim.approved", "/1/claim.approved"):
        assert portal.get("finance1", f"{SURPLUS}/{house.today.year}/CN/CNY{wrong}").status_code == 404
    assert portal.get("finance1", f"{SURPLUS}/0/CN/CNY/4/claim.approved").status_code == 404
    assert portal.get("finance1", f"{SURPLUS}/{house.today.year}/IE/CNY/4/claim.approved").status_code == 404
    assert portal.get("finance1", f"{SURPLUS}?year=soon").status_code == 422
    assert "did not move in 2019" in portal.get("finance1", f"{SURPLUS}?year=2019").text


def test_more_entries_than_fit_on_a_page_go_on_behind_the_last_of_it(portal: Visitors, house: House) -> None:
    line = {"fund_line": "L-2026-00001-3", "year": "2026", "funder": "city"}
    with house.work() as work:
        ledger.post_many(work, [accounting.entry("year.accrued", f"E{number:03d}", house.today, {"amount": Money(100, "CNY")}, line,
                                                 country="CN")
                                for number in range(130)])
    address, found = f"{SURPLUS}/{house.today.year}/CN/CNY/4/year.accrued", list[str]()
    while address:
        page = portal.get("finance1", address).text
        found += re.findall(r'href="/office/books/entries/year.accrued%20(E\d{3})', page)
        further = re.search(r'href="([^"]*after=[^"]*)"', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert found == [f"E{number:03d}" for number in range(130)]
    assert "From the beginning" in page
