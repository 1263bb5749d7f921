"""Settlement statements with defaults, for tests that care about one thing."""

from datetime import date
from typing import Any

from voucher.documents.settlement import (
    Deed,
    Line,
    Office,
    Party,
    Payee,
    Posting,
    Seal,
    SettlementStatement,
    SheetLine,
    TermsOfProgramme,
    VoucherPosition,
)
from voucher.money import Money

SME = "威海海镁新材料科技有限公司"
PROVIDER = "哈尔滨工业大学（威海）分析测试中心"


def yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


def euro(text: str) -> Money:
    return Money.parse(text, "EUR")


def a_line(number: int = 1, **changes: Any) -> Line:
    values: dict[str, Any] = {
        "number": number, "invoice_number": f"2695200000018765{number:04d}", "issued_on": date(2026, 3, 2),
        "description": "海洋复合材料疲劳性能测试技术服务", "net": yuan("1500000.00"), "vat": yuan("90000.00"),
        "basis": yuan("1500000.00"), "accepted": yuan("1500000.00")}
    return Line(**(values | changes))


def a_statement(**changes: Any) -> SettlementStatement:
    """A Weihai statement in Chinese: 300,000 yuan to the SME."""
    values: dict[str, Any] = {
        "number": "Y-2026-00017-4", "issued_on": date(2026, 11, 22), "language": "zh",
        "office": Office("威海市科学技术局", "Weihai Municipal Bureau of Science and Technology", "威海市文化中路88号", "0631-5231234"),
        "payee": Payee("sme", SME, "91371000MA3C4D5E6X", SME, "1614020109200123456", "中国工商银行威海高新支行", "102465000123"),
        "sme": Party(SME, "91371000MA3C4D5E6X"), "provider": Party(PROVIDER, "12100000400004567X"),
        "programme": TermsOfProgramme("P-2026-00001-3", "威海市科技创新券", "Weihai innovation vouchers", 2, "9f1c0d4b" * 8),
        "voucher": "V-2026-00123-2", "order": "O-2026-00456-1", "contract_number": "2026371000000123",
        "claim": "C-2026-00042-7", "payout": "Y-2026-00017-4",
        "lines": (a_line(),), "sheet": (SheetLine("补助比例 20 %", yuan("300000.00"), "第五条"),), "amount": yuan("300000.00"),
        "paid_on": date(2026, 11, 20), "batch": "B-2026-00007-3", "bank_reference": "2026112000012345",
        "position": VoucherPosition(yuan("300000.00"), yuan("300000.00"), yuan("0.00")),
        "ledger": (
            Posting(date(2026, 11, 20), "payout.settled", "financial:payable:claims", debit=yuan("300000.00")),
            Posting(date(2026, 11, 20), "payout.settled", "financial:bank:treasury", credit=yuan("300000.00"))),
        "verified": Deed("王丽华", date(2026, 11, 9)), "approved": Deed("李建国", date(2026, 11, 12)),
        "released": (Deed("张明", date(2026, 11, 18)), Deed("刘洋", date(2026, 11, 18))),
        "seal": Seal(1234, "5e" * 32, date(2026, 11, 21))}
    return SettlementStatement(**(values | changes))


def an_irish_statement(**changes: Any) -> SettlementStatement:
    """An Irish statement in English: 5,000 euro to the provider."""
    university = "Technological University of the Shannon"
    values: dict[str, Any] = {
        "language": "en", "office": Office("Innovation Voucher Office", address="East Point, Dublin 3", contact="+353 1 555 0100"),
        "payee": Payee("provider", university, "IE3695124SH", university, "IE29 AIBK 9311 5212 3456 78", "Allied Irish Banks"),
        "sme": Party("Ó Súilleabháin & Łukasiewicz Precision Ltd", "IE6388047V"), "provider": Party(university, "IE3695124SH"),
        "lines": (a_line(invoice_number="TUS-2026-0815", description="Prototype and report", net=euro("5000.00"),
                         vat=euro("1150.00"), basis=euro("5000.00"), accepted=euro("5000.00")),),
        "sheet": (SheetLine("100 % of the net price", euro("5000.00")),), "amount": euro("5000.00"), "ledger": (),
        "position": VoucherPosition(euro("5000.00"), euro("5000.00"), euro("0.00"))}
    return a_statement(**(values | changes))
