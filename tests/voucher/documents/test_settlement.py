"""What a settlement statement says, and that it stays on the page."""

from datetime import date
from io import BytesIO
from typing import Any

import pdfplumber
import pytest

from tests.voucher.documents.builders import a_line, a_statement, an_irish_statement, euro, yuan
from voucher.documents import settlement
from voucher.documents.settlement import Payee, Posting, SheetLine, VoucherPosition, sheet_lines
from voucher.money import Money
from voucher.programmes.sheet import Kind, Sheet
from voucher.programmes.sheet import SheetLine as CalculationLine
from voucher.programmes.terms import Clause, Names

MILLIMETRE = 72 / 25.4


def pages_of(pdf: bytes) -> list[str]:
    with pdfplumber.open(BytesIO(pdf)) as opened:
        return [page.extract_text() for page in opened.pages]


def words_of(pdf: bytes) -> list[dict[str, Any]]:
    with pdfplumber.open(BytesIO(pdf)) as opened:
        return [word | {"width": page.width} for page in opened.pages for word in page.extract_words(x_tolerance=1.5)]


def test_the_chinese_statement_says_what_was_paid_to_whom_and_by_whose_decision() -> None:
    page = pages_of(settlement.render(a_statement()))[0]
    for text in ("结算单", "实付金额", "300,000.00", "人民币叁拾万元整", "威海海镁新材料科技有限公司", "1614020109200123456",
                 "V-2026-00123-2", "2026371000000123",
                 "26952000000187650001", "1,500,000.00", "王丽华", "李建国", "张明", "刘洋", "盖章处"):
        assert text in page


def test_the_english_statement_says_it_in_english_with_the_chinese_beside() -> None:
    page = pages_of(settlement.render(an_irish_statement()))[0]
    for text in ("Settlement statement", "结算单", "5,000.00", "five thousand euro and 00/100", "IE29 AIBK 9311 5212 3456 78",
                 "Provider", "服务机构", "Prototype and report", "1,150.00"):
        assert text in page


def test_a_cut_shows_with_its_reason_and_in_the_total() -> None:
    lines = (a_line(1), a_line(2, accepted=yuan("1440000.00"), reason="法律规定必须进行的检验不予支持。"))
    statement = a_statement(lines=lines)
    page = pages_of(settlement.render(statement))[0]
    assert "法律规定必须进行的检验不予支持。" in page
    assert "3,000,000.00 180,000.00 3,000,000.00 60,000.00 2,940,000.00" in page
    assert settlement.data(statement)["totals"] == {
        "net": "3000000.00", "vat": "180000.00", "basis": "3000000.00", "accepted": "2940000.00", "cut": "60000.00"}


def test_the_data_are_plain_and_amounts_are_strings() -> None:
    data = settlement.data(an_irish_statement(check_url="https://office.example/d/1"))
    assert data["document"] == {"format": "voucher-settlement/3", "kind": "settlement", "number": "Y-2026-00017-4",
                                "issued_on": "2026-11-22", "language": "en", "check_url": "https://office.example/d/1"}
    assert (data["amount"], data["currency"], data["paid_on"]) == ("5000.00", "EUR", "2026-11-20")
    assert data["lines"][0]["vat"] == "1150.00"
    assert data["position"] == {"face": "5000.00", "used": "5000.00", "left": "0.00"}
    assert data["ledger"] == []


def test_the_ledger_extract_shows_each_entry_once_with_its_postings() -> None:
    on = date(2026, 11, 12)
    ledger = (Posting(on, "claim.approved", "entitlement:approved:V-2026-00123-2", debit=yuan("1.00")),
              Posting(on, "claim.approved", "entitlement:claimed:V-2026-00123-2", credit=yuan("1.00")),
              Posting(date(2026, 11, 20), "payout.settled", "financial:bank:treasury", credit=yuan("2.00")))
    page = "\n".join(pages_of(settlement.render(a_statement(ledger=ledger))))
    assert page.count("claim.approved") == 1
    assert "2026-11-12 claim.approved entitlement:approved:V-2026-00123-2 1.00" in page
    assert "entitlement:claimed:V-2026-00123-2 1.00" in page


def test_titles_of_events_and_accounts_stand_before_their_names() -> None:
    posting = Posting(date(2026, 11, 20), "payout.settled", "financial:asset:treasury:L-2026-00001-3", credit=yuan("2.00"),
                      event_title="银行确认到账", account_title="银行存款")
    page = "\n".join(pages_of(settlement.render(a_statement(ledger=(posting,)))))
    assert "银行确认到账" in page
    assert "银行存款 financial:asset:treasury:L-2026-00001-3" in page
    assert "payout.settled" not in page


