"""Bank statements: ISO 20022 camt.053.001, versions 02 and later, in; Statement values, or every problem with its line, out.

Nothing is guessed and nothing is lost: an amount that cannot be read refuses the file; details that do not add up to
their entry get a line of their own for the difference, so that opening + lines = closing holds for every statement that
is handed on. The ISO schema of camt.053 is not shipped with any package we use, so we check what we need ourselves.

The versions differ in a few places, and both ways are looked for: the status of an entry (Sts, Sts/Cd), the name of a
party (Dbtr/Nm, Dbtr/Pty/Nm), the amount of a detail (AmtDtls/TxAmt, Amt), charges (Chrgs/Amt, Chrgs/Rcrd/Amt).
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lxml import etree

from voucher.bank import xml
from voucher.bank.identity import Content, Part, digest, identities
from voucher.errors import NotValid, Problem, _, problem, refuse_if_any
from voucher.money import CURRENCIES, Money, NotAnAmount, digits_of, total

# What other messages are, for the person who sent one of them.
OTHER_MESSAGES = {
    "camt.052": _("an account report during the day, in which entries may still change"),
    "camt.054": _("a notice of single entries, without balances"),
    "pain.001": _("a payment file, such as we send to the bank"),
    "pain.002": _("a report on the state of a payment file"),
    "camt.029": _("an answer to an inquiry"),
}

_MESSAGE = re.compile(r"((?:camt|pain|pacs)\.[0-9]{3})\.[0-9]{3}\.([0-9]{2})", re.ASCII)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T+Z-].*)?", re.ASCII)
_SEQUENCE = re.compile(r"[0-9]{1,18}", re.ASCII)
_NO_REFERENCE = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE"})
# Subfamilies of the ISO bank transaction codes: a transfer sent back, and one reversed because it was recalled.
_RETURN_CODES = frozenset({"RRTN", "RPCR"})


@dataclass(frozen=True)
class Line:
    """One sum on the account: an entry, one detail of a batch booking, or the rest that its details leave over.

    `amount`: money in is positive. `end_to_end`: "" where the bank has none (NOTPROVIDED). `bank_reference`: the bank's own
    number of the entry. `batch_reference`: the message id or payment information id of the file we sent, where the bank
    names it. `return_reason`: an ISO code such as AC04. `finding`: what a person should know of this line.
    `identity` is the same in every export of the same line, and differs between true twins.
    """

    booked_on: date
    value_on: date
    amount: Money
    end_to_end: str = ""
    counterparty_name: str = ""
    counterparty_account: str = ""
    text: str = ""
    bank_reference: str = ""
    batch_reference: str = ""
    transaction_code: str = ""
    is_return: bool = False
    return_reason: str = ""
    charges: Money | None = None
    kind: str = "entry"
    file_line: int = 1
    finding: Problem | None = None
    identity: str = ""


@dataclass(frozen=True)
class Statement:
    """One account over one period: opening + sum of lines = closing, checked.

    `sequence`: the electronic sequence number, None where the bank gives none. `identity` tells this statement from one with
    the same identification in another year. `findings`: what was left out or looks odd, without being wrong.
    """

    identification: str
    sequence: int | None
    account: str
    currency: str
    opening: Money
    closing: Money
    from_on: date
    to_on: date
    lines: tuple[Line, ...]
    findings: tuple[Problem, ...] = ()
    identity: str = ""
    file_line: int = 1


class _Unreadable(Exception):
    """A part of the file that cannot be read; its problem is already on the list."""


@dataclass(frozen=True)
class _Place:
    """Where in the file we are, and the list on which its problems are put down."""

    problems: list[Problem]
    where: str = ""
    account: str = ""
    currency: str = ""

    def add(self, element: etree._Element, what: str, **values: Any) -> None:
        """One problem at an element."""
        self.problems.append(problem(what, self.where, line=xml.line_of(element), **values))

    def stop(self, element: etree._Element, what: str, **values: Any) -> _Unreadable:
        """One problem at an element that cannot be read any further."""
        self.add(element, what, **values)
        return _Unreadable()


def read(content: bytes) -> list[Statement]:
    """The statements of a camt.053 file, in its order. Raises NotValid with all problems, each with the line of the file.

    Whether the account is one of ours is not asked here.
    """
    root = xml.parse(content)
    _refuse_other_messages(root)
    elements = xml.find_all(root, "BkToCstmrStmt/Stmt")
    if not elements:
        raise NotValid(_("This camt.053 file holds no statement (Stmt). Ask the bank for it again."))
    problems: list[Problem] = []
    statements = [each for each in (_statement(element, problems) for element in elements) if each is not None]
    refuse_if_any(problems[:xml.MOST_PROBLEMS], _("This bank statement cannot be taken in. Nothing was imported."))
    return _with_gaps(_with_identities(statements))


def _refuse_other_messages(root: etree._Element) -> None:
    """Only camt.053; other messages look alike, and would be read as nothing at all."""
    namespace = xml.namespace_of(root)
    match = _MESSAGE.search(namespace)
    if match is None or xml.name_of(root) != "Document":
        raise NotValid(_("This file is XML, but no ISO 20022 message: it begins with <{name}>. Ask the bank for camt.053."),
                       name=xml.name_of(root))
    if match[1] != "camt.053":
        raise NotValid(_("This file is {name}, {meaning}. Only a statement with balances counts: ask the bank for camt.053."),
                       name=match[1], meaning=OTHER_MESSAGES.get(match[1], _("another message")))
    if int(match[2]) < 2:
        raise NotValid(_("This is version {version} of camt.053; version 02 and later are read."), version=match[2])
    if xml.find(root, "BkToCstmrStmt") is None:
        raise NotValid(_("This file says that it is camt.053, but holds no statement message (BkToCstmrStmt)."))


# One statement


def _statement(element: etree._Element, problems: list[Problem]) -> Statement | None:
    """The statement, or None when something is wrong with it; what is wrong is on the list."""
    before = len(problems)
    account = xml.text_of(element, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    place = _Place(problems, f"Stmt {xml.text_of(element, 'Id') or '-'}", account, _account_currency(element))
    for path, value, longest in (("Id", xml.text_of(element, "Id"), 35), ("Acct/Id", account, 34)):
        if not value:
            place.add(element, _("{path} is missing."), path=path)
        if len(value) > longest:
            place.add(element, _("{path} has {length} signs; the standard allows {longest}."), path=path, length=len(value),
                      longest=longest)
    if place.currency not in CURRENCIES:
        place.add(element, _("The currency of the account is {currency}; these books keep {currencies}."),
                  currency=place.currency or "-", currencies=", ".join(CURRENCIES))
        return None
    findings: list[Problem] = []
    balances = _balances(element, place)
    lines = _lines(element, place, findings)
    if balances is None or len(problems) > before:
        return None
    _check_sum(element, place, *balances, lines)
    return _assembled(element, account, *balances, lines, findings)


def _account_currency(element: etree._Element) -> str:
    """The currency of the account; where it is not named, that of the first balance."""
    balance = xml.find(element, "Bal/Amt")
    return xml.text_of(element, "Acct/Ccy") or (balance.get("Ccy", "") if balance is not None else "")


def _balances(element: etree._Element, place: _Place) -> tuple[Money, Money] | None:
    """Opening and closing booked balance. Between pages of one statement the bank writes interim balances (ITBD)."""
    found = [(xml.text_of(balance, "Tp/CdOrPrtry/Cd"), balance) for balance in xml.find_all(element, "Bal")]
    try:
        known = [_balance(code, balance, place) for code, balance in found if code in ("OPBD", "PRCD", "CLBD", "ITBD")]
    except _Unreadable:
        return None
    opening = _balance_of(known, ("OPBD", "PRCD"), first=True)
    closing = _balance_of(known, ("CLBD",), first=False)
    interim = [amount for code, __, amount in known if code == "ITBD"]
    opening = interim.pop(0) if opening is None and interim else opening
    closing = interim.pop() if closing is None and interim else closing
    if opening is None:
        place.add(element, _("The opening booked balance (OPBD or PRCD) is missing."))
    if closing is None:
        place.add(element, _("The closing booked balance (CLBD) is missing."))
    return None if opening is None or closing is None else (opening, closing)


def _balance(code: str, balance: etree._Element, place: _Place) -> tuple[str, date, Money]:
    here = replace(place, where=f"{place.where} {code}")
    return code, _day(balance, "Dt", here), _signed(balance, here)


def _balance_of(found: list[tuple[str, date, Money]], codes: tuple[str, ...], *, first: bool) -> Money | None:
    """A statement over several days may carry a balance for each: the opening one is the first, the closing one the last."""
    for code in codes:
        dated = [(day, amount) for each, day, amount in found if each == code]
        if dated:
            edge = min(day for day, __ in dated) if first else max(day for day, __ in dated)
            amounts = [amount for day, amount in dated if day == edge]
            return amounts[0] if first else amounts[-1]
    return None


def _check_sum(element: etree._Element, place: _Place, opening: Money, closing: Money, lines: list[Line]) -> None:
    moved = total((line.amount for line in lines), opening.currency)
    if opening + moved != closing:
        place.add(element, _("The opening balance {opening} and the entries {moved} make {sum}, but the closing balance is "
                             "{closing}: {difference} is missing or too much. Ask the bank for the whole statement."),
                  opening=str(opening), moved=str(moved), sum=str(opening + moved), closing=str(closing),
                  difference=str(closing - opening - moved))


def _assembled(element: etree._Element, account: str, opening: Money, closing: Money, lines: list[Line],
               findings: list[Problem]) -> Statement:
    identification, sequence = xml.text_of(element, "Id"), xml.text_of(element, "ElctrncSeqNb")
    from_on, to_on = _period(element, lines)
    line = xml.line_of(element)
    if not lines:
        findings.append(problem(_("The statement {identification} has no entries; the balance stays {balance}."), line=line,
                                identification=identification, balance=str(closing)))
    said = xml.text_of(element, "TxsSummry/TtlNtries/NbOfNtries")
    count = len(xml.find_all(element, "Ntry"))
    if said.isascii() and said.isdigit() and int(said) != count:
        findings.append(problem(_("The bank's summary says {said} entries, the statement has {count}; the balances agree."),
                                line=line, said=said, count=count))
    if xml.text_of(element, "StmtPgntn/LastPgInd", "RptPgntn/LastPgInd") == "false":
        findings.append(problem(_("This is a page of a statement; more pages follow."), line=line))
    page = xml.text_of(element, "StmtPgntn/PgNb", "RptPgntn/PgNb")
    return Statement(
        identification, int(sequence) if _SEQUENCE.fullmatch(sequence) else None, account, opening.currency, opening, closing,
        from_on, to_on, tuple(lines), tuple(findings), file_line=line,
        identity=digest(account, opening.currency, identification, sequence, page, from_on.isoformat(), to_on.isoformat(),
                        str(opening), str(closing)))


def _period(element: etree._Element, lines: list[Line]) -> tuple[date, date]:
    """From and to as the bank says; else the days of the balances; else those of the entries."""
    days = [_day_in(xml.text_of(element, path)) for path in ("FrToDt/FrDtTm", "FrToDt/ToDtTm")]
    if days[0] is not None and days[1] is not None:
        return days[0], days[1]
    known = sorted([each for balance in xml.find_all(element, "Bal") if (each := _day_of(balance, "Dt")) is not None]
                   + [line.booked_on for line in lines])
    return known[0], known[-1]


# Entries and their details


def _lines(element: etree._Element, place: _Place, findings: list[Problem]) -> list[Line]:
    """The lines of all booked entries. A bad entry does not keep the others from being checked."""
    lines: list[Line] = []
    for number, entry in enumerate(xml.find_all(element, "Ntry"), start=1):
        here = replace(place, where=f"{place.where} entry {number}")
        status = xml.text_of(entry, "Sts/Cd", "Sts")
        if status not in ("BOOK", ""):
            findings.append(problem(_("The entry is not booked ({status}) and was left out."), here.where,
                                    line=xml.line_of(entry), status=status))
            continue
        try:
            lines += _lines_of_entry(entry, here)
        except _Unreadable:
            continue
    return lines


def _lines_of_entry(entry: etree._Element, place: _Place) -> list[Line]:
    """One line for the entry, or one for each of its details and one for what they leave over."""
    whole = _entry_line(entry, place)
    details = [each for part in xml.find_all(entry, "NtryDtls") for each in xml.find_all(part, "TxDtls")]
    if not details:
        return [whole]
    amounts = [_detail_amount(each, whole.amount, len(details) > 1, place) for each in details]
    if amounts == [None]:
        amounts = [whole.amount]
    if None in amounts:
        return [_without_amounts(whole, details)]
    shared = replace(whole, kind="entry" if len(details) == 1 else "detail", charges=whole.charges if len(details) == 1 else None)
    lines = [_detail_line(detail, shared, amount, place)
             for detail, amount in zip(details, amounts, strict=True) if amount is not None]
    return lines + _rest(whole, lines)


def _entry_line(entry: etree._Element, place: _Place) -> Line:
    """What stands at the entry itself."""
    value_on = _day_of(entry, "ValDt")
    booked_on = value_on if xml.find(entry, "BookgDt") is None and value_on is not None else _day(entry, "BookgDt", place)
    return Line(booked_on, value_on or booked_on, _signed(entry, place), text=xml.text_of(entry, "AddtlNtryInf"),
                bank_reference=xml.text_of(entry, "AcctSvcrRef"), batch_reference=_batch_of(entry),
                transaction_code=_transaction_code(entry), is_return=xml.text_of(entry, "RvslInd") in ("true", "1"),
                charges=_charges(entry, place), file_line=xml.line_of(entry))


def _detail_line(detail: etree._Element, whole: Line, amount: Money, place: _Place) -> Line:
    """What one transaction in an entry says, on top of what the entry says."""
    code = _transaction_code(detail) or whole.transaction_code
    is_return = whole.is_return or xml.find(detail, "RtrInf") is not None or code.rpartition("-")[2] in _RETURN_CODES
    name, number = _counterparty(detail, place.account, paid_out=(amount.minor < 0) != is_return)
    return replace(
        whole, amount=amount, end_to_end=_reference(xml.text_of(detail, "Refs/EndToEndId")), counterparty_name=name,
        counterparty_account=number, text=_remittance(detail) or xml.text_of(detail, "AddtlTxInf") or whole.text,
        bank_reference=xml.text_of(detail, "Refs/AcctSvcrRef") or whole.bank_reference,
        batch_reference=_reference(xml.text_of(detail, "Refs/PmtInfId", "Refs/MsgId")) or whole.batch_reference,
        transaction_code=code, is_return=is_return, return_reason=xml.text_of(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        charges=_charges(detail, place) or whole.charges, file_line=xml.line_of(detail))


def _rest(whole: Line, lines: list[Line]) -> list[Line]:
    """Nothing when the details add up; else one line for the difference, which is never lost."""
    sum_of_details = total((line.amount for line in lines), whole.amount.currency)
    rest = whole.amount - sum_of_details
    if not rest:
        return []
    is_charge = whole.charges is not None and rest == -whole.charges
    finding = problem(_("The details of the entry add up to {details}, the entry is {entry}; the difference of {rest} is the "
                        "bank's charges.") if is_charge else
                      _("The details of the entry add up to {details}, the entry is {entry}; the difference of {rest} stands as "
                        "a line of its own. Ask the bank what it is."),
                      line=whole.file_line, details=str(sum_of_details), entry=str(whole.amount), rest=str(rest))
    return [replace(whole, amount=rest, kind="difference", finding=finding, is_return=False)]


def _without_amounts(whole: Line, details: list[etree._Element]) -> Line:
    """A batch booking whose details have no amounts stays one line; the references stand in its text."""
    references = " ".join(filter(None, (_reference(xml.text_of(each, "Refs/EndToEndId")) for each in details)))
    return replace(whole, text=references or whole.text, finding=problem(
        _("The entry has {count} details, but not each has an amount: it stays one line."), line=whole.file_line,
        count=len(details)))


def _detail_amount(detail: etree._Element, whole: Money, several: bool, place: _Place) -> Money | None:
    """What a detail adds to the account, signed; None when the file does not say it in the account's currency.

    The instructed amount is what was asked for, not always what was booked: it counts only where one entry has several.
    """
    direction = xml.text_of(detail, "CdtDbtInd") or ("DBIT" if whole.minor < 0 else "CRDT")
    if direction not in ("CRDT", "DBIT"):
        raise place.stop(detail, _("CdtDbtInd is {text}; it is CRDT or DBIT."), text=direction)
    for path in ["Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt"] + (["AmtDtls/InstdAmt/Amt"] if several else []):
        amount = xml.find(detail, path)
        if amount is not None and amount.get("Ccy", "") == whole.currency:
            money = _money(amount, place)
            return -money if direction == "DBIT" else money
    return None


def _counterparty(detail: etree._Element, account: str, *, paid_out: bool) -> tuple[str, str]:
    """Name and account of the other side: who was paid, or who paid. A side with our own account is not the other side.

    For a return, `paid_out` is the direction of the payment that came back: banks keep the roles of that one.
    """
    sides = ("Cdtr", "Dbtr") if paid_out else ("Dbtr", "Cdtr")
    for side in sides:
        number = xml.text_of(detail, f"RltdPties/{side}Acct/Id/IBAN", f"RltdPties/{side}Acct/Id/Othr/Id")
        name = xml.text_of(detail, f"RltdPties/{side}/Pty/Nm", f"RltdPties/{side}/Nm", f"RltdPties/Ultmt{side}/Pty/Nm",
                           f"RltdPties/Ultmt{side}/Nm")
        if (name or number) and number != account:
            return name, number
    return "", ""


def _remittance(detail: etree._Element) -> str:
    """The payer's text: the free lines, then references of the structured kind."""
    parts = [xml.text_of(each) for each in xml.find_all(detail, "RmtInf/Ustrd")]
    for structured in xml.find_all(detail, "RmtInf/Strd"):
        parts.append(xml.text_of(structured, "CdtrRefInf/Ref"))
        parts += [xml.text_of(each) for each in xml.find_all(structured, "AddtlRmtInf")]
    return " ".join(filter(None, parts))


