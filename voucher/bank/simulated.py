"""A small bank for demonstrations and tests: it takes our payment files and answers with a bank statement.

It pays everything at once and makes, when asked, the three kinds of trouble that a finance office meets: a payment that
comes back, a reference that arrives damaged, and money that belongs to nobody. The same input gives the same bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from lxml import etree

from voucher.bank import pain001, xml
from voucher.bank.accounts import Account
from voucher.bank.identity import digest
from voucher.errors import NotValid, _, problem
from voucher.money import Money, digits_of, total

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

# How a reference is damaged on its way: spaces in it, zeros lost at the front of its number, or its end cut off.
Damage = Literal["spaced", "zeros_lost", "cut"]

STRANGER = "Misdirected Payment Example"
STRANGER_TEXT = "Invoice 4711, sent to the wrong account"


@dataclass(frozen=True)
class _Booking:
    """One entry that the bank makes."""

    booked_on: date
    amount: Money
    reference: str
    code: str
    name: str
    account: Account | None
    text: str
    batch: str = ""
    reason: str = ""


def answer(files: Sequence[bytes], opening: Mapping[str, Money], booked_on: date, *, returned: Collection[str] = (),
           mangled: Mapping[str, Damage] | None = None, stranger: bool = False, return_reason: str = "AC04",
           returned_on: date | None = None, sequence: int = 1) -> bytes:
    """A camt.053.001.08 file with one statement for each account and currency that the payment files draw on.

    `files`: pain.001 files. `opening`: account number -> balance before; zero where it is not named. `returned`: end-to-end ids
    that are paid and come back on `returned_on` (two days later unless given) with `return_reason`. `mangled`: end-to-end id ->
    how its reference is damaged. `stranger`: the first statement also has a credit that is nobody's. `sequence`: the electronic
    number of the statements. Raises NotValid for a file that a bank would not take, and for ids that no file has.
    """
    instructions = [pain001.read(content) for content in files]
    damages = dict(mangled or {})
    _refuse_unknown(instructions, {*returned, *damages})
    last = returned_on or booked_on + timedelta(days=2)
    by_account: dict[tuple[str, str], list[pain001.Instruction]] = {}
    for each in instructions:
        by_account.setdefault((each.debtor.number, each.currency), []).append(each)
    root = xml.document(NAMESPACE)
    body = xml.put(root, "BkToCstmrStmt")
    xml.put(body, "GrpHdr/MsgId", f"STM{booked_on:%Y%m%d}{sequence:05d}")
    xml.put(xml.find_all(body, "GrpHdr")[0], "CreDtTm", f"{last.isoformat()}T20:00:00Z")
    for number, ((account, currency), together) in enumerate(by_account.items()):
        bookings = [each for one in together for each in _bookings(one, booked_on, last, returned, damages, return_reason)]
        if stranger and number == 0:
            bookings.append(_stray(booked_on, currency))
        bookings.sort(key=lambda each: each.booked_on)
        _put_statement(body, together[0].debtor, opening.get(account, Money.zero(currency)), bookings, (booked_on, last), sequence)
    return xml.as_bytes(root)


@dataclass(frozen=True)
class Receipt:
    """Money that somebody pays to the office: who, how much, with which end-to-end id and text, from which account."""

    name: str
    amount: Money
    reference: str = ""
    text: str = ""
    account: Account | None = None


def receipts(owner: Account, opening: Money, received: Sequence[Receipt], booked_on: date, *, sequence: int = 1) -> bytes:
    """A camt.053.001.08 file with one statement of an account, on which money came in on one day."""
    root = xml.document(NAMESPACE)
    body = xml.put(root, "BkToCstmrStmt")
    xml.put(body, "GrpHdr/MsgId", f"RCV{booked_on:%Y%m%d}{sequence:05d}")
    xml.put(xml.find_all(body, "GrpHdr")[0], "CreDtTm", f"{booked_on.isoformat()}T20:00:00Z")
    bookings = [_Booking(booked_on, each.amount, each.reference, "RCDT", each.name, each.account, each.text) for each in received]
    _put_statement(body, owner, opening, bookings, (booked_on, booked_on), sequence)
    return xml.as_bytes(root)


def _refuse_unknown(instructions: Sequence[pain001.Instruction], wanted: Collection[str]) -> None:
    """A bank takes each file once; and what it shall return or damage must have been sent."""
    sent = [each.message_id for each in instructions]
    repeated = sorted({each for each in sent if sent.count(each) > 1})
    if not instructions or repeated:
        raise NotValid(_("The bank takes at least one payment file, and each once."),
                       [problem(_("The file {name} was sent twice."), name=each) for each in repeated])
    known = {payment.end_to_end for each in instructions for payment in each.payments}
    if not known.issuperset(wanted):
        raise NotValid(_("No payment file has the reference {names}."), names=", ".join(sorted(set(wanted) - known)))


def _bookings(instruction: pain001.Instruction, booked_on: date, last: date, returned: Collection[str],
              damages: Mapping[str, Damage], reason: str) -> list[_Booking]:
    """A debit for each payment, and a credit for each that comes back."""
    bookings = []
    for payment in instruction.payments:
        reference = _damaged(payment.end_to_end, damages.get(payment.end_to_end))
        text = payment.remittance.replace(payment.end_to_end, reference)
        bookings.append(_Booking(booked_on, -payment.amount, reference, "ICDT", payment.payee.holder, payment.payee, text,
                                 instruction.message_id))
        if payment.end_to_end in returned:
            bookings.append(_Booking(last, payment.amount, reference, "RRTN", payment.payee.holder, payment.payee, text,
                                     instruction.message_id, reason))
    return bookings


def _damaged(reference: str, damage: Damage | None) -> str:
    """The reference as it arrives. `Y-2026-00012-3` becomes `y-2026 00012 3`, `Y-2026-12-3` or `Y-2026-000`."""
    if damage == "spaced":
        return reference.lower().replace("-", " ").replace(" ", "-", 1)
    if damage == "zeros_lost":
        return "-".join(part.lstrip("0") or "0" for part in reference.split("-"))
    if damage == "cut":
        return reference[:-4]
    return reference


def _stray(booked_on: date, currency: str) -> _Booking:
    """Money from a stranger: 128 units of the currency, with a text that no voucher knows."""
    amount = Money(128 * 10 ** digits_of(currency), currency)
    return _Booking(booked_on, amount, "", "RCDT", STRANGER, None, STRANGER_TEXT)


def _put_statement(body: etree._Element, owner: Account, opening: Money, bookings: Sequence[_Booking], period: tuple[date, date],
                   sequence: int) -> None:
    assert opening.currency == owner.currency, f"the opening balance of {owner.number} is in {owner.currency}"
    closing = opening + total((each.amount for each in bookings), opening.currency)
    statement = xml.put(body, "Stmt")
    xml.put(statement, "Id", f"{period[0]:%Y}-{sequence:05d}-{owner.number[-8:]}")
    xml.put(statement, "ElctrncSeqNb", str(sequence))
    xml.put(statement, "CreDtTm", f"{period[1].isoformat()}T20:00:00Z")
    xml.put(statement, "FrToDt/FrDtTm", f"{period[0].isoformat()}T00:00:00Z")
    xml.put(xml.find_all(statement, "FrToDt")[0], "ToDtTm", f"{period[1].isoformat()}T23:59:59Z")
    account = xml.put(statement, "Acct")
    _put_number(account, owner)
    xml.put(account, "Ccy", opening.currency)
    xml.put(account, "Ownr/Nm", owner.holder)
    _put_balance(statement, "OPBD", opening, period[0])
    _put_balance(statement, "CLBD", closing, period[1])
    xml.put(statement, "TxsSummry/TtlNtries/NbOfNtries", str(len(bookings)))
    for number, booking in enumerate(bookings, start=1):
        _put_entry(xml.put(statement, "Ntry"), booking, digest(owner.number, str(period[0]), str(sequence), str(number))[:16])


def _put_number(parent: etree._Element, account: Account) -> None:
    xml.put(parent, "Id/IBAN" if account.is_iban else "Id/Othr/Id", account.number)


def _put_balance(statement: etree._Element, code: str, amount: Money, day: date) -> None:
    balance = xml.put(statement, "Bal")
    xml.put(balance, "Tp/CdOrPrtry/Cd", code)
    _put_amount(balance, amount)
    xml.put(balance, "Dt/Dt", day.isoformat())


def _put_amount(parent: etree._Element, amount: Money) -> None:
    is_out = amount.minor < 0
    xml.put(parent, "Amt", str(-amount if is_out else amount), Ccy=amount.currency)
    xml.put(parent, "CdtDbtInd", "DBIT" if is_out else "CRDT")


def _put_entry(entry: etree._Element, booking: _Booking, bank_reference: str) -> None:
    _put_amount(entry, booking.amount)
    xml.put(entry, "Sts/Cd", "BOOK")
    xml.put(entry, "BookgDt/Dt", booking.booked_on.isoformat())
    xml.put(entry, "ValDt/Dt", booking.booked_on.isoformat())
    xml.put(entry, "AcctSvcrRef", bank_reference.upper())
    domain = xml.put(entry, "BkTxCd/Domn")
    xml.put(domain, "Cd", "PMNT")
    family = xml.put(domain, "Fmly")
    xml.put(family, "Cd", "RCDT" if booking.code == "RCDT" else "ICDT")
    xml.put(family, "SubFmlyCd", "RRTN" if booking.code == "RRTN" else "DMCT")
    _put_detail(xml.put(entry, "NtryDtls/TxDtls"), booking)


def _put_detail(detail: etree._Element, booking: _Booking) -> None:
    references = xml.put(detail, "Refs")
    if booking.batch:
        xml.put(references, "PmtInfId", booking.batch)
    xml.put(references, "EndToEndId", booking.reference or "NOTPROVIDED")
    _put_amount(detail, booking.amount)
    # A bank keeps the roles of the payment that came back: its payee stays the creditor.
    side = "Dbtr" if booking.code == "RCDT" else "Cdtr"
    parties = xml.put(detail, "RltdPties")
    xml.put(parties, f"{side}/Pty/Nm", booking.name)
    if booking.account is not None:
        _put_number(xml.put(parties, f"{side}Acct"), booking.account)
    if booking.text:
        xml.put(detail, "RmtInf/Ustrd", booking.text)
    if booking.reason:
        returned = xml.put(detail, "RtrInf")
        xml.put(returned, "Rsn/Cd", booking.reason)