def test_the_head_of_the_books_stands_whole_on_paper_and_in_the_data() -> None:
    pages = "\n".join(pages_of(settlement.render(a_statement())))
    assert "账簿已于2026-11-21封存至第1234笔分录" in pages.replace("\n", "")
    assert "5e" * 32 in pages.replace("\n", "")
    assert settlement.data(a_statement())["seal"] == {"size": 1234, "head": "5e" * 32, "on": "2026-11-21"}
    assert "封存" not in "".join(pages_of(settlement.render(a_statement(seal=None))))


def test_sixty_lines_run_over_pages_with_headings_and_page_numbers_on_each() -> None:
    lines = tuple(a_line(number) for number in range(1, 61))
    pages = pages_of(settlement.render(a_statement(lines=lines)))
    assert 3 <= len(pages) <= 6
    for number, page in enumerate(pages, 1):
        assert f"第 {number} 页 / 共 {len(pages)} 页 · page {number} of {len(pages)}" in page
        assert "Y-2026-00017-4" in page
        assert "SHA-256 " in page
    everything = "\n".join(pages)
    assert all(line.invoice_number in everything for line in lines)
    assert sum("不含税金额" in page for page in pages) == sum("2695200000018765" in page for page in pages)


@pytest.mark.parametrize("largest", ["300000.00", "99999999.99", "9999999999.99", "99999999999999.99"])
def test_amounts_of_any_width_stay_apart(largest: str) -> None:
    """Figures that touch would read as one longer amount."""
    money = Money.parse(largest, "CNY")
    line = a_line(net=money, vat=money, basis=money, accepted=Money.zero("CNY"), reason="无")
    statement = a_statement(lines=(line,), amount=money, sheet=(SheetLine("限额", money),),
                            ledger=(Posting(date(2026, 11, 20), "e", "a", money, money),),
                            position=VoucherPosition(money, money, money))
    printed = [word["text"] for word in words_of(settlement.render(statement))]
    assert printed.count(f"{money.decimal:,.2f}") == 2 * 4 + 2 + 3 + 1 + 2


def test_long_names_stay_on_the_page() -> None:
    long = "中国（山东）自由贸易试验区烟台片区复合材料先进制造技术创新联合体股份有限公司" * 4
    statement = a_statement(
        payee=Payee("sme", long, "9" * 60, long, "1" * 34, long, "0" * 35), bank_reference="X" * 140, contract_number="9" * 80,
        lines=(a_line(invoice_number="8" * 40, description="W" * 300, reason=long, accepted=yuan("0.00")),), voucher="V" * 60)
    for word in words_of(settlement.render(statement)):
        assert word["x0"] >= 15 * MILLIMETRE - 1, word["text"]
        assert word["x1"] <= word["width"] - 15 * MILLIMETRE + 1, word["text"]


def test_a_calculation_sheet_becomes_lines_with_what_the_firm_bears_before_the_amount() -> None:
    cap = CalculationLine(Kind.CAP, Names(zh="企业年度上限", en="Yearly cap"), euro("5000.00"), Clause(zh="第五条", en="Article 5"),
                          {"limit": "5000.00", "used": "0.00"})
    own = CalculationLine(Kind.OWN_SHARE, Names(zh="自付", en="Own share"), euro("1.00"), Clause(zh="第九条", en="Article 9"))
    sheet = Sheet((cap, own, CalculationLine(Kind.RESULT, Names(zh="结果", en="Result"), euro("5000.00"))), euro("5000.00"), euro("1.00"))
    assert sheet_lines(sheet, "en") == (SheetLine("Yearly cap", euro("5000.00"), "Article 5, Limit 5,000.00, Used 0.00"),
                                        SheetLine("Own share", euro("1.00"), "Article 9"))
    assert sheet_lines(sheet, "zh") == (SheetLine("企业年度上限", euro("5000.00"), "第五条，限额 5,000.00，已用 0.00"),
                                        SheetLine("自付", euro("1.00"), "第九条"))


def test_statements_without_optional_parts_print() -> None:
    statement = an_irish_statement(contract_number="", sheet=(SheetLine("Not a limit"),))
    page = pages_of(settlement.render(statement))[0]
    assert "Contract number" not in page
    assert "Bank code" not in page
    assert "Extract from the books" not in page