def _reference(text: str) -> str:
    return "" if text.upper() in _NO_REFERENCE else text


def _batch_of(entry: etree._Element) -> str:
    return _reference(xml.text_of(entry, "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId"))


def _transaction_code(element: etree._Element) -> str:
    """The bank transaction code as PMNT-ICDT-ESCT; the bank's own where it has no ISO one."""
    parts = [xml.text_of(element, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "-".join(filter(None, parts)) or xml.text_of(element, "BkTxCd/Prtry/Cd")


def _charges(element: etree._Element, place: _Place) -> Money | None:
    """What the bank took, as a positive amount; None where it says nothing in the account's currency."""
    amounts = xml.find_all(element, "Chrgs/TtlChrgsAndTaxAmt")
    amounts = amounts or [*xml.find_all(element, "Chrgs/Rcrd/Amt"), *xml.find_all(element, "Chrgs/Amt")]
    known = [each for each in amounts if each.get("Ccy", "") == place.currency]
    return total((_money(each, place) for each in known), place.currency) if known else None


# Amounts and days


def _signed(element: etree._Element, place: _Place) -> Money:
    """The amount of an entry or a balance: CRDT is ours, DBIT is taken from us."""
    amount = xml.find(element, "Amt")
    direction = xml.text_of(element, "CdtDbtInd")
    if amount is None:
        raise place.stop(element, _("{path} is missing."), path="Amt")
    if direction not in ("CRDT", "DBIT"):
        raise place.stop(element, _("CdtDbtInd is {text}; it is CRDT or DBIT."), text=direction or "-")
    if amount.get("Ccy", "") != place.currency:
        raise place.stop(amount, _("The amount is in {currency}, the account is in {other}."),
                         currency=amount.get("Ccy") or "-", other=place.currency)
    money = _money(amount, place)
    return -money if direction == "DBIT" else money


def _money(element: etree._Element, place: _Place) -> Money:
    """An amount as ISO 20022 writes it: digits and a point, never a sign. Zeros beyond the currency's decimals say nothing."""
    text = (element.text or "").strip(" \t\r\n")
    whole, point, decimals = text.partition(".")
    digits = digits_of(place.currency)
    kept = decimals[:digits] + decimals[digits:].rstrip("0")
    try:
        money = Money.parse(whole + point + kept if kept or not point else whole, place.currency)
    except NotAnAmount:
        raise place.stop(element, _("{text} is not an amount in {currency}."), text=repr(text),
                         currency=place.currency) from None
    if money.minor < 0:
        raise place.stop(element, _("The amount {text} has a sign; CdtDbtInd tells the direction."), text=text)
    return money


def _day(element: etree._Element, path: str, place: _Place) -> date:
    found = _day_of(element, path)
    if found is None:
        raise place.stop(element, _("{path} is not a day: {text}."), path=path,
                         text=xml.text_of(element, f"{path}/Dt", f"{path}/DtTm") or "-")
    return found


def _day_of(element: etree._Element, path: str) -> date | None:
    return _day_in(xml.text_of(element, f"{path}/Dt", f"{path}/DtTm"))


def _day_in(text: str) -> date | None:
    """The day as the bank wrote it: time and zone are dropped, not converted."""
    match = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


# Identity, and how statements follow each other


def _content(line: Line) -> Content:
    """What makes a line this line. Not the statement's number, nor its place in the file: both change between exports."""
    return Content(line.booked_on, line.amount.minor, (
        line.kind, line.bank_reference, line.end_to_end, line.counterparty_name, line.counterparty_account, line.text,
        line.return_reason))


def _with_identities(statements: list[Statement]) -> list[Statement]:
    """The statements with the identity of each line filled in."""
    parts = [Part((each.account, each.currency), each.from_on, each.sequence or 0, each.opening.minor, each.closing.minor,
                  [_content(line) for line in each.lines]) for each in statements]
    return [replace(each, lines=tuple(replace(line, identity=identity) for line, identity in zip(each.lines, found, strict=True)))
            for each, found in zip(statements, identities(parts), strict=True)]


def _with_gaps(statements: list[Statement]) -> list[Statement]:
    """A finding where the next number of an account does not open with the balance with which the one before it closed."""
    last: dict[tuple[str, str, int | None], Statement] = {(each.account, each.currency, each.sequence): each for each in statements}
    answer = []
    for each in statements:
        before = last.get((each.account, each.currency, each.sequence - 1)) if each.sequence is not None else None
        if before is not None and before.closing != each.opening:
            gap = problem(_("The statement {identification} opens with {opening}, but the one before it closed with {closing}."),
                          line=each.file_line, identification=each.identification, opening=str(each.opening),
                          closing=str(before.closing))
            each = replace(each, findings=(*each.findings, gap))
        answer.append(each)
    return answer
