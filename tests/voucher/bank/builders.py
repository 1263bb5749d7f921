"""Accounts, payments and statements with defaults, for tests that care about one thing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from voucher.bank import camt053, pain001
from voucher.bank.accounts import Account
from voucher.errors import NotValid
from voucher.money import Money

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = date(2026, 11, 24)
OWN = "DE89370400440532013000"


def an_account(**changes: Any) -> Account:
    """A Chinese account; the name has a sign that older character sets do not know."""
    return Account(**({"holder": "威海䶮创科技有限公司", "number": "6222021614000123456", "currency": "CNY",
                       "bank_name": "中国银行威海分行", "bank_code": "104465000021", "country": "CN"} | changes))


def an_iban_account(**changes: Any) -> Account:
    """A German account in euro."""
    return Account(**({"holder": "Prüfstand Müller & Söhne GmbH", "number": OWN, "currency": "EUR", "bank_name": "",
                       "bank_code": "COBADEFFXXX", "country": "DE"} | changes))


def the_office(currency: str = "CNY") -> Account:
    """The account from which the office pays."""
    if currency == "CNY":
        return an_account(holder="威海市科学技术局", number="1614028009000012345", bank_name="中国工商银行威海分行",
                          bank_code="102465000013")
    return an_iban_account(holder="Voucher Office", number="LV80BANK0000435195001", bank_code="UNLALV2X", country="LV")


def a_payment(number: int = 1, amount: str = "300000.00", currency: str = "CNY", **changes: Any) -> pain001.Payment:
    """The payment of a payout; `number` makes it another one."""
    payee = an_account() if currency == "CNY" else an_iban_account(currency=currency)
    defaults: dict[str, Any] = {"end_to_end": f"Y-2026-{number:05d}-{number % 10}", "amount": Money.parse(amount, currency),
                                "payee": payee, "remittance": f"V-2026-{number:05d}-0"}
    return pain001.Payment(**(defaults | changes))


def a_payment_file(*payments: pain001.Payment, message_id: str = "B-2026-00001-2-CNY", debtor: Account | None = None) -> bytes:
    """The pain.001 file of some payments."""
    chosen = payments or (a_payment(),)
    return pain001.write(message_id, NOW, DAY, debtor or the_office(chosen[0].amount.currency), chosen)


def an_entry(amount: str = "54.00", direction: str = "CRDT", *, day: str = "2026-11-24", currency: str = "EUR", end_to_end: str = "Y-1",
             text: str = "V-1", reference: str = "", details: str | None = None, more: str = "", status: str = "<Cd>BOOK</Cd>") -> str:
    """An entry of a statement, version 08, with one detail unless others are given."""
    named = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    inside = a_detail(end_to_end=end_to_end, text=text) if details is None else details
    return (f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts>{status}</Sts>'
            f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>{named}{more}"
            f"{f'<NtryDtls>{inside}</NtryDtls>' if inside else ''}</Ntry>\n")


def a_detail(amount: str = "", direction: str = "", *, currency: str = "EUR", end_to_end: str = "Y-1", text: str = "V-1",
             more: str = "") -> str:
    """One transaction in an entry."""
    money = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount else ""
    way = f"<CdtDbtInd>{direction}</CdtDbtInd>" if direction else ""
    return (f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>{money}{way}"
            f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>{more}</TxDtls>")


def a_balance(code: str, amount: str, *, currency: str = "EUR", day: str = "2026-11-24") -> str:
    """A balance; a minus in front makes it a debit."""
    direction = "DBIT" if amount.startswith("-") else "CRDT"
    return (f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"{currency}\">{amount.lstrip('-')}</Amt>"
            f"<CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n")


def a_statement(entries: Sequence[str] = (), opening: str = "1000.00", closing: str = "1000.00", *, identification: str = "2026-001",
                sequence: int | None = 1, currency: str = "EUR", account: str = OWN, balances: str | None = None, head: str = "",
                days: tuple[str, str] = ("2026-11-24", "2026-11-24")) -> str:
    """A statement element."""
    number = f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>" if sequence is not None else ""
    known = balances
    if known is None:
        known = a_balance("OPBD", opening, currency=currency) + a_balance("CLBD", closing, currency=currency)
    period = f"<FrToDt><FrDtTm>{days[0]}T00:00:00</FrDtTm><ToDtTm>{days[1]}T23:59:59</ToDtTm></FrToDt>"
    return (f"<Stmt><Id>{identification}</Id>{head}{number}{period}"
            f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>\n{known}{''.join(entries)}</Stmt>\n")


def a_camt053(*statements: str, version: str = "08", message: str = "camt.053", body: str = "BkToCstmrStmt") -> bytes:
    """A whole file."""
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.001.{version}"><{body}>\n'
            f"{''.join(statements)}</{body}></Document>").encode()


def refusal_of(content: bytes) -> NotValid:
    """The refusal that a statement file gets."""
    with pytest.raises(NotValid) as caught:
        camt053.read(content)
    return caught.value


def lines_of(content: bytes) -> list[camt053.Line]:
    """All lines of all statements of a file."""
    return [line for statement in camt053.read(content) for line in statement.lines]
